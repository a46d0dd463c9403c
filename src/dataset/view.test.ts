import { describe, expect, test } from 'vitest';
import { bbox, classLabel, createDataset, generic, json, tag, text } from '../index.js';
import { memoryStore } from '../stores.js';

const schema = {
  labels: classLabel(['cat', 'dog', 'emu']),
  boxes: bbox(),
  score: generic({ dtype: 'float64' }),
  notes: text({ sampleCompression: 'lz4' }),
  packed: generic({ dtype: 'int16', chunkCompression: 'lz4' }),
  tags: tag(),
  facts: json(),
};
const names = ['cat', 'dog', 'emu'] as const;

async function dataset(rows = 100) {
  const ds = await createDataset(memoryStore(), schema);
  await ds.extend(
    Array.from({ length: rows }, (_, i) => ({
      labels: i % 10 === 9 ? [] : i % 5 === 0 ? [names[0], names[2]] : [names[i % 3] ?? 'cat'],
      boxes: Array.from({ length: i % 4 }, () => [i, 2, 3, 4] as const),
      score: i / 100,
      notes: `row ${i}`,
      packed: [i, -i, 3].slice(0, (i % 3) + 1),
      tags: i % 2 ? ['odd', `n${i}`] : ['even'],
      facts: { i, nested: { half: i / 2 } },
    })),
  );
  return ds;
}

