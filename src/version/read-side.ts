/** One side of a merge: a state, and what its commits changed since the common ancestor. */

import type { CarriedTensor } from '../chunk/carried-samples.js';
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import { readColumn } from '../chunk/read-column.js';
import type { CommitSource, StoredTensor } from '../chunk/stored-tensor.js';
import { DatasetError } from '../errors.js';
import { parseCommitDiff } from '../format/commit-diff.js';
import { type DatasetDiff, emptyDatasetDiff, parseDatasetDiff } from '../format/dataset-diff.js';
import { commitDiffKey, datasetDiffKey } from '../format/keys.js';
import type { VersionInfo } from '../format/version-info.js';
import type { CallOptions, Store } from '../store/types.js';
import { lineageOf } from './graph.js';
import { pathToAncestor } from './plan-history.js';
import { loadSnapshot, loadStoredTensor, type Snapshot } from './snapshot.js';

/** A state with the commits that lead to it. */
export interface Side {
  readonly snapshot: Snapshot;
  /** Commits after the common ancestor, oldest first, the state itself last. */
  readonly path: readonly string[];
  /** What each of them did to the dataset as a whole. */
  readonly diffs: readonly DatasetDiff[];
}

/** Reads a side. @param at - id of its last commit, or head. */
export async function readSide(
  store: Store,
  versions: VersionInfo,
  at: string,
  ancestor: string,
  options?: CallOptions,
): Promise<Side> {
  const path = pathToAncestor(versions, at, ancestor).reverse();
  const diffs = await Promise.all(
    path.map(async (commit) => {
      const key = datasetDiffKey(commit);
      const bytes = await store.get(key, options);
      return bytes ? parseDatasetDiff(bytes, key) : emptyDatasetDiff();
    }),
  );
  return { snapshot: await loadSnapshot(store, at, options), path, diffs };
}

/** Visible tensors of a state by name, in order of creation. */
export function namedTensors({ meta, tensors }: Snapshot): Map<string, StoredTensor> {
  const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
  return new Map([...tensors].map(([key, tensor]) => [names.get(key) ?? key, tensor]));
}

/** Whether a commit of the side changed a tensor. */
export async function isTouched({ snapshot, path }: Side, tensor: string, options?: CallOptions): Promise<boolean> {
  for (const commit of path) {
    const key = commitDiffKey(commit, tensor);
    const bytes = await snapshot.source.store.get(key, options);
    const diff = bytes && parseCommitDiff(bytes, key); // a record that tells of nothing is left behind by renames
    if (!diff) continue;
    const { created, cleared, infoUpdated, dataTransformed, addedStart, addedEnd, updated, deleted } = diff;
    if (created || cleared || infoUpdated || dataTransformed) return true;
    if (addedEnd > addedStart || updated.size > 0 || deleted.size > 0) return true;
  }
  return false;
}

/** Where a commit of a side is read. */
export function stateAt({ snapshot: { source, versions } }: Side, commit: string): CommitSource {
  return { ...source, lineage: lineageOf(versions, commit) };
}

/**
 * Ids of the samples (sequences) of a tensor by row, as a commit has them.
 * @throws {DatasetError} `unsupported` for tensors without ids
 */
export async function sampleIds(
  tensor: StoredTensor,
  source: CommitSource,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<BigUint64Array> {
  const key = companionKey(tensor, 'extend_id');
  if (key === undefined) {
    throw new DatasetError(
      'unsupported',
      `Tensor "${tensor.meta.name ?? tensor.key}" keeps no ids of its samples, by which rows are matched. Copy it into a tensor created with ids to merge it.`,
      { feature: 'merging without sample ids', tensor: tensor.meta.name ?? tensor.key },
    );
  }
  const stored = await loadStoredTensor(source, key, options);
  const ids = new BigUint64Array(stored.length);
  if (stored.meta.dtype === null) return ids;
  for await (const { first, count, data, start } of readColumn(stored, 0, stored.length, env, options)) {
    if (data instanceof BigUint64Array) ids.set(data.subarray(start, start + count), first);
  }
  return ids;
}

/** A tensor with the companions that its samples are carried over with. @param labels - new numbers of class labels */
export async function carriedTensor(main: StoredTensor, labels?: readonly number[]): Promise<CarriedTensor> {
  const companion = async (extend: string) => {
    const key = companionKey(main, extend);
    return key === undefined ? undefined : loadStoredTensor(main.from, key);
  };
  return { main, labels, shapes: await companion('extend_shape'), infos: await companion('extend_info') };
}

/** Key of the companion whose rows a function makes, such as `extend_id`. */
export function companionKey({ meta }: StoredTensor, extend: string): string | undefined {
  return Object.entries(meta.links).find(([, entry]) => entry.extend === extend)?.[0];
}
