import { partsOf } from '../store/check.js';
import type { Put, Store } from '../store/types.js';
import { type Bytes, concatBytes } from '../util/bytes.js';

/** A store whose changes are kept in memory until they are taken. */
export interface Overlay extends Store {
  /** All changes so far, those that were undone by later ones left out. */
  changes(): Put[];
}

/** Lays changes over a store without touching it. */
export function overlayStore(inner: Store): Overlay {
  const changed = new Map<string, Bytes | null>();
  const { list } = inner;
  const store: Overlay = {
    address: inner.address,
    async get(key, options) {
      const own = changed.get(key);
      return own === undefined ? inner.get(key, options) : (own ?? undefined);
    },
    async getRange(key, start, end, options) {
      const own = changed.get(key);
      if (own !== undefined) return own?.subarray(start, end);
      if (inner.getRange) return inner.getRange(key, start, end, options);
      return (await inner.get(key, options))?.subarray(start, end);
    },
    async write(puts) {
      for (const { key, bytes } of puts) changed.set(key, bytes === null ? null : concatBytes([...partsOf(bytes)]));
    },
    changes: () => [...changed].map(([key, bytes]) => ({ key, bytes })),
  };
  if (!list) return store;
  return {
    ...store,
    async *list(prefix, options) {
      for await (const key of list.call(inner, prefix, options)) if (changed.get(key) === undefined) yield key;
      for (const [key, bytes] of changed) if (bytes && key.startsWith(prefix)) yield key;
    },
  };
}
