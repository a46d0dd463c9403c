/** Merges that replace samples of every form: tiled ones, sequences of another length, many at once. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { classLabel, createDataset, generic, image, openDataset, sequence, text } from '../index.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';

vi.setConfig({ testTimeout: 60_000 }); // with a checker of the format

const options = { autoFlush: false } as const;
const numbers = (length: number, value: number) => new Uint8Array(length).fill(value);

describe('samples cut into tiles', () => {
  async function branches() {
    const store = memoryStore();
    const big = generic({ dtype: 'uint8', tilingThreshold: 20 });
    const ds = await createDataset(store, { big }, options);
    await ds.extend([5, 90, 60, 7].map((length, i) => ({ big: numbers(length, i + 1) })));
    await ds.checkout('side', { create: true });
    const samples = async () => (await ds.tensor('big').toArray()).map(({ data }) => data);
    return { store, ds, samples };
  }

  test('replace others, and are replaced by others', async () => {
    const { store, ds, samples } = await branches();
    await ds.tensor('big').set(0, numbers(70, 10)); // whole by tiles
    await ds.tensor('big').set(1, numbers(6, 11)); // tiles by a whole one
    await ds.tensor('big').set(2, numbers(100, 12)); // tiles by tiles
    const theirs = await samples();
    await ds.checkout('main');
    await ds.append({ big: numbers(50, 5) });
    expect(await ds.merge('side')).toMatchObject({ added: 0, updated: 3, conflicts: [] });
    expect(await samples()).toEqual([...theirs, numbers(50, 5)]);
    expect(await ds.merge('side')).toMatchObject({ commit: undefined });
    expect((await ds.diff((await ds.log())[1]?.id ?? '')).right.map(({ tensors }) => tensors.big?.updated)).toEqual([
      undefined, // the head
      [0, 1, 2],
    ]);
    await ds.close();
    await checkFormat(store);
    const again = await openDataset(store);
    expect((await again.tensor('big').toArray()).length).toBe(5);
    await again.close();
  });

  test('conflict where both sides changed them, tile by tile', async () => {
    const { store, ds, samples } = await branches();
    await ds.tensor('big').setRegion(1, [[40, 42]], numbers(2, 99));
    await ds.tensor('big').setRegion(2, [[1, 3]], numbers(2, 98));
    await ds.checkout('main');
    await ds.tensor('big').setRegion(1, [[10, 12]], numbers(2, 77));
    await ds.tensor('big').setRegion(2, [[1, 3]], numbers(2, 98)); // to the same
    await expect(ds.merge('side')).rejects.toMatchObject({ data: { conflicts: [{ tensor: 'big', ours: 1 }] } });
    expect(await ds.merge('side', { onConflict: 'theirs' })).toMatchObject({ updated: 1 });
    const expected = numbers(90, 2);
    expected.set([99, 99], 40);
    expect((await samples())[1]).toEqual(expected);
    await ds.close();
    await checkFormat(store);
  });

  test('of class labels get the numbers of the classes here', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { labels: classLabel(undefined, { tilingThreshold: 40 }) }, options);
    await ds.append({ labels: ['a'] });
    await ds.checkout('side', { create: true });
    await ds.tensor('labels').set(0, ['a', ...Array.from({ length: 30 }, () => 'theirs')]);
    await ds.checkout('main');
    await ds.append({ labels: ['ours'] });
    expect(await ds.merge('side')).toMatchObject({ updated: 1 });
    expect((await ds.tensor('labels').at(0)).names.slice(-2)).toEqual(['theirs', 'theirs']);
    expect((await ds.tensor('labels').at(1)).names).toEqual(['ours']);
    await ds.close();
    await checkFormat(store);
  });
});

test('pictures cut into tiles are carried over as they are stored', async () => {
  const store = memoryStore();
  const schema = { pictures: image({ sampleCompression: 'png', tilingThreshold: 3000 }) };
  const ds = await createDataset(store, schema, options);
  const pixels = (value: number, side: number) =>
    ({ dtype: 'uint8', shape: [side, side, 3], data: new Uint8Array(side * side * 3).fill(value) }) as const;
  await ds.extend([{ pictures: pixels(1, 60) }, { pictures: pixels(2, 4) }]);
  await ds.checkout('side', { create: true });
  await ds.tensor('pictures').set(0, pixels(3, 70));
  await ds.tensor('pictures').set(1, pixels(4, 64));
  await ds.checkout('main');
  expect(await ds.merge('side')).toMatchObject({ updated: 2 });
  const read = await Promise.all([0, 1].map(async (i) => (await ds.tensor('pictures').at(i)).array()));
  expect(read.map(({ shape, data }) => [shape, new Set(Array.from(data, Number))])).toEqual([
    [[70, 70, 3], new Set([3])],
    [[64, 64, 3], new Set([4])],
  ]);
  await ds.close();
  await checkFormat(store);
});

test('sequences are replaced by those of another length, with the rows of their companions', async () => {
  const store = memoryStore();
  const schema = { words: sequence(text()), runs: sequence(generic({ dtype: 'int16' })), n: text() };
  const ds = await createDataset(store, schema, options);
  const row = (n: string, length: number) => ({
    words: Array.from({ length }, (_, i) => `${n}${i}`),
    runs: Array.from({ length }, (_, i) => Array.from({ length: i + 1 }, () => length)),
    n,
  });
  await ds.extend([row('a', 2), row('b', 0), row('c', 3)]);
  await ds.checkout('side', { create: true });
  await ds.update(0, row('A', 4));
  await ds.update(1, row('B', 1));
  await ds.update(2, row('C', 0));
  const theirs = [await ds.tensor('words').toArray(), await ds.tensor('runs').toArray()];
  await ds.checkout('main');
  await ds.append(row('d', 1));
  expect(await ds.merge('side')).toMatchObject({ added: 0, updated: 9 });
  const ours = [await ds.tensor('words').toArray(), await ds.tensor('runs').toArray()];
  expect(ours.map((rows) => rows.slice(0, 3))).toEqual(theirs);
  expect(await ds.tensor('n').toArray()).toEqual(['A', 'B', 'C', 'd']);
  await ds.append(row('e', 2));
  await ds.close();
  await checkFormat(store);
});

const change = fc.record({ row: fc.nat(5), length: fc.integer({ min: 0, max: 40 }), side: fc.boolean() });

test('random replacements of tiled and plain samples and sequences give theirs, or conflict', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      const store = memoryStore();
      const schema = {
        big: generic({ dtype: 'uint8', tilingThreshold: 16, maxChunkSize: 64 }),
        words: sequence(text({ maxChunkSize: 64 })),
      };
      const ds = await createDataset(store, schema, options);
      const row = (length: number, value: number) => ({
        big: numbers(length, value),
        words: Array.from({ length: length % 4 }, () => `${value} ${length}`),
      });
      await ds.extend(Array.from({ length: 6 }, (_, i) => row(i * 6, i)));
      await ds.checkout('side', { create: true });
      const first = Array.from({ length: 6 }, (_, i) => row(i * 6, i));
      const [theirs, ours] = [[...first], [...first]];
      for (const side of [true, false]) {
        if (!side) await ds.checkout('main');
        for (const [i, one] of changes.entries()) {
          if (one.side !== side) continue;
          const next = row(one.length, 50 + i);
          await ds.update(one.row, next);
          (side ? theirs : ours)[one.row] = next;
        }
      }
      // What they have changed, and not back again, is theirs.
      const merged = <K extends 'big' | 'words'>(name: K) =>
        theirs.map((one, i) => (String(one[name]) === String(first[i]?.[name]) ? ours[i]?.[name] : one[name]));
      await ds.merge('side', { onConflict: 'theirs' });
      const check = async (from: typeof ds) => {
        expect((await from.tensor('big').toArray()).map(({ data }) => data)).toEqual(merged('big'));
        expect(await from.tensor('words').toArray()).toEqual(merged('words'));
      };
      await check(ds);
      await ds.append(row(30, 200));
      await ds.pop();
      await ds.close();
      const again = await openDataset(store, { schema });
      await check(again);
      await again.close();
      await checkFormat(store);
    }),
    { numRuns: 25 },
  );
});
