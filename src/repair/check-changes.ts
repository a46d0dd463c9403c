/** Checks what a commit records of its own changes: chunk sets and commit diffs (`spec` §3.8, §3.10). */
import { parseChunkSet, serializeChunkSet } from '../format/chunk-set.js';
import { type CommitDiff, newCommitDiff, parseCommitDiff, serializeCommitDiff } from '../format/commit-diff.js';
import { chunkKey, chunkSetKey, commitDiffKey, FIRST_COMMIT } from '../format/keys.js';
import { Damage, type Scan } from './scan.js';
import { type CommitState, loadChunkSet, rowsOf, type TensorState } from './tensor-state.js';

/** Checks the chunk set of a tensor of a commit that is not the first. */
export async function checkChunkSet(
  scan: Scan,
  commit: CommitState,
  state: TensorState,
  commits: ReadonlySet<string>,
): Promise<void> {
  const { id } = commit;
  if (id === FIRST_COMMIT) return;
  const { key, name, place, ids } = state;
  const at = chunkSetKey(id, key);
  const set = new Map(await loadChunkSet(scan, commit, id, key));
  const parsed = await scan.attempt(at, parseChunkSet);
  const isLost = parsed === undefined || parsed instanceof Damage;
  let changed = false;
  for (const [row, chunk] of (ids?.ids ?? []).entries()) {
    const read = state.chunkKeys[row] ?? '';
    if (await scan.has(read)) {
      const own = chunkKey(id, key, chunk);
      if (read === own || !scan.keys?.has(own)) continue;
      if (isLost) {
        // The list was there since the commit began, so the chunk beside it was in it.
        set.set(chunk, {});
        state.chunkKeys[row] = own;
        continue;
      }
      const message = `${read} is read, though this commit has ${own}. Decide which one counts.`;
      await scan.error('chunk-set', at, message, place);
      continue;
    }
    // Where the index leads to nothing, a file of that name in one other place is the chunk.
    const found = [...commits].filter((other) => scan.keys?.has(chunkKey(other, key, chunk)));
    const [other] = found.includes(id) ? [id] : found;
    if (other === undefined || (found.length > 1 && other !== id)) continue;
    set.set(chunk, other === id ? {} : { commit: other });
    state.chunkKeys[row] = chunkKey(other, key, chunk);
    changed = true;
  }
  const fix = () => ({
    action: `Wrote the list of chunks of "${name}" in commit ${id} again`,
    puts: [{ key: at, bytes: serializeChunkSet(set) }],
  });
  if (isLost) {
    const message = parsed ? parsed.message : 'The list of chunks of this commit is missing.';
    await scan.error('chunk-set', at, message, place, fix);
    return;
  }
  if (changed) await scan.error('chunk-set', at, 'The list of chunks lacks some that are there.', place, fix);
  for (const [chunk, entry] of parsed)
    if (entry.commit !== undefined && !commits.has(entry.commit))
      await scan.warn(
        'chunk-set',
        at,
        `Chunk ${chunk.toString(16)} is said to be in unknown commit ${entry.commit}.`,
        place,
      );
}

/** What the commit diff of a tensor is compared with. */
export interface Before {
  /** Samples in the parent commit; undefined when the tensor did not exist. */
  readonly rows: number | undefined;
  /** Whether chunks of other commits were adopted: merges of Deep Lake 3.9.52 record too little. */
  readonly merged: boolean;
}

/** Checks the commit diff of a tensor. */
export async function checkDiff(scan: Scan, commit: CommitState, state: TensorState, before: Before): Promise<void> {
  const { key, name, place, meta } = state;
  const at = commitDiffKey(commit.id, key);
  const rows = rowsOf(state);
  const put = (make: () => CommitDiff | Promise<CommitDiff>) => async () => ({
    action: `Wrote the record of changes of "${name}" in commit ${commit.id} again`,
    puts: [{ key: at, bytes: serializeCommitDiff(await make()) }],
  });
  // While lengths disagree, they are mended first.
  const rebuild = state.sound ? put(() => widest(scan, commit, state, before)) : undefined;
  const diff = await scan.parsed('commit-diff', at, parseCommitDiff, place, rebuild);
  if (diff === 'damaged' || !state.sound) return;
  if (!diff) {
    const isOwn = state.chunkKeys.some((chunk) => chunk.startsWith(at.slice(0, -'commit_diff'.length)));
    if (before.merged || (before.rows !== undefined && before.rows === rows && !(isOwn && commit.id !== FIRST_COMMIT)))
      return;
    const message = 'The record of changes is missing, though the commit made or changed the tensor.';
    await scan.error('commit-diff', at, message, place, rebuild);
    return;
  }
  if (before.merged || (meta.isSequence && before.rows !== undefined)) return; // Deep Lake 3.9.52 counts otherwise there
  if (diff.addedEnd === rows && diff.addedStart <= diff.addedEnd) return;
  const message = `The record of changes ends with sample ${diff.addedEnd}, the tensor with ${rows}.`;
  const right = { ...diff, addedStart: Math.min(diff.addedStart, rows), addedEnd: rows };
  await scan.error(
    'commit-diff',
    at,
    message,
    place,
    put(() => right),
  );
}

/** A record that claims no less than what has happened: samples in chunks of this commit count as changed. */
async function widest(scan: Scan, commit: CommitState, state: TensorState, { rows: old }: Before): Promise<CommitDiff> {
  const rows = rowsOf(state);
  if (old === undefined) return { ...newCommitDiff(true, 0), addedEnd: rows };
  const updated = new Set<number>();
  const { ids, key, meta } = state;
  if (ids && commit.id !== FIRST_COMMIT && !meta.isSequence) {
    const set = await loadChunkSet(scan, commit, commit.id, key);
    for (const [row, chunk] of ids.ids.entries()) {
      if (!set.has(chunk)) continue;
      const end = Math.min((ids.lasts[row] ?? -1) + 1, old, rows);
      for (let index = (ids.lasts[row - 1] ?? -1) + 1; index < end; index++) updated.add(index);
    }
  }
  return { ...newCommitDiff(false, Math.min(old, rows)), addedEnd: rows, updated };
}
