import { corrupt } from '../util/byte-reader.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { type CommitNode, jsonFromCommitNode, newHead, parseCommitNode } from './commit-node.js';
import { field, object, text } from './fields.js';
import { parseJsonObject, stringifyJson } from './json.js';
import { FIRST_COMMIT, isSafeKey } from './keys.js';

export type { CommitNode } from './commit-node.js';

/** `version_control_info.json`: the commit graph. */
export interface VersionInfo {
  readonly commits: ReadonlyMap<string, CommitNode>;
  /** Id of the head of each branch. */
  readonly branches: ReadonlyMap<string, string>;
}

/** The graph of a new dataset: the root commit is the head of `main`. */
export function newVersionInfo(): VersionInfo {
  return {
    commits: new Map([[FIRST_COMMIT, newHead('main', null)]]),
    branches: new Map([['main', FIRST_COMMIT]]),
  };
}

/**
 * Parses `version_control_info.json`.
 *
 * The result can be walked safely: every parent and child exists, and parents never lead in a circle.
 * @throws {DatasetError} `corrupt`; the caller may then use {@link rebuildVersionInfo}.
 */
export function parseVersionInfo(bytes: Bytes, key: string): VersionInfo {
  const json = parseJsonObject(bytes, key);
  const nodes = field(json, 'commits', object, key);
  const heads = field(json, 'branches', object, key);
  const commits = new Map(Object.entries(nodes).map(([id, node]) => [id, parseCommitNode(node, key)]));
  const branches = new Map(Object.keys(heads).map((name) => [name, field(heads, name, text, key)]));
  const known = (id: string, what: string): void => {
    if (!commits.has(id)) throw corrupt(key, what, 'the id of a commit in the file', JSON.stringify(id));
  };
  known(FIRST_COMMIT, 'root commit');
  for (const [branch, head] of branches) known(head, `branch ${JSON.stringify(branch)}`);
  for (const [id, { branch, children, parent }] of commits) {
    if (!isSafeKey(id) || id.includes('/')) throw corrupt(key, 'commits', 'ids without slashes', JSON.stringify(id));
    if (!branches.has(branch)) throw corrupt(key, `commit ${id}`, 'a branch in the file', JSON.stringify(branch));
    for (const child of children) known(child, `child of commit ${id}`);
    if (parent !== null) known(parent, `parent of commit ${id}`);
  }
  checkAncestors(commits, key);
  return { commits, branches };
}

/** Follows parents from every commit, each of them once. */
function checkAncestors(commits: ReadonlyMap<string, CommitNode>, key: string): void {
  const done = new Set<string>();
  for (const start of commits.keys()) {
    const path = new Set<string>();
    let id: string | null = start;
    while (id !== null && !done.has(id)) {
      if (path.has(id)) throw corrupt(key, `commit ${id}`, 'other ancestors', 'itself');
      path.add(id);
      id = commits.get(id)?.parent ?? null;
    }
    for (const ancestor of path) done.add(ancestor);
  }
}

/** Prints `version_control_info.json` in the original's form. */
export function serializeVersionInfo(info: VersionInfo): Bytes {
  const nodes = [...info.commits].map(([id, node]) => [id, jsonFromCommitNode(node)] as const);
  const json = { commits: Object.fromEntries(nodes), branches: Object.fromEntries(info.branches) };
  return utf8Encode(stringifyJson(json));
}
