/** What a new head starts with: the tables and metadata of the commit before it (`spec` §7.2). */
import { serializeChunkSet } from '../format/chunk-set.js';
import type { DatasetMeta } from '../format/dataset-meta.js';
import {
  chunkIdsKey,
  chunkSetKey,
  credsKey,
  datasetInfoKey,
  datasetMetaKey,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import type { CallOptions, Put, Store } from '../store/types.js';

// Chunks stay where they are; records of changes, padding and the list of own chunks begin empty.
const tensorFiles = [tensorMetaKey, chunkIdsKey, tilesKey, sequencesKey, credsKey, tensorInfoKey];
const AT_A_TIME = 64; // files read together

/**
 * Plans the files of a new head: copies, byte for byte, of those of the commit that it follows, and empty lists of chunks.
 *
 * @param meta - the dataset's metadata in that commit. @param from - the commit. @param to - the new head.
 */
export async function copyHead(
  store: Store,
  meta: DatasetMeta,
  from: string,
  to: string,
  options?: CallOptions,
): Promise<Put[]> {
  const pairs = [datasetMetaKey, datasetInfoKey].map((keyOf) => [keyOf(from), keyOf(to)] as const);
  for (const tensor of meta.tensors)
    pairs.push(...tensorFiles.map((keyOf) => [keyOf(from, tensor), keyOf(to, tensor)] as const));
  const puts: Put[] = [];
  for (let i = 0; i < pairs.length; i += AT_A_TIME) {
    const some = pairs.slice(i, i + AT_A_TIME);
    const values = await Promise.all(some.map(([key]) => store.get(key, options)));
    for (const [j, [, key]] of some.entries()) {
      const bytes = values[j];
      if (bytes) puts.push({ key, bytes });
    }
  }
  const none = serializeChunkSet(new Map());
  return [...puts, ...meta.tensors.map((tensor) => ({ key: chunkSetKey(to, tensor), bytes: none }))];
}
