import { describe, expect, test } from 'vitest';
import type { IndexEntry } from '../format/dataset-meta.js';
import { parseJsonObject } from '../format/json.js';
import { createDataset, generic, image, openDataset, sequence, text, type View } from '../index.js';
import { memoryStore } from '../stores.js';

const schema = {
  numbers: generic({ dtype: 'int16' }),
  tiled: generic({ dtype: 'uint8', tilingThreshold: 12 }),
  pictures: image({ sampleCompression: 'png' }),
  runs: sequence(generic({ dtype: 'int8' })),
  notes: text(),
};

/** Values 0, 1, … in C order. */
const counted = <D extends 'int16' | 'uint8'>(dtype: D, ...shape: number[]) => {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length }, (_, i) => i);
  return { dtype, shape, data: dtype === 'int16' ? Int16Array.from(data) : Uint8Array.from(data) } as never;
};

/** A dataset with a view of all rows that shows a part of each sample, as Deep Lake saves `ds[:, …]`. */
async function saved(part: readonly IndexEntry[]) {
  const store = memoryStore();
  const ds = await createDataset(store, schema);
  for (const size of [4, 6]) {
    await ds.append({
      numbers: counted('int16', size, 5),
      tiled: counted('uint8', size, 6),
      pictures: counted('uint8', size, 5, 3),
      runs: [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 8, 7, 6],
        [5, 4, 3, 2],
      ],
      notes: `size ${size}`,
    });
  }
  await ds.commit();
  await ds.view().save({ id: 'part' });
  for (const key of ['queries.json', '.queries/part/dataset_info.json']) {
    const bytes = (await store.get(key)) ?? new Uint8Array(0);
    const list = key === 'queries.json';
    const json = list ? JSON.parse(new TextDecoder().decode(bytes)) : [parseJsonObject(bytes, key)];
    json[0]['sub-sample-index'] = part;
    await store.write([{ key, bytes: new TextEncoder().encode(JSON.stringify(list ? json : json[0])) }]);
  }
  return { ds, view: (await ds.loadView('part')) as View<typeof schema> };
}

const slice = (start: number | null, stop: number | null, step: number | null = null) => ({ start, stop, step });
const arrays = async (view: object, name: string) => {
  const rows: { shape: readonly number[]; data: number[] }[] = [];
  for await (const row of view as AsyncIterable<
    Record<string, { shape: readonly number[]; data: ArrayLike<number> }>
  >) {
    const { shape = [], data = [] } = row[name] ?? {};
    rows.push({ shape, data: Array.from(data) });
  }
  return rows;
};

describe('views of parts of samples', () => {
  test.each([
    [
      'a slice',
      [slice(1, 3), slice(null, 2)],
      [
        [2, 2],
        [5, 6, 10, 11],
      ],
    ],
    ['a position and a slice from the end', [2, slice(-2, null)], [[2], [13, 14]]],
    [
      'steps',
      [slice(0, null, 3), slice(1, null, 2)],
      [
        [2, 2],
        [1, 3, 16, 18],
      ],
    ],
    ['a step back', [slice(1, null, -1), 0], [[2], [5, 0]]],
    [
      'a list',
      [[3, 0], slice(0, 1)],
      [
        [2, 1],
        [15, 0],
      ],
    ],
    ['nothing', [slice(3, 1)], [[0, 5], []]],
  ] as const)('read %s as numpy does', async (_, part, [shape, data]) => {
    const { ds, view } = await saved(part as readonly IndexEntry[]);
    expect((await arrays(view.select('numbers'), 'numbers'))[0]).toEqual({ shape, data });
    await ds.close();
  });

  test('read tiles, pictures and items of sequences; texts are whole', async () => {
    const { ds, view } = await saved([slice(1, 3), slice(4, null, 1)]);
    expect(await arrays(view, 'tiled')).toEqual([
      { shape: [2, 2], data: [10, 11, 16, 17] },
      { shape: [2, 2], data: [10, 11, 16, 17] },
    ]);
    expect((await arrays(view, 'pictures'))[1]).toEqual({ shape: [2, 1, 3], data: [27, 28, 29, 42, 43, 44] });
    const row = await view.at(1);
    expect(row.notes).toBe('size 6');
    expect(row.runs.map(({ shape }) => shape)).toEqual([[0], [0]]);
    await ds.close();
    const { ds: other, view: items } = await saved([-1, slice(0, 2)]);
    expect((await arrays(items.select('runs'), 'runs'))[0]).toEqual({ shape: [2], data: [5, 4] });
    await other.close();
  });

  test('are sliced and searched by what they show', async () => {
    const { ds, view } = await saved([-1, 0]); // 15 and 25
    expect((await view.select('numbers').filter('numbers > 20')).indices).toEqual(Uint32Array.of(1));
    expect((await view.select('numbers').sortBy('numbers', { descending: true })).indices).toEqual(
      Uint32Array.of(1, 0),
    );
    expect(await arrays(view.slice(1).select('numbers'), 'numbers')).toEqual([{ shape: [], data: [25] }]);
    await ds.close();
  });

  test('name what they do not fit, and are not copied', async () => {
    const { ds, view } = await saved([5, 0]);
    await expect(view.select('numbers').at(0)).rejects.toThrow(/4 places; none is 5/);
    await expect(view.at(1)).rejects.toThrow(/4 places; there is none at 5/); // of the sequence
    await expect(view.copyTo(memoryStore())).rejects.toMatchObject({ code: 'unsupported' });
    await ds.close();
    const { ds: other, view: wide } = await saved([slice(0, 1), 0, 0]);
    await expect(wide.select('numbers').at(0)).rejects.toThrow('3 axes');
    await other.close();
    const { ds: third, view: still } = await saved([slice(0, 4, 0)]);
    await expect(still.select('numbers').at(0)).rejects.toThrow('step');
    await third.close();
  });
});

test('whole slices of further axes are no parts', async () => {
  const { ds, view } = await saved([slice(null, null), slice(0, null, 1)]);
  expect((await view.at(0)).pictures.shape).toEqual([4, 5, 3]);
  await ds.close();
  const again = await openDataset(ds.store);
  expect((await again.loadView('part')).length).toBe(2);
});
