import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';

/**
 * `commit_diff`: what one commit changed in one tensor. Indices count samples, or sequences.
 *
 * It describes history; data is never found by it.
 */
export interface CommitDiff {
  /** Whether the tensor was created in this commit. */
  readonly created: boolean;
  readonly infoUpdated: boolean;
  /** Whether a transform rewrote the tensor in place. */
  readonly dataTransformed: boolean;
  /** Samples `[addedStart, addedEnd)` were appended. */
  readonly addedStart: number;
  readonly addedEnd: number;
  /** Samples before `addedStart` that were overwritten. */
  readonly updated: ReadonlySet<number>;
  readonly cleared: boolean;
  /** Samples that were popped, as they were numbered before the commit. */
  readonly deleted: ReadonlySet<number>;
  /** Ids of popped samples; there may be more or fewer than `deleted`. */
  readonly deletedIds: readonly bigint[];
}

/** The record of a tensor that is first touched (or created) in a commit while it holds `length` samples. */
export function newCommitDiff(created: boolean, length: number): CommitDiff {
  return {
    created,
    infoUpdated: false,
    dataTransformed: false,
    addedStart: length,
    addedEnd: length,
    updated: new Set(),
    cleared: false,
    deleted: new Set(),
    deletedIds: [],
  };
}

/** Parses `commit_diff`. @throws {DatasetError} `corrupt`. */
export function parseCommitDiff(bytes: Bytes, key: string): CommitDiff {
  const reader = new ByteReader(bytes, key, { bigEndian: true });
  const flag = (): boolean => {
    const value = reader.u8();
    if (value > 1) throw corrupt(key, 'flag', '0 or 1', String(value));
    return value === 1;
  };
  const indices = (): Set<number> => {
    const length = reader.count();
    if (8 * length > reader.left) throw corrupt(key, `${length} indices`, 8 * length, reader.left);
    const set = new Set<number>();
    for (let i = 0; i < length; i++) set.add(reader.count());
    return set;
  };
  const head = {
    created: flag(),
    infoUpdated: flag(),
    dataTransformed: flag(),
    addedStart: reader.count(),
    addedEnd: reader.count(),
    updated: indices(),
    cleared: flag(),
  };
  // Older writers stop here.
  const deleted = reader.left > 0 ? indices() : new Set<number>();
  const deletedIds: bigint[] = [];
  while (reader.left > 0) deletedIds.push(reader.u64());
  return { ...head, deleted, deletedIds };
}

/** Prints `commit_diff`. */
export function serializeCommitDiff(diff: CommitDiff): Bytes {
  const writer = new ByteWriter({ bigEndian: true })
    .u8(Number(diff.created))
    .u8(Number(diff.infoUpdated))
    .u8(Number(diff.dataTransformed))
    .count(diff.addedStart)
    .count(diff.addedEnd)
    .count(diff.updated.size);
  for (const index of diff.updated) writer.count(index);
  writer.u8(Number(diff.cleared)).count(diff.deleted.size);
  for (const index of diff.deleted) writer.count(index);
  for (const id of diff.deletedIds) writer.u64(id);
  return writer.finish();
}

/** Records that `count` samples were appended. */
export function recordAppend(diff: CommitDiff, count = 1): CommitDiff {
  return { ...diff, addedEnd: diff.addedEnd + count };
}

/** Records that samples were overwritten; those appended in the same commit do not count. */
export function recordUpdate(diff: CommitDiff, indices: number | Iterable<number>): CommitDiff {
  const updated = new Set(diff.updated);
  for (const index of typeof indices === 'number' ? [indices] : indices) {
    if (index < diff.addedStart) updated.add(index);
  }
  return updated.size === diff.updated.size ? diff : { ...diff, updated };
}

/**
 * Records that samples were popped together, as if from the last one to the first.
 *
 * @param rows - their numbers before any of these pops, rising. @param ids - their sample ids in the same order.
 */
export function recordPops(diff: CommitDiff, rows: readonly number[], ids: readonly bigint[] = []): CommitDiff {
  const { addedStart, addedEnd } = diff;
  const gone = [...diff.deleted].sort((a, b) => a - b);
  const deleted = new Set(diff.deleted);
  let before = 0; // rows that earlier pops of this commit took away before the row
  let old = 0; // rows that are not of this commit
  for (const row of rows) {
    if (row >= addedStart && row < addedEnd) continue;
    while ((gone[before] ?? Infinity) <= row + before) before++;
    deleted.add(row + before);
    old++;
  }
  const updated = new Set<number>();
  let passed = 0;
  for (const index of [...diff.updated].sort((a, b) => a - b)) {
    while ((rows[passed] ?? Infinity) < index) passed++;
    if (rows[passed] !== index) updated.add(index - passed);
  }
  return {
    ...diff,
    addedStart: addedStart - old,
    addedEnd: addedEnd - rows.length,
    updated,
    deleted,
    deletedIds: [...diff.deletedIds, ...[...ids].reverse()],
  };
}

/**
 * Records that `count` samples were inserted before sample `at`.
 *
 * The format has no word for that. They count as added: the range that was added grows at its end, whatever `at` is.
 * Samples of earlier commits that are moved into that range count as updated, so that no later update of theirs is
 * lost; merges go by ids, and take the rows once.
 */
export function recordInsert(diff: CommitDiff, at: number, count: number): CommitDiff {
  const updated = new Set<number>();
  for (const index of diff.updated) updated.add(index < at ? index : index + count);
  for (let row = Math.max(at, diff.addedStart - count); row < diff.addedStart; row++) updated.add(row + count);
  return { ...diff, addedEnd: diff.addedEnd + count, updated };
}

/** Records that the tensor was cleared. */
export function recordClear(diff: CommitDiff): CommitDiff {
  return { ...newCommitDiff(diff.created, 0), dataTransformed: diff.dataTransformed, cleared: true };
}
