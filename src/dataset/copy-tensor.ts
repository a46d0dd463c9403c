/** Copies one tensor into a new dataset: its chunks as they are, or its samples as stored. */
import { type Codecs, loadLz4, usesLz4 } from '../chunk/codecs.js';
import { storageForm } from '../chunk/limits.js';
import { locate } from '../chunk/locate.js';
import { newTensorDraft } from '../chunk/new-draft.js';
import { type ReadEnvironment, readSamples } from '../chunk/read.js';
import type { Sample, Tile } from '../chunk/sample.js';
import { type CommitSource, StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { sampleCount, serializeChunkIds } from '../format/chunk-ids.js';
import { newCommitDiff, serializeCommitDiff } from '../format/commit-diff.js';
import { serializeCreds } from '../format/creds.js';
import { serializeInfo } from '../format/info.js';
import {
  chunkIdsKey,
  chunkKey,
  commitDiffKey,
  credsKey,
  FIRST_COMMIT,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { sequenceAt, serializeSequences } from '../format/sequences.js';
import { shapeAt } from '../format/shapes.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { serializeTiles } from '../format/tiles.js';
import type { StoredSample } from '../htype/types.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { type RowSet, runsOf } from './row-set.js';

/** A tensor to be copied. */
export interface TensorCopy {
  readonly stored: StoredTensor;
  /** Storage key in the copy. */
  readonly key: string;
  /** Metadata in the copy: of the source, with the names and companions of the copy. */
  readonly meta: TensorMeta;
  /** Whether its rows are ids, which are made anew. */
  readonly isIds: boolean;
  /** Rows that are copied: sequences, for sequence tensors; of companions, the same as of their tensor. */
  readonly rows: RowSet;
}

/** Samples `[start, end)`. */
type Run = readonly [start: number, end: number];

/** Whether a set of rows is all of `length` rows, in order. */
export function isAll(rows: RowSet, length: number): boolean {
  if (rows.length !== length) return false;
  for (let i = 0; i < length; i++) if (rows.at(i) !== i) return false;
  return true;
}

const AT_A_TIME = 8; // reads of chunks, or of parts of them

/** An empty tensor in a new dataset. */
export async function newTensor(
  { stored, key, meta }: Pick<TensorCopy, 'stored' | 'key' | 'meta'>,
  from: CommitSource,
): Promise<TensorDraft> {
  if (usesLz4(storageForm(meta))) await loadLz4();
  const info = await stored.info();
  // Shapes of links are those of their targets, which are not looked at again.
  const shapes = meta.isLink ? {} : { minShape: [], maxShape: [] };
  const empty = new StoredTensor(from, key, { ...meta, ...shapes, length: 0 });
  return newTensorDraft(FIRST_COMMIT, empty, info);
}

/** Whether all of a tensor is copied, and its index fits it, so that its files can stay as they are. */
export async function keepsChunks({ stored, rows, isIds }: TensorCopy): Promise<boolean> {
  if (isIds || !isAll(rows, stored.length)) return false;
  return sampleCount(await stored.chunkIds()) === stored.meta.length;
}

/** The files of a tensor in the copy: chunks as they are, one after another, and then its tables. */
export async function* filesOf(
  { stored, key, meta }: TensorCopy,
  store: Store,
  call: CallOptions,
): AsyncGenerator<Put> {
  const ids = await stored.chunkIds(call);
  for (const id of new Set(ids.ids)) {
    const at = await stored.chunkKey(id);
    const bytes = await store.get(at, call);
    if (!bytes)
      await stored.chunk(id, call); // throws, naming it
    else yield { key: chunkKey(FIRST_COMMIT, key, id), bytes };
  }
  const info = await stored.info(call);
  const hasInfo = Object.keys(info).length > 0;
  if (hasInfo) yield { key: tensorInfoKey(FIRST_COMMIT, key), bytes: serializeInfo(info) };
  if (stored.length > 0) {
    const creds = await stored.creds(call);
    const { sequences } = stored;
    yield { key: tilesKey(FIRST_COMMIT, key), bytes: serializeTiles(await stored.tiles(call)) };
    if (sequences) yield { key: sequencesKey(FIRST_COMMIT, key), bytes: serializeSequences(sequences) };
    if (creds) yield { key: credsKey(FIRST_COMMIT, key), bytes: serializeCreds(creds) };
    yield { key: chunkIdsKey(FIRST_COMMIT, key), bytes: serializeChunkIds(ids) };
  }
  yield { key: tensorMetaKey(FIRST_COMMIT, key), bytes: serializeTensorMeta(meta) };
  const diff = { ...newCommitDiff(true, 0), addedEnd: stored.length, infoUpdated: hasInfo };
  yield { key: commitDiffKey(FIRST_COMMIT, key), bytes: serializeCommitDiff(diff) };
}

/**
 * Appends rows of a tensor to its draft, sample by sample as they are stored; only samples in chunks that are one
 * picture are decoded.
 *
 * @param relieve - called now and then with samples and bytes that were added, to store them.
 */
export async function appendStored(
  { stored, rows, isIds, meta }: TensorCopy,
  draft: TensorDraft,
  env: ReadEnvironment,
  relieve: (samples: number, bytes: number) => Promise<void>,
  call: CallOptions,
): Promise<void> {
  if (isIds) return appendIds(draft, rows.length, relieve);
  const toSample = await sampler(stored, call);
  const { sequences } = stored;
  if (!meta.isSequence) {
    for await (const { samples, first } of storedRuns(stored, [...runsOf(rows, 0, rows.length)], env, call)) {
      let bytes = 0;
      for (const [i, sample] of samples.entries()) {
        const own = await toSample(sample, first + i);
        bytes += sizeOf(own);
        draft.append(own);
      }
      await relieve(samples.length, bytes);
    }
    return;
  }
  for (let i = 0; i < rows.length && sequences; i++) {
    const { start, end } = sequenceAt(sequences, rows.at(i) ?? 0);
    const items: Sample[] = [];
    for await (const { samples, first } of storedRuns(stored, start < end ? [[start, end]] : [], env, call))
      for (const [j, sample] of samples.entries()) items.push(await toSample(sample, first + j));
    draft.appendSequence(items);
    await relieve(
      1,
      items.reduce((sum, item) => sum + sizeOf(item), 0),
    );
  }
}

const MAX_RANDOM_BYTES = 65_536; // what one call to the generator gives

/** Appends new random ids. */
async function appendIds(
  draft: TensorDraft,
  count: number,
  relieve: (samples: number, bytes: number) => Promise<void>,
): Promise<void> {
  if (count > 0 && draft.meta.htype === null) draft.changeMeta({ htype: 'generic', dtype: 'uint64', typestr: '<u8' });
  for (let left = count; left > 0; ) {
    const some = Math.min(left, MAX_RANDOM_BYTES / 8);
    draft.addRun(crypto.getRandomValues(new Uint8Array(some * 8)), [1], 8, some);
    left -= some;
    await relieve(some, some * 8);
  }
}

function sizeOf({ bytes, tiling }: Sample): number {
  return bytes.length + (tiling?.tiles.reduce((sum, tile) => sum + tile.bytes.length, 0) ?? 0);
}

const NO_BYTES: Bytes = new Uint8Array(0);

/** What makes a sample for the draft of one that is stored. */
async function sampler(
  stored: StoredTensor,
  call: CallOptions,
): Promise<(sample: StoredSample, index: number) => Promise<Sample>> {
  const { sampleCompression } = storageForm(stored.meta);
  const [creds, tiles, ids] = await Promise.all([stored.creds(call), stored.tiles(call), stored.chunkIds(call)]);
  const isShapeless = stored.meta.minShape.length === 0; // empty samples only
  return async (sample, index) => {
    const tiling = tiles.get(index);
    if (tiling) {
      const parts: Tile[] = [];
      for (const id of locate(ids, index).chunks) {
        const view = await stored.chunk(id, call);
        const shape = view.shapes && view.shapes.rows > 0 ? shapeAt(view.shapes, 0) : tiling.tileShape;
        parts.push({ bytes: (await view.readAll(call)).slice(), shape });
      }
      const cut = { tileShape: tiling.tileShape, tiles: parts };
      return { bytes: NO_BYTES, shape: tiling.sampleShape, dtype: undefined, tiling: cut };
    }
    const bytes = sampleCompression === null ? await sample.raw(call) : ((await sample.encoded())?.bytes ?? NO_BYTES);
    const shape = isShapeless && !stored.meta.isLink && bytes.length === 0 ? undefined : sample.shape;
    const link = creds && { shape: undefined, creds: index < creds.items ? creds.value(creds.find(index), 0) : 0 };
    return { bytes, shape, dtype: undefined, ...(link && { link }) };
  };
}

/** Reads runs of samples in order, each part within one chunk, some parts ahead. */
async function* storedRuns(
  stored: StoredTensor,
  runs: readonly Run[],
  env: ReadEnvironment,
  call: CallOptions,
): AsyncGenerator<{ readonly first: number; readonly samples: StoredSample[] }> {
  const ids = await stored.chunkIds(call);
  const ahead: { first: number; samples: Promise<StoredSample[]> }[] = [];
  try {
    for (const [start, end] of runs) {
      for (let at = start; at < end; ) {
        call.signal?.throwIfAborted();
        const stop = Math.min(end, at + locate(ids, at).following);
        const samples = readSamples(stored, at, stop, env, call);
        samples.catch(() => {}); // thrown at its turn
        ahead.push({ first: at, samples });
        at = stop;
        const [first] = ahead;
        if (ahead.length < AT_A_TIME || !first) continue;
        ahead.shift();
        yield { first: first.first, samples: await first.samples };
      }
    }
    for (let first = ahead.shift(); first; first = ahead.shift())
      yield { first: first.first, samples: await first.samples };
  } finally {
    await Promise.allSettled(ahead.map(({ samples }) => samples));
  }
}

/** The environment in which samples of a snapshot are read. */
export function readingOf(source: CommitSource, codecs: Codecs): ReadEnvironment {
  return { codecs, unpacked: source.caches.unpacked };
}
