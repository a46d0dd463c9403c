import { describe, expect, it } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { utf8Encode } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { changeAtRandom } from './small-changes.contract.js';
import type { Put, Store } from './types.js';

/** What a kind of store can do. */
export interface StoreCapabilities {
  readonly list: boolean;
  /** When false, `make` has to put the values in. */
  readonly write: boolean;
}

/** Makes a store of its own for each test; of a writable kind an empty one. */
export type MakeStore = (values: ReadonlyMap<string, Bytes>) => Promise<Store>;

/** Bytes that differ from place to place and from seed to seed. */
export function testBytes(length: number, seed = 1): Bytes {
  return Uint8Array.from({ length }, (_, i) => i * 31 + seed * 7 + (i >> 8));
}

/** Length and checksum of bytes: comparing them as arrays takes a test runner seconds. */
export function sumOf(bytes: Bytes | undefined): string | undefined {
  return bytes && `${bytes.length} bytes, crc ${crc32(bytes)}`;
}

/** Values that every store must keep: awkward keys, an empty value, chunks above and below 64 KiB. */
export const contractValues: ReadonlyMap<string, Bytes> = new Map<string, Bytes>([
  ['dataset_meta.json', utf8Encode('{"tensors": []}')],
  ['images/chunks/0a1b', testBytes(200_000, 1)],
  ['images/chunks/0a1b2c', testBytes(70_000, 2)],
  ['images/chunks/small', testBytes(100, 3)],
  ['images/chunks_index/unsharded', testBytes(48, 4)],
  ['images2/chunks/ff', testBytes(10, 5)],
  ['empty', new Uint8Array(0)],
  ['with space/and  two', testBytes(3, 6)],
  ['dots..and...more/.hidden/x..', testBytes(4, 7)],
  ['ünï/код/日本/😀', testBytes(5, 8)],
  ['100%/%2e%2e/%41?x=1#y&z+', testBytes(6, 9)],
]);

