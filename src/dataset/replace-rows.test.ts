import { describe, expect, it } from 'vitest';
import { type Box, bbox, classLabel, createDataset, generic, list, openDataset, sequence } from '../index.js';
import { verify } from '../repair.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;
const ROWS = 2000;

/** Rows of a label, a box, a list and a sequence of numbers, committed. */
async function committed() {
  const store = memoryStore();
  const schema = {
    labels: classLabel(),
    boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
    lists: list(),
    runs: sequence(generic({ dtype: 'int32' })),
  };
  const ds = await createDataset(store, schema, noFlush);
  await ds.extend(
    Array.from({ length: ROWS }, (_, i) => ({ labels: i % 7, boxes: [[i, 1, 2, 3]], lists: [i, i], runs: [[i], [1]] })),
  );
  await ds.commit('all');
  const shapesOf = async (name: string, row: number): Promise<number[]> => {
    const { data } = (await (await ds.loadTensor(`_${name}_shape`)).at(row)) as { data: ArrayLike<number | bigint> };
    return Array.from(data, Number);
  };
  /** Whether a change gives the open head a chunk of shapes. */
  const storesShapes = async (name: string, change: () => Promise<void>): Promise<boolean> => {
    await change();
    await ds.flush();
    const keys: string[] = [];
    for await (const key of store.list('versions/')) keys.push(key);
    return keys.some((key) => key.includes(`/_${name}_shape/chunks/`));
  };
  return { ds, store, shapesOf, storesShapes };
}

describe('samples that are replaced', () => {
  it('leave the companion of shapes alone while the shape stays', async () => {
    const { ds, store, storesShapes } = await committed();
    expect(await storesShapes('labels', () => ds.update(5, { labels: 6 }))).toBe(false);
    const many = Array.from({ length: 100 }, (_, i) => [i * 20, { labels: 3, boxes: [[0, 0, 1, 1]] }] as const);
    expect(await storesShapes('labels', () => ds.update(many))).toBe(false);
    expect(await storesShapes('boxes', async () => {})).toBe(false);
    expect(await storesShapes('lists', () => ds.tensor('lists').set(7, ['a', 'b']))).toBe(false);
    expect((await ds.at(20)).labels.data).toEqual(new Uint32Array([3]));
    expect(await ds.tensor('lists').at(7)).toEqual(['a', 'b']);
    expect((await ds.diff()).tensors.labels?.updated).toContain(5);
    await ds.close();
    expect((await verify(store)).findings).toEqual([]);
  });

  it('change the companion with the shape: one by one, many together, and of sequences', async () => {
    const { ds, store, shapesOf, storesShapes } = await committed();
    expect(await storesShapes('labels', () => ds.update(5, { labels: [1, 2, 3] }))).toBe(true);
    expect(await shapesOf('labels', 5)).toEqual([3]);
    const many = Array.from({ length: 100 }, (_, i): [number, { boxes: Box[] }] => [
      i * 20,
      {
        boxes:
          i === 50
            ? [
                [0, 0, 1, 1],
                [1, 1, 2, 2],
              ]
            : i === 51
              ? []
              : [[9, 9, 1, 1]],
      },
    ]);
    expect(await storesShapes('boxes', () => ds.update(many))).toBe(true);
    expect(await shapesOf('boxes', 1000)).toEqual([2, 4]);
    expect(await shapesOf('boxes', 1020)).toEqual([0, 0]);
    expect(await shapesOf('boxes', 980)).toEqual([1, 4]);
    expect(await storesShapes('lists', () => ds.tensor('lists').set(7, ['a']))).toBe(true);
    expect(await shapesOf('lists', 7)).toEqual([1]);
    await ds.tensor('runs').set(3, 1, [4, 5]);
    expect(await shapesOf('runs', 7)).toEqual([2]);
    await ds.tensor('runs').set(4, [
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect([await shapesOf('runs', 8), await shapesOf('runs', 11)]).toEqual([[2], [1]]);
    await ds.close();
    expect((await verify(store)).findings).toEqual([]);
  });

  it('that were empty get their shape, and empty ones lose it', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { n: generic({ dtype: 'int32' }) }, noFlush);
    await ds.extend([{ n: null }, { n: null }, { n: [[1, 2]] }]);
    await ds.flush();
    const shapes = async () =>
      (await (await ds.loadTensor('_n_shape')).toArray()).map((one) =>
        Array.from((one as { data: ArrayLike<number | bigint> }).data, Number),
      );
    await ds.update(0, { n: [[3, 4]] });
    await ds.update(2, { n: null });
    expect((await shapes())[0]).toEqual([1, 2]);
    expect((await shapes())[2]).toEqual([0, 0]);
    await ds.close();
    expect((await verify(store)).findings).toEqual([]);
    expect((await openDataset(store)).length).toBe(3);
  });
});
