import { promisifyRequest } from 'idb-keyval';
import { DatasetError } from '../errors.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { concatBytes, totalLength } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import { checkKey, checkPuts, checkRange } from './check.js';
import { closedStore, failureCode, storageFailure } from './failure.js';
import { type HeldValue, heldBytes, noteRead, planChange, readHeld, readValue } from './held-value.js';
import { addDelta, besideRange, checkHeld, deleteDeltas, isChunk, putBlob } from './idb-chunk.js';
import { IdbConnection } from './idb-connection.js';
import type { Delta } from './pieces.js';
import type { CallOptions, Put, WritableStore } from './types.js';

/** Options of {@link idbStore}. */
export interface IdbOptions {
  /**
   * What a finished write survives: `relaxed` (default) the death of the tab and of the browser, `strict` also the
   * loss of power. In Chromium `strict` doubles the time of a small write and takes about a fifth off a bulk write.
   */
  readonly durability?: 'relaxed' | 'strict';
}

/** A store in IndexedDB: see {@link idbStore}. */
export interface IdbStore extends WritableStore {
  /**
   * Bytes that finished writes have put into the database: less than they were given where of a long chunk only what
   * has changed is stored. Keys and what the browser adds are not counted. Only grows.
   */
  readonly bytesStored: number;
}

// Chromium keeps values up to 64 KiB in the record and larger ones in a file: below, a Blob only costs a file.
const minBlobBytes = 65536;
// Handles, not bytes: a Blob from IndexedDB is a reference to a file. Of deltas, 64 KiB in memory weigh as much.
const heldBlobs = 512;
const weightBytes = 65536;
// What the last write before the lock is given back may store anew: a transaction of the size that browsers handle best.
const foldBytes = 16_000_000;
// No string: outside of what `list` can reach.
const probeKey = 0;

const databaseName = (name: string): string => `lakelet:${name}`;

/**
 * Makes a store in IndexedDB, in a database of its own named `lakelet:<name>`.
 *
 * A `write` is one transaction, so callers keep lists below about 16 MB. Chunks are stored as Blobs and read by
 * slices, without loading the rest. Of a chunk whose bytes are `lasting` and that changes a little, only the change is
 * stored, beside the Blob; when there is much of it, or the lock is given back, the chunk is stored anew. Deleting the
 * database in any tab closes the store.
 *
 * @throws {DatasetError} `unsupported` where IndexedDB is missing.
 */
