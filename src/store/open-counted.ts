import { type CountedStore, type StoreStats, withStats } from './counted.js';
import { type OpenStoreOptions, openStore } from './open.js';
import type { Store } from './types.js';

/** Gives the store of an address, counting what goes to where the data are: not what a cache answers. */
export async function openCounted(at: string | Store, options: OpenStoreOptions): Promise<CountedStore> {
  let stats: StoreStats | undefined;
  const observe = (inner: Store): Store => {
    const counted = withStats(inner);
    stats = counted.stats;
    return counted.store;
  };
  const store = await openStore(at, { fetch: options.fetch, observe });
  if (!stats) throw new TypeError('The store was opened without being counted');
  return { store, stats };
}
