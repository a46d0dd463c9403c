import { createStore, promisifyRequest } from 'idb-keyval';
import { DatasetError } from '../errors.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { concatBytes, totalLength } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import { checkKey, checkPuts, checkRange } from './check.js';
import { closedStore, failureCode, storageFailure } from './failure.js';
import type { CallOptions, Put, WritableStore } from './types.js';

/** Options of {@link idbStore}. */
export interface IdbOptions {
  /**
   * What a finished write survives: `relaxed` (default) the death of the tab and of the browser, `strict` also the
   * loss of power. In Chromium `strict` doubles the time of a small write and takes about a fifth off a bulk write.
   */
  readonly durability?: 'relaxed' | 'strict';
}

const objectStore = 'keys';
// Chromium keeps values up to 64 KiB in the record and larger ones in a file: below, a Blob only costs a file.
const minBlobBytes = 65536;
// Handles, not bytes: a Blob from IndexedDB is a reference to a file.
const heldBlobs = 512;
// No string: outside of what `list` can reach.
const probeKey = 0;

const databaseName = (name: string): string => `lakelet:${name}`;

/**
 * Makes a store in IndexedDB, in a database of its own named `lakelet:<name>`.
 *
 * A `write` is one transaction, so callers keep lists below about 16 MB. Chunks are stored as Blobs and read by
 * slices, without loading the rest. Deleting the database in any tab closes the store.
 *
 * @throws {DatasetError} `unsupported` where IndexedDB is missing.
 */
export function idbStore(name: string, options: IdbOptions = {}): WritableStore {
  if (name === '') throw new RangeError('A store in IndexedDB needs a name, as in idb://pets.');
  requireIndexedDb(name);
  return new IdbStore(name, options.durability ?? 'relaxed');
}

/**
 * Deletes the data of an `idb://` store; stores that have it open in any tab are closed.
 *
 * Resolves also when there was nothing.
 * @throws {DatasetError} `storage` when another program holds the database open for more than three seconds.
 */
export async function deleteIdb(name: string): Promise<void> {
  requireIndexedDb(name);
  const request = indexedDB.deleteDatabase(databaseName(name));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
      // Said as well while a connection that is closing still finishes a write.
      request.onblocked = () => {
        timer = setTimeout(() => reject(new Error('another tab holds it open')), 3000);
      };
    });
  } catch (error) {
    throw storageFailure(`Deleting idb://${name}`, error);
  } finally {
    clearTimeout(timer);
  }
}

function requireIndexedDb(name: string): void {
  if (typeof indexedDB !== 'undefined') return;
  const advice = 'Use memory://, or a folder with folderStore() of lakelet/node.';
  throw new DatasetError('unsupported', `idb://${name} needs IndexedDB, which is missing here. ${advice}`, {
    feature: 'IndexedDB',
  });
}

class IdbStore implements WritableStore {
  readonly address: string;
  readonly #name: string;
  readonly #durability: IDBTransactionDurability;
  readonly #blobs = new Lru<string, Blob>(heldBlobs);
  readonly #channel: BroadcastChannel | undefined;
  #database: Promise<IDBDatabase> | undefined;
  #reading: Promise<IDBObjectStore> | undefined;
  #takesBlobs: Promise<boolean> | undefined;
  #writes = 0;
  #closed = false;

  constructor(name: string, durability: IDBTransactionDurability) {
    this.address = `idb://${name}`;
    this.#name = name;
    this.#durability = durability;
    if (typeof BroadcastChannel !== 'undefined') {
      // A Blob goes on showing the old value after another tab has written the key.
      this.#channel = new BroadcastChannel(databaseName(name));
      this.#channel.onmessage = ({ data }: MessageEvent<readonly string[]>) => this.#forget(data);
    }
  }

  async get(key: string, options?: CallOptions): Promise<Bytes | undefined> {
    return this.#get(key, 0, Number.POSITIVE_INFINITY, options);
  }

