import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { httpStore } from './http.js';
import { deleteIdb, idbStore } from './idb.js';
import { memoryStore } from './memory.js';
import { openStore } from './open.js';
import { estimateStorage, requestPersistence } from './quota.js';
import { snapshot, storeContract, sumOf, testBytes } from './store.contract.js';
import type { Put, WritableStore } from './types.js';
import { zipStore } from './zip-read.js';
import { storeToZip } from './zip-write.js';

let count = 0;
const freshName = (): string => `test-${Date.now()}-${count++}`;
const fresh = (): WritableStore => idbStore(freshName());

afterEach(() => vi.restoreAllMocks());

storeContract('idb', async () => fresh(), { list: true, write: true });
storeContract('idb strict', async () => idbStore(freshName(), { durability: 'strict' }), { list: true, write: true });
storeContract('memory', async () => memoryStore(), { list: true, write: true });
storeContract('zip', async (values) => zipStore(await zipOf(values)), { list: true, write: false });
storeContract('http', async (values) => httpStore('https://example.test/data', { fetch: fetchOf(values) }), {
  list: false,
  write: false,
});

async function zipOf(values: ReadonlyMap<string, Bytes>): Promise<Blob> {
  const store = memoryStore();
  await store.write([...values].map(([key, bytes]) => ({ key, bytes })));
  return new Response(await storeToZip(store)).blob();
}

/** The browser's own fetch of values in Blobs, which answers ranges like a server. */
function fetchOf(values: ReadonlyMap<string, Bytes>): typeof fetch {
  return async (input, init) => {
    init?.signal?.throwIfAborted();
    const path = new URL(String(input)).pathname.replace('/data/', '');
    const bytes = values.get(path.split('/').map(decodeURIComponent).join('/'));
    if (!bytes) return new Response('none', { status: 404 });
    const range = /^bytes=(\d+)-/.exec(new Headers(init?.headers).get('Range') ?? '');
    if (range && Number(range[1]) >= bytes.length) return new Response('', { status: 416 });
    const url = URL.createObjectURL(new Blob([bytes]));
    const response = await fetch(url, init);
    expect(response.status).toBe(range ? 206 : 200);
    return response;
  };
}

const stored = async (name: string): Promise<Map<unknown, unknown>> => {
  const request = indexedDB.open(`lakelet:${name}`);
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const store = database.transaction('keys').objectStore('keys');
  const [keys, values] = [store.getAllKeys(), store.getAll()];
  await new Promise((resolve) => {
    store.transaction.oncomplete = resolve;
  });
  database.close();
  return new Map(keys.result.map((key, i) => [key, values.result[i]]));
};

const large = (seed: number, length = 100_000): Bytes => testBytes(length, seed);

/** Makes `IDBObjectStore.put` throw or do something else first. */
function onPut(before: (value: unknown, key: unknown, store: IDBObjectStore) => void): void {
  const real = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    before(value, key, this);
    return real.call(this, value, key);
  });
}

describe('idbStore: what is stored', () => {
  it('stores long chunks as Blobs, all else as buffers, and nothing besides', async () => {
    const name = freshName();
    await idbStore(name).write([
      { key: 'a/chunks/1', bytes: [large(1), large(2)] },
      { key: 'a/chunks/2', bytes: testBytes(100) },
      { key: 'meta.json', bytes: large(3) },
    ]);
    const values = await stored(name);
    expect([...values.keys()]).toEqual(['a/chunks/1', 'a/chunks/2', 'meta.json']);
    expect([...values.values()].map((value) => Object.prototype.toString.call(value).slice(8, -1))).toEqual([
      'Blob',
      'ArrayBuffer',
      'ArrayBuffer',
    ]);
  });

  it('stores buffers where the browser takes no Blobs', async () => {
    onPut((value) => {
      if (value instanceof Blob) throw new DOMException('no Blobs in private windows', 'DataCloneError');
    });
    const name = freshName();
    const store = idbStore(name);
    await store.write([{ key: 'a/chunks/1', bytes: [large(1), large(2)] }]);
    await store.write([{ key: 'a/chunks/2', bytes: large(2) }]);
    expect([...(await stored(name)).values()].every((value) => value instanceof ArrayBuffer)).toBe(true);
    expect(await store.getRange('a/chunks/1', 99_990, 100_010)).toEqual(
      new Uint8Array([...large(1).slice(-10), ...large(2).slice(0, 10)]),
    );
  });

  it('is there when it is opened again', async () => {
    const name = freshName();
    const first = idbStore(name);
    await first.write([{ key: 'a/chunks/1', bytes: large(1) }]);
    await first.close?.();
    expect(sumOf(await (await openStore(`idb://${name}`)).get('a/chunks/1'))).toBe(sumOf(large(1)));
  });
});