const all = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('rows of a view', () => {
  test('are sliced, stepped, reversed and picked, one upon the other', async () => {
    const ds = await dataset();
    const steps = ds.slice(10, 50, 5);
    expect([...steps.indices]).toEqual([10, 15, 20, 25, 30, 35, 40, 45]);
    expect([...steps.slice(1, -1, 3).indices]).toEqual([15, 30]);
    expect([...steps.reverse().slice(0, 3).indices]).toEqual([45, 40, 35]);
    const picked = steps.pick([3, 3, -1, 0]);
    expect([...picked.indices]).toEqual([25, 25, 45, 10]);
    const notes: string[] = [];
    for await (const row of picked.select('notes')) notes.push(row.notes);
    expect(notes).toEqual(['row 25', 'row 25', 'row 45', 'row 10']);
    expect((await picked.at(-2)).notes).toBe('row 45');
    expect([...ds.pick([99, 0]).indices]).toEqual([99, 0]);
    expect(() => ds.pick([100])).toThrow(RangeError);
    expect(() => ds.slice(0, 10, 0)).toThrow(RangeError);
    expect(ds.slice(5, 5, 2).length).toBe(0);
    await ds.close();
  });

  test('are filtered by an expression as by a function', async () => {
    const ds = await dataset();
    const same: [string, (row: { i: number }) => boolean][] = [
      ["labels == 'cat'", ({ i }) => i % 10 !== 9 && (i % 5 === 0 || i % 3 === 0)],
      ["labels == ['cat', 'emu'] and boxes.shape[0] > 2", ({ i }) => i % 5 === 0 && i % 4 === 3],
      ['labels.size == 0', ({ i }) => i % 10 === 9],
      ['score > 0.5 and boxes.size and boxes[0][0] > 80', ({ i }) => i > 80 && i % 4 > 0],
      ["notes == 'row 7' or 'row 1' in notes", ({ i }) => i === 7 || i === 1],
      ['packed.min < -90', ({ i }) => i > 90 && i % 3 > 0],
      ["tags == 'odd' and tags.contains('n33')", ({ i }) => i === 33],
      ["facts['nested']['half'] > 40", ({ i }) => i > 80],
      ['not score < 0.98', ({ i }) => i >= 98],
    ];
    for (const [expression, holds] of same) {
      const expected = all(100).filter((i) => holds({ i }));
      expect([...(await ds.filter(expression)).indices], expression).toEqual(expected);
      const rows = await ds.filter((row) => holds({ i: (row.facts as { i: number }).i }));
      expect([...rows.indices]).toEqual(expected);
    }
    await ds.close();
  });

  test('of a view are filtered in its own order, unstored changes included', async () => {
    const ds = await dataset();
    const view = ds.pick([50, 7, 7, 3, 98, 0]);
    expect([...(await view.filter("labels == 'dog'")).indices]).toEqual([7, 7]);
    expect([...(await view.filter('score >= 0.07')).indices]).toEqual([50, 7, 7, 98]);
    await ds.tensor('labels').set(50, 'dog');
    expect([...(await view.filter("labels == 'dog'")).indices]).toEqual([50, 7, 7]);
    expect([...(await (await view.filter('score < 0.9')).filter("notes != 'row 3'")).indices]).toEqual([50, 7, 7, 0]);
    await ds.close();
  });

  test('tell how far a search has come, stop when asked to, and name the row of an error', async () => {
    const ds = await dataset();
    const told: number[] = [];
    await ds.filter('score > 1', { onProgress: ({ done }) => told.push(done) });
    expect(told.at(-1)).toBe(100);
    await expect(ds.filter('score > 1', { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    await expect(ds.filter('boxes[3][0] > 1')).rejects.toThrow(/^Row 0: There are 0 items/);
    await expect(ds.filter('nothing > 1')).rejects.toThrow(/no tensor/);
    await expect(ds.filter('score >')).rejects.toThrow(SyntaxError);
    await ds.close();
  });

  test('are sorted, equal ones in their order', async () => {
    const ds = await dataset(30);
    expect([...(await ds.view().sortBy('score', { descending: true })).indices]).toEqual(all(30).reverse());
    const byBoxes = [...(await ds.view().sortBy('boxes.shape[0]')).indices];
    expect(byBoxes).toEqual([0, 1, 2, 3].flatMap((n) => all(30).filter((i) => i % 4 === n)));
    expect([...(await ds.slice(0, 12).sortBy('notes')).indices]).toEqual([0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...(await ds.slice(8, 12).sortBy('labels.mean')).indices].at(-1)).toBe(9); // NaN comes last
    await expect(ds.view().sortBy('boxes')).rejects.toThrow(/one number or text each/);
    await ds.close();
  });

  test('are drawn by weight, and the same ones for the same seed', async () => {
    const ds = await dataset();
    const view = ds.view();
    const draw = async (seed: number) => [...(await view.sample({ size: 1000, weights: 'score', seed })).indices];
    const rows = await draw(1);
    expect(rows).toEqual(await draw(1));
    expect(rows).not.toEqual(await draw(2));
    expect(rows).not.toContain(0);
    const mean = rows.reduce((a, b) => a + b, 0) / rows.length;
    expect(mean).toBeGreaterThan(60); // 66 when weights rise like the numbers
    expect(mean).toBeLessThan(72);
    const once = [...(await view.sample({ size: 99, weights: 'score', replace: false, seed: 3 })).indices];
    expect(new Set(once).size).toBe(99);
    await expect(view.sample({ size: 100, weights: 'score', replace: false })).rejects.toThrow(/Only 99 rows/);
    await expect(view.sample({ weights: [1] })).rejects.toThrow(/each of 100 rows/);
    await expect(view.sample({ weights: new Array(100).fill(0) })).rejects.toThrow(/All weights are 0/);
    await ds.close();
  });

  test('are split at random, each row in one part', async () => {
    const ds = await dataset();
    const parts = await ds.view().split([0.8, 0.2], { seed: 5 });
    expect(parts.map(({ length }) => length)).toEqual([80, 20]);
    expect(parts.flatMap((part) => [...part.indices]).sort((a, b) => a - b)).toEqual(all(100));
    expect([...(parts[0]?.indices ?? [])]).toEqual([...(parts[0]?.indices ?? [])].sort((a, b) => a - b));
    expect((await ds.view().split([0.8, 0.2], { seed: 5 }))[1]?.indices).toEqual(parts[1]?.indices);
    expect((await ds.view().split([1 / 3, 1 / 3, 1 / 3])).map(({ length }) => length)).toEqual([34, 33, 33]);
    expect((await ds.view().split([97, 3])).map(({ length }) => length)).toEqual([97, 3]);
    await expect(ds.view().split([0.5, 0.4])).rejects.toThrow(RangeError);
    await ds.close();
  });
});
