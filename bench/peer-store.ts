import { createStore, get, type UseStore } from 'idb-keyval';

/** A store of idb-keyval in a database of its own, which can be deleted again. */
export interface PeerStore {
  readonly use: UseStore;
  close(): Promise<void>;
  /** Closes and deletes the database. */
  remove(): Promise<void>;
}

/** Opens a store of idb-keyval: the library that a web page would use instead. Its database is open when this resolves. */
export async function openPeer(name: string): Promise<PeerStore> {
  const use = createStore(name, 'keyval');
  await get('', use);
  const close = (): Promise<void> => use('readonly', (store) => store.transaction.db.close());
  return {
    use,
    close,
    async remove() {
      await close();
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
      });
    },
  };
}
