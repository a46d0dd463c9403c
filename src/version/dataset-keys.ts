/** All keys of a dataset with its history, for stores that list them and for those that cannot (http). */
import { createChunkCaches, StoredTensor } from '../chunk/stored-tensor.js';
import { parseDatasetMeta } from '../format/dataset-meta.js';
import {
  chunkIdsKey,
  chunkSetKey,
  commitDiffKey,
  commitInfoKey,
  credsKey,
  datasetDiffKey,
  datasetInfoKey,
  datasetMetaKey,
  isSafeKey,
  linkedCredsKey,
  padsKey,
  queriesKey,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
  versionInfoKey,
} from '../format/keys.js';
import { parseQueries } from '../format/queries.js';
import { parseTensorMeta } from '../format/tensor-meta.js';
import type { VersionInfo } from '../format/version-info.js';
import { withPrefix } from '../store/prefixed.js';
import { isPrivateKey } from '../store/private-keys.js';
import type { CallOptions, Store } from '../store/types.js';
import { lineageOf, loadVersionInfo } from './graph.js';

/** Folder of saved views, each a dataset of its own. */
export const viewsFolder = '.queries';

/**
 * The keys of everything that makes up a dataset: all commits and branches, credential names and saved views. Locks are
 * left out, and what is kept for undoing. Where the store cannot list, the keys are worked out from the tables, and some of them may be absent.
 */
export async function datasetKeys(store: Store, versions: VersionInfo, options?: CallOptions): Promise<Set<string>> {
  if (!store.list) return workedOut(store, versions, options);
  const keys = new Set<string>();
  for await (const key of store.list('', options)) if (!key.endsWith('.lock') && !isPrivateKey(key)) keys.add(key);
  return keys;
}

async function workedOut(store: Store, versions: VersionInfo, options?: CallOptions): Promise<Set<string>> {
  const keys = new Set([versionInfoKey, linkedCredsKey, queriesKey]);
  for (const commit of versions.commits.keys()) {
    for (const keyOf of [datasetMetaKey, datasetInfoKey, datasetDiffKey, commitInfoKey]) keys.add(keyOf(commit));
    const bytes = await store.get(datasetMetaKey(commit), options);
    if (!bytes) continue; // a head that was given up
    const source = { store, lineage: lineageOf(versions, commit), caches: createChunkCaches() };
    for (const tensor of parseDatasetMeta(bytes, datasetMetaKey(commit)).tensors) {
      for (const keyOf of tensorFiles) keys.add(keyOf(commit, tensor));
      const at = tensorMetaKey(commit, tensor);
      const meta = await store.get(at, options);
      if (!meta) continue;
      const stored = new StoredTensor(source, tensor, parseTensorMeta(meta, at));
      const { ids } = await stored.chunkIds(options);
      for (const id of ids) keys.add(await stored.chunkKey(id));
    }
  }
  const bytes = await store.get(queriesKey, options);
  for (const view of bytes ? parseQueries(bytes, queriesKey) : []) {
    const folder = `${viewsFolder}/${view.path ?? view.id}`;
    if (!isSafeKey(folder)) continue;
    const own = withPrefix(store, folder);
    for (const key of await workedOut(own, await loadVersionInfo(own, options), options)) keys.add(`${folder}/${key}`);
  }
  return keys;
}

const tensorFiles = [
  ...[tensorMetaKey, tensorInfoKey, chunkIdsKey, tilesKey, sequencesKey, credsKey, padsKey],
  ...[commitDiffKey, chunkSetKey],
];

const FILE =
  /(^|\/)(chunks\/[0-9a-f]{1,16}|(chunks|tiles|sequence|creds|pad)_index\/unsharded|(tensor|dataset)_(meta|info)\.json|commit_(diff|info\.json)|chunk_set|dataset_diff|version_control_info\.json|linked_creds\.json|queries\.json)$/;

/** Whether a key has the name of a file of the format. */
export function isDatasetFile(key: string): boolean {
  return FILE.test(key);
}
