import { describe, expect, it } from 'vitest';
import { parseCommitDiff } from '../format/commit-diff.js';
import { parsePads } from '../format/pads.js';
import { classLabel, createDataset, generic, openDataset, sequence, text } from '../index.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;

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
    expect(await chunksOf(store, 'n')).toHaveLength(1);
    await ds.pop([0, 1, 2]);
    await ds.flush();
    expect(ds.tensor('n').shapeInterval).toEqual({ lower: [0], upper: [0] });
    expect(await chunksOf(store, 'n')).toEqual([]);
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

describe('update', () => {
  it('replaces samples of several rows, all or none of them', async () => {
    const { ds } = await numbered(20, { maxChunkSize: 40 });
    await ds.update(3, { n: 30, w: 'w30' });
    await ds.update(Array.from({ length: 8 }, (_, i) => [2 * i, { n: 100 + i, w: `w${100 + i}` }] as const));
    const after = await numbers(ds);
    expect(after.slice(0, 6)).toEqual([100, 1, 101, 30, 102, 5]);
    const bad = new Map([
      [0, { n: 7 }],
      [1, { n: 'not a number' as never }],
    ]);
    await expect(ds.update(bad)).rejects.toMatchObject({ code: 'sample-mismatch', data: { tensor: 'n', index: 1 } });
    await expect(ds.update(20, { n: 1 })).rejects.toThrow(RangeError);
    await expect(ds.update(0, { nobody: 1 } as never)).rejects.toMatchObject({ code: 'not-found' });
    expect(await numbers(ds)).toEqual(after);
  });
});

describe('insert and clear', () => {
  it('puts rows between others, and records them as added', async () => {
    const { ds } = await numbered(4, { maxChunkSize: 40 });
    await ds.commit('four');
    await ds.insert(1, [
      { n: 10, w: 'w10' },
      { n: 11, w: 'w11' },
    ]);
    await ds.insert(-1, []);
    await ds.insert(6, [{ n: 12, w: 'w12' }]);
    await ds.flush();
    expect(await numbers(ds)).toEqual([0, 10, 11, 1, 2, 3, 12]);
    expect((await ds.diff()).tensors.n).toMatchObject({ added: [4, 7], updated: [4, 5], removed: [] });
    await expect(ds.insert(8, [])).rejects.toThrow(RangeError);
  });

  it('keeps the info of a tensor that is cleared', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { c: classLabel(['a', 'b']) }, noFlush);
    await ds.extend([{ c: 'a' }, { c: 'b' }]);
    await ds.flush();
    await ds.tensor('c').clear();
    await ds.append({ c: 'b' });
    await ds.close();
    const again = await openDataset(store, { schema: { c: classLabel() } });
    expect(again.length).toBe(1);
    expect(await again.tensor('c').at(0)).toMatchObject({ names: ['b'] });
    expect(parseCommitDiff(stored(store, 'c/commit_diff'), 'c')).toMatchObject({
      cleared: true,
      addedStart: 0,
      addedEnd: 1,
    });
  });
});

describe('assignment beyond the end', () => {
  it('pads with empty samples, and keeps the record of padding true', async () => {
    const { ds, store } = await numbered(3);
    await ds.tensor('n').set(8, 80);
    expect((await ds.tensor('n').toArray()).map(({ data }) => [...data])).toEqual([
      [0],
      [1],
      [2],
      [],
      [],
      [],
      [],
      [],
      [80],
    ]);
    const pads = async () => {
      await ds.flush();
      return parsePads(stored(store, 'n/pad_index/unsharded'), 'n');
    };
    expect(await pads()).toEqual([{ start: 3, end: 8 }]);
    await ds.tensor('n').set(5, 50);
    expect(await pads()).toEqual([
      { start: 3, end: 5 },
      { start: 6, end: 8 },
    ]);
    await ds.tensor('n').pop([0, 3]);
    expect(await pads()).toEqual([
      { start: 2, end: 3 },
      { start: 4, end: 6 },
    ]);
  });
});

describe('rechunk', () => {
  it('joins small chunks, in several commits too', async () => {
    const { ds, store } = await numbered(3);
    for (let i = 3; i < 9; i++) {
      await ds.commit(`up to ${i}`);
      await ds.append({ n: i, w: `w${i}` });
    }
    await ds.flush();
    const chunks = async () => (await keysOf(store, 'versions/')).filter((key) => key.includes('/n/chunks/')).length;
    expect(await chunks()).toBe(6);
    await ds.rechunk();
    await ds.close();
    expect(await chunks()).toBe(6); // the last of them is new: it holds all samples, and its predecessor is gone
    const again = await openDataset(store, { schema: { n: generic(), w: text() } });
    expect((await again.tensor('n').toArray()).map(({ data }) => Number(data[0]))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
