/** The commit graph of a dataset: reading it, and finding commits in it (`spec` §7). */
import { DatasetError, isDatasetError } from '../errors.js';
import { versionInfoKey } from '../format/keys.js';
import { parseVersionInfo, type VersionInfo } from '../format/version-info.js';
import type { CallOptions, ReadableStore } from '../store/types.js';

/**
 * Reads the commit graph. When its file is missing or damaged, it is rebuilt from the copies beside the commits; a
 * dataset without commits has one branch, `main`.
 */
export async function loadVersionInfo(store: ReadableStore, options?: CallOptions): Promise<VersionInfo> {
  const bytes = await store.get(versionInfoKey, options);
  if (bytes) {
    try {
      return parseVersionInfo(bytes, versionInfoKey);
    } catch (error) {
      if (!isDatasetError(error, 'corrupt')) throw error;
    }
  }
  const { rebuildGraph } = await import('./rebuild-graph.js'); // hardly any page needs it
  return rebuildGraph(store, options);
}

/** A commit that was addressed. */
export interface Resolved {
  readonly commit: string;
  readonly branch: string;
  /** Whether the commit is the head of its branch: the only state that can be written. */
  readonly isHead: boolean;
}

/**
 * Finds a branch (first) or commit by its name or full id.
 * @throws {DatasetError} `not-found` listing the branches.
 */
export function resolveAddress(versions: VersionInfo, at: string): Resolved {
  const head = versions.branches.get(at);
  const commit = head ?? at;
  const node = versions.commits.get(commit);
  if (!node) {
    const branches = [...versions.branches.keys()].join(', ');
    throw new DatasetError(
      'not-found',
      `There is no branch or commit "${at}". Branches are ${branches}; commits are named by their full id.`,
      {
        what: 'commit',
        name: at,
      },
    );
  }
  return { commit, branch: node.branch, isHead: versions.branches.get(node.branch) === commit };
}

/** Ids from a commit back to the first one, both included: the way on which chunks are looked for. */
export function lineageOf(versions: VersionInfo, commit: string): string[] {
  const lineage: string[] = [];
  for (let id: string | null = commit; id !== null; id = versions.commits.get(id)?.parent ?? null) lineage.push(id);
  return lineage;
}

/** The last real commit at or before a node: what users call the commit id; undefined before the first commit. */
export function commitIdOf(versions: VersionInfo, commit: string): string | undefined {
  const node = versions.commits.get(commit);
  return node?.time === null ? (node.parent ?? undefined) : commit;
}
