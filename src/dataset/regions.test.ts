import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Region } from '../chunk/region.js';
import { classLabel, createDataset, generic, image, isDatasetError, openDataset, sequence, text } from '../index.js';
import { memoryStore, zipStore } from '../stores.js';
import { randomOf } from '../util/random.js';

type Model = { shape: number[]; data: number[] };

/** numpy's indexing of a plain array, one number at a time. */
function places(model: Model, region: Region): { kept: number[]; at: number[] } {
  const axes = model.shape.map((size, axis) => {
    const part = region[axis] ?? null;
    const all = Array.from({ length: size }, (_, i) => i);
    if (part === null) return all;
    return typeof part === 'number' ? [all.at(part) ?? 0] : all.slice(...part);
  });
  let at = [0];
  for (const [axis, indexes] of axes.entries())
    at = at.flatMap((before) => indexes.map((i) => before * (model.shape[axis] ?? 0) + i));
  return { at, kept: axes.filter((_, axis) => typeof region[axis] !== 'number').map(({ length }) => length) };
}

const forms = {
  plain: generic({ dtype: 'int16' }),
  lz4: generic({ dtype: 'int16', sampleCompression: 'lz4' }),
  chunked: generic({ dtype: 'int16', chunkCompression: 'lz4' }),
  tiled: generic({ dtype: 'int16', tilingThreshold: 200 }),
  tiledLz4: generic({ dtype: 'int16', sampleCompression: 'lz4', tilingThreshold: 200 }),
  tiledChunks: generic({ dtype: 'int16', chunkCompression: 'lz4', tilingThreshold: 200 }),
};

describe('regions compared with a plain model', () => {
  for (const [form, def] of Object.entries(forms)) {
    test(form, async () => {
      const random = randomOf(form.length * 7 + 1);
      const int = (below: number) => Math.floor(random() * below);
      const newSample = (): Model => {
        const shape = [1 + int(14), 1 + int(12), 1 + int(3)];
        return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => int(1000) - 500) };
      };
      const input = ({ shape, data }: Model) => ({ shape, data: new Int16Array(data) });
      const newRegion = ({ shape }: Model): Region =>
        shape.slice(0, 1 + int(3)).map((size) => {
          const kind = int(4);
          if (kind === 0) return null;
          if (kind === 1) return int(2 * size) - size;
          return [int(2 * size + 2) - size - 1, int(2 * size + 2) - size - 1];
        });
      const store = memoryStore();
      let ds = await createDataset(store, { x: def }, { autoFlush: false });
      const models = Array.from({ length: 6 }, newSample);
      await ds.extend(models.map((model) => ({ x: input(model) })));
      const commits: [string, Model[]][] = [];
      for (let step = 0; step < 120; step++) {
        const row = int(models.length);
        const model = models[row] ?? newSample();
        const region = newRegion(model);
        const { kept, at } = places(model, region);
        const kind = int(12);
        if (kind === 0) await ds.flush();
        else if (kind === 1) {
          models[row] = newSample();
          await ds.tensor('x').set(row, input(models[row] ?? model));
        } else if (kind === 2) {
          await ds.close();
          ds = (await openDataset(store, { mode: 'rw', autoFlush: false })) as unknown as typeof ds;
        } else if (kind === 3 && (await ds.hasChanges())) {
          commits.push([await ds.commit(), structuredClone(models)]);
        } else if (kind < 8) {
          const values = at.map(() => int(1000) - 500);
          await ds.tensor('x').setRegion(row, region, { shape: kept, data: new Int16Array(values) });
          for (const [i, place] of at.entries()) model.data[place] = values[i] ?? 0;
        } else if (kind === 8) {
          await ds.tensor('x').setRegion(row, region, step);
          for (const place of at) model.data[place] = step;
        } else {
          const part = await ds.tensor('x').at(row, { region });
          expect([part.shape, [...part.data]]).toEqual([kept, at.map((place) => model.data[place])]);
        }
      }
      const check = async (at: string, expected: Model[]): Promise<void> => {
        const again = await openDataset(store, { at });
        const got = (await again.tensor('x').toArray()) as { shape: number[]; data: Int16Array }[];
        expect(got.map(({ shape, data }) => ({ shape, data: [...data] }))).toEqual(expected);
        const shapes = await (await again.loadTensor('_x_shape')).toArray();
        expect(shapes.map((one) => Array.from((one as { data: BigInt64Array }).data, Number))).toEqual(
          expected.map(({ shape }) => shape),
        );
        await again.close();
      };
      await ds.close();
      await check('main', models);
      for (const [id, expected] of commits) await check(id, expected);
    });
  }
});

describe('a region that is read', () => {
  const pixels = {
    dtype: 'uint8' as const,
    shape: [2000, 1000, 3],
    data: new Uint8Array(6_000_000).map((_, i) => i % 251),
  };

  test('costs its own bytes, or its own tiles', async () => {
    const store = memoryStore();
    const ds = await createDataset(
      store,
      { plain: generic(), tiled: generic({ tilingThreshold: 1_500_000 }) },
      { autoFlush: false },
    );
    await ds.append({ plain: pixels, tiled: pixels });
    await ds.close();
    for (const [name, most] of [
      ['plain', 700_000],
      ['tiled', 700_000],
    ] as const) {
      const again = await openDataset(store);
      const before = again.stats.bytesRead;
      const part = await again.tensor(name).at(0, {
        region: [
          [-100, 2000],
          [900, 1000],
        ],
      });
      expect(part.shape).toEqual([100, 100, 3]);
      expect(part.data[5]).toBe((1900 * 3000 + 2700 + 5) % 251);
      expect(again.stats.bytesRead - before).toBeLessThan(most);
      await again.close();
    }
  });

  test('of tiles rewrites only what it touches, and copies from commits', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { x: generic({ tilingThreshold: 1_500_000 }) }, { autoFlush: false });
    await ds.append({ x: pixels });
    await ds.commit();
    await ds.tensor('x').setRegion(0, [5, 7], [1, 2, 3]);
    await ds.flush();
    const chunks: string[] = [];
    for await (const key of store.list('versions/')) if (key.includes('/x/chunks/')) chunks.push(key);
    expect(chunks.length).toBe(1);
    expect([...(await ds.tensor('x').at(0, { region: [5, [7, 9]] })).data]).toEqual([
      1,
      2,
      3,
      ...pixels.data.slice(15024, 15027),
    ]);
    await ds.tensor('x').set(0, { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) });
    await ds.close();
    const left: string[] = [];
    for await (const key of store.list('versions/')) if (key.includes('/x/chunks/')) left.push(key);
    expect(left.length).toBe(1);
    expect(left).not.toEqual(chunks);
  });
});

