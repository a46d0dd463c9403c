import { describe, expect, it } from 'vitest';
import { parseCommitDiff } from '../format/commit-diff.js';
import { parsePads } from '../format/pads.js';
import { classLabel, createDataset, generic, image, json, openDataset, sequence, text } from '../index.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;
const FIRST_TENSOR = 'n';

/** A dataset of rows 0, 1, … with a number and a word each; small chunks. */
async function numbered(rows: number, options: { maxChunkSize?: number } = {}) {
  const store = memoryStore();
  const ds = await createDataset(store, { n: generic({ dtype: 'int32', ...options }), w: text(options) }, noFlush);
  await ds.extend(Array.from({ length: rows }, (_, i) => ({ n: i, w: `w${i}` })));
  return { store, ds };
}

const numbers = async (ds: Awaited<ReturnType<typeof numbered>>['ds']) => {
  const n = (await ds.tensor('n').toArray()).map(({ data }) => Number(data[0]));
  expect(await ds.tensor('w').toArray()).toEqual(n.map((i) => `w${i}`));
  return n;
};

const stored = (store: ReturnType<typeof memoryStore>, key: string) => {
  const bytes = store.get(key);
  if (!(bytes instanceof Uint8Array)) throw new Error(`${key} is not stored`);
  return bytes;
};

