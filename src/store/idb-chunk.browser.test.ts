import { afterEach, describe, expect, it, vi } from 'vitest';
import { randomOf } from '../util/random.js';
import { deleteIdb, type IdbStore, idbStore } from './idb.js';
import { changeAtRandom, checkModel, type Model, within } from './small-changes.contract.js';
import { keysOf, snapshot, sumOf, testBytes } from './store.contract.js';
import type { Put } from './types.js';

const KEY = 'a/chunks/1';
const SIZE = 400_000;
let count = 0;
const freshName = (): string => `chunk-test-${Date.now()}-${count++}`;
const base = testBytes(SIZE, 1);

/** The value with its number in three places, in parts that are views of one buffer but for the number. */
function numbered(n: number): Put {
  const number = new Uint8Array(4).fill(n);
  const bytes = [number, base.subarray(4, 200_000), number, base.subarray(200_004, SIZE - 4), number];
  return { key: KEY, bytes, lasting: true };
}

const sumOfPut = ({ bytes }: Put): string | undefined =>
  sumOf(new Uint8Array((bytes as Uint8Array[]).flatMap((part) => [...part])));

async function filled(name = freshName()): Promise<IdbStore> {
  const store = idbStore(name);
  await store.write([numbered(0)]);
  return store;
}

/** What a change stores. */
async function storedBy(store: IdbStore, puts: readonly Put[]): Promise<number> {
  const before = store.bytesStored;
  await store.write(puts);
  return store.bytesStored - before;
}

/** All keys in the database, those of deltas included. */
async function rawKeys(name: string): Promise<IDBValidKey[]> {
  const request = indexedDB.open(`lakelet:${name}`);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const keys = database.transaction('keys').objectStore('keys').getAllKeys();
  await new Promise((resolve) => {
    keys.onsuccess = resolve;
  });
  database.close();
  return keys.result;
}

afterEach(() => vi.restoreAllMocks());

describe('small changes of a chunk', () => {
  it('store what has changed, and are read back by all who open it', async () => {
    const name = freshName();
    const store = await filled(name);
    for (let n = 1; n <= 100; n++) expect(await storedBy(store, [numbered(n)])).toBeLessThan(2000);
    const [got, other] = [await store.get(KEY), await idbStore(name).get(KEY)];
    expect([sumOf(got), sumOf(other)]).toEqual([sumOfPut(numbered(100)), sumOfPut(numbered(100))]);
    expect(await store.getRange(KEY, 199_998, 200_006)).toEqual(
      new Uint8Array([...base.slice(199_998, 200_000), 100, 100, 100, 100, ...base.slice(200_004, 200_006)]),
    );
    expect((await rawKeys(name)).length).toBeLessThan(40);
    expect(await keysOf(store, '')).toEqual([KEY]);
    expect(await keysOf(store, 'a/')).toEqual([KEY]);
  });

  it('go on from what another store has read', async () => {
    const name = freshName();
    await (await filled(name)).write([numbered(1)]);
    const store = idbStore(name);
    const got = await store.get(KEY);
    if (!got) throw new Error('nothing was read');
    const bytes = [...within([got], 0, 5000), testBytes(10_000, 4), ...within([got], 5000, SIZE)];
    expect(await storedBy(store, [{ key: KEY, bytes, lasting: true }])).toBeLessThan(11_000);
    const expected = new Uint8Array(bytes.flatMap((part) => [...part]));
    expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOf(expected));
  });

  it('store the value anew when there is much of them', async () => {
    const store = await filled();
    let parts = [base];
    let most = 0;
    for (let i = 0; i < 40; i++) {
      parts = [...parts, testBytes(8000, i)];
      most = Math.max(most, await storedBy(store, [{ key: KEY, bytes: parts, lasting: true }]));
    }
    expect(most).toBeGreaterThan(SIZE);
    expect(store.bytesStored).toBeLessThan(5 * SIZE);
    expect((await store.get(KEY))?.length).toBe(SIZE + 40 * 8000);
  });

  it('keep a model through reopening', async () => {
    for (const seed of [3, 4]) {
      const name = freshName();
      const model: Model = new Map();
      const random = randomOf(seed);
      for (let round = 0; round < 6; round++) {
        const store = idbStore(name);
        const release = await store.lock?.();
        await checkModel(store, model);
        await changeAtRandom(store, model, seed * 100 + round, 25);
        if (random() < 0.5) await release?.();
        await store.close?.();
        await release?.();
        await checkModel(idbStore(name), model);
      }
    }
  });

  it('are seen whole by a store that reads meanwhile', async () => {
    const name = freshName();
    const [writer, reader] = [await filled(name), idbStore(name)];
    let written = 0;
    const writing = (async () => {
      for (let n = 1; n <= 120; n++) {
        await writer.write(n % 50 === 0 ? [{ ...numbered(n), lasting: false }] : [numbered(n)]);
        written = n;
      }
    })();
    let latest = 0;
    while (written < 120) {
      const [whole, end] = await Promise.all([reader.get(KEY), reader.getRange(KEY, 200_000, SIZE)]);
      const n = whole?.[0] ?? -1;
      expect(sumOf(whole)).toBe(sumOfPut(numbered(n)));
      expect([end?.[0], end?.at(-1)]).toEqual([end?.[0], end?.[0]]);
      expect(n).toBeGreaterThanOrEqual(latest);
      latest = n;
    }
    await writing;
  });

  it('are no more when the chunk is deleted or stored whole', async () => {
    const name = freshName();
    const store = await filled(name);
    await store.write([numbered(1)]);
    expect((await rawKeys(name)).length).toBe(2);
    await store.write([{ key: KEY, bytes: base }]);
    expect(await rawKeys(name)).toEqual([KEY]);
    await store.write([numbered(1)]);
    await store.write([numbered(2)]);
    await store.write([{ key: KEY, bytes: null }]);
    expect(await rawKeys(name)).toEqual([]);
    expect(await store.get(KEY)).toBeUndefined();
    await store.write([numbered(3)]);
    expect(sumOf(await store.get(KEY))).toBe(sumOfPut(numbered(3)));
  });

  it('are stored as a whole where the browser takes no Blobs', async () => {
    const real = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      if (value instanceof Blob) throw new DOMException('no Blobs in private windows', 'DataCloneError');
      return real.call(this, value, key);
    });
    const name = freshName();
    const store = await filled(name);
    expect(await storedBy(store, [numbered(1)])).toBe(SIZE);
    expect(sumOf(await store.get(KEY))).toBe(sumOfPut(numbered(1)));
    expect(await rawKeys(name)).toEqual([KEY]);
  });

  it('change Blobs of databases that were written before there were any', async () => {
    const name = freshName();
    await idbStore(name).get(KEY); // makes the database
    const request = indexedDB.open(`lakelet:${name}`);
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const { transaction } = database
      .transaction('keys', 'readwrite')
      .objectStore('keys')
      .put(new Blob([base]), KEY);
    await new Promise((resolve) => {
      if (transaction) transaction.oncomplete = resolve;
    });
    database.close();
    const store = idbStore(name);
    const got = await store.get(KEY);
    if (!got) throw new Error('nothing was read');
    const bytes = [got.subarray(0, 10), new Uint8Array([9]), got.subarray(11)];
    expect(await storedBy(store, [{ key: KEY, bytes, lasting: true }])).toBeLessThan(100);
    const expected = base.slice();
    expected[10] = 9;
    expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOf(expected));
  });
});

