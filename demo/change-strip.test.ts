import { expect, it } from 'vitest';
import { classLabel, createDataset, text } from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { changedRows, columnsOf, describeChanges, describeRows, planStrip, rowBefore } from './change-strip.js';

async function changed() {
  const ds = await createDataset(memoryStore(), { labels: classLabel(['a', 'b']) });
  await ds.extend(Array.from({ length: 10 }, () => ({ labels: 'a' })));
  await ds.commit('ten');
  await ds.tensor('labels').set(1, 'b');
  await ds.tensor('labels').set(6, 'b');
  await ds.pop([3, 4]);
  await ds.append({ labels: 'b' });
  const captions = await ds.createTensor('captions', text());
  await captions.extend(Array.from({ length: 9 }, () => ''));
  await ds.flush();
  return ds.diff();
}

it('shows updated, removed and added rows where they were', async () => {
  const changes = await changed();
  const labels = changes.tensors.labels;
  if (!labels) throw new Error('The labels were changed.');
  expect(planStrip(labels, 10)).toEqual({
    length: 11,
    runs: [
      { kind: 'updated', start: 1, end: 2 },
      { kind: 'removed', start: 3, end: 5 },
      { kind: 'updated', start: 6, end: 7 },
      { kind: 'added', start: 10, end: 11 },
    ],
  });
  expect(describeChanges(labels)).toBe('2 updated · 1 added · 2 removed');
  expect(planStrip({ ...labels, cleared: true, added: [0, 2] }, 10).runs).toEqual([
    { kind: 'removed', start: 0, end: 10 },
    { kind: 'added', start: 10, end: 12 },
  ]);
});

it('lists the rows with their numbers before and after, those of a new tensor left out', async () => {
  expect(changedRows(await changed(), 8)).toEqual([
    { kind: 'updated', before: 1, after: 1, tensors: ['labels'] },
    { kind: 'updated', before: 6, after: 4, tensors: ['labels'] },
    { kind: 'added', before: undefined, after: 8, tensors: ['labels', 'captions'] },
    { kind: 'removed', before: 3, after: undefined, tensors: ['labels'] },
    { kind: 'removed', before: 4, after: undefined, tensors: ['labels'] },
  ]);
});

it('narrows a long strip without losing a single changed row', () => {
  const strip = { length: 100_000, runs: [{ kind: 'updated', start: 50_000, end: 50_001 }] } as const;
  expect(columnsOf(strip, 100)).toEqual([{ kind: 'updated', start: 50, end: 51 }]);
  const full = { length: 1000, runs: [{ kind: 'added', start: 0, end: 1000 }] } as const;
  expect(columnsOf(full, 10)).toEqual([{ kind: 'added', start: 0, end: 10 }]);
  expect(columnsOf(full, 2000)).toBe(full.runs);
});

it('finds the number that a row had, and names ranges', () => {
  expect([0, 1, 2, 3].map((row) => rowBefore(row, [0, 2]))).toEqual([1, 3, 4, 5]);
  expect(describeRows([1, 4, 5, 6])).toBe('2, 5–7');
  expect(describeRows([0, 2, 4, 6, 8, 9])).toBe('1, 3, 5, 7 and 2 more');
});
