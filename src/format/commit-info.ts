import { type Bytes, utf8Encode } from '../util/bytes.js';
import { type CommitNode, jsonFromCommitNode, parseCommitNode } from './commit-node.js';
import { parseJson, stringifyJson } from './json.js';

/** Parses `commit_info.json`, the copy of one node of the commit graph. */
export function parseCommitInfo(bytes: Bytes, key: string): CommitNode {
  return parseCommitNode(parseJson(bytes, key), key);
}

/** Prints `commit_info.json` in the original's form, where `children` comes before `parent`. */
export function serializeCommitInfo(node: CommitNode): Bytes {
  const { branch = null, children = [], ...rest } = jsonFromCommitNode(node);
  return utf8Encode(stringifyJson({ branch, children, ...rest }));
}
