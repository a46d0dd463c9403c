/**
 * Stores with options, read-only stores, export, and wrappers around stores: a module of its own, so that a page that
 * needs none of them does not load them. `idb://` and `https://` addresses load what they need by themselves.
 *
 * @example
 * import { openDataset } from 'lakelet';
 * import { httpStore, withCache, withRangeCoalescing, zipStore } from 'lakelet/stores';
 *
 * const local = await openDataset(await zipStore(file));
 * const http = httpStore('https://data.example.org/pets', { headers: { authorization: token } });
 * const remote = await openDataset(withCache(withRangeCoalescing(http), { maxBytes: 256e6 }));
 *
 * @module
 */

export { type BlobFolder, type BlobFolderOptions, blobFolderStore } from './store/blob-folder.js';
// Wrappers
export { type CacheOptions, withCache } from './store/cached.js';
export { type CoalescingOptions, withRangeCoalescing } from './store/coalesced.js';
export { type CountedStore, type StoreStats, withStats } from './store/counted.js';
// Read-only stores
export { type HttpOptions, type HttpStore, httpStore } from './store/http.js';
// The browser's database
export { deleteIdb, type IdbOptions, type IdbStore, idbStore } from './store/idb.js';
// In memory
export { memoryStore } from './store/memory.js';
export { withPrefix } from './store/prefixed.js';
// Room in the browser
export { estimateStorage, requestPersistence, type StorageEstimate } from './store/quota.js';
export { type Sliceable, type ZipReadOptions, zipStore } from './store/zip-read.js';
// Export
export {
  type StoreToZipOptions,
  storeToZip,
  type ZipEntry,
  type ZipWriteOptions,
  zipStream,
} from './store/zip-write.js';

export type { OnProgress } from './util/progress.js';