  async getRange(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
    checkRange(start, end);
    return this.#get(key, start, end, options);
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    this.#check(options);
    // A lower bound of '' leaves out the probe's number; the upper bound is the prefix with its last unit one higher.
    const last = prefix.charCodeAt(prefix.length - 1);
    const range =
      prefix === '' || last === 0xffff
        ? IDBKeyRange.lowerBound(prefix)
        : IDBKeyRange.bound(prefix, prefix.slice(0, -1) + String.fromCharCode(last + 1), false, true);
    const keys = await this.#read((store) => store.getAllKeys(range), `Listing ${this.address}`);
    for (const key of keys) {
      this.#check(options);
      if (typeof key === 'string' && key.startsWith(prefix)) yield key;
    }
  }

  async write(puts: readonly Put[], options?: CallOptions): Promise<void> {
    const changes = checkPuts(puts);
    this.#check(options);
    if (changes.size === 0) return;
    const isLarge = (key: string, parts: readonly Bytes[] | null): boolean =>
      parts !== null && key.includes('/chunks/') && totalLength(parts) >= minBlobBytes;
    const blobs = [...changes].some(([key, parts]) => isLarge(key, parts)) && (await this.#canStoreBlobs());
    const what = `Writing ${changes.size} keys to ${this.address}`;
    const apply = (store: IDBObjectStore): void => {
      this.#forget(changes.keys());
      for (const [key, parts] of changes) {
        if (!parts) store.delete(key);
        else if (blobs && isLarge(key, parts)) store.put(new Blob([...parts]), key);
        else store.put(bufferOf(parts), key);
      }
    };
    this.#channel?.postMessage([...changes.keys()]);
    try {
      await this.#transact(apply, options?.signal).catch((error: unknown) => {
        // Chromium now and then answers DataError to the Blobs of a long transaction; the second time it takes them.
        if (failureCode(error) !== 'DataError') throw error;
        return this.#transact(apply, options?.signal);
      });
    } catch (error) {
      throw this.#failure(what, error, options);
    }
    this.#channel?.postMessage([...changes.keys()]);
  }

  async lock(): Promise<(() => Awaitable<void>) | undefined> {
    this.#check();
    if (typeof navigator === 'undefined' || !navigator.locks) return () => {};
    return new Promise((resolve, reject) => {
      const held: Promise<void> = navigator.locks.request(`lakelet:${this.address}`, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) =>
          resolve(() => {
            release();
            return held; // settles when the next one can have the lock
          }),
        );
      });
      held.catch((error: unknown) => reject(storageFailure(`Locking ${this.address}`, error)));
    });
  }

  /** Ends the use of the database; transactions that have begun still finish. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#blobs.clear();
    this.#channel?.close();
    const database = this.#database;
    this.#database = undefined;
    await database?.then(
      (db) => db.close(),
      () => {}, // it never opened: whoever asked for it was told
    );
  }

  #check(options?: CallOptions): void {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw closedStore(this.address);
  }

  #forget(keys: Iterable<string>): void {
    this.#writes++;
    for (const key of keys) this.#blobs.delete(key);
  }

  async #get(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
    checkKey(key);
    this.#check(options);
    const held = this.#blobs.get(key);
    if (held) {
      try {
        return await readBlob(held, start, end, options);
      } catch {
        options?.signal?.throwIfAborted();
        this.#blobs.delete(key); // the file behind an old Blob may be gone: the database knows the new one
      }
    }
    const what = `Reading ${key} from ${this.address}`;
    let writes = 0;
    const value = await this.#read(
      (store): IDBRequest<Blob | ArrayBuffer | undefined> => {
        writes = this.#writes;
        return store.get(key);
      },
      what,
      key,
    );
    this.#check(options);
    if (value === undefined) return undefined;
    if (value instanceof ArrayBuffer) return new Uint8Array(value).subarray(start, end);
    if (writes === this.#writes) this.#blobs.set(key, value); // else a write may have made it old meanwhile
    try {
      return await readBlob(value, start, end, options);
    } catch (error) {
      options?.signal?.throwIfAborted();
      throw storageFailure(what, error, key);
    }
  }

  #open(): Promise<IDBDatabase> {
    if (this.#closed) throw closedStore(this.address);
    this.#database ??= this.#connect();
    return this.#database;
  }

  async #connect(): Promise<IDBDatabase> {
    try {
      const use = createStore(databaseName(this.#name), objectStore);
      const database = await use('readonly', (store) => store.transaction.db);
      database.onversionchange = () => this.close();
      database.addEventListener('close', () => this.#disconnect());
      return database;
    } catch (error) {
      this.#disconnect();
      throw error;
    }
  }

  #disconnect(): void {
    this.#database = undefined;
  }

  // Begins a transaction; Safari at times closes a connection without a word, so a refusal opens it once more.
  async #begin(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    const durability = this.#durability;
    const database = await this.#open();
    try {
      return database.transaction(objectStore, mode, { durability }).objectStore(objectStore);
    } catch (error) {
      if (failureCode(error) !== 'InvalidStateError') throw error;
      this.#disconnect();
      return (await this.#open()).transaction(objectStore, mode, { durability }).objectStore(objectStore);
    }
  }

  // Reads asked for at the same time share a transaction: four times as fast as one for each. Whoever waits for the
  // promise when it is settled goes on before the transaction turns inactive; the next reader needs another.
  async #read<T>(start: (store: IDBObjectStore) => IDBRequest<T>, what: string, key?: string): Promise<T> {
    try {
      if (!this.#reading) {
        const done = (): void => {
          this.#reading = undefined;
        };
        this.#reading = this.#begin('readonly');
        this.#reading.then(done, done);
      }
      return await promisifyRequest(start(await this.#reading));
    } catch (error) {
      throw this.#failure(what, error, undefined, key);
    }
  }

  async #transact(apply: (store: IDBObjectStore) => void, signal?: AbortSignal): Promise<void> {
    const store = await this.#begin('readwrite');
    const { transaction } = store;
    const abort = (): void => {
      try {
        transaction.abort();
      } catch (error) {
        if (failureCode(error) !== 'InvalidStateError') throw error; // it has just finished
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const done = promisifyRequest(transaction);
      try {
        signal?.throwIfAborted();
        apply(store);
      } catch (error) {
        abort(); // else the puts before the failed one would be kept
        await done.catch(() => {});
        throw error;
      }
      await done;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  // Some browsers take no Blobs in private windows; found out once, with a Blob that is deleted again.
  #canStoreBlobs(): Promise<boolean> {
    this.#takesBlobs ??= this.#transact((store) => store.put(new Blob(['?']), probeKey)).then(
      () => this.#transact((store) => store.delete(probeKey)).then(() => true),
      () => false,
    );
    return this.#takesBlobs;
  }

  #failure(what: string, error: unknown, options?: CallOptions, key?: string): unknown {
    if (options?.signal?.aborted) return options.signal.reason;
    if (error instanceof DatasetError) return error;
    return this.#closed ? closedStore(this.address) : storageFailure(what, error, key);
  }
}

// A structured clone copies the whole buffer behind a view, so that only a buffer of its own may be stored.
function bufferOf(parts: readonly Bytes[]): ArrayBuffer {
  const whole = concatBytes(parts);
  return whole.byteLength === whole.buffer.byteLength ? whole.buffer : whole.slice().buffer;
}

async function readBlob(blob: Blob, start: number, end: number, options?: CallOptions): Promise<Bytes> {
  const bytes = new Uint8Array(await blob.slice(start, Math.min(end, blob.size)).arrayBuffer());
  options?.signal?.throwIfAborted();
  return bytes;
}
