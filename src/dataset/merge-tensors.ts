/** Tensors as a whole in a merge: copied by reference to their chunks, renamed, deleted (`spec` §7.8). */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { serializeChunkSet } from '../format/chunk-set.js';
import { newCommitDiff, recordAppend, serializeCommitDiff } from '../format/commit-diff.js';
import type { DatasetMeta } from '../format/dataset-meta.js';
import {
  chunkIdsKey,
  chunkSetKey,
  commitDiffKey,
  credsKey,
  FIRST_COMMIT,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { type LinkEntry, serializeTensorMeta } from '../format/tensor-meta.js';
import { groupsOf } from '../format/tensor-names.js';
import type { CallOptions, Put } from '../store/types.js';
import { adoptedChunks, chunkOwners } from '../version/chunk-owners.js';
import { loadStoredTensor } from '../version/snapshot.js';
import { companionRenamed, withNames } from './meta-names.js';
import { withTensor } from './new-names.js';

interface Copied {
  readonly tensor: StoredTensor;
  readonly name: string;
  readonly link: LinkEntry | undefined;
}

/**
 * Plans the copy of a tensor of another commit, with its companions: its tables are copied, its chunks stay where they are.
 *
 * @param names - names of the tensors of the other commit by key. @param head - the head that gets it.
 * @returns the metadata of the dataset with it, and its files. @throws {DatasetError} `exists`
 */
export async function copyTensor(
  meta: DatasetMeta,
  name: string,
  tensor: StoredTensor,
  names: ReadonlyMap<string, string>,
  head: string,
  options: CallOptions,
): Promise<{ meta: DatasetMeta; puts: Put[] }> {
  const all: Copied[] = [{ tensor, name, link: undefined }];
  const seen = new Set([tensor.key]);
  for (const { tensor: one } of all) {
    for (const [key, link] of Object.entries(one.meta.links)) {
      if (seen.has(key)) continue;
      seen.add(key); // companions may have companions: layers of downsampling
      all.push({ tensor: await loadStoredTensor(one.from, key, options), name: names.get(key) ?? key, link });
    }
  }
  const [main, ...companions] = all.map(({ tensor: { meta: own }, name: own_name, link }) => ({
    name: own_name,
    meta: own,
    info: {},
    link: link ?? { extend: '', flattenSequence: false },
  }));
  if (!main) throw new TypeError('a tensor is copied');
  const { meta: after, keys } = withTensor(withNames(meta), { main, companions });
  const keyOf = new Map(all.map(({ tensor: one }, i) => [one.key, keys[i] ?? one.key]));
  const puts: Put[] = [];
  for (const one of all) puts.push(...(await copyFiles(one, keyOf, head, options)));
  return { meta: after, puts };
}

async function copyFiles(
  { tensor, name }: Copied,
  keyOf: ReadonlyMap<string, string>,
  head: string,
  options: CallOptions,
): Promise<Put[]> {
  const { from, key: old, meta } = tensor;
  const key = keyOf.get(old) ?? old;
  const commit = from.lineage[0] ?? FIRST_COMMIT;
  const puts: Put[] = [];
  for (const file of [chunkIdsKey, tilesKey, sequencesKey, credsKey, tensorInfoKey]) {
    const bytes = await from.store.get(file(commit, old), options);
    if (bytes) puts.push({ key: file(head, key), bytes });
  }
  const links = Object.entries(meta.links).map(([linked, entry]) => [keyOf.get(linked) ?? linked, entry]);
  const own = { ...meta, name, links: Object.fromEntries(links) };
  const diff = recordAppend(newCommitDiff(true, 0), tensor.length);
  const owners = await chunkOwners(tensor, (await tensor.chunkIds()).ids);
  return [
    ...puts,
    { key: chunkSetKey(head, key), bytes: serializeChunkSet(adoptedChunks(owners, key)) },
    { key: tensorMetaKey(head, key), bytes: serializeTensorMeta(own) },
    { key: commitDiffKey(head, key), bytes: serializeCommitDiff(diff) },
  ];
}

/** A tensor that gets another name. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
  /** Keys of its companions, which are called after it. */
  readonly companions: readonly string[];
}

/** Gives tensors and their companions other names, all at once. @returns the metadata, and each new name by key */
export function renameTensors(
  given: DatasetMeta,
  renamings: readonly Renaming[],
): { meta: DatasetMeta; renamed: ReadonlyMap<string, string> } {
  const meta = withNames(given);
  const renamed = new Map<string, string>();
  const names = Object.entries(meta.tensorNames).map(([name, key]): [string, string] => {
    for (const { from, to, companions } of renamings) {
      if (name === from) renamed.set(key, to);
      else if (companions.includes(key)) renamed.set(key, companionRenamed(name, from, to));
    }
    return [renamed.get(key) ?? name, key];
  });
  const groups = [...new Set([...meta.groups, ...renamings.flatMap(({ to }) => groupsOf(to))])];
  return { meta: { ...meta, tensorNames: Object.fromEntries(names), groups }, renamed };
}
