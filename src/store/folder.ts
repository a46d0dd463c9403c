import { constants } from 'node:fs';
import * as nodeFs from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { toBytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { Mutex } from '../util/mutex.js';
import { checkKey, checkPuts, checkRange } from './check.js';
import { closedStore, failureCode, storageFailure } from './failure.js';
import type { CallOptions, Put, WritableStore } from './types.js';

/** The calls of `node:fs/promises` that {@link folderStore} makes; tests give failing ones. */
export type FolderFs = Pick<
  typeof nodeFs,
  'mkdir' | 'open' | 'readdir' | 'readFile' | 'rename' | 'rm' | 'rmdir' | 'stat'
>;

/** Options of {@link folderStore}. */
export interface FolderOptions {
  /** Replaces the file system calls. */
  readonly fs?: FolderFs;
}

/** Name of the file that lists the changes of a write while they are put in place. */
export const journalName = '.lakelet-journal.json';

/** Name of the folder where new files wait until the journal is complete. */
export const stagingName = '.lakelet-tmp';

/** One change of a journal: the staged file's name, or null to delete the key. */
type Change = readonly [key: string, staged: string | null];

/**
 * Makes a store of a folder on disk: keys are paths of files below it.
 *
 * A `write` of several changes is atomic across a crash: new files are staged and synced, a journal that lists all
 * changes is renamed into place, and only then are they moved. After a crash, reads see what a complete journal says,
 * and the first `write` finishes it; they see the old state, when the journal was not complete. Reading never changes
 * the folder, so that readers may run beside a writer; keeping a second writer out is up to the caller.
 *
 * @param path - the folder; made by the first `write` when missing.
 */
export function folderStore(path: string, options: FolderOptions = {}): WritableStore {
  return new FolderStore(resolve(path), options.fs ?? nodeFs);
}

class FolderStore implements WritableStore {
  readonly address: string;
  readonly #fs: FolderFs;
  readonly #mutex = new Mutex();
  #clean = false; // no journal was there: reads need not look for one
  #recovered = false; // nothing of an earlier write is left
  #closed = false;

  constructor(path: string, fs: FolderFs) {
    this.address = path;
    this.#fs = fs;
  }

  async get(key: string, options?: CallOptions): Promise<Bytes | undefined> {
    return this.#read(key, options, async (path) => {
      return toBytes(await this.#fs.readFile(path, options));
    });
  }

  async getRange(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
    checkRange(start, end);
    return this.#read(key, options, async (path) => {
      const file = await this.#fs.open(path, constants.O_RDONLY);
      try {
        const stat = await file.stat();
        if (!stat.isFile()) return undefined;
        const bytes = new Uint8Array(Math.max(0, Math.min(end, stat.size) - start));
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) break; // the file was cut meanwhile
          at += bytesRead;
        }
        return bytes.subarray(0, at);
      } finally {
        await file.close();
      }
    });
  }

  async *list(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    this.#check(options);
    const journal = await this.#pending();
    for (const [key, staged] of journal) if (staged !== null && key.startsWith(prefix)) yield key;
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1); // only this one can hold such keys
    if (folder !== '') checkKey(folder.slice(0, -1));
    for await (const key of this.#walk(folder, options)) {
      if (key.startsWith(prefix) && !journal.has(key)) yield key;
    }
  }

  async write(puts: readonly Put[], options?: CallOptions): Promise<void> {
    const changes = checkPuts(puts);
    for (const key of changes.keys()) {
      if (isOurs(key)) throw new RangeError(`Key ${key} is reserved for the journal of the folder.`);
    }
    const write = async (): Promise<void> => {
      this.#check(options);
      try {
        await this.#recover();
        if (changes.size > 0) await this.#write(changes, options);
      } catch (error) {
        options?.signal?.throwIfAborted();
        throw this.#failure(`Writing ${changes.size} keys to ${this.address}`, error);
      }
    };
    return this.#mutex.run(write, options?.signal);
  }

  /** Waits for the writes that have begun. */
  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#closed = true;
    });
  }

  #check(options?: CallOptions): void {
    options?.signal?.throwIfAborted();
    if (this.#closed) throw closedStore(this.address);
  }

  #path(key: string): string {
    return join(this.address, key);
  }

  #failure(what: string, error: unknown, key?: string): unknown {
    return error instanceof DatasetError ? error : storageFailure(what, error, key);
  }

  async #read(
    key: string,
    options: CallOptions | undefined,
    read: (path: string) => Promise<Bytes | undefined>,
  ): Promise<Bytes | undefined> {
    checkKey(key);
    this.#check(options);
    try {
      const staged = (await this.#pending()).get(key);
      if (staged === null) return undefined;
      const bytes = staged === undefined ? undefined : await orMissing(read(this.#path(staged)));
      // A writer may have finished the journal meanwhile: then the file is in its place.
      const found = bytes ?? (isOurs(key) ? undefined : await orMissing(read(this.#path(key))));
      options?.signal?.throwIfAborted();
      return found;
    } catch (error) {
      options?.signal?.throwIfAborted();
      throw this.#failure(`Reading ${key} from ${this.address}`, error, key);
    }
  }

  // What a complete journal says, key to path of the staged file. Read each time, for a writer may be at work on it.
  async #pending(): Promise<ReadonlyMap<string, string | null>> {
    if (this.#clean) return new Map();
    const bytes = await orMissing(this.#fs.readFile(this.#path(journalName)));
    if (!bytes) this.#clean = true;
    const changes = bytes ? parseJournal(bytes, this.address) : [];
    return new Map(changes.map(([key, staged]) => [key, staged && `${stagingName}/${staged}`]));
  }

  async *#walk(folder: string, options?: CallOptions): AsyncGenerator<string> {
    const entries = await orMissing(this.#fs.readdir(this.#path(folder || '.'), { withFileTypes: true })).catch(
      (error: unknown) => {
        throw this.#failure(`Listing ${this.#path(folder || '.')}`, error);
      },
    );
    for (const entry of entries ?? []) {
      this.#check(options);
      const key = folder + entry.name;
      if (isOurs(key)) continue;
      if (entry.isDirectory()) yield* this.#walk(`${key}/`, options);
      else if (entry.isFile() || entry.isSymbolicLink()) yield key;
    }
  }

  // Does what a complete journal says and drops what an incomplete one left.
  async #recover(): Promise<void> {
    if (this.#recovered) return;
    const bytes = await orMissing(this.#fs.readFile(this.#path(journalName)));
    if (bytes) await this.#finish(parseJournal(bytes, this.address), true);
    await this.#fs.rm(this.#path(stagingName), { recursive: true, force: true });
    this.#recovered = true;
  }

  async #write(changes: ReadonlyMap<string, readonly Bytes[] | null>, options?: CallOptions): Promise<void> {
    this.#recovered = false; // when anything below fails, the next write clears up first
    this.#clean = false;
    const list: Change[] = [];
    await this.#makeFolder(stagingName);
    for (const [key, parts] of changes) {
      options?.signal?.throwIfAborted();
      // Random, so that nobody takes it for a file of an earlier journal.
      const staged = parts && `${list.length}-${Math.random().toString(36).slice(2)}`;
      if (parts && staged !== null) {
        await this.#makeFolder(dirname(key));
        // What cannot be moved into place has to fail before the journal says that it will be.
        if ((await orMissing(this.#fs.stat(this.#path(key))))?.isDirectory()) throw new Error(`${key} is a folder`);
        await this.#writeFile(`${stagingName}/${staged}`, parts);
      }
      list.push([key, staged]);
    }
    await this.#syncFolder(stagingName);
    if (list.length === 1) {
      await this.#apply(list, false); // one rename or one delete is atomic by itself
    } else {
      const journal = `${stagingName}/journal`;
      await this.#writeFile(journal, [utf8Encode(JSON.stringify({ version: 1, changes: list }))]);
      options?.signal?.throwIfAborted();
      await this.#fs.rename(this.#path(journal), this.#path(journalName));
      await this.#syncFolder('.');
      await this.#finish(list, false);
    }
    await this.#fs.rm(this.#path(stagingName), { recursive: true, force: true });
    this.#recovered = true;
    this.#clean = true;
  }

  async #finish(list: readonly Change[], again: boolean): Promise<void> {
    await this.#apply(list, again);
    await this.#fs.rm(this.#path(journalName), { force: true });
    await this.#syncFolder('.');
  }

  // With `again`, a crash may have come between any two steps: what is done already is skipped.
  async #apply(list: readonly Change[], again: boolean): Promise<void> {
    for (const [key, staged] of list) {
      if (staged === null) {
        await orMissing(this.#fs.rm(this.#path(key), { force: true }));
        continue;
      }
      const from = this.#path(`${stagingName}/${staged}`);
      if (!again || (await orMissing(this.#fs.stat(from)))) await this.#fs.rename(from, this.#path(key));
    }
    for (const folder of new Set(list.map(([key]) => dirname(key)))) await orMissing(this.#syncFolder(folder));
    for (const [key, staged] of list) if (staged === null) await this.#removeEmpty(dirname(key));
  }

  async #makeFolder(folder: string): Promise<void> {
    const first = await this.#fs.mkdir(this.#path(folder), { recursive: true });
    if (first === undefined) return;
    for (let at = folder; at !== '.' && this.#path(at).length >= first.length; at = dirname(at)) {
      await this.#syncFolder(dirname(at));
    }
  }

  async #removeEmpty(folder: string): Promise<void> {
    for (let at = folder; at !== '.'; at = dirname(at)) {
      try {
        await this.#fs.rmdir(this.#path(at));
      } catch (error) {
        if (failureCode(error) === 'ENOENT') continue;
        if (['ENOTEMPTY', 'EEXIST'].includes(failureCode(error))) return;
        throw error;
      }
    }
  }

  async #writeFile(path: string, parts: readonly Bytes[]): Promise<void> {
    const file = await this.#fs.open(this.#path(path), 'w');
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  // A rename is on the disk when the folder that holds the name is. Windows cannot sync folders and need not.
  async #syncFolder(path: string): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await this.#fs.open(this.#path(path), constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function isOurs(key: string): boolean {
  return key === journalName || key === stagingName || key.startsWith(`${stagingName}/`);
}

// ENOTDIR and EISDIR: a file where the key has a folder, or the other way round. Such a key is not stored either.
async function orMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'].includes(failureCode(error))) return undefined;
    throw error;
  }
}

function parseJournal(bytes: Uint8Array, address: string): readonly Change[] {
  try {
    const { version, changes } = JSON.parse(utf8Decode(bytes)) as { version: unknown; changes: Change[] };
    if (version !== 1) throw new RangeError(`version ${String(version)}`);
    for (const [key, staged] of changes) {
      checkKey(key);
      if (isOurs(key) || (staged !== null && !/^[0-9a-z-]+$/.test(staged))) throw new RangeError(`change of ${key}`);
    }
    return changes;
  } catch (cause) {
    const advice = 'Remove the file to go on with the files as they are; the last write may be missing in part.';
    const data = { key: journalName, expected: 'a list of changes', got: `${bytes.length} bytes of something else` };
    throw new DatasetError('corrupt', `The journal ${join(address, journalName)} cannot be read. ${advice}`, data, {
      cause,
    });
  }
}
