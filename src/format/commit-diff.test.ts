import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  newCommitDiff,
  parseCommitDiff,
  recordAppend,
  recordClear,
  recordPops,
  recordUpdate,
  serializeCommitDiff,
} from './commit-diff.js';
import { hex } from './hex.contract.js';

const created = hex('01 00 00 | 00×8 | 00×7 03 | 00×8 | 00 | 00×8');
const later = hex('00 00 00 | 00×7 03 | 00×7 04 | 00×7 01 | 00×8 | 00 | 00×8');

describe('commit diff', () => {
  test('a tensor created with three samples', () => {
    const diff = recordAppend(newCommitDiff(true, 0), 3);
    expect(serializeCommitDiff(diff)).toEqual(created);
    expect(parseCommitDiff(created, 'k')).toEqual(diff);
    expect(created.length).toBe(36);
  });

  test('a later commit: one of three samples updated, one appended', () => {
    const diff = recordUpdate(recordUpdate(recordAppend(newCommitDiff(false, 3)), 0), [0, 3]);
    expect(serializeCommitDiff(diff)).toEqual(later);
    expect(parseCommitDiff(later, 'k')).toEqual(diff);
    expect(recordUpdate(diff, [0])).toBe(diff);
  });

  test('pops: of an old sample, of a new one, with and without an id', () => {
    let diff = recordUpdate(recordAppend(newCommitDiff(false, 3), 2), [0, 2]);
    diff = recordPops(diff, [1], [77n]);
    expect(diff).toMatchObject({ addedStart: 2, addedEnd: 4, deletedIds: [77n] });
    expect([...diff.updated]).toEqual([0, 1]);
    expect([...diff.deleted]).toEqual([1]);
    diff = recordPops(recordAppend(newCommitDiff(false, 3), 2), [4], [78n]);
    expect(diff).toMatchObject({ addedStart: 3, addedEnd: 4, deletedIds: [78n] });
    expect([...diff.deleted]).toEqual([]);
    expect(recordPops(newCommitDiff(false, 3), [0]).deletedIds).toEqual([]);
  });

  test('a cleared tensor', () => {
    const diff = recordClear({ ...recordUpdate(newCommitDiff(false, 3), 0), infoUpdated: true, dataTransformed: true });
    expect(diff).toEqual({ ...newCommitDiff(false, 0), dataTransformed: true, cleared: true });
  });

  test('older files end early; the list of ids has any length', () => {
    expect(parseCommitDiff(created.subarray(0, 28), 'k')).toEqual(parseCommitDiff(created, 'k'));
    const two = hex('00 00 00 | 00×8 00×8 00×8 00 | 00×8 | 00×7 05 00×7 06');
    expect(parseCommitDiff(two, 'k').deletedIds).toEqual([5n, 6n]);
    expect(serializeCommitDiff(parseCommitDiff(two, 'k'))).toEqual(two);
    expect(parseCommitDiff(hex('00 00 00 | 00×8 00×8 00×8 00 | 00×7 01 00×7 09'), 'k').deletedIds).toEqual([]);
  });

  test('any diff is read as it was written', () => {
    const index = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const set = fc.array(index).map((list) => new Set(list));
    const diff = fc.record({
      ...{ created: fc.boolean(), infoUpdated: fc.boolean(), dataTransformed: fc.boolean(), cleared: fc.boolean() },
      ...{ addedStart: index, addedEnd: index, updated: set, deleted: set },
      deletedIds: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    });
    fc.assert(
      fc.property(diff, (one) => {
        expect(parseCommitDiff(serializeCommitDiff(one), 'k')).toEqual(one);
      }),
    );
  });

  test('contradictions are refused', () => {
    const wrong = ['', '02 00×35', '00 00 00 00×16 ff×8 00×9', '00 00 00 00×16 00×2 ff 00×5 00×9', '00×35'];
    for (const bytes of wrong) expect(() => parseCommitDiff(hex(bytes), 'k')).toThrow('Cannot read k');
  });
});
