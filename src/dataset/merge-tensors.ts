/** Tensors as a whole in a merge: copied by reference to their chunks, renamed, deleted (`spec` §7.8). */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { serializeChunkSet } from '../format/chunk-set.js';
import { newCommitDiff, recordAppend, serializeCommitDiff } from '../format/commit-diff.js';
import type { DatasetDiff } from '../format/dataset-diff.js';
import type { DatasetMeta } from '../format/dataset-meta.js';
import {
  chunkIdsKey,
  chunkSetKey,
  commitDiffKey,
  commitPrefix,
  credsKey,
  FIRST_COMMIT,
  sequencesKey,
  tensorInfoKey,
  tensorMetaKey,
  tilesKey,
} from '../format/keys.js';
import { type LinkEntry, serializeTensorMeta } from '../format/tensor-meta.js';
import { groupsOf } from '../format/tensor-names.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import { adoptedChunks, chunkOwners } from '../version/chunk-owners.js';
import { loadStoredTensor } from '../version/snapshot.js';
import { withTensor } from './new-names.js';

/** The metadata with a name for every tensor: old datasets have keys only. */
export function withNames(meta: DatasetMeta): DatasetMeta {
  if (Object.keys(meta.tensorNames).length > 0) return meta;
  return { ...meta, tensorNames: Object.fromEntries(meta.tensors.map((key) => [key, key])) };
}

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
      const stem = hiddenStem(from);
      if (name === from) renamed.set(key, to);
      else if (companions.includes(key) && name.startsWith(stem))
        renamed.set(key, hiddenStem(to) + name.slice(stem.length));
    }
    return [renamed.get(key) ?? name, key];
  });
  const groups = [...new Set([...meta.groups, ...renamings.flatMap(({ to }) => groupsOf(to))])];
  return { meta: { ...meta, tensorNames: Object.fromEntries(names), groups }, renamed };
}

/** What the names of the companions of a tensor begin with: `a/_b_` for `a/b`. */
function hiddenStem(name: string): string {
  const at = name.lastIndexOf('/') + 1;
  return `${name.slice(0, at)}_${name.slice(at)}_`;
}

/** Takes tensors out of the metadata of a dataset. */
export function withoutTensors(given: DatasetMeta, keys: readonly string[]): DatasetMeta {
  const gone = new Set(keys);
  const meta = withNames(given);
  return {
    ...meta,
    tensors: meta.tensors.filter((key) => !gone.has(key)),
    hiddenTensors: meta.hiddenTensors.filter((key) => !gone.has(key)),
    tensorNames: Object.fromEntries(Object.entries(meta.tensorNames).filter(([, key]) => !gone.has(key))),
  };
}

/** Records renamed tensors: what each was called before the commit counts. */
export function recordRenames(diff: DatasetDiff, renamings: readonly Renaming[]): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const pairs = renamings.map(({ from, to }) => [oldName(diff, from), to] as const);
  for (const [old, to] of pairs) {
    if (old === to) renamed.delete(old);
    else renamed.set(old, to);
  }
  return { ...diff, renamed };
}

function oldName({ renamed }: DatasetDiff, name: string): string {
  return [...renamed].find(([, now]) => now === name)?.[0] ?? name;
}

/** Records a deleted tensor, by what it was called before the commit. */
export function recordDelete(diff: DatasetDiff, name: string): DatasetDiff {
  const renamed = new Map(diff.renamed);
  const old = oldName(diff, name);
  renamed.delete(old);
  return { ...diff, renamed, deleted: [...diff.deleted, old] };
}

/** Files of a tensor in a head; those of others, whose keys lie below its own, are left out. */
export async function filesOf(store: Store, head: string, key: string, others: readonly string[]): Promise<string[]> {
  const below = others.filter((other) => other.startsWith(`${key}/`)).map((other) => `${commitPrefix(head)}${other}/`);
  const files: string[] = [];
  for await (const file of store.list?.(`${commitPrefix(head)}${key}/`) ?? [])
    if (!below.some((prefix) => file.startsWith(prefix))) files.push(file);
  return files;
}
