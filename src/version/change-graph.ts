/** Saves changes of the commit graph so that other writers of the same store lose nothing (`spec` §7.7, §8.1). */
import { serializeCommitInfo } from '../format/commit-info.js';
import { commitInfoKey, graphLockKey, versionInfoKey } from '../format/keys.js';
import { serializeVersionInfo, type VersionInfo } from '../format/version-info.js';
import type { Put, Store } from '../store/types.js';
import { acquireLock } from './dataset-lock.js';
import { loadVersionInfo } from './graph.js';

const VALID_SECONDS = 10; // as in Deep Lake 3.9.52

/**
 * Applies a change to the graph as it is stored now, and stores that in one write: first `before`, then the copies of the
 * nodes that changed, then the graph itself, which makes everything count, and `after` it.
 *
 * Stores that several programs write are locked meanwhile, for ten seconds at most.
 * @returns the new graph.
 * @throws {DatasetError} `storage`, `read-only` with reason `locked`, and what `change` throws
 */
export async function changeGraph(
  store: Store,
  change: (stored: VersionInfo) => VersionInfo,
  { before = [], after = [] }: { readonly before?: readonly Put[]; readonly after?: readonly Put[] } = {},
): Promise<VersionInfo> {
  const release = store.lock ? undefined : await acquireLock(store, graphLockKey, VALID_SECONDS);
  try {
    const stored = await loadVersionInfo(store);
    const versions = change(stored);
    const nodes = [...versions.commits].filter(([id, node]) => stored.commits.get(id) !== node);
    await store.write?.([
      ...before,
      ...nodes.map(([id, node]) => ({ key: commitInfoKey(id), bytes: serializeCommitInfo(node) })),
      { key: versionInfoKey, bytes: serializeVersionInfo(versions) },
      ...after,
    ]);
    return versions;
  } finally {
    await release?.();
  }
}
