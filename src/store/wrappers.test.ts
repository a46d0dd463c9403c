import { describe, expect, it } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { withCache } from './cached.js';
import { withRangeCoalescing } from './coalesced.js';
import { withStats } from './counted.js';
import { memoryStore } from './memory.js';
import { withPrefix } from './prefixed.js';
import { storeContract, testBytes } from './store.contract.js';
import type { CallOptions, Store, WritableStore } from './types.js';

storeContract('withCache', async () => withCache(memoryStore(), { maxBytes: 1e6 }), { list: true, write: true });
storeContract('withCache of nothing', async () => withCache(memoryStore(), { maxBytes: 0 }), {
  list: true,
  write: true,
});
storeContract('withRangeCoalescing', async () => withRangeCoalescing(memoryStore()), { list: true, write: true });
storeContract(
  'withCache of withRangeCoalescing',
  async () => withCache(withRangeCoalescing(memoryStore(), { gap: 1e6 }), { maxBytes: 300_000 }),
  { list: true, write: true },
);

interface Call {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  readonly answer: (bytes: Bytes) => void;
}

/** A store whose ranged reads wait until the test answers them. */
function heldStore(): { readonly store: Store; readonly calls: Call[] } {
  const calls: Call[] = [];
  const getRange = (_key: string, start: number, end: number, { signal }: CallOptions = {}): Promise<Bytes> =>
    new Promise((answer, reject) => {
      calls.push({ start, end, signal, answer });
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  return { store: { address: 'held', get: () => undefined, getRange }, calls };
}

async function callsOf(calls: readonly Call[], count: number): Promise<void> {
  for (let i = 0; i < 1000 && calls.length < count; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(calls.length).toBe(count);
}

async function filled(length = 100_000): Promise<WritableStore> {
  const store = memoryStore();
  await store.write([
    { key: 'a', bytes: testBytes(length) },
    { key: 'b', bytes: testBytes(length, 2) },
  ]);
  return store;
}

describe('wrappers', () => {
  it('leave out what the inner store lacks', async () => {
    const plain: Store = { address: 'plain', get: () => undefined };
    for (const store of [withCache(plain, { maxBytes: 9 }), withPrefix(plain, 'x'), withStats(plain).store]) {
      expect(Object.keys(store).sort()).toEqual(['address', 'get']);
    }
    expect(withRangeCoalescing(plain)).toBe(plain);
  });

  it('forward address, lock and close', async () => {
    let closed = 0;
    const inner: Store = {
      address: 'x://y',
      get: () => undefined,
      lock: async () => () => {},
      close: () => void closed++,
    };
    for (const store of [withCache(inner, { maxBytes: 9 }), withPrefix(inner, 'z'), withStats(inner).store]) {
      expect(store.address).toMatch(/^x:\/\/y/);
      expect(await store.lock?.()).toBeTypeOf('function');
      await store.close?.();
    }
    expect(closed).toBe(3);
  });
});

describe('withRangeCoalescing', () => {
  it('joins ranges of one key that lie close, and no others', async () => {
    const { store, stats } = withStats(await filled());
    const joined = withRangeCoalescing(store, { gap: 100, maxBytes: 5000 });
    const wanted = [
      ['a', 0, 10],
      ['a', 100, 200],
      ['a', 5, 50],
      ['b', 0, 10],
      ['a', 301, 400],
      ['a', 500, 5400],
      ['a', 600, 700],
      ['a', 99_990, 100_050],
    ] as const;
    const answers = await Promise.all(wanted.map(([key, start, end]) => joined.getRange?.(key, start, end)));
    for (const [i, [key, start, end]] of wanted.entries()) {
      expect(answers[i]).toEqual(testBytes(100_000, key === 'a' ? 1 : 2).slice(start, end));
    }
    // a: [0,200), [301,400) with [500,5400) left out for its length, which holds [600,700), and the end; b: [0,10)
    expect(stats.requests).toBe(5);
    expect(stats.bytesRead).toBe(200 + 99 + 4900 + 10 + 10);
  });

  it('joins also what is asked for some promises later in the same tick', async () => {
    const { store, stats } = withStats(await filled());
    const joined = withRangeCoalescing(store);
    const later = async (hops: number): Promise<void> => {
      for (let i = 0; i < hops; i++) await undefined;
      await joined.getRange?.('a', hops, hops + 1);
    };
    await Promise.all([later(0), later(1), later(5), later(20)]);
    expect(stats.requests).toBe(1);
  });

  it('rejects only the caller that aborts, and stops when all have', async () => {
    const { store, calls } = heldStore();
    const joined = withRangeCoalescing(store);
    const [one, two] = [new AbortController(), new AbortController()];
    const first = joined.getRange?.('a', 0, 10, { signal: one.signal });
    const second = joined.getRange?.('a', 10, 20, { signal: two.signal });
    const third = joined.getRange?.('a', 20, 30);
    await callsOf(calls, 1);
    expect(calls.map(({ start, end }) => [start, end])).toEqual([[0, 30]]);
    one.abort('one');
    await expect(first).rejects.toBe('one');
    expect(calls[0]?.signal?.aborted).toBe(false);
    calls[0]?.answer(testBytes(30));
    expect(await second).toEqual(testBytes(30).slice(10, 20));
    expect(await third).toEqual(testBytes(30).slice(20, 30));

    const all = [0, 1].map(async (i) => joined.getRange?.('a', i, i + 5, { signal: two.signal }));
    await callsOf(calls, 2);
    two.abort('two');
    for (const caught of await Promise.allSettled(all))
      expect(caught).toMatchObject({ status: 'rejected', reason: 'two' });
    expect(calls[1]?.signal?.aborted).toBe(true);
  });

  it('asks for nothing when all callers abort before the tick is over', async () => {
    const { store, calls } = heldStore();
    const controller = new AbortController();
    const read = withRangeCoalescing(store).getRange?.('a', 0, 10, { signal: controller.signal });
    controller.abort('early');
    await expect(read).rejects.toBe('early');
    expect(calls).toEqual([]);
  });

  it('tells every caller of a failure and of an absent key', async () => {
    const failing: Store = { address: 'f', get: () => undefined, getRange: () => Promise.reject(new Error('broken')) };
    const joined = withRangeCoalescing(failing);
    const reads = [joined.getRange?.('a', 0, 1), joined.getRange?.('a', 1, 2)].map((read) => Promise.resolve(read));
    for (const { status } of await Promise.allSettled(reads)) expect(status).toBe('rejected');
    const empty = withRangeCoalescing(memoryStore());
    expect(await Promise.all([empty.getRange?.('a', 0, 1), empty.getRange?.('a', 1, 2)])).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('withCache', () => {
  it('asks once for the same value or range, and answers ranges from a whole value', async () => {
    const { store, stats } = withStats(await filled(1000));
    const cached = withCache(store, { maxBytes: 5000 });
    for (let i = 0; i < 3; i++) expect(await cached.getRange?.('a', 5, 10)).toEqual(testBytes(1000).slice(5, 10));
    expect(stats.requests).toBe(1);
    for (let i = 0; i < 3; i++) await cached.get('b');
    expect(await cached.getRange?.('b', 990, 2000)).toEqual(testBytes(1000, 2).slice(990));
    expect(stats.requests).toBe(2);
    await Promise.all([cached.get('a'), cached.get('a'), cached.get('a')]);
    expect(stats.requests).toBe(3);
  });

  it('stays below its bound and drops what was not used for longest', async () => {
    const { store, stats } = withStats(await filled(1000));
    const cached = withCache(store, { maxBytes: 2500 });
    await cached.get('a');
    await cached.get('b');
    await cached.get('a');
    await cached.getRange?.('b', 0, 600); // from b itself
    await store.write?.([{ key: 'c', bytes: testBytes(1000, 3) }]);
    await cached.get('c'); // a goes
    const before = stats.requests;
    await cached.get('b');
    expect(stats.requests).toBe(before);
    await cached.get('a');
    expect(stats.requests).toBe(before + 1);
  });

  it('does not keep absent keys, nor values above its bound', async () => {
    const { store, stats } = withStats(await filled(1000));
    const cached = withCache(store, { maxBytes: 999 });
    await cached.get('a');
    await cached.get('a');
    await cached.get('none');
    await cached.get('none');
    expect(stats.requests).toBe(4);
  });

  it('drops whole values and ranges of keys that are written', async () => {
    const cached = withCache(await filled(1000), { maxBytes: 1e6 });
    await cached.getRange?.('a', 0, 4);
    await cached.get('b');
    await cached.write?.([
      { key: 'a', bytes: testBytes(3, 9) },
      { key: 'b', bytes: null },
    ]);
    expect(await cached.getRange?.('a', 0, 4)).toEqual(testBytes(3, 9));
    expect(await cached.get('b')).toBeUndefined();
  });

  it('does not keep a read that a write overtook', async () => {
    const { store, calls } = heldStore();
    const cached = withCache({ ...store, write: async () => {} }, { maxBytes: 1e6 });
    const read = cached.getRange?.('a', 0, 2);
    await callsOf(calls, 1);
    await cached.write?.([{ key: 'a', bytes: null }]);
    const after = cached.getRange?.('a', 0, 2);
    await callsOf(calls, 2); // the later one did not join the earlier
    calls[0]?.answer(Uint8Array.of(1, 1));
    calls[1]?.answer(Uint8Array.of(2, 2));
    expect([await read, await after, await cached.getRange?.('a', 0, 2)]).toEqual(
      [
        [1, 1],
        [2, 2],
        [2, 2],
      ].map((bytes) => Uint8Array.from(bytes)),
    );
  });

  it('stops a shared request only when all who wait for it have aborted', async () => {
    const { store, calls } = heldStore();
    const cached = withCache(store, { maxBytes: 1e6 });
    const [one, two] = [new AbortController(), new AbortController()];
    const first = cached.getRange?.('a', 0, 2, { signal: one.signal });
    const second = cached.getRange?.('a', 0, 2, { signal: two.signal });
    await callsOf(calls, 1);
    one.abort('one');
    await expect(first).rejects.toBe('one');
    expect([calls.length, calls[0]?.signal?.aborted]).toEqual([1, false]);
    two.abort('two');
    await expect(second).rejects.toBe('two');
    expect(calls[0]?.signal?.aborted).toBe(true);
    const third = cached.getRange?.('a', 0, 2);
    await callsOf(calls, 2);
    calls[1]?.answer(Uint8Array.of(7, 8));
    expect(await third).toEqual(Uint8Array.of(7, 8));
  });
});