export function idbStore(name: string, options: IdbOptions = {}): IdbStore {
  if (name === '') throw new RangeError('A store in IndexedDB needs a name, as in idb://pets.');
  requireIndexedDb(name);
  return new IndexedDbStore(name, options.durability ?? 'relaxed');
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

class IndexedDbStore implements IdbStore {
  readonly address: string;
  bytesStored = 0;
  readonly #connection: IdbConnection;
  readonly #held = new Lru<string, HeldValue>(heldBlobs);
  /** Keys of chunks to which deltas were added here. */
  readonly #changed = new Set<string>();
  readonly #channel: BroadcastChannel | undefined;
  #takesBlobs: Promise<boolean> | undefined;
  #writes = 0;

  constructor(name: string, durability: IDBTransactionDurability) {
    this.address = `idb://${name}`;
    this.#connection = new IdbConnection(databaseName(name), this.address, durability, () => this.close());
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
    // A lower bound of '' leaves out the probe's number, and [] is beyond all strings. The upper bound is the prefix
    // with its last unit one higher.
    const last = prefix.charCodeAt(prefix.length - 1);
    const range =
      prefix === '' || last === 0xffff
        ? IDBKeyRange.bound(prefix, [], false, true)
        : IDBKeyRange.bound(prefix, prefix.slice(0, -1) + String.fromCharCode(last + 1), false, true);
    const keys = await this.#read((store) => promisifyRequest(store.getAllKeys(range)), `Listing ${this.address}`);
    for (const key of keys) {
      this.#check(options);
      if (typeof key === 'string' && key.startsWith(prefix)) yield key;
    }
  }

  async write(puts: readonly Put[], options?: CallOptions): Promise<void> {
    const changes = checkPuts(puts);
    this.#check(options);
    if (changes.size === 0) return;
    const lasting = new Map(puts.map(({ key, lasting = false }) => [key, lasting]));
    await this.#write(changes, (key) => lasting.get(key) ?? false, options);
  }

  /** @param whole - what must still be stored of chunks that are put whole; when it is not, nothing is changed */
  async #write(
    changes: ReadonlyMap<string, readonly Bytes[] | null>,
    isLasting: (key: string) => boolean,
    options?: CallOptions,
    whole?: ReadonlyMap<string, HeldValue>,
  ): Promise<void> {
    const isLarge = (key: string, parts: readonly Bytes[] | null): boolean =>
      parts !== null && isChunk(key) && totalLength(parts) >= minBlobBytes;
    const blobs = [...changes].some(([key, parts]) => isLarge(key, parts)) && (await this.#canStoreBlobs());
    const what = `Writing ${changes.size} keys to ${this.address}`;
    const after = new Map<string, HeldValue | undefined>();
    let bytes = 0;
    let writes = 0;
    let isStale = false;
    const apply = (store: IDBObjectStore): void => {
      const stale = (): void => {
        if (!isStale) store.transaction.abort();
        isStale = true;
      };
      const before = new Map([...changes.keys()].map((key) => [key, this.#held.get(key)]));
      this.#forget(changes.keys());
      writes = this.#writes;
      bytes = 0;
      for (const [key, parts] of changes) {
        const held = before.get(key);
        if (!parts) {
          deleteDeltas(store, key);
          store.delete(key);
          continue;
        }
        const large = blobs && isLarge(key, parts);
        const expected = whole?.get(key);
        if (expected) checkHeld(store, key, expected, stale);
        const change = large && held && !whole && isLasting(key) ? planChange(held, parts) : undefined;
        if (held && change) {
          checkHeld(store, key, held, stale);
          bytes += addDelta(store, key, change);
          after.set(key, change.after);
          continue;
        }
        bytes += totalLength(parts);
        if (large) after.set(key, putBlob(store, key, parts, isLasting(key)));
        else {
          deleteDeltas(store, key);
          store.put(bufferOf(parts), key);
        }
      }
    };
    this.#channel?.postMessage([...changes.keys()]);
    try {
      await this.#connection.transact(apply, options?.signal).catch((error: unknown) => {
        // Another connection has written a chunk that was held, or added the same delta: now nothing is held, and it is
        // stored whole. And Chromium now and then answers DataError to the Blobs of a long transaction; the second time
        // it takes them.
        const code = failureCode(error);
        if (whole || !(isStale || code === 'ConstraintError' || code === 'DataError')) throw error;
        isStale = false;
        after.clear();
        return this.#connection.transact(apply, options?.signal);
      });
    } catch (error) {
      throw this.#failure(what, error, options);
    }
    this.bytesStored += bytes;
    this.#channel?.postMessage([...changes.keys()]);
    for (const key of changes.keys()) this.#changed.delete(key);
    for (const [key, value] of after) {
      if (value && value.deltas > 0) this.#changed.add(key);
      if (value && writes === this.#writes) this.#hold(key, value);
    }
  }

  async lock(): Promise<(() => Awaitable<void>) | undefined> {
    this.#check();
    if (typeof navigator === 'undefined' || !navigator.locks) return () => {};
    return new Promise((resolve, reject) => {
      const held: Promise<void> = navigator.locks.request(`lakelet:${this.address}`, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) =>
          resolve(async () => {
            await this.#fold();
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
    this.#held.clear();
    this.#channel?.close();
    await this.#connection.close();
  }

  #check(options?: CallOptions): void {
    options?.signal?.throwIfAborted();
    if (this.#connection.isClosed) throw closedStore(this.address);
  }

  #forget(keys: Iterable<string>): void {
    this.#writes++;
    for (const key of keys) this.#held.delete(key);
  }

  #hold(key: string, value: HeldValue): void {
    this.#held.set(key, value, 1 + heldBytes(value) / weightBytes);
  }

  // Stores chunks anew that have deltas of this connection. Nothing is lost when that fails, or is not done.
  async #fold(): Promise<void> {
    const changes = new Map<string, readonly Bytes[]>();
    const held = new Map<string, HeldValue>();
    let bytes = 0;
    try {
      for (const key of this.#changed) {
        if (this.#connection.isClosed) return;
        const whole = await this.get(key);
        const value = this.#held.get(key);
        const isCurrent = whole && value?.places.has(whole.buffer);
        if (!whole || !value || !isCurrent || bytes + whole.length > foldBytes) continue;
        bytes += whole.length;
        changes.set(key, [whole]);
        held.set(key, value);
      }
      if (changes.size > 0) await this.#write(changes, () => false, undefined, held);
    } catch {
      // The chunks stay as they are: whole, and with deltas.
    }
    this.#changed.clear();
  }

  async #get(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
    checkKey(key);
    this.#check(options);
    const held = this.#held.get(key);
    if (held?.blob) {
      try {
        return await this.#readHeld(held, held.blob, start, end, options);
      } catch {
        options?.signal?.throwIfAborted();
        this.#held.delete(key); // the file behind an old Blob may be gone: the database knows the new one
      }
    }
    const what = `Reading ${key} from ${this.address}`;
    let writes = 0;
    const [value, beside] = await this.#read(
      (store) => {
        writes = this.#writes;
        const request: IDBRequest<Blob | ArrayBuffer | undefined> = store.get(key);
        const deltas: IDBRequest<Delta[]> | undefined = isChunk(key) ? store.getAll(besideRange(key)) : undefined;
        return Promise.all([promisifyRequest(request), deltas ? promisifyRequest(deltas) : []]);
      },
      what,
      key,
    );
    this.#check(options);
    if (value === undefined) return undefined;
    if (value instanceof ArrayBuffer) return new Uint8Array(value).subarray(start, end);
    let read = readValue(value, beside);
    if (writes === this.#writes) {
      // Else a write may have made it old meanwhile. What was written here stays known by its buffers.
      const known = this.#held.get(key);
      if (known?.stamp === read.stamp && known.next === read.next)
        read = { ...read, places: known.places, head: known.head };
      this.#hold(key, read);
    }
    try {
      return await this.#readHeld(read, value, start, end, options);
    } catch (error) {
      options?.signal?.throwIfAborted();
      throw storageFailure(what, error, key);
    }
  }

  async #readHeld(held: HeldValue, blob: Blob, start: number, end: number, options?: CallOptions): Promise<Bytes> {
    const bytes = await readHeld(held, blob, start, end);
    options?.signal?.throwIfAborted();
    if (bytes.length === held.size) noteRead(held, bytes.buffer);
    return bytes;
  }

  async #read<T>(start: (store: IDBObjectStore) => Promise<T>, what: string, key?: string): Promise<T> {
    try {
      return await this.#connection.read(start);
    } catch (error) {
      throw this.#failure(what, error, undefined, key);
    }
  }

  // Some browsers take no Blobs in private windows; found out once, with a Blob that is deleted again.
  #canStoreBlobs(): Promise<boolean> {
    this.#takesBlobs ??= this.#connection
      .transact((store) => store.put(new Blob(['?']), probeKey))
      .then(
        () => this.#connection.transact((store) => store.delete(probeKey)).then(() => true),
        () => false,
      );
    return this.#takesBlobs;
  }

  #failure(what: string, error: unknown, options?: CallOptions, key?: string): unknown {
    if (options?.signal?.aborted) return options.signal.reason;
    if (error instanceof DatasetError) return error;
    return this.#connection.isClosed ? closedStore(this.address) : storageFailure(what, error, key);
  }
}

// A structured clone copies the whole buffer behind a view, so that only a buffer of its own may be stored.
function bufferOf(parts: readonly Bytes[]): ArrayBuffer {
  const whole = concatBytes(parts);
  return whole.byteLength === whole.buffer.byteLength ? whole.buffer : whole.slice().buffer;
}
