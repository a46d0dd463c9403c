import { DatasetError } from '../errors.js';
import { memoryStore } from './memory.js';
import type { Store } from './types.js';

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** Used for `http(s)://` instead of the global `fetch`: adds headers, signs addresses, or answers by itself. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Gives the store of an address; a store is returned as it is.
 *
 * Known are `memory://name`, `idb://name`, `https://…` and `http://…`. The modules behind them load when first asked for.
 *
 * @throws {RangeError} when the address has another scheme or none.
 * @throws {DatasetError} `unsupported` for `opfs://` and `s3://`.
 */
export async function openStore(address: string | Store, options: OpenStoreOptions = {}): Promise<Store> {
  if (typeof address !== 'string') return address;
  const [, scheme = '', name = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(address) ?? [];
  switch (scheme.toLowerCase()) {
    case 'memory':
      return memoryStore(name === '' ? undefined : name);
    case 'idb':
      return (await import('./idb.js')).idbStore(name);
    case 'http':
    case 'https':
      return (await import('./http.js')).httpStore(address, options);
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

function unsupported(address: string, feature: string, advice: string): DatasetError<'unsupported'> {
  return new DatasetError('unsupported', `${address} cannot be opened: ${feature} does not exist yet. ${advice}`, {
    feature,
  });
}
