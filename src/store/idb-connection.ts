import { createStore, promisifyRequest } from 'idb-keyval';
import { closedStore, failureCode } from './failure.js';

const objectStore = 'keys';

/** A connection to a database of one object store, opened when first needed and again when the browser has closed it. */
export class IdbConnection {
  /** Whether {@link close} was called. */
  isClosed = false;
  readonly #name: string;
  readonly #address: string;
  readonly #durability: IDBTransactionDurability;
  readonly #onDeleted: () => void;
  #database: Promise<IDBDatabase> | undefined;
  #reading: Promise<IDBObjectStore> | undefined;

  /** @param address - of the store, for messages. @param onDeleted - called when the database is about to be deleted */
  constructor(name: string, address: string, durability: IDBTransactionDurability, onDeleted: () => void) {
    this.#name = name;
    this.#address = address;
    this.#durability = durability;
    this.#onDeleted = onDeleted;
  }

  /** Closes the database for good; transactions that have begun still finish. */
  async close(): Promise<void> {
    this.isClosed = true;
    const database = this.#database;
    this.#database = undefined;
    await database?.then(
      (db) => db.close(),
      () => {}, // it never opened: whoever asked for it was told
    );
  }

  #open(): Promise<IDBDatabase> {
    if (this.isClosed) throw closedStore(this.#address);
    this.#database ??= this.#connect();
    return this.#database;
  }

  async #connect(): Promise<IDBDatabase> {
    try {
      const use = createStore(this.#name, objectStore);
      const database = await use('readonly', (store) => store.transaction.db);
      database.onversionchange = this.#onDeleted;
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

  /**
   * Reads in a transaction that all share who ask at the same time: four times as fast as one for each.
   * @param start - makes its requests before it waits for anything.
   */
  async read<T>(start: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    // Whoever waits for the promise when it is settled goes on before the transaction turns inactive; the next reader
    // needs another.
    if (!this.#reading) {
      const done = (): void => {
        this.#reading = undefined;
      };
      this.#reading = this.#begin('readonly');
      this.#reading.then(done, done);
    }
    return start(await this.#reading);
  }

  /** Changes all or nothing; resolves when it is stored. @param apply - makes its requests at once */
  async transact(apply: (store: IDBObjectStore) => void, signal?: AbortSignal): Promise<void> {
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
}
