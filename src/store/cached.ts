import { SharedWork } from '../util/abort.js';
import type { Bytes } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import { checkRange } from './check.js';
import type { CallOptions, Store } from './types.js';
import { wrapStore } from './wrap.js';

/** Options of {@link withCache}. */
export interface CacheOptions {
  /** Bound on the bytes kept. */
  readonly maxBytes: number;
}

type Read = Bytes | undefined;

/**
 * Keeps the bytes that were read last, whole values and ranges, up to a bound.
 *
 * Only what the store has is kept: absent keys are asked for again, and a write through this store drops its keys.
 * Reads of the same thing at the same time share one request. A range is answered from itself or from the whole value.
 * Changes made past this store are not seen.
 */
export function withCache(inner: Store, options: CacheOptions): Store {
  const idsOf = new Map<string, Set<string>>(); // key to what of it is kept
  const kept = new Lru<string, { readonly key: string; readonly bytes: Bytes }>(options.maxBytes, (id, { key }) => {
    const ids = idsOf.get(key);
    ids?.delete(id);
    if (ids?.size === 0) idsOf.delete(key);
  });
  const running = new Map<string, SharedWork<Read>>();
  let writes = 0;

  const forget = (keys: readonly string[]): void => {
    writes++;
    running.clear(); // a read that began before a write must not answer one that comes after it
    for (const key of keys) for (const id of [...(idsOf.get(key) ?? [])]) kept.delete(id);
  };

  const keep = (key: string, id: string, bytes: Bytes): void => {
    // A part of a much longer buffer would keep all of that in memory.
    const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
    kept.set(id, { key, bytes: own }, own.length);
    if (kept.get(id)) idsOf.set(key, (idsOf.get(key) ?? new Set()).add(id)); // else it is too long to be kept
  };

  const read = async (
    key: string,
    id: string,
    load: (signal: AbortSignal) => ReturnType<Store['get']>,
    call?: CallOptions,
  ): Promise<Read> => {
    let work = running.get(id);
    if (!work || work.stopped) {
      const before = writes;
      const started: SharedWork<Read> = new SharedWork(async (signal) => {
        try {
          const bytes = await load(signal);
          if (bytes && before === writes) keep(key, id, bytes);
          return bytes;
        } finally {
          if (running.get(id) === started) running.delete(id);
        }
      });
      work = started;
      running.set(id, work);
    }
    return work.join(call?.signal);
  };

  const wholeId = (key: string): string => `${key}\0`; // no key holds a NUL

  return wrapStore(inner, {
    async get(key, call) {
      call?.signal?.throwIfAborted();
      const id = wholeId(key);
      return kept.get(id)?.bytes ?? read(key, id, (signal) => inner.get(key, { signal }), call);
    },
    async getRange(key, start, end, call) {
      checkRange(start, end);
      call?.signal?.throwIfAborted();
      const whole = kept.get(wholeId(key));
      if (whole) return whole.bytes.subarray(start, end);
      const id = `${key}\0${start}-${end}`;
      return kept.get(id)?.bytes ?? read(key, id, (signal) => inner.getRange?.(key, start, end, { signal }), call);
    },
    async write(puts, call) {
      const keys = puts.map((put) => put.key);
      forget(keys);
      try {
        await inner.write?.(puts, call);
      } finally {
        forget(keys); // reads that began during the write may have seen either
      }
    },
    close() {
      kept.clear();
      running.clear();
      return inner.close?.();
    },
  });
}
