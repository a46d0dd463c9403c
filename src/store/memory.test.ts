import { describe, expect, it } from 'vitest';
import { withStats } from './counted.js';
import { memoryStore } from './memory.js';
import { openStore } from './open.js';
import { withPrefix } from './prefixed.js';
import { keysOf, storeContract } from './store.contract.js';

storeContract('memory', async () => memoryStore(), { list: true, write: true });
storeContract('withPrefix', async () => withPrefix(memoryStore(), 'some/where/'), { list: true, write: true });
storeContract('withStats', async () => withStats(memoryStore()).store, { list: true, write: true });

describe('memoryStore', () => {
  it('finds data again by name, and keeps nameless ones apart', async () => {
    await memoryStore('shared').write([{ key: 'a', bytes: Uint8Array.of(1) }]);
    expect(await memoryStore('shared').get('a')).toEqual(Uint8Array.of(1));
    expect(await (await openStore('memory://shared')).get('a')).toEqual(Uint8Array.of(1));
    await memoryStore().write([{ key: 'a', bytes: Uint8Array.of(2) }]);
    expect(await memoryStore().get('a')).toBeUndefined();
  });

  it('locks a name for all its stores', async () => {
    const release = await memoryStore('locked').lock?.();
    expect(await memoryStore('locked').lock?.()).toBeUndefined();
    release?.();
    expect(await memoryStore('locked').lock?.()).toBeTypeOf('function');
  });
});

describe('withPrefix', () => {
  it('puts keys into a folder and hides the others', async () => {
    const inner = memoryStore('prefix');
    const store = withPrefix(inner, 'pets');
    await inner.write([{ key: 'pets2/x', bytes: Uint8Array.of(9) }]);
    await store.write?.([{ key: 'a', bytes: Uint8Array.of(1) }]);
    expect(await inner.get('pets/a')).toEqual(Uint8Array.of(1));
    expect(await keysOf(store, '')).toEqual(['a']);
    expect(store.address).toBe('memory://prefix/pets');
    expect(() => withPrefix(inner, '../up')).toThrow(RangeError);
  });
});

describe('withStats', () => {
  it('counts requests, bytes and changes', async () => {
    const { store, stats } = withStats(memoryStore());
    await store.write?.([
      { key: 'a', bytes: new Uint8Array(10) },
      { key: 'b', bytes: [new Uint8Array(5), new Uint8Array(6)] },
      { key: 'c', bytes: null },
    ]);
    await store.get('a');
    await store.get('none');
    await store.getRange?.('b', 9, 20);
    expect(stats).toEqual({ requests: 3, bytesRead: 12, writes: 1, puts: 3, bytesWritten: 21 });
  });
});

describe('openStore', () => {
  it('returns a store as it is', async () => {
    const store = memoryStore();
    expect(await openStore(store)).toBe(store);
  });

  it('opens web addresses', async () => {
    expect((await openStore('https://example.test/data/?sig=1')).address).toBe('https://example.test/data/');
  });

  it.each(['ftp://x', 'plain/path', '/abs/path', '', 'memory:x'])(
    'refuses %j and lists what exists',
    async (address) => {
      await expect(openStore(address)).rejects.toThrow(RangeError);
      await expect(openStore(address)).rejects.toThrow(/memory:\/\/.*idb:\/\/.*folderStore/);
    },
  );

  it.each(['opfs://x', 's3://bucket/x'])('says what to use instead of %s', async (address) => {
    await expect(openStore(address)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('says that IndexedDB is missing here', async () => {
    await expect(openStore('idb://x')).rejects.toMatchObject({ code: 'unsupported', data: { feature: 'IndexedDB' } });
  });
});
