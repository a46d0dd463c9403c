/** Where the chunks of a tensor lie, as a commit that adopts them has to name it (`spec` §3.10, §7.3). */
import type { StoredTensor } from '../chunk/stored-tensor.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import { FIRST_COMMIT } from '../format/keys.js';

/** Finds the folder of each chunk of `ids`, seen from the commit that the tensor is read at. */
export async function chunkOwners(
  tensor: StoredTensor,
  ids: readonly bigint[],
): Promise<Map<bigint, Required<ChunkOwner>>> {
  const sets = await tensor.chunkSets();
  const owners = new Map<bigint, Required<ChunkOwner>>();
  for (const id of ids) {
    const [commit, set] = sets.find(([, one]) => one.has(id)) ?? [FIRST_COMMIT];
    const entry = set?.get(id);
    owners.set(id, { commit: entry?.commit ?? commit, tensor: entry?.tensor ?? tensor.key });
  }
  return owners;
}

/** Entries of a chunk set of a tensor `key` that name these folders. */
export function adoptedChunks(owners: ReadonlyMap<bigint, Required<ChunkOwner>>, key: string): Map<bigint, ChunkOwner> {
  return new Map(
    [...owners].map(([id, { commit, tensor }]) => [id, tensor === key ? { commit } : { commit, tensor }] as const),
  );
}
