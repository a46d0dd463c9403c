/** What commits changed, as their records tell (`spec` §7.10). */
import { type CommitDiff, parseCommitDiff } from '../format/commit-diff.js';
import { emptyDatasetDiff, parseDatasetDiff } from '../format/dataset-diff.js';
import { type DatasetMeta, parseDatasetMeta } from '../format/dataset-meta.js';
import { commitDiffKey, datasetDiffKey, datasetMetaKey, FIRST_COMMIT } from '../format/keys.js';
import type { VersionInfo } from '../format/version-info.js';
import type { CallOptions, ReadableStore } from '../store/types.js';

/** What one commit changed in a tensor. */
export interface TensorChanges {
  /** Whether the tensor was created. */
  readonly created: boolean;
  /** Whether all samples were removed; the fields below then tell what happened after that. */
  readonly cleared: boolean;
  /** Whether the info was changed. */
  readonly infoUpdated: boolean;
  /** Rows `[start, end)` that were appended. */
  readonly added: readonly [start: number, end: number];
  /** Rows that were there before and were changed, rising. */
  readonly updated: readonly number[];
  /** Rows that were removed, as they were numbered before the commit, rising. */
  readonly removed: readonly number[];
}

/** What one commit, or a head that is no commit yet, changed. */
export interface CommitChanges {
  /** Id of the commit; undefined for changes that are not committed yet. */
  readonly commitId: string | undefined;
  /** Message of the commit. */
  readonly message: string | null;
  /** Who made the commit. */
  readonly author: string | null;
  /** When it was made. */
  readonly time: Date | undefined;
  /** Whether the info of the dataset was changed. */
  readonly infoUpdated: boolean;
  /** New names of renamed tensors by their old ones. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Names of deleted tensors and groups. */
  readonly deleted: readonly string[];
  /** Visible tensors that were changed, by name. */
  readonly tensors: Readonly<Record<string, TensorChanges>>;
}

/** Reads what the node `id` of the graph changed. @throws {DatasetError} `corrupt` */
export async function readChanges(
  store: ReadableStore,
  versions: VersionInfo,
  id: string,
  options?: CallOptions,
): Promise<CommitChanges> {
  const metaKey = datasetMetaKey(id);
  const diffKey = datasetDiffKey(id);
  const [metaBytes, diffBytes] = await Promise.all([store.get(metaKey, options), store.get(diffKey, options)]);
  const { infoUpdated, renamed, deleted } = diffBytes ? parseDatasetDiff(diffBytes, diffKey) : emptyDatasetDiff();
  const tensors: [string, TensorChanges][] = [];
  if (metaBytes) {
    const meta = parseDatasetMeta(metaBytes, metaKey);
    const hidden = new Set(meta.hiddenTensors);
    const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
    const visible = meta.tensors.filter((key) => !hidden.has(key));
    const records = await Promise.all(visible.map((key) => readRecord(store, id, key, options)));
    for (const [i, key] of visible.entries()) {
      const record = records[i];
      if (record) tensors.push([names.get(key) ?? key, changesOf(record)]);
    }
  }
  const node = versions.commits.get(id);
  return {
    commitId: node?.time == null ? undefined : id,
    message: node?.message ?? null,
    author: node?.author ?? null,
    time: node?.time == null ? undefined : new Date(node.time * 1000),
    infoUpdated,
    renamed: Object.fromEntries(renamed),
    deleted,
    tensors: Object.fromEntries(tensors.filter(([, changes]) => isChanged(changes))),
  };
}

/** Whether a head differs from the commit before it; the first one always does (`spec` §7.2). */
export async function hasChanges(
  store: ReadableStore,
  head: string,
  meta: DatasetMeta,
  options?: CallOptions,
): Promise<boolean> {
  if (head === FIRST_COMMIT) return true;
  const key = datasetDiffKey(head);
  const bytes = await store.get(key, options);
  if (bytes) {
    const { infoUpdated, renamed, deleted } = parseDatasetDiff(bytes, key);
    if (infoUpdated || renamed.size > 0 || deleted.length > 0) return true;
  }
  const records = await Promise.all(meta.tensors.map((tensor) => store.get(commitDiffKey(head, tensor), options)));
  return records.some((record) => record !== undefined);
}

async function readRecord(
  store: ReadableStore,
  commit: string,
  tensor: string,
  options?: CallOptions,
): Promise<CommitDiff | undefined> {
  const key = commitDiffKey(commit, tensor);
  const bytes = await store.get(key, options);
  return bytes && parseCommitDiff(bytes, key);
}

function changesOf(diff: CommitDiff): TensorChanges {
  const rising = (rows: ReadonlySet<number>): number[] => [...rows].sort((a, b) => a - b);
  return {
    created: diff.created,
    cleared: diff.cleared,
    infoUpdated: diff.infoUpdated,
    added: [diff.addedStart, diff.addedEnd],
    updated: rising(diff.updated),
    removed: rising(diff.deleted),
  };
}

function isChanged({ created, cleared, infoUpdated, added, updated, removed }: TensorChanges): boolean {
  return created || cleared || infoUpdated || added[1] > added[0] || updated.length > 0 || removed.length > 0;
}