/** The rules of `Store`, as tests of one kind of store. */
export function storeContract(name: string, make: MakeStore, can: StoreCapabilities): void {
  const filled = async (): Promise<Store> => {
    const store = await make(can.write ? new Map() : contractValues);
    if (can.write)
      await write(
        store,
        [...contractValues].map(([key, bytes]) => ({ key, bytes })),
      );
    return store;
  };
  const range = async (store: Store, key: string, start: number, end: number) => {
    if (!store.getRange) throw new TypeError('getRange is missing');
    return store.getRange(key, start, end);
  };

  describe(`${name}: reading`, () => {
    it('gives every value as it was stored', async () => {
      const store = await filled();
      for (const [key, bytes] of contractValues)
        expect([key, sumOf(await store.get(key))]).toEqual([key, sumOf(bytes)]);
    });

    it('gives undefined for absent keys, parts of paths included', async () => {
      const store = await filled();
      for (const key of ['none', 'images', 'images/chunks', 'images/chunks/0a', 'dataset_meta.json/x', 'Empty']) {
        expect([key, await store.get(key)]).toEqual([key, undefined]);
        expect([key, await range(store, key, 0, 5)]).toEqual([key, undefined]);
      }
    });

    it('gives ranges, shorter where the value ends', async () => {
      const store = await filled();
      for (const key of ['images/chunks/0a1b', 'images/chunks/small', 'empty']) {
        const whole = contractValues.get(key) ?? new Uint8Array(0);
        const n = whole.length;
        const ranges = [
          [0, 1],
          [0, 10],
          [7, 7],
          [50, 90],
          [n - 3, n + 10],
          [n, n + 1],
          [n + 5, n + 9],
          [0, n],
          [0, 1e9],
        ];
        for (const [start = 0, end = 0] of ranges) {
          if (start < 0) continue;
          const got = await range(store, key, start, end);
          expect([key, start, end, sumOf(got)]).toEqual([key, start, end, sumOf(whole.slice(start, end))]);
        }
      }
    });

    it('refuses keys that could mean something else', async () => {
      const store = await filled();
      for (const key of ['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'a/.', 'a\\b', 'a\0b', 'a\ud800']) {
        await expect((async () => store.get(key))(), key).rejects.toThrow(RangeError);
        await expect(range(store, key, 0, 1), key).rejects.toThrow(RangeError);
      }
    });

    it('refuses ranges that are none', async () => {
      const store = await filled();
      for (const [start, end] of [
        [-1, 2],
        [3, 2],
        [0.5, 2],
        [0, Number.NaN],
        [0, Number.POSITIVE_INFINITY],
      ] as const) {
        await expect(range(store, 'images/chunks/small', start, end)).rejects.toThrow(RangeError);
      }
    });

    it('throws the reason of an aborted signal untouched', async () => {
      const store = await filled();
      const reason = { why: 'test' };
      const options = { signal: AbortSignal.abort(reason) };
      await expect((async () => store.get('empty', options))()).rejects.toBe(reason);
      await expect((async () => store.getRange?.('empty', 0, 1, options))()).rejects.toBe(reason);
      if (store.list) await expect(store.list('', options)[Symbol.asyncIterator]().next()).rejects.toBe(reason);
      if (store.write) await expect(store.write([{ key: 'a', bytes: null }], options)).rejects.toBe(reason);
    });

    it('answers many reads at the same time', async () => {
      const store = await filled();
      const keys = [...contractValues.keys()];
      const answers = await Promise.all(
        Array.from({ length: 60 }, async (_, i) => store.get(keys[i % keys.length] ?? '')),
      );
      for (const [i, bytes] of answers.entries()) {
        expect(sumOf(bytes)).toBe(sumOf(contractValues.get(keys[i % keys.length] ?? '')));
      }
    });

    it('cannot be read after close', async () => {
      const store = await filled();
      if (!store.close) return;
      await store.close();
      const error = await (async () => store.get('empty'))().catch((caught: unknown) => caught);
      expect(isDatasetError(error, 'closed')).toBe(true);
    });

    it('has the optional methods of its kind only', async () => {
      const store = await filled();
      expect([store.list !== undefined, store.write !== undefined]).toEqual([can.list, can.write]);
      expect(store.address).not.toBe('');
    });
  });

  const when = (able: boolean) => (able ? describe : (): void => {}); // left out, not reported as skipped

  when(can.list)(`${name}: listing`, () => {
    it.each(['', 'images', 'images/', 'images/chunks/0a1b', 'images/chunks/0a1b2c', '100%/%2', 'ün', 'none', 'none/x'])(
      'lists keys that start with "%s"',
      async (prefix) => {
        const expected = [...contractValues.keys()].filter((key) => key.startsWith(prefix)).sort();
        expect(await keysOf(await filled(), prefix)).toEqual(expected);
      },
    );
  });

  when(can.write)(`${name}: writing`, () => {
    it('joins the parts of a value', async () => {
      const store = await make(new Map());
      const parts = [testBytes(5, 1), new Uint8Array(0), testBytes(100_000, 2), testBytes(3, 3)];
      await write(store, [
        { key: 'x/chunks/1', bytes: parts },
        { key: 'y', bytes: parts },
        { key: 'z', bytes: [] },
      ]);
      const whole = new Uint8Array([...testBytes(5, 1), ...testBytes(100_000, 2), ...testBytes(3, 3)]);
      expect(sumOf(await store.get('x/chunks/1'))).toBe(sumOf(whole));
      expect(sumOf(await store.get('y'))).toBe(sumOf(whole));
      expect(await store.get('z')).toEqual(new Uint8Array(0));
    });

    it('stores a view without the buffer around it', async () => {
      const store = await make(new Map());
      const around = testBytes(1000);
      await write(store, [{ key: 'view', bytes: around.subarray(10, 20) }]);
      expect(await store.get('view')).toEqual(around.slice(10, 20));
    });

    it('does not keep hold of the buffers that were written', async () => {
      const store = await make(new Map());
      const small = testBytes(10);
      const large = testBytes(100_000);
      await write(store, [
        { key: 'a', bytes: small },
        { key: 'a-chunks', bytes: [large] },
      ]);
      small.fill(0);
      large.fill(0);
      expect(await store.get('a')).toEqual(testBytes(10));
      expect(sumOf(await store.get('a-chunks'))).toBe(sumOf(testBytes(100_000)));
    });

    it('replaces and deletes, absent keys too, in one write', async () => {
      const store = await filled();
      await store.get('images/chunks/0a1b'); // a store may hold on to it
      await write(store, [
        { key: 'images/chunks/0a1b', bytes: testBytes(80_000, 42) },
        { key: 'images/chunks/0a1b2c', bytes: null },
        { key: 'never/was', bytes: null },
        { key: 'empty', bytes: testBytes(1) },
      ]);
      expect(await range(store, 'images/chunks/0a1b', 79_990, 90_000)).toEqual(testBytes(80_000, 42).slice(79_990));
      expect(await store.get('images/chunks/0a1b2c')).toBeUndefined();
      expect(await store.get('empty')).toEqual(testBytes(1));
      expect(await keysOf(store, 'images/chunks/')).toEqual(['images/chunks/0a1b', 'images/chunks/small']);
    });

    it('takes the last of two changes of a key', async () => {
      const store = await make(new Map());
      await write(store, [
        { key: 'a', bytes: testBytes(1) },
        { key: 'b', bytes: testBytes(2) },
        { key: 'a', bytes: null },
      ]);
      await write(store, [
        { key: 'c', bytes: null },
        { key: 'c', bytes: testBytes(3) },
      ]);
      expect(await keysOf(store, '')).toEqual(['b', 'c']);
    });

    it('leaves everything as it was when a change in the middle cannot be stored', async () => {
      const store = await filled();
      const before = await snapshot(store);
      const good: Put = { key: 'new', bytes: testBytes(9) };
      const gone: Put = { key: 'empty', bytes: null };
      await expect(store.write?.([good, gone, { key: 'a/../b', bytes: testBytes(1) }, gone])).rejects.toThrow(
        RangeError,
      );
      const wrong = { key: 'wrong', bytes: 'text' } as unknown as Put;
      await expect(store.write?.([good, gone, wrong])).rejects.toThrow(TypeError);
      expect(await snapshot(store)).toEqual(before);
    });

    it('shows a value whole while it is replaced', async () => {
      const store = await make(new Map());
      const value = (round: number): Bytes => new Uint8Array(100_000 + round * 1000).fill(round);
      await write(store, [{ key: 'x/chunks/1', bytes: value(0) }]);
      const writing = (async () => {
        for (let round = 1; round <= 10; round++) await write(store, [{ key: 'x/chunks/1', bytes: value(round) }]);
      })();
      let latest = 0;
      while (latest < 10) {
        const [bytes, end] = await Promise.all([store.get('x/chunks/1'), range(store, 'x/chunks/1', 99_999, 1e6)]);
        const round = bytes?.[0] ?? -1;
        expect(sumOf(bytes)).toBe(sumOf(value(round)));
        expect(sumOf(end)).toBe(sumOf(value(end?.[0] ?? -1).slice(99_999)));
        expect(round).toBeGreaterThanOrEqual(latest);
        latest = round;
      }
      await writing;
    });

    it('does writes that come at the same time one after another', async () => {
      const store = await make(new Map());
      const both = (seed: number): Put[] => ['a', 'b'].map((key) => ({ key, bytes: testBytes(50, seed) }));
      await Promise.all(Array.from({ length: 8 }, (_, seed) => write(store, both(seed))));
      expect(await store.get('a')).toEqual(await store.get('b'));
    });

    it('keeps values through many small changes', async () => {
      for (const seed of [1, 2]) await changeAtRandom(await make(new Map()), new Map(), seed, 60);
    });

    it('takes an empty list', async () => {
      await write(await make(new Map()), []);
    });

    it('cannot be written after close', async () => {
      const store = await make(new Map());
      await store.close?.();
      const error = await store.write?.([{ key: 'a', bytes: testBytes(1) }]).catch((caught: unknown) => caught);
      expect(isDatasetError(error, 'closed')).toBe(true);
    });

    it('gives its lock to one at a time', async () => {
      const store = await make(new Map());
      if (!store.lock) return;
      const release = await store.lock();
      expect(release).toBeTypeOf('function');
      expect(await store.lock()).toBeUndefined();
      await release?.();
      await release?.();
      const again = await store.lock();
      expect(again).toBeTypeOf('function');
      await again?.();
    });
  });
}

/** Sorted keys of a store that can be listed. */
export async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list?.(prefix) ?? []) keys.push(key);
  return keys.sort();
}

/** All keys of a store, with {@link sumOf} of their values; of one that can be listed. */
export async function snapshot(store: Store): Promise<ReadonlyMap<string, string | undefined>> {
  const values = new Map<string, string | undefined>();
  for (const key of await keysOf(store, '')) values.set(key, sumOf(await store.get(key)));
  return values;
}

async function write(store: Store, puts: readonly Put[]): Promise<void> {
  if (!store.write) throw new TypeError('write is missing');
  await store.write(puts);
}
