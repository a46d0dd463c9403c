/** What the commits of one side of a merge did to the samples of a tensor. */
import type { ReadEnvironment } from '../chunk/plain-sample.js';
import type { StoredTensor } from '../chunk/stored-tensor.js';
import { type CommitDiff, parseCommitDiff } from '../format/commit-diff.js';
import { commitDiffKey } from '../format/keys.js';
import type { CallOptions } from '../store/types.js';
import { compareStates } from './compare-states.js';
import type { SampleChanges } from './plan-merge.js';
import { type Side, sampleIds, stateAt } from './read-side.js';

/** What the commits of a side did to the samples of a tensor, oldest first. */
export async function sampleChanges(
  side: Side,
  tensor: StoredTensor,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<SampleChanges[]> {
  const { snapshot, path } = side;
  const { store } = snapshot.source;
  const changes: SampleChanges[] = [];
  for (const commit of path) {
    const key = commitDiffKey(commit, tensor.key);
    const bytes = await store.get(key, options);
    if (!bytes) continue;
    const diff: CommitDiff = parseCommitDiff(bytes, key);
    if (diff.cleared && !diff.created) {
      const parent = snapshot.versions.commits.get(commit)?.parent ?? commit;
      const states = { before: stateAt(side, parent), after: stateAt(side, commit) };
      changes.push({ commit, ...(await compareStates(tensor, states, env, options)) });
      continue;
    }
    let updated: bigint[] = [];
    if (diff.updated.size > 0) {
      // Rows are numbered as they were in that commit.
      const ids = await sampleIds(tensor, stateAt(side, commit), env, options);
      updated = [...diff.updated].flatMap((row) => ids[row] ?? []);
    }
    changes.push({ commit, updated, removed: diff.deletedIds });
  }
  return changes;
}
