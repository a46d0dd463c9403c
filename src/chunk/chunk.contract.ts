/** What chunk tests share: tensors in memory stores, and samples for them. */
import { createCodecPool } from '../codec/pool.js';
import { type ErrorData, isDatasetError } from '../errors.js';
import { newCommitDiff } from '../format/commit-diff.js';
import { bytesFromNdArray } from '../format/dtypes.js';
import { FIRST_COMMIT, tensorMetaKey } from '../format/keys.js';
import { parseTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import type { Store } from '../store/types.js';
import { utf8Encode } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import { loadTensorDraft } from './load-draft.js';
import { type ReadEnvironment, readSamples } from './read.js';
import type { Sample } from './sample.js';
import type { TensorSource } from './source.js';
import { createChunkCaches, StoredTensor } from './stored-tensor.js';
import { TensorDraft } from './tensor-draft.js';

/** Codecs on this thread. */
export const codecs = createCodecPool({ size: 0 });

/** Metadata with the defaults of an empty tensor, but for the given fields. */
export function metaWith(fields: Partial<TensorMeta> = {}): TensorMeta {
  return { ...parseTensorMeta(utf8Encode('{}'), 'meta'), ...fields };
}

/** Chunk ids that count up from `from`. */
export function countUp(from: bigint): () => bigint {
  let next = from;
  return () => next++;
}

/** A tensor of the first commit as a store would hold it with the given metadata. */
export function storedTensor(store: Store, fields: Partial<TensorMeta>, key = 't'): StoredTensor {
  return new StoredTensor({ store, lineage: [FIRST_COMMIT], caches: createChunkCaches() }, key, metaWith(fields));
}

/** The draft of a new tensor, with chunk ids from 1 up. */
export function newDraft(store: Store, fields: Partial<TensorMeta> = {}, key = 't'): TensorDraft {
  return new TensorDraft({
    commit: FIRST_COMMIT,
    stored: storedTensor(store, fields, key),
    info: {},
    diff: newCommitDiff(true, 0),
    ids: { ids: [], lasts: [] },
    tiles: new Map(),
    sequences: undefined,
    creds: undefined,
    chunkSet: undefined,
    open: undefined,
    isNew: true,
    newId: countUp(1n),
  });
}

/** A stored tensor as a new session finds it. */
export async function reopened(store: Store, key = 't'): Promise<StoredTensor> {
  const at = tensorMetaKey(FIRST_COMMIT, key);
  const bytes = await store.get(at);
  if (!bytes) throw new Error(`${at} is not stored`);
  return storedTensor(store, parseTensorMeta(bytes, at), key);
}

/** The draft of a stored tensor in a new session, with chunk ids from `firstId` up. */
export async function reopenedDraft(store: Store, firstId = 100n, key = 't'): Promise<TensorDraft> {
  return loadTensorDraft(await reopened(store, key), { commit: FIRST_COMMIT, codecs, newId: countUp(firstId) });
}

/** What reading needs, with a cache of its own. */
export function reading(): ReadEnvironment {
  return { codecs, unpacked: new Lru(1_000_000) };
}

/** All samples of a tensor: shape and values of each. */
export async function readAll(source: TensorSource, end = source.meta.length) {
  const samples = await readSamples(source, 0, end, reading());
  return Promise.all(
    samples.map(async (sample) => {
      const { shape, data } = await sample.array();
      return { shape: [...shape], values: Array.from(data as ArrayLike<number>, Number) };
    }),
  );
}

/** A sample of uint8 numbers. */
export function bytesSample(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Sample {
  return { bytes: bytesFromNdArray({ dtype: 'uint8', shape, data: Uint8Array.from(values) }), shape, dtype: 'uint8' };
}

/** An empty sample. */
export const nothing: Sample = { bytes: new Uint8Array(0), shape: undefined, dtype: undefined };

/** Code, data and message of the error that a promise is rejected with. */
export async function failureOf(
  work: PromiseLike<unknown>,
): Promise<{ code: string; data: Partial<ErrorData['corrupt']>; message: string }> {
  try {
    await work;
  } catch (error) {
    if (!isDatasetError(error)) throw error;
    return { code: error.code, data: error.data as ErrorData['corrupt'], message: error.message };
  }
  throw new Error('did not fail');
}
