import type { Bytes } from '../util/bytes.js';
import { totalLength } from '../util/bytes.js';
import type { Store } from './types.js';
import { wrapStore } from './wrap.js';

/** What went through a store so far. Numbers only grow; a difference of two copies measures what lies between. */
export interface StoreStats {
  /** Calls of `get`, `getRange` and `list`, counted when they start. */
  readonly requests: number;
  /** Bytes that reads gave. */
  readonly bytesRead: number;
  /** Calls of `write`, counted when they start. */
  readonly writes: number;
  /** Changed keys in finished writes, deletes included. */
  readonly puts: number;
  /** Bytes in finished writes, as they were given; `bytesStored` of an `IdbStore` tells how many of them were stored. */
  readonly bytesWritten: number;
}

/** A store that counts, and its counters: see {@link withStats}. */
export interface CountedStore {
  readonly store: Store;
  /** Live: changes as the store is used. */
  readonly stats: StoreStats;
}

/** Counts the requests and bytes that go through a store. */
export function withStats(inner: Store): CountedStore {
  const stats = { requests: 0, bytesRead: 0, writes: 0, puts: 0, bytesWritten: 0 };
  const got = (bytes: Bytes | undefined): Bytes | undefined => {
    stats.bytesRead += bytes?.length ?? 0;
    return bytes;
  };
  const read = (result: ReturnType<Store['get']>): ReturnType<Store['get']> =>
    result instanceof Promise ? result.then(got) : got(result);
  const store = wrapStore(inner, {
    get(key, options) {
      stats.requests++;
      return read(inner.get(key, options));
    },
    getRange(key, start, end, options) {
      stats.requests++;
      return read(inner.getRange?.(key, start, end, options));
    },
    async *list(prefix, options) {
      stats.requests++;
      yield* inner.list?.(prefix, options) ?? [];
    },
    async write(puts, options) {
      stats.writes++;
      await inner.write?.(puts, options);
      stats.puts += puts.length;
      for (const { bytes } of puts)
        if (bytes) stats.bytesWritten += bytes instanceof Uint8Array ? bytes.length : totalLength(bytes);
    },
  });
  return { store, stats };
}
