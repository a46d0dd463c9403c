import { describe, expect, test } from 'vitest';
import {
  mergedCommit,
  mergeMessage,
  type NameChanges,
  planClassNames,
  planRowMerge,
  planTensorMerge,
  updatesOfSide,
} from './plan-merge.js';

const changes = (renamed: Record<string, string> = {}, deleted: string[] = []): NameChanges => ({
  renamed: new Map(Object.entries(renamed)),
  deleted,
});
const side = (names: string, ...done: NameChanges[]) => ({ names: names.split(' ').filter(Boolean), changes: done });
const yes = () => true;
const no = () => false;

describe('tensors are paired', () => {
  test('by name, and what is new there is created', () => {
    expect(planTensorMerge(['a'], side('a b'), side('a b c'), no, no)).toEqual({
      common: [
        { ancestor: 'a', ours: 'a', theirs: 'a', name: 'a' },
        { ours: 'b', theirs: 'b', name: 'b' },
      ],
      created: ['c'],
      deleted: [],
      clashes: [],
    });
  });

  test('by the name that they had, over several commits', () => {
    const ours = side('a2 b', changes({ a: 'a1' }), changes({ a1: 'a2' }));
    const theirs = side('a b3', changes({ b: 'b3' }));
    expect(planTensorMerge(['a', 'b'], ours, theirs, no, no)).toMatchObject({
      common: [
        { ours: 'a2', theirs: 'a', name: 'a2' },
        { ours: 'b', theirs: 'b3', name: 'b3' },
      ],
      clashes: [],
    });
  });

  test('when names were swapped or given anew', () => {
    const swapped = side('a b', changes({ a: 'b', b: 'a' }));
    expect(planTensorMerge(['a', 'b'], side('a b'), swapped, no, no)).toMatchObject({
      common: [
        { ours: 'a', name: 'b' },
        { ours: 'b', name: 'a' },
      ],
      clashes: [],
    });
    const again = side('a', changes({}, ['a']));
    expect(planTensorMerge(['a'], side('a'), again, no, no)).toMatchObject({ common: [{ name: 'a' }], deleted: [] });
  });

  test('and deleted ones come back when they were changed there', () => {
    const gone = side('', changes({}, ['a']));
    expect(planTensorMerge(['a'], gone, side('a'), no, no).created).toEqual([]);
    expect(planTensorMerge(['a'], gone, side('a'), yes, no).created).toEqual(['a']);
    expect(planTensorMerge(['a'], side('a'), gone, no, no)).toMatchObject({ created: [], deleted: ['a'] });
    expect(planTensorMerge([], side(''), side('new'), no, yes).created).toEqual([]); // merged before, deleted since
  });

  test('and names that contradict each other are told', () => {
    const clash = (ours: ReturnType<typeof side>, theirs: ReturnType<typeof side>) =>
      planTensorMerge(['a', 'b'], ours, theirs, yes, no).clashes.map(({ name }) => name);
    expect(clash(side('x b', changes({ a: 'x' })), side('y b', changes({ a: 'y' })))).toEqual(['y']);
    expect(clash(side('x b', changes({ a: 'x' })), side('a b x'))).toEqual(['x']);
    expect(clash(side('a b c'), side('c b', changes({ a: 'c' })))).toEqual(['c']);
    expect(clash(side('a b'), side('a b'))).toEqual([]);
  });
});

describe('rows are matched by id', () => {
  const plan = (ours: bigint[], theirs: bigint[], known: bigint[], mine: bigint[], their: bigint[]) =>
    planRowMerge({ ours, theirs, known: new Set(known), updatedOurs: new Set(mine), updatedTheirs: new Set(their) });

  test('new ones, changed ones and conflicts', () => {
    expect(plan([1n, 2n, 9n], [2n, 1n, 3n, 3n], [1n, 2n], [1n], [1n, 2n])).toEqual({
      added: [2],
      removed: [],
      returning: [],
      updated: [{ id: 2n, ours: 1, theirs: 0 }],
      conflicts: [{ id: 1n, ours: 0, theirs: 1 }],
    });
  });

  test('deleted ones return only when they were changed there', () => {
    expect(plan([], [1n, 2n], [1n, 2n], [], [2n])).toMatchObject({ added: [], removed: [0, 1], returning: [1] });
  });
});

describe('what a merge took from the other side', () => {
  const at = (commit: string, ...updated: bigint[]) => ({ commit, updated, removed: [] });

  test('is no change of this one, until it is changed again', () => {
    const merged = new Map([['m', 't1']]);
    const others = { path: ['t1', 't2'], changes: [at('t1', 1n), at('t2', 2n)] };
    expect(updatesOfSide([at('o', 3n), at('m', 1n, 2n)], merged, others)).toEqual(new Set([3n, 2n]));
    expect(updatesOfSide([at('m', 1n), at('p', 1n)], merged, others)).toEqual(new Set([1n]));
    expect(updatesOfSide([at('o', 1n), at('m', 1n)], merged, others)).toEqual(new Set());
  });

  test('does not make a change of what its side had removed before', () => {
    const commit = (id: string, updated: bigint[], removed: bigint[]) => ({ commit: id, updated, removed });
    const none = { path: [], changes: [] };
    expect(updatesOfSide([commit('a', [1n, 2n], []), commit('b', [], [1n])], new Map(), none)).toEqual(new Set([2n]));
  });

  test('is known by its message', () => {
    const id = 'a'.repeat(40);
    expect(mergedCommit({ message: mergeMessage(id, 'main') })).toBe(id);
    expect(mergedCommit({ message: `Words\n\n${mergeMessage(id, 'main')}` })).toBe(id);
    expect(mergedCommit({ message: 'Merge work into main' })).toBeUndefined();
    expect(mergedCommit({ message: null })).toBeUndefined();
  });
});

test('class names: the longer list, or both by name', () => {
  expect(planClassNames(['a', 'b'], ['a'])).toEqual({ names: ['a', 'b'], labels: undefined });
  expect(planClassNames(['a'], ['a', 'b'])).toEqual({ names: ['a', 'b'], labels: undefined });
  expect(planClassNames(['a', 'b'], ['a', 'c', 'b'])).toEqual({ names: ['a', 'b', 'c'], labels: [0, 2, 1] });
});
