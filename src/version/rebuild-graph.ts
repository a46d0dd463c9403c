import { parseCommitInfo } from '../format/commit-info.js';
import { commitInfoKey, FIRST_COMMIT } from '../format/keys.js';
import { rebuildVersionInfo } from '../format/rebuild-version-info.js';
import type { CommitNode, VersionInfo } from '../format/version-info.js';
import type { CallOptions, ReadableStore } from '../store/types.js';

// Copies are followed from file to file; damaged ones must not lead on forever.
const MAX_COMMITS = 100_000;

/** Makes the commit graph again from the copies of its nodes that lie beside the commits (`spec` §7.9). */
export async function rebuildGraph(store: ReadableStore, options?: CallOptions): Promise<VersionInfo> {
  const nodes = new Map<string, CommitNode>();
  const queue: string[] = [FIRST_COMMIT];
  for (let id = queue.pop(); id !== undefined && nodes.size < MAX_COMMITS; id = queue.pop()) {
    if (nodes.has(id)) continue;
    const key = commitInfoKey(id);
    const info = await store.get(key, options);
    if (!info) continue;
    const node = parseCommitInfo(info, key);
    nodes.set(id, node);
    queue.push(...node.children);
  }
  return rebuildVersionInfo(nodes);
}