describe('idbStore: transactions', () => {
  it('reads a part of a chunk that it holds without a transaction', async () => {
    const store = fresh();
    await store.write([{ key: 'a/chunks/1', bytes: large(1) }]);
    await store.getRange('a/chunks/1', 0, 10);
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
    expect(await store.getRange('a/chunks/1', 500, 520)).toEqual(large(1).slice(500, 520));
    expect(transactions).not.toHaveBeenCalled();
  });

  it('shares a transaction between reads that are asked for together', async () => {
    const store = fresh();
    await store.write(Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, bytes: testBytes(i) })));
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => store.get(`k${i}`)));
    expect(all.map((bytes) => bytes?.length)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(transactions).toHaveBeenCalledTimes(1);
  });

  const puts: readonly Put[] = [
    { key: 'new/chunks/1', bytes: large(1) },
    { key: 'kept', bytes: null },
    { key: 'bad', bytes: testBytes(1) },
    { key: 'last', bytes: testBytes(1) },
  ];

  it('leaves everything as it was when a put in the middle fails', async () => {
    const store = fresh();
    await store.write([{ key: 'kept', bytes: testBytes(9) }]);
    const before = await snapshot(store);
    const cases = [
      ['QuotaExceededError', 'quota'],
      ['UnknownError', 'failed'],
      ['DataError', 'failed'],
    ] as const;
    for (const [name, reason] of cases) {
      onPut((_value, key) => {
        if (key === 'bad') throw new DOMException('for the test', name);
      });
      await expect(store.write(puts)).rejects.toMatchObject({ code: 'storage', data: { reason } });
      vi.restoreAllMocks();
      expect(await snapshot(store)).toEqual(before);
    }
  });

  it('leaves everything as it was when the transaction is aborted by the browser', async () => {
    const store = fresh();
    await store.write([{ key: 'kept', bytes: testBytes(9) }]);
    const before = await snapshot(store);
    onPut((_value, key, objectStore) => {
      if (key === 'last') queueMicrotask(() => objectStore.transaction.abort());
    });
    await expect(store.write(puts)).rejects.toMatchObject({ code: 'storage' });
    vi.restoreAllMocks();
    expect(await snapshot(store)).toEqual(before);
  });

  it('tries once more after a DataError', async () => {
    const store = fresh();
    let failures = 1;
    onPut((_value, key) => {
      if (key === 'bad' && failures-- > 0) throw new DOMException('Failed to write blobs (InvalidBlob)', 'DataError');
    });
    await store.write(puts);
    expect(sumOf(await store.get('new/chunks/1'))).toBe(sumOf(large(1)));
    expect(await store.get('last')).toEqual(testBytes(1));
  });

  it('takes a write back that is aborted before it is done', async () => {
    const store = fresh();
    const controller = new AbortController();
    onPut((_value, key) => {
      if (key === 'last') queueMicrotask(() => controller.abort('enough'));
    });
    await expect(store.write(puts, { signal: controller.signal })).rejects.toBe('enough');
    expect(await snapshot(store)).toEqual(new Map());
  });
});

describe('idbStore: several at once', () => {
  it('sees what another store wrote, though it held the old chunk', async () => {
    const name = freshName();
    const [writer, reader] = [idbStore(name), idbStore(name)];
    await writer.write([{ key: 'a/chunks/1', bytes: large(1) }]);
    expect(await reader.getRange('a/chunks/1', 0, 9)).toEqual(large(1).slice(0, 9));
    await writer.write([{ key: 'a/chunks/1', bytes: large(2) }]);
    await vi.waitFor(async () => expect(await reader.getRange('a/chunks/1', 0, 9)).toEqual(large(2).slice(0, 9)));
  });

  it('shares the lock of a name', async () => {
    const name = freshName();
    const release = await idbStore(name).lock?.();
    expect(await idbStore(name).lock?.()).toBeUndefined();
    await release?.();
    const again = await idbStore(name).lock?.();
    expect(again).toBeTypeOf('function');
    await again?.();
  });

  it('closes when the database is deleted, and starts empty afterwards', async () => {
    const name = freshName();
    const store = idbStore(name);
    await store.write([{ key: 'a', bytes: testBytes(1) }]);
    await deleteIdb(name);
    await expect(store.get('a')).rejects.toMatchObject({ code: 'closed' });
    expect(await idbStore(name).get('a')).toBeUndefined();
    await deleteIdb(freshName());
  });

  it('opens the connection again when the browser has closed it', async () => {
    const store = fresh();
    await store.write([{ key: 'a', bytes: testBytes(4) }]);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError');
    });
    expect(await store.get('a')).toEqual(testBytes(4));
  });

  it('needs no Web Locks', async () => {
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    expect(await fresh().lock?.()).toBeTypeOf('function');
  });

  it('refuses an empty name', () => expect(() => idbStore('')).toThrow(RangeError));
});

describe('quota', () => {
  it('estimates, and does not wait for ever for an answer', async () => {
    expect((await estimateStorage()).quota).toBeGreaterThan(0);
    vi.spyOn(navigator.storage, 'persisted').mockResolvedValue(false);
    vi.spyOn(navigator.storage, 'persist').mockReturnValue(new Promise(() => {}));
    expect(await requestPersistence(5)).toBe(false);
    vi.spyOn(navigator.storage, 'persist').mockResolvedValue(true);
    expect(await requestPersistence(1000)).toBe(true);
  });
});
