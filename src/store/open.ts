import { DatasetError } from '../errors.js';
import type { Store } from './types.js';

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** Used for `http(s)://` instead of the global `fetch`: adds headers, signs addresses, or answers by itself. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Wraps what the data come from, below caches: to count or to log. Default: nothing. */
  readonly observe?: ((store: Store) => Store) | undefined;
}

// What a page may keep of a remote dataset in memory: some hundred photos, or the tables of many chunks.
const HTTP_CACHE_BYTES = 64_000_000;

/**
 * Gives the store of an address; a store is returned as it is.
 *
 * Known are `memory://name`, `idb://name`, `https://…` and `http://…`. The modules behind them load when first asked for.
 * Over HTTP, ranges that are asked for together are joined, and 64 MB of what was read is kept; `httpStore` of
 * `lakelet/stores` does neither.
 *
 * @throws {RangeError} when the address has another scheme or none.
 * @throws {DatasetError} `unsupported` for `opfs://` and `s3://`.
 */
export async function openStore(address: string | Store, options: OpenStoreOptions = {}): Promise<Store> {
  const { observe = (store: Store) => store } = options;
  if (typeof address !== 'string') return observe(address);
  const [, scheme = '', name = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case 'memory':
      return observe((await import('./memory.js')).memoryStore(name === '' ? undefined : name));
    case 'idb':
      return observe((await import('./idb.js')).idbStore(name));
    case 'http':
    case 'https':
      return openHttp(address, options.fetch, observe);
    case 'opfs':
      throw unsupported(address, 'opfs://', 'Use idb://, which keeps data in the same browser.');
    case 's3':
      throw unsupported(address, 's3://', 'Pass its https:// address, or a store of your own that signs requests.');
    default:
      throw new RangeError(
        `Address ${JSON.stringify(address)} is no store. Use memory://name, idb://name or https://…; for a folder on ` +
          'disk pass folderStore(path) of lakelet/node, for a zip or a picked folder zipStore(file) or blobFolderStore(files).',
      );
  }
}

async function openHttp(
  address: string,
  fetch: OpenStoreOptions['fetch'],
  observe: (store: Store) => Store,
): Promise<Store> {
  const [{ httpStore }, { withCache }, { withRangeCoalescing }] = await Promise.all([
    import('./http.js'),
    import('./cached.js'),
    import('./coalesced.js'),
  ]);
  return withCache(withRangeCoalescing(observe(httpStore(address, { fetch }))), { maxBytes: HTTP_CACHE_BYTES });
}

function unsupported(address: string, feature: string, advice: string): DatasetError<'unsupported'> {
  return new DatasetError('unsupported', `${address} cannot be opened: ${feature} does not exist yet. ${advice}`, {
    feature,
  });
}
