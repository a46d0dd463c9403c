import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareDescriptions } from '../../e2e/conformance/compare.mjs';
import { describeDataset } from '../../e2e/conformance/describe-dataset.mjs';
import { library } from '../golden.contract.js';
import {
  classLabel,
  createDataset,
  generic,
  isDatasetError,
  link,
  openDataset,
  type Put,
  type Store,
  sequence,
  text,
} from '../index.js';
import { wrapStore } from '../store/wrap.js';
import { memoryStore, zipStore } from '../stores.js';

const golden = async (name: string) => {
  const file = new URL(`../../e2e/fixtures/golden/${name}.zip`, import.meta.url);
  return zipStore(new Blob([readFileSync(file)]));
};

const schema = {
  n: generic({ dtype: 'int32', chunkCompression: 'lz4' }),
  lab: classLabel(['cat', 'dog']),
  'group/txt': text(),
  seq: sequence(generic({ dtype: 'uint8' })),
};

async function dataset(store: Store = memoryStore(), rows = 12) {
  const ds = await createDataset(store, schema);
  await ds.info.update({ made: 'here' });
  await ds.extend(
    Array.from({ length: rows }, (_, i) => ({
      n: [i, i + 1],
      lab: i % 2,
      'group/txt': `t${i}`,
      seq: Array.from({ length: i % 3 }, (__, j) => [i, j]),
    })),
  );
  return { ds, store };
}

async function keysOf(store: Store, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list?.(prefix) ?? []) keys.push(key);
  return keys.sort();
}

async function code(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'fine',
    (reason: unknown) => reason,
  );
  return isDatasetError(error) ? error.code : String(error);
}

/** A store that fails at its `n`th write, and counts reads. */
function failing(inner: Store, n: number) {
  let left = n;
  const reads: string[] = [];
  const store = wrapStore(inner, {
    get: (key, options) => {
      reads.push(key);
      return inner.get(key, options);
    },
    write: async (puts: readonly Put[], options) => {
      if (left-- <= 0) throw new Error('full');
      await inner.write?.(puts, options);
    },
  });
  return { store, reads };
}

describe('copies without history', () => {
  test('of a dataset have everything but history and ids', async () => {
    const { ds, store } = await dataset();
    await ds.commit('one');
    await ds.tensor('lab').set(0, 'dog');
    const target = memoryStore();
    const seen: number[] = [];
    await ds.copyTo(target, { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBeGreaterThan(12);
    const [original, copy] = await Promise.all([store, target].map((one) => describeDataset(library, one)));
    if (!original || !copy) throw new Error('two were described');
    expect(compareDescriptions(original, copy, { copy: true }).differences).toEqual([]);
    expect(Object.keys(copy.states)).toEqual(['branch:main']);
    const ids = async (one: Store) => {
      const opened = await openDataset(one);
      return ((await (await opened.loadTensor('_lab_id')).toArray()) as { data: bigint[] }[]).map(
        ({ data }) => data[0],
      );
    };
    const [before, after] = [await ids(store), await ids(target)];
    expect(new Set([...before, ...after]).size).toBe(24);
    // What is copied in whole keeps its chunks.
    const chunks = await keysOf(target, 'group/txt/chunks/');
    expect(chunks).toEqual(await keysOf(store, 'group/txt/chunks/'));
    const copied = await openDataset(target, { mode: 'rw', schema });
    await copied.append({ n: [1, 2], lab: 'cat', 'group/txt': 'new', seq: [[1, 2]] });
    expect(copied.length).toBe(13);
    await copied.commit();
    await copied.close();
    await ds.close();
  });

  test('of a view have its rows in its order', async () => {
    const { ds } = await dataset();
    const target = memoryStore();
    await ds.pick([7, 2, 2, 11]).copyTo(target);
    await ds.close();
    const copy = await openDataset(target, { schema });
    expect(await copy.tensor('group/txt').toArray()).toEqual(['t7', 't2', 't2', 't11']);
    expect((await copy.tensor('n').toArray()).map(({ data }) => [...data])).toEqual([
      [7, 8],
      [2, 3],
      [2, 3],
      [11, 12],
    ]);
    const lengths = (await copy.tensor('seq').toArray()).map((items) => items.length);
    expect(lengths).toEqual([1, 2, 2, 2]);
    expect((await copy.tensor('seq').at(3, 1)).data).toEqual(new Uint8Array([11, 1]));
    const shapes = (await (await copy.loadTensor('_seq_shape')).toArray()) as { data: BigInt64Array }[];
    expect(shapes.map(({ data }) => Number(data[0]))).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(await copy.info.get()).toEqual({ made: 'here' });
    expect(copy.groups).toEqual(['group']);
    expect((await copy.tensor('lab').info.get()).class_names).toEqual(['cat', 'dog']);
    await copy.close();
  });

  test('of some tensors leave the others out', async () => {
    const { ds } = await dataset();
    const target = memoryStore();
    await ds.copyTo(target, { tensors: ['lab'] });
    expect((await openDataset(target)).tensors).toEqual(['lab']);
    expect((await openDataset(target)).groups).toEqual([]);
    expect(await code(ds.copyTo(memoryStore(), { tensors: ['other'] }))).toBe('not-found');
    expect(await code(ds.copyTo(memoryStore(), { tensors: ['lab'], history: true }))).toMatch(/^TypeError/);
    await ds.close();
  });

  test('keep links, their credentials and what is known of them', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {});
    await ds.addCredsKey('KEY');
    const tensor = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'png', verify: false });
    await tensor.extend([link('a.png'), link('b.png', { credsKey: 'KEY' }), link('c.png')]);
    await ds.pick([1, 0]).copyTo('memory://linked-copy');
    const copy = await openDataset('memory://linked-copy');
    expect(await copy.credsKeys()).toEqual(['KEY']);
    const samples = (await copy.tensor('img').toArray()) as unknown as { path: string; credsKey?: string }[];
    expect(samples.map(({ path, credsKey }) => [path, credsKey || null])).toEqual([
      ['b.png', 'KEY'],
      ['a.png', null],
    ]);
    await copy.close();
    await ds.close();
  });

  test('leave no dataset and no rubbish when they fail, and never touch what is there', async () => {
    const { ds, store } = await dataset();
    const inner = memoryStore();
    expect(await code(ds.copyTo(failing(inner, 3).store))).toBe('Error: full');
    expect(await code(openDataset(inner))).toBe('not-found');
    await ds.copyTo(inner, { resume: true });
    expect((await openDataset(inner)).length).toBe(12);
    const controller = new AbortController();
    controller.abort(new Error('stopped'));
    const other = memoryStore();
    expect(await code(ds.copyTo(other, { signal: controller.signal }))).toBe('Error: stopped');
    expect(await keysOf(other)).toEqual([]);
    await ds.copyTo(other);
    const before = await keysOf(other);
    expect(await code(ds.copyTo(other))).toBe('exists');
    expect(await keysOf(other)).toEqual(before);
    await ds.slice(0, 2).copyTo(other, { overwrite: true });
    expect((await openDataset(other)).length).toBe(2);
    const foreign = memoryStore();
    await foreign.write([{ key: 'notes.txt', bytes: new Uint8Array(1) }]);
    expect(await code(ds.copyTo(foreign, { resume: true }))).toBe('exists');
    expect(await keysOf(foreign)).toEqual(['notes.txt']);
    await ds.close();
    const reader = await openDataset(store);
    expect(await code(reader.copyTo(store, { overwrite: true }))).toBe('exists'); // onto itself
    expect((await reader.tensor('group/txt').toArray()).length).toBe(12);
    await reader.close();
  });
});

