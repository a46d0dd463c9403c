import { field, flag, nullable, numeric, object, text, texts } from './fields.js';
import type { JsonObject, JsonValue } from './json.js';

/** One node of the commit graph. */
export interface CommitNode {
  /** Branch that the node belongs to. */
  readonly branch: string;
  /** Null for the root commit only. */
  readonly parent: string | null;
  /** Ids of all direct children: the next commit of the branch, and branches that start here. In no order. */
  readonly children: readonly string[];
  /** Null while the node is a head. */
  readonly message: string | null;
  /** Seconds since 1970; null while the node is a head, which is what makes it one. */
  readonly time: number | null;
  readonly author: string | null;
  /** Whether a transform saved its progress here. */
  readonly isCheckpoint: boolean;
  /** Samples that the transform had done by then. */
  readonly totalSamplesProcessed: number;
}

/** A new, writable node. */
export function newHead(branch: string, parent: string | null): CommitNode {
  return {
    branch,
    parent,
    children: [],
    message: null,
    time: null,
    author: null,
    isCheckpoint: false,
    totalSamplesProcessed: 0,
  };
}

/** Reads a node of a JSON document. @throws {DatasetError} `corrupt`, naming the field. */
export function parseCommitNode(json: JsonValue, key: string): CommitNode {
  const node = field({ node: json }, 'node', object, key);
  return {
    branch: field(node, 'branch', text, key),
    parent: field(node, 'parent', nullable(text), key),
    children: field(node, 'children', texts, key),
    message: field(node, 'commit_message', nullable(text), key),
    time: field(node, 'commit_time', nullable(numeric), key),
    author: field(node, 'commit_user_name', nullable(text), key),
    isCheckpoint: field(node, 'is_checkpoint', flag, key, false),
    totalSamplesProcessed: field(node, 'total_samples_processed', numeric, key, 0),
  };
}

/** The JSON form of a node, in the original's order of fields. */
export function jsonFromCommitNode(node: CommitNode): JsonObject {
  return {
    branch: node.branch,
    parent: node.parent,
    children: [...node.children],
    commit_message: node.message,
    commit_time: node.time,
    commit_user_name: node.author,
    is_checkpoint: node.isCheckpoint,
    total_samples_processed: node.totalSamplesProcessed,
  };
}
