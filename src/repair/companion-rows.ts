/** Reads and makes rows of hidden companion tensors (`spec` §6). */
import { storageForm } from '../chunk/limits.js';
import { newBytePositions } from '../format/byte-positions.js';
import { serializeChunkHeader } from '../format/chunk.js';
import { type ChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { serializeChunkSet } from '../format/chunk-set.js';
import { chunkIdsKey, chunkKey, chunkSetKey, FIRST_COMMIT, tensorMetaKey } from '../format/keys.js';
import { newShapes } from '../format/shapes.js';
import { serializeTensorMeta } from '../format/tensor-meta.js';
import type { Put } from '../store/types.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { readHeader, segmentsOf } from './check-chunk.js';
import type { Scan } from './scan.js';
import { type CommitState, loadChunkSet, type TensorState } from './tensor-state.js';

/** Equal rows, one after another. */
export interface RowRun {
  readonly count: number;
  readonly numbers: readonly number[];
}

/** The recorded shapes of all samples of a tensor, in runs, from the tables of its chunks. */
export async function* shapeRuns(scan: Scan, state: TensorState): AsyncGenerator<RowRun> {
  const { ids, tiles, meta, chunkKeys } = state;
  const lasts = ids?.lasts ?? [];
  for (let row = 0; row < lasts.length; row++) {
    const last = lasts[row] ?? 0;
    const before = lasts[row - 1] ?? -1;
    if (last === before) continue; // another tile
    const tiling = tiles?.get(last);
    if (tiling) {
      yield { count: 1, numbers: tiling.sampleShape };
      continue;
    }
    const read = await readHeader(scan, chunkKeys[row] ?? '');
    if (!read) return;
    const { shapes } = read.header;
    for (const { count, shape } of segmentsOf(shapes, shapes, last - before, meta.minShape.length))
      yield { count, numbers: shapes.rows > 0 ? shape : [] };
  }
}

/** The numbers of all rows of an uncompressed companion of 64-bit integers. */
export async function* numberRuns(scan: Scan, state: TensorState): AsyncGenerator<RowRun & { readonly bytes: Bytes }> {
  const lasts = state.ids?.lasts ?? [];
  for (const [row, last] of lasts.entries()) {
    const bytes = await scan.read(state.chunkKeys[row] ?? '');
    const read = bytes && (await readHeader(scan, state.chunkKeys[row] ?? ''));
    if (!read) return;
    const { shapes, positions, dataStart } = read.header;
    for (const { count, size, start } of segmentsOf(shapes, positions, last - (lasts[row - 1] ?? -1), 1)) {
      if (size === 0) {
        yield { count, numbers: [], bytes: new Uint8Array(0) };
        continue;
      }
      for (let i = 0; i < count; i++) {
        const own = bytes.slice(dataStart + start + i * size, dataStart + start + (i + 1) * size);
        const view = new DataView(own.buffer);
        const numbers = Array.from({ length: own.length >> 3 }, (_, n) => Number(view.getBigInt64(8 * n, true)));
        yield { count: 1, numbers, bytes: own };
      }
    }
  }
}

/** A row of 64-bit integers. */
export function int64Row(numbers: readonly number[]): Bytes {
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

/** A row of an id that was drawn. */
export function newIdRow(): Bytes {
  return crypto.getRandomValues(new Uint8Array(8));
}

const ROWS_A_CHUNK = 100_000;

/** Plans chunks of rows: behind those that are there, or in the place of all of them. */
export async function putRows(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  rows: readonly Bytes[],
  replaces: boolean,
): Promise<Put[]> {
  const { key, meta, ids } = state;
  const { id: commitId } = commit;
  const table: { ids: bigint[]; lasts: number[] } =
    replaces || !ids ? { ids: [], lasts: [] } : { ids: [...ids.ids], lasts: [...ids.lasts] };
  const set = new Map(commitId === FIRST_COMMIT ? [] : await loadChunkSet(scan, commit, commitId, key));
  const isNumbers = meta.htype !== 'json';
  const first = (table.lasts.at(-1) ?? -1) + 1;
  const puts: Put[] = [];
  let [low, high] = replaces ? [Infinity, -Infinity] : [meta.minShape[0] ?? Infinity, meta.maxShape[0] ?? -Infinity];
  for (let at = 0; at < rows.length; at += ROWS_A_CHUNK) {
    const some = rows.slice(at, at + ROWS_A_CHUNK);
    const shapes = newShapes(1);
    const positions = newBytePositions();
    for (const row of some) {
      const size = isNumbers ? row.length >> 3 : 1;
      [low, high] = [Math.min(low, size), Math.max(high, size)];
      shapes.append([size]);
      positions.append([row.length]);
    }
    const id = newChunkId(table);
    table.ids.push(id);
    table.lasts.push(first + at + some.length - 1);
    set.set(id, {});
    puts.push({
      key: chunkKey(commitId, key, id),
      bytes: [serializeChunkHeader(shapes, positions), concatBytes(some)],
    });
  }
  const length = (table.lasts.at(-1) ?? -1) + 1;
  const shape =
    length > 0 && Number.isFinite(low) ? { minShape: [low], maxShape: [high] } : { minShape: [], maxShape: [] };
  const typed = meta.htype === null ? { htype: 'generic' } : {};
  const dtype = meta.dtype === null ? { dtype: 'uint64', typestr: '<u8' } : {};
  const right = { ...meta, ...typed, ...dtype, ...shape, length };
  if (commitId !== FIRST_COMMIT) puts.push({ key: chunkSetKey(commitId, key), bytes: serializeChunkSet(set) });
  puts.push({ key: chunkIdsKey(commitId, key), bytes: serializeChunkIds(table) });
  puts.push({ key: tensorMetaKey(commitId, key), bytes: serializeTensorMeta(right) });
  return puts;
}

/** Whether rows can be added to a companion: it holds plain rows of the kind that is expected. */
export function takesRows({ meta }: TensorState, dtype: string): boolean {
  const form = storageForm(meta);
  return (
    form.chunkCompression === null &&
    form.sampleCompression === null &&
    (meta.dtype === dtype || (meta.dtype === null && dtype === 'uint64'))
  );
}

function newChunkId({ ids }: ChunkIds): bigint {
  for (;;) {
    const [id = 0n] = crypto.getRandomValues(new BigUint64Array(1));
    if (id !== 0n && !ids.includes(id)) return id;
  }
}