describe('copies with history', () => {
  test('are equal, key by key', async () => {
    const source = await golden('versions');
    const ds = await openDataset(source);
    const target = memoryStore();
    await ds.copyTo(target, { history: true });
    const keys = await keysOf(source);
    expect(await keysOf(target)).toEqual(keys.filter((key) => !key.endsWith('.lock')));
    for (const key of keys) expect(await target.get(key)).toEqual(await source.get(key));
    await ds.close();
  });

  test('go on where they ended, without reading chunks of commits again', async () => {
    const { ds, store } = await dataset();
    await ds.commit('one');
    await ds.append({ n: [1, 2], lab: 0, 'group/txt': 'head', seq: [] });
    await ds.close();
    // One key in each write, so that the copy can end anywhere.
    const slow = wrapStore(store, {});
    const inner = memoryStore();
    const reader = await openDataset(slow);
    const oneByOne = wrapStore(inner, {
      write: async (puts, options) => {
        for (const put of puts) {
          await inner.write([put], options);
          if (/\/chunks\//.test(put.key)) throw new Error('cut off');
        }
      },
    });
    expect(await code(reader.copyTo(oneByOne, { history: true }))).toBe('Error: cut off');
    expect(await code(openDataset(inner))).toBe('not-found');
    expect(await code(reader.copyTo(inner, { history: true }))).toBe('exists');
    await reader.close();
    const [present] = (await keysOf(inner)).filter((key) => /\/chunks\//.test(key));
    const counted = failing(store, 0);
    const again = await openDataset(counted.store);
    counted.reads.length = 0;
    const seen: unknown[] = [];
    await again.copyTo(inner, { history: true, resume: true, onProgress: (progress) => seen.push(progress) });
    await again.close();
    expect(present).toBeDefined();
    expect(counted.reads).not.toContain(present);
    expect(await keysOf(inner)).toEqual(await keysOf(store));
    const total = (await keysOf(store)).length;
    expect(seen.at(-1)).toMatchObject({ done: total, total });
    const [original, copy] = await Promise.all([store, inner].map((one) => describeDataset(library, one)));
    expect(copy && { ...copy, name: '' }).toEqual({ ...original, name: '' });
  });

  test('find all keys of stores that cannot list', { timeout: 20_000 }, async () => {
    for (const name of ['versions', 'views', 'links_creds', 'tiled']) {
      const source = await golden(name);
      const { list: _list, ...unlisted } = wrapStore(source, {});
      const ds = await openDataset(unlisted);
      const target = memoryStore();
      await ds.copyTo(target, { history: true });
      await ds.close();
      const keys = new Set(await keysOf(target));
      const missing = (await keysOf(source)).filter((key) => !keys.has(key) && !key.endsWith('.lock'));
      // Chunks that no commit needs any more are not found.
      expect(missing.filter((key) => !/\/chunks\//.test(key))).toEqual([]);
      const [original, copy] = await Promise.all(
        [source, target].map((one) => describeDataset(library, one, { name })),
      );
      expect(copy).toEqual(original);
    }
  });
});