describe('failures of small changes', () => {
  it('leave everything as it was when the transaction is aborted', async () => {
    const name = freshName();
    const store = await filled(name);
    await store.write([numbered(1)]);
    const before = await snapshot(store);
    const real = IDBObjectStore.prototype.add;
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value, key) {
      queueMicrotask(() => this.transaction.abort());
      return real.call(this, value, key);
    });
    await expect(store.write([numbered(2), { key: 'b', bytes: testBytes(3) }])).rejects.toMatchObject({
      code: 'storage',
    });
    vi.restoreAllMocks();
    expect(await snapshot(idbStore(name))).toEqual(before);
    await store.write([numbered(3)]);
    expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOfPut(numbered(3)));
  });

  it('take an aborted write back, and go on', async () => {
    const name = freshName();
    const store = await filled(name);
    const controller = new AbortController();
    const real = IDBObjectStore.prototype.add;
    vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, value, key) {
      queueMicrotask(() => controller.abort('enough'));
      return real.call(this, value, key);
    });
    await expect(store.write([numbered(1)], { signal: controller.signal })).rejects.toBe('enough');
    vi.restoreAllMocks();
    expect(sumOf(await store.get(KEY))).toBe(sumOfPut(numbered(0)));
    expect(await storedBy(store, [numbered(2)])).toBeGreaterThan(0);
    expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOfPut(numbered(2)));
  });

  it('never mix with what another store has written, though neither has the lock', async () => {
    vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => {});
    const name = freshName();
    const [one, other] = [await filled(name), await filled(name)];
    for (let n = 1; n < 60; n++) {
      const writes = [one.write([numbered(n)]), other.write([{ ...numbered(100 + n), lasting: n % 7 > 0 }])];
      await Promise.all(writes);
      const sum = sumOf(await idbStore(name).get(KEY));
      expect([sumOfPut(numbered(n)), sumOfPut(numbered(100 + n))]).toContain(sum);
    }
  });

  it('notice a chunk that was stored anew behind their back', async () => {
    vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => {});
    for (const deltas of [0, 3]) {
      const name = freshName();
      const [one, other] = [await filled(name), idbStore(name)];
      for (let n = 1; n <= deltas; n++) await one.write([numbered(n)]);
      await other.write([{ key: KEY, bytes: testBytes(300_000, 9) }]);
      expect(await storedBy(one, [numbered(8)])).toBe(SIZE);
      expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOfPut(numbered(8)));
    }
  });
});

describe('giving the lock back', () => {
  it('stores changed chunks anew', async () => {
    const name = freshName();
    const store = await filled(name);
    const release = await store.lock?.();
    for (let n = 1; n < 10; n++) await store.write([numbered(n)]);
    expect((await rawKeys(name)).length).toBe(10);
    const before = store.bytesStored;
    await release?.();
    expect(store.bytesStored - before).toBe(SIZE);
    expect(await rawKeys(name)).toEqual([KEY]);
    expect(sumOf(await store.get(KEY))).toBe(sumOfPut(numbered(9)));
    await release?.();
    expect(store.bytesStored - before).toBe(SIZE);
  });

  it('leaves chunks alone that somebody else has changed', async () => {
    vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockImplementation(() => {});
    const name = freshName();
    const store = await filled(name);
    const release = await store.lock?.();
    await store.write([numbered(1)]);
    const other = idbStore(name);
    await other.get(KEY);
    await other.write([{ key: KEY, bytes: testBytes(300_000, 9) }]);
    await release?.();
    expect(sumOf(await idbStore(name).get(KEY))).toBe(sumOf(testBytes(300_000, 9)));
  });

  it('does not mind that the database was deleted', async () => {
    const name = freshName();
    const store = await filled(name);
    const release = await store.lock?.();
    await store.write([numbered(1)]);
    await deleteIdb(name);
    await release?.();
    expect(await idbStore(name).get(KEY)).toBeUndefined();
  });
});
