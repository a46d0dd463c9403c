import { expect, test } from 'vitest';
import { newCommitDiff } from '../format/commit-diff.js';
import { CommitRecord } from './commit-record.js';

test('what was added and replaced is recorded once', () => {
  const record = new CommitRecord(newCommitDiff(false, 5));
  record.added += 2;
  expect([3, 6, 3].map((row) => record.update(row))).toEqual([true, false, false]);
  const diff = { addedStart: 5, addedEnd: 7, updated: new Set([3]) }; // the other one is new in this commit
  expect(record.capture()).toMatchObject(diff);
  expect(record.capture()).toMatchObject(diff);
});

test('the info is touched once', () => {
  const record = new CommitRecord(newCommitDiff(false, 5));
  expect([record.capture().infoUpdated, record.touchInfo(), record.touchInfo()]).toEqual([false, true, false]);
  expect(record.capture().infoUpdated).toBe(true);
});
