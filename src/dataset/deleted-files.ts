import type { Put, Store } from '../store/types.js';

const files =
  /^(tensor_(meta|info)\.json|(chunks|tiles|sequence|creds|pad)_index\/unsharded|chunk_set|commit_diff|chunks\/[0-9a-f]+|vdb_indexes\/[^/]+)$/;

/**
 * Deletions of the files of a tensor in one commit, metadata first. A group may have the name of its folder: what belongs
 * to tensors in it stays.
 *
 * @param folder - of the tensor, with a slash at its end.
 */
export async function deletedFiles(store: Store, folder: string): Promise<Put[]> {
  const puts: Put[] = [];
  for await (const key of store.list?.(folder) ?? [])
    if (files.test(key.slice(folder.length))) puts.push({ key, bytes: null });
  const rank = ({ key }: Put): number => Number(key.includes('/chunks/'));
  return puts.sort((a, b) => rank(a) - rank(b));
}

/** Deletions of everything whose key begins with a prefix. */
export async function deletionsUnder(store: Store, prefix: string): Promise<Put[]> {
  const puts: Put[] = [];
  for await (const key of store.list?.(prefix) ?? []) puts.push({ key, bytes: null });
  return puts;
}
