import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createDataset,
  DatasetError,
  generic,
  image,
  openDataset,
  read,
  type Store,
  type WritableStore,
} from '../index.js';
import { memoryStore } from '../stores.js';

const schema = { n: generic({ dtype: 'int32' }), bytes: generic({ dtype: 'uint8' }) };
const row = (n: number, size = 1) => ({ n, bytes: new Uint8Array(size) });

afterEach(() => {
  vi.useRealTimers();
});

/** A store whose writes can be made to fail or to wait. */
function moody(inner: WritableStore) {
  const state = { fails: false, gate: Promise.resolve(), writes: [] as string[][] };
  const store: Store = {
    address: inner.address,
    get: inner.get.bind(inner),
    getRange: inner.getRange.bind(inner),
    list: inner.list.bind(inner),
    lock: async () => () => {},
    async write(puts) {
      await state.gate;
      if (state.fails) throw new DatasetError('storage', 'The store is full. Free some space.', { reason: 'quota' });
      state.writes.push(puts.map(({ key }) => key));
      await inner.write(puts);
    },
  };
  return { store, state };
}

describe('storing by itself', () => {
  it('happens a second after a change', async () => {
    vi.useFakeTimers();
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema);
    const before = state.writes.length;
    await ds.append(row(1));
    await ds.append(row(2));
    await vi.advanceTimersByTimeAsync(900);
    expect(state.writes.length).toBe(before);
    await vi.advanceTimersByTimeAsync(200);
    expect(state.writes.length).toBe(before + 1);
    expect((await openDataset(store)).length).toBe(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(state.writes.length).toBe(before + 1); // nothing new, nothing written
    await ds.close();
  });

  it('happens when many bytes wait, and makes a fast producer wait', async () => {
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema, { autoFlush: { bytes: 100_000, milliseconds: 1e6 } });
    let open = (): void => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    let done = 0;
    const all = ds.extend(
      (function* () {
        for (let n = 0; n < 4096; n++) {
          done = n;
          yield row(n, 1000);
        }
      })(),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(done).toBeLessThan(2048); // one flush under way, and as much again in the draft
    open();
    await all;
    expect(ds.length).toBe(4096);
    await ds.close();
    expect((await openDataset(store)).length).toBe(4096);
  });

  it('tells of a failure at the next call, keeps the changes, and stores them later', async () => {
    vi.useFakeTimers();
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema);
    state.fails = true;
    await ds.append(row(1));
    await vi.advanceTimersByTimeAsync(1500);
    await expect(ds.append(row(2))).rejects.toMatchObject({ code: 'storage', data: { reason: 'quota' } });
    await expect(ds.flush()).rejects.toMatchObject({ code: 'storage' });
    expect((await openDataset(store)).length).toBe(0); // the last flush
    state.fails = false;
    await ds.flush();
    expect(ds.length).toBe(2);
    const again = await openDataset(store);
    expect((await again.tensor('n').toArray()).map((sample) => (sample as { data: Int32Array }).data[0])).toEqual([
      1, 2,
    ]);
    await ds.close();
  });
});

describe('flush', () => {
  it('writes in the safe order: what makes samples count comes last', async () => {
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema, { autoFlush: false });
    await ds.extend([row(1), row(2)]);
    state.writes.length = 0;
    await ds.flush();
    expect(state.writes.length).toBe(1);
    const kinds = ['chunks/', 'tiles_index', 'chunks_index', 'tensor_meta', 'commit_diff'];
    const order = (state.writes[0] ?? []).map((key) => kinds.findIndex((kind) => key.includes(kind)));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const metas = (state.writes[0] ?? []).filter((key) => key.endsWith('tensor_meta.json'));
    expect(metas.indexOf('_n_shape/tensor_meta.json')).toBeLessThan(metas.indexOf('n/tensor_meta.json'));
    await ds.close();
  });

  it('stores large drafts in several writes, the last of which makes them count', async () => {
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema, { autoFlush: false });
    await ds.extend(Array.from({ length: 30 }, (_, n) => row(n, 2_000_000)));
    state.writes.length = 0;
    await ds.flush();
    expect(state.writes.length).toBeGreaterThan(3);
    for (const keys of state.writes.slice(0, -1)) expect(keys.every((key) => key.includes('/chunks/'))).toBe(true);
    await ds.close();
  });

  it('lets changes go on while it writes', async () => {
    const { store, state } = moody(memoryStore());
    const ds = await createDataset(store, schema, { autoFlush: false });
    await ds.append(row(1));
    let open = (): void => {};
    state.gate = new Promise((resolve) => {
      open = resolve;
    });
    const flushed = ds.flush();
    await ds.append(row(2));
    await ds.tensor('n').set(0, 7);
    open();
    await flushed;
    const first = await openDataset(store);
    expect(first.length).toBe(1);
    expect((await first.tensor('n').at(0)) as object).toMatchObject({ data: new Int32Array([1]) });
    await ds.close();
    const second = await openDataset(store);
    expect((await second.tensor('n').toArray()).map((sample) => (sample as { data: Int32Array }).data[0])).toEqual([
      7, 2,
    ]);
  });
});

describe('close', () => {
  it('stores what waits, gives the lock back, and ends all handles', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, schema);
    const tensor = ds.tensor('n');
    await ds.append(row(5));
    await Promise.all([ds.close(), ds.close()]);
    await expect(tensor.at(0)).rejects.toMatchObject({ code: 'closed' });
    await expect(ds.append(row(1))).rejects.toMatchObject({ code: 'closed' });
    expect(() => ds.slice()).toThrow(/closed/);
    const again = await openDataset(store, { mode: 'rw' });
    expect(again.length).toBe(1);
    await again.close();
  });

  it('gives the lock back even when the store refuses the last changes', async () => {
    const { store, state } = moody(memoryStore());
    let released = false;
    const ds = await createDataset(
      {
        ...store,
        lock: async () => () => {
          released = true;
        },
      },
      schema,
      { autoFlush: false },
    );
    await ds.append(row(5));
    state.fails = true;
    await expect(ds.close()).rejects.toMatchObject({ code: 'storage' });
    expect(released).toBe(true);
  });
});

describe('info', () => {
  it('is kept by key, of tensors and of the dataset', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { images: image({ sampleCompression: 'png' }) });
    await ds.info.update({ source: 'me', when: { year: 2026 } });
    await ds.info.update({ source: 'you' });
    await ds.tensor('images').info.update({ camera: [1, 2] });
    const own = await ds.info.get();
    own.source = 'changed outside';
    await ds.close();
    const again = await openDataset(store);
    expect(await again.info.get()).toEqual({ source: 'you', when: { year: 2026 } });
    expect(await again.tensor('images').info.get()).toEqual({ intrinsics: null, camera: [1, 2] });
    expect(await store.get('dataset_diff')).toHaveLength(17);
  });

  it('refuses what JSON cannot hold', async () => {
    const ds = await createDataset(memoryStore(), schema);
    await expect(ds.info.update({ f: () => 1 })).rejects.toThrow();
    await expect(ds.info.update({ d: new Date() })).rejects.toThrow(TypeError);
    await ds.close();
  });
});

describe('reading files by address', () => {
  it('uses the fetch that is given, and names a failure', async () => {
    const ds = await createDataset(memoryStore(), { images: image({ sampleCompression: 'jpeg' }) });
    const missing = read('https://example.invalid/a.jpg', { fetch: async () => new Response('no', { status: 404 }) });
    await expect(ds.append({ images: missing })).rejects.toMatchObject({
      code: 'storage',
      data: { status: 404, tensor: 'images', index: 0 },
    });
    await ds.close();
  });
});
