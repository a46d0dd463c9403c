import { type CommitSource, createChunkCaches, StoredTensor } from '../chunk/stored-tensor.js';
import { DatasetError } from '../errors.js';
import { type DatasetMeta, parseDatasetMeta } from '../format/dataset-meta.js';
import { parseInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import { datasetInfoKey, datasetMetaKey, tensorMetaKey } from '../format/keys.js';
import { parseTensorMeta } from '../format/tensor-meta.js';
import type { VersionInfo } from '../format/version-info.js';
import type { CallOptions, Store } from '../store/types.js';
import { lineageOf, loadVersionInfo, type Resolved, resolveAddress } from './graph.js';

/** One commit of a dataset as it is stored. A value: nothing in it changes when the dataset does. */
export interface Snapshot extends Resolved {
  readonly versions: VersionInfo;
  readonly meta: DatasetMeta;
  readonly info: JsonObject;
  readonly source: CommitSource;
  /** Visible tensors by key, in order of creation. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Reads a commit: the graph, the dataset's metadata and that of its visible tensors, in two rounds of requests.
 *
 * @param at - branch name or commit id.
 * @throws {DatasetError} `not-found` when there is no dataset, or no such commit; `corrupt` for damaged metadata.
 */
export async function loadSnapshot(store: Store, at: string, options?: CallOptions): Promise<Snapshot> {
  const versions = await loadVersionInfo(store, options);
  const resolved = resolveAddress(versions, at);
  const metaKey = datasetMetaKey(resolved.commit);
  const infoKey = datasetInfoKey(resolved.commit);
  const [metaBytes, infoBytes] = await Promise.all([store.get(metaKey, options), store.get(infoKey, options)]);
  if (!metaBytes) {
    throw new DatasetError(
      'not-found',
      `There is no dataset at ${store.address}: ${metaKey} is missing. Check the address, or create it with createDataset().`,
      {
        what: 'dataset',
        name: store.address,
        key: metaKey,
      },
    );
  }
  const meta = parseDatasetMeta(metaBytes, metaKey);
  const source = { store, lineage: lineageOf(versions, resolved.commit), caches: createChunkCaches() };
  const hidden = new Set(meta.hiddenTensors);
  const visible = meta.tensors.filter((key) => !hidden.has(key));
  const stored = await Promise.all(visible.map((key) => loadStoredTensor(source, key, options)));
  return {
    ...resolved,
    versions,
    meta,
    info: infoBytes ? parseInfo(infoBytes, infoKey) : {},
    source,
    tensors: new Map(stored.map((tensor) => [tensor.key, tensor])),
  };
}

/** Reads the metadata of one tensor of a commit. @throws {DatasetError} `not-found` when the tensor has none. */
export async function loadStoredTensor(
  source: CommitSource,
  key: string,
  options?: CallOptions,
): Promise<StoredTensor> {
  const metaKey = tensorMetaKey(source.lineage[0] ?? '', key);
  const bytes = await source.store.get(metaKey, options);
  if (!bytes) {
    throw new DatasetError(
      'not-found',
      `Tensor "${key}" has no metadata: ${metaKey} is missing. Restore it from a copy of the dataset.`,
      {
        what: 'tensor',
        name: key,
        tensor: key,
        key: metaKey,
      },
    );
  }
  const tensor = new StoredTensor(source, key, parseTensorMeta(bytes, metaKey));
  if (tensor.meta.isSequence) await tensor.loadSequences(options); // their number is the tensor's length
  return tensor;
}