async function keysOf(store: ReturnType<typeof memoryStore>, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

const chunksOf = (store: ReturnType<typeof memoryStore>, tensor: string) => keysOf(store, `${tensor}/chunks/`);

describe('pop', () => {
  it('removes the last row, one row, or several, with their companions', async () => {
    const { ds, store } = await numbered(10);
    await ds.pop();
    expect(await numbers(ds)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await ds.pop(0);
    await ds.pop([6, 1, -1]);
    expect(await numbers(ds)).toEqual([1, 3, 4, 5, 6]);
    for (const name of ['_n_id', '_n_shape', '_w_id']) expect((await ds.loadTensor(name)).length).toBe(5);
    await ds.close();
    expect(await numbers(await openDataset(store, { schema: undefined as never }))).toEqual([1, 3, 4, 5, 6]);
  });

  it('names what is wrong, and then changes nothing', async () => {
    const { ds } = await numbered(3);
    await expect(ds.pop(3)).rejects.toThrow('The dataset has 3 rows; there is none at 3.');
    await expect(ds.pop([1, -2])).rejects.toThrow('named twice');
    await expect(ds.tensor('n').pop(-4)).rejects.toThrow('Tensor "n" has 3 samples; there is none at -4.');
    expect(await numbers(ds)).toEqual([0, 1, 2]);
    await ds.pop([0, 1, 2]);
    await expect(ds.pop()).rejects.toThrow(RangeError);
  });

  it('leaves tensors alone that are too short for the row', async () => {
    const { ds } = await numbered(3);
    await ds.tensor('n').append(9);
    await ds.pop();
    expect(await numbers(ds)).toEqual([0, 1, 2]);
  });

  it('resets the range of shapes with the last sample, and deletes the chunks', async () => {
    const { ds, store } = await numbered(3);
    await ds.flush();
    expect(await chunksOf(store, FIRST_TENSOR)).toHaveLength(1);
    await ds.pop([0, 1, 2]);
    await ds.flush();
    expect(ds.tensor('n').shapeInterval).toEqual({ lower: [0], upper: [0] });
    expect(await chunksOf(store, FIRST_TENSOR)).toEqual([]);
    await ds.append({ n: 5, w: 'w5' });
    expect(await numbers(ds)).toEqual([5]);
    await ds.close();
  });

  it('records the rows of earlier commits with their ids, and leaves those commits as they are', async () => {
    const { ds, store } = await numbered(6);
    const first = await ds.commit('six');
    const ids = (await (await ds.loadTensor('_n_id')).toArray()) as { data: BigUint64Array }[];
    await ds.append({ n: 6, w: 'w6' });
    await ds.pop([1, 3]);
    await ds.pop([1]); // row 2 of before
    await ds.pop(); // the one of this commit
    await ds.flush();
    expect(await numbers(ds)).toEqual([0, 4, 5]);
    expect((await ds.diff()).tensors.n).toMatchObject({ removed: [1, 2, 3], added: [3, 3], updated: [] });
    const [head] = (await keysOf(store, 'versions/')).flatMap(
      (key) => /versions\/(\w+)\/n\/commit_diff/.exec(key)?.[1] ?? [],
    );
    const diff = parseCommitDiff(stored(store, `versions/${head}/n/commit_diff`), 'n');
    const idOf = (row: number) => ids[row]?.data[0];
    expect(diff.deletedIds.slice(0, 3)).toEqual([idOf(3), idOf(1), idOf(2)]);
    expect(diff.deletedIds).toHaveLength(4);
    await ds.commit('three');
    await ds.checkout(first);
    expect(await numbers(ds)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('removes sequences with their items, empty ones too', async () => {
    const store = memoryStore();
    const schema = { s: sequence(generic({ dtype: 'int32', maxChunkSize: 32 })) };
    const ds = await createDataset(store, schema, noFlush);
    await ds.extend([[1, 2, 3], [], [4], [5, 6]].map((s) => ({ s })));
    await ds.pop([1, 2]);
    const values = async (from: typeof ds) =>
      (await from.tensor('s').toArray()).map((items) => items.map(({ data }) => data[0]));
    expect(await values(ds)).toEqual([
      [1, 2, 3],
      [5, 6],
    ]);
    await ds.pop();
    await ds.close();
    const again = await openDataset(store, { schema });
    expect(await values(again)).toEqual([[1, 2, 3]]);
    expect((await again.loadTensor('_s_id')).length).toBe(1);
    expect((await again.loadTensor('_s_shape')).length).toBe(3);
  });

  it('removes all tiles of a sample, and replaces tiled samples', async () => {
    const store = memoryStore();
    const schema = { t: generic({ dtype: 'uint8', tilingThreshold: 50 }) };
    const ds = await createDataset(store, schema, noFlush);
    const sample = (size: number, fill: number) => new Uint8Array(size).fill(fill);
    await ds.extend([sample(10, 1), sample(200, 2), sample(10, 3), sample(120, 4), sample(5, 5)].map((t) => ({ t })));
    await ds.flush();
    await ds.pop(1);
    await ds.flush();
    const values = async (from: typeof ds) =>
      (await from.tensor('t').toArray()).map(({ data }) => [data.length, data[0]]);
    const rest = [
      [10, 1],
      [10, 3],
      [120, 4],
      [5, 5],
    ];
    expect(await values(ds)).toEqual(rest);
    expect(await chunksOf(store, 't')).toHaveLength(7); // three of one sample each, and four tiles
    await ds.tensor('t').set(2, sample(7, 6));
    await ds.close();
    const again = await openDataset(store, { schema });
    expect(await values(again)).toEqual([rest[0], rest[1], [7, 6], rest[3]]);
  });

  it('removes 1000 of 100000 rows in under a second', async () => {
    const { ds } = await numbered(100_000);
    await ds.flush();
    const rows = Array.from({ length: 1000 }, (_, i) => i * 100 + (i % 7));
    const start = performance.now();
    await ds.pop(rows);
    await ds.flush();
    const time = performance.now() - start;
    console.info(`1000 of 100000 rows: ${time.toFixed(0)} ms`);
    expect(ds.length).toBe(99_000);
    const gone = new Set(rows);
    expect(await numbers(ds)).toEqual(Array.from({ length: 100_000 }, (_, i) => i).filter((i) => !gone.has(i)));
    expect(time).toBeLessThan(3000); // a busy machine; alone it takes about a tenth of this
  });
});