describe('a region', () => {
  test('of files is decoded and encoded again', async () => {
    const ds = await createDataset(memoryStore(), { p: image({ sampleCompression: 'png' }) });
    await ds.append({ p: { dtype: 'uint8', shape: [3, 4, 3], data: new Uint8Array(36).fill(9) } });
    await ds.tensor('p').setRegion(0, [[1, 3], -1], [[1], [2]]);
    expect([...(await ds.tensor('p').at(0, { region: [null, [2, 4], 0] })).data]).toEqual([9, 9, 9, 1, 9, 2]);
    expect((await (await ds.tensor('p').at(0)).array()).shape).toEqual([3, 4, 3]);
    await ds.close();
  });

  test('of labels takes their names, and of sequences an item', async () => {
    const ds = await createDataset(memoryStore(), { l: classLabel(['a', 'b']), s: sequence(generic()), t: text() });
    await ds.append({
      l: ['a', 'a', 'b'],
      s: [
        [1, 2],
        [3, 4],
      ],
      t: 'x',
    });
    await ds.tensor('l').setRegion(0, [[0, 2]], 'b' as never);
    expect((await ds.tensor('l').at(0)).names).toEqual(['b', 'b', 'b']);
    await ds.tensor('s').setRegion(0, [1], 9, { item: -1 });
    expect([...(await ds.tensor('s').at(0, { region: [], item: 1 })).data].map(Number)).toEqual([3, 9]);
    const wrong: [() => Promise<unknown>, string][] = [
      [() => ds.tensor('l').setRegion(0, [0], 'c' as never), 'sample-mismatch'],
      [() => ds.tensor('l').setRegion(0, [0], 7), 'sample-mismatch'],
      [() => ds.tensor('l').setRegion(0, [[0, 2]], [1, 1, 1]), 'RangeError'],
      [() => ds.tensor('l').setRegion(0, [3], 1), 'RangeError'],
      [() => ds.tensor('l').setRegion(0, [0, 0], 1), 'RangeError'],
      [() => ds.tensor('l').setRegion(0, [0.5], 1), 'TypeError'],
      [() => ds.tensor('l').setRegion(1, [0], 1), 'RangeError'],
      [() => ds.tensor('s').setRegion(0, [0], 1), 'TypeError'],
      [() => ds.tensor('s').at(0, { region: [0], item: 2 }), 'RangeError'],
      [() => ds.tensor('t').at(0, { region: [0] }), 'TypeError'],
      [() => ds.tensor('t').setRegion(0, [0], 1), 'TypeError'],
    ];
    for (const [work, expected] of wrong) {
      const error: unknown = await work().catch((reason: unknown) => reason);
      expect(isDatasetError(error) ? error.code : (error as Error).name).toBe(expected);
    }
    expect((await ds.tensor('l').at(0)).names).toEqual(['b', 'b', 'b']);
    await ds.close();
  });
});

test('regions of what Deep Lake has tiled', async () => {
  const zip = await readFile(new URL('../../e2e/fixtures/golden/tiled.zip', import.meta.url));
  const from = await zipStore(new Blob([new Uint8Array(zip)]));
  const store = memoryStore();
  for await (const key of from.list?.('') ?? []) {
    const bytes = await from.get(key);
    if (bytes) await store.write([{ key, bytes }]);
  }
  let ds = await openDataset(store, { mode: 'rw', autoFlush: false });
  let compared = 0;
  for (const name of ds.tensors) {
    for (let row = 0; row < ds.tensor(name).length; row++) {
      const tensor = ds.tensor(name);
      const whole = await tensor.at(row, { region: [] });
      if (whole.shape.length < 2 || whole.data.length === 0) continue;
      const [height = 0, width = 0] = whole.shape;
      const step = whole.data.length / height / width;
      const part = await tensor.at(row, { region: [[1, -1], width - 1] });
      const expected = Array.from({ length: Math.max(0, height - 2) }, (_, y) =>
        Array.from(
          (whole.data as Uint8Array).slice(((y + 1) * width + width - 1) * step, ((y + 1) * width + width) * step),
        ),
      );
      expect(Array.from(part.data as Uint8Array)).toEqual(expected.flat());
      const exact = ![tensor.sampleCompression, tensor.chunkCompression].includes('jpeg');
      if (exact) {
        await tensor.setRegion(row, [0], 1);
        whole.data.fill(1 as never, 0, width * step);
      }
      await ds.close();
      ds = await openDataset(store, { mode: 'rw', autoFlush: false });
      const after = await ds.tensor(name).at(row, { region: [] });
      if (exact) expect([name, after]).toEqual([name, whole]);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(3);
  await ds.close();
});
