/** How the commit graph changes: pure functions from graph to graph (`spec` §7). */
import { newHead } from '../format/commit-node.js';
import type { CommitNode, VersionInfo } from '../format/version-info.js';

/** What a commit is signed with. */
export interface Signature {
  readonly message: string | null;
  readonly author: string;
  /** Seconds since 1970. */
  readonly time: number;
}

const ID_BYTES = 20;

/** Draws a commit id: 40 hexadecimal digits. */
export function newCommitId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Signs the head of a branch, which becomes a commit, and puts a new head below it. */
export function withCommit(versions: VersionInfo, head: string, signature: Signature, next: string): VersionInfo {
  const node = nodeOf(versions, head);
  const signed = { ...node, ...signature, children: [...node.children, next] };
  const commits = new Map(versions.commits).set(head, signed).set(next, newHead(node.branch, head));
  return { commits, branches: new Map(versions.branches).set(node.branch, next) };
}

/** Begins a branch at a commit; `head` is the id of its new head. */
export function withBranch(versions: VersionInfo, commit: string, branch: string, head: string): VersionInfo {
  const node = nodeOf(versions, commit);
  const commits = new Map(versions.commits)
    .set(commit, { ...node, children: [...node.children, head] })
    .set(head, newHead(branch, commit));
  return { commits, branches: new Map(versions.branches).set(branch, head) };
}

/** Puts a new head in the place of one whose changes are given up. */
export function withFreshHead(versions: VersionInfo, head: string, next: string): VersionInfo {
  const { branch, parent } = nodeOf(versions, head);
  const fresh = withoutCommits(versions, [head]);
  if (parent === null) throw new RangeError('the first commit has no state before it');
  return withBranch(fresh, parent, branch, next);
}

/** Takes commits out of the graph. Branches whose head is among them go with it. */
export function withoutCommits(versions: VersionInfo, ids: readonly string[]): VersionInfo {
  const gone = new Set(ids);
  const commits = [...versions.commits]
    .filter(([id]) => !gone.has(id))
    .map(([id, node]): [string, CommitNode] => [
      id,
      { ...node, children: node.children.filter((child) => !gone.has(child)) },
    ]);
  return {
    commits: new Map(commits),
    branches: new Map([...versions.branches].filter(([, head]) => !gone.has(head))),
  };
}

/** Commits of a branch and of no other, its head first: what is deleted with it. */
export function commitsOfBranch(versions: VersionInfo, branch: string): string[] {
  return [...versions.commits]
    .filter(([, node]) => node.branch === branch)
    .map(([id]) => id)
    .reverse();
}

/** Ids from a commit back to the first one that another commit also comes from; that one excluded. */
export function pathToAncestor(versions: VersionInfo, from: string, ancestor: string): string[] {
  const path: string[] = [];
  for (let id: string | null = from; id !== null && id !== ancestor; id = versions.commits.get(id)?.parent ?? null)
    path.push(id);
  return path;
}

/** The last commit that two commits both come from (one of the two, when it is an ancestor of the other). */
export function commonAncestor(versions: VersionInfo, a: string, b: string): string | undefined {
  const line = new Set<string>();
  for (let id: string | null = a; id !== null; id = versions.commits.get(id)?.parent ?? null) line.add(id);
  for (let id: string | null = b; id !== null; id = versions.commits.get(id)?.parent ?? null)
    if (line.has(id)) return id;
  return undefined;
}

function nodeOf({ commits }: VersionInfo, id: string): CommitNode {
  const node = commits.get(id);
  if (!node) throw new RangeError(`there is no commit ${id}`);
  return node;
}
