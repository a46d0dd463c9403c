/** Gives all tables of a tensor one length. */
import { type ChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { serializeCreds } from '../format/creds.js';
import { chunkIdsKey, credsKey, sequencesKey, tensorMetaKey, tilesKey } from '../format/keys.js';
import { serializeSequences } from '../format/sequences.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { serializeTiles } from '../format/tiles.js';
import type { Put } from '../store/types.js';
import type { TensorState } from './tensor-state.js';

/** The chunk index without samples from `length` on. */
function cutIndex({ ids, lasts }: ChunkIds, length: number): ChunkIds {
  const past = lasts.findIndex((last) => last >= length);
  if (past < 0) return { ids, lasts };
  const before = lasts[past - 1] ?? -1;
  const rows = before + 1 < length ? past + 1 : past;
  return { ids: ids.slice(0, rows), lasts: lasts.slice(0, rows).map((last) => Math.min(last, length - 1)) };
}

/** The metadata for another number of samples. */
function withLength(meta: TensorMeta, length: number): TensorMeta {
  return length === 0 ? { ...meta, length, minShape: [], maxShape: [] } : { ...meta, length };
}

/** The longest length up to `length` at which a sequence ends; `length` itself for tensors without sequences. */
export function wholeSequences({ meta, sequences }: TensorState, length: number): number {
  if (!meta.isSequence || !sequences || sequences.total <= length)
    return Math.min(length, endOf(meta, sequences, length));
  let end = 0;
  for (let row = 0; row < sequences.rows; row++) {
    const size = sequences.value(row, 0);
    const items = sequences.last(row) - sequences.last(row - 1);
    const fit = size === 0 ? items : Math.min(items, Math.floor((length - end) / size));
    end += fit * size;
    if (fit < items) break;
  }
  return end;
}

function endOf(meta: TensorMeta, sequences: TensorState['sequences'], length: number): number {
  return meta.isSequence && sequences ? sequences.total : length;
}

/** Plans tables that all hold `length` samples, which are in the index already. */
export function resizeTensor(state: TensorState, length: number): Put[] {
  const { key, meta, ids, tiles, creds, sequences, place } = state;
  const commit = place.commit ?? '';
  const puts: Put[] = [{ key: tensorMetaKey(commit, key), bytes: serializeTensorMeta(withLength(meta, length)) }];
  if (ids) puts.push({ key: chunkIdsKey(commit, key), bytes: serializeChunkIds(cutIndex(ids, length)) });
  if (tiles && [...tiles.keys()].some((index) => index >= length)) {
    const kept = new Map([...tiles].filter(([index]) => index < length));
    puts.push({ key: tilesKey(commit, key), bytes: serializeTiles(kept) });
  }
  if (meta.isLink && creds && creds.items > length) {
    const cut = creds.clone();
    cut.truncate(length);
    puts.push({ key: credsKey(commit, key), bytes: serializeCreds(cut) });
  }
  if (meta.isSequence && sequences && sequences.total > length) {
    const cut = sequences.clone();
    while (cut.items > 0 && cut.total > length) cut.truncate(lastFitting(cut, length));
    puts.push({ key: sequencesKey(commit, key), bytes: serializeSequences(cut) });
  }
  return puts;
}

/** Sequences to keep after a look at the last row of the table. */
function lastFitting(table: NonNullable<TensorState['sequences']>, length: number): number {
  const row = table.rows - 1;
  const start = table.value(row, 1);
  if (start > length) return table.first(row);
  return table.first(row) + Math.floor((length - start) / table.value(row, 0));
}

/** Whether a cut would take items, or empty sequences, that can be read. */
export function losesItems({ meta, sequences }: TensorState, present: number, length: number): boolean {
  if (!meta.isSequence || !sequences || sequences.total <= present) return false;
  if (length < present) return true;
  return Array.from({ length: sequences.rows }, (_, row) => row).some(
    (row) => sequences.value(row, 0) === 0 && sequences.value(row, 1) > length,
  );
}
