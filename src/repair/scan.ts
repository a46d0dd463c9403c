/** What a check of a dataset shares: reading that counts, and the list of what was found. */

import type { CodecPool } from '../codec/pool.js';
import { DatasetError, isDatasetError } from '../errors.js';
import { withPrefix } from '../store/prefixed.js';
import type { Put, Store } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { OnProgress } from '../util/progress.js';

/** What is wrong, for programs. */
export type FindingCode =
  | 'dataset-missing'
  | 'graph-missing'
  | 'graph-damaged'
  | 'graph-inconsistent'
  | 'commit-missing'
  | 'commit-info'
  | 'dataset-meta'
  | 'dataset-info'
  | 'dataset-diff'
  | 'tensor-meta'
  | 'tensor-info'
  | 'htype'
  | 'dtype'
  | 'length'
  | 'shape-range'
  | 'chunk-index'
  | 'chunk-set'
  | 'chunk-missing'
  | 'chunk-damaged'
  | 'tiles'
  | 'sequences'
  | 'creds'
  | 'pads'
  | 'commit-diff'
  | 'companion'
  | 'id'
  | 'sample'
  | 'undecoded'
  | 'lock'
  | 'orphan'
  | 'view';

/** One thing that {@link verify} has found. */
export interface Finding {
  /** `error`: something cannot be read, or Deep Lake would fail; `warning`: unusual, wasteful or incomplete. */
  readonly level: 'error' | 'warning';
  readonly code: FindingCode;
  /** Storage key of the file. */
  readonly key: string;
  /** Key of the tensor. */
  readonly tensor?: string;
  /** Id of the commit, or of the head of a branch. */
  readonly commit?: string;
  readonly message: string;
  /** Whether `repair` mends it. */
  readonly repairable: boolean;
}

/** How much has been read. */
export interface Checked {
  /** Files. */
  keys: number;
  chunks: number;
  /** Samples of chunks, each once for each way in which commits see it. */
  samples: number;
  bytes: number;
}

/** Options of {@link verify}. */
export interface VerifyOptions {
  /** Whether every sample is decoded. Default false: of files, the headers are read. */
  readonly deep?: boolean;
  /** Who decodes in deep checks. Default: this thread. */
  readonly codecs?: CodecPool;
  /** Told how many files were read. */
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Changes that mend one finding. */
export interface Fix {
  /** What is done, in words. */
  readonly action: string;
  readonly puts: readonly Put[];
  /** Whether rows are given up: done only when nothing else is left to mend that could bring them back. */
  readonly cuts?: boolean;
}

/** Makes a fix, or finds that there is none after all. */
export type MakeFix = () => Promise<Fix | undefined> | Fix | undefined;

/** What all parts of one check share. */
export interface Task {
  readonly options: VerifyOptions;
  readonly checked: Checked;
  readonly findings: Finding[];
  /** Findings beyond those that are listed. */
  omitted: number;
  /** Takes fixes; absent when nothing is to be mended. */
  readonly mend?: (make: MakeFix, prefix: string) => Promise<void>;
  /** Called after each file. */
  readonly tick: () => void;
  /** Current time in seconds since 1970. */
  readonly now: number;
}

// A damaged dataset of millions of chunks must not fill the memory with messages.
const MAX_FINDINGS = 10_000;

/** Whether an error tells of damage: everything but a store that fails, an abort, and a closed store. */
export function isDamage(error: unknown): boolean {
  if (isDatasetError(error)) return !isDatasetError(error, 'storage', 'closed');
  return error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError;
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What stands for a file that cannot be parsed. */
export class Damage {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** One dataset, or saved view, under check. */
export class Scan {
  readonly store: Store;
  readonly task: Task;
  /** Before all keys in messages: the folder of a saved view. */
  readonly prefix: string;
  /** All keys, where the store can list them. */
  readonly keys: ReadonlySet<string> | undefined;
  /** Keys that something refers to. */
  readonly known = new Set<string>();

  constructor(store: Store, task: Task, keys: ReadonlySet<string> | undefined, prefix = '') {
    this.store = store;
    this.task = task;
    this.keys = keys;
    this.prefix = prefix;
  }

  /** The same for a dataset inside this one. */
  inside(folder: string): Scan {
    const keys = this.keys && new Set(this.under(folder).map((key) => key.slice(folder.length)));
    return new Scan(withPrefix(this.store, folder), this.task, keys, this.prefix + folder);
  }

  /** Keys that begin with a prefix; none where the store cannot list. */
  under(prefix: string): string[] {
    return [...(this.keys ?? [])].filter((key) => key.startsWith(prefix));
  }

  /** Reads a file. A key that no store can hold is one that is not there. */
  async read(key: string): Promise<Bytes | undefined> {
    this.known.add(key);
    const bytes = await this.#safely(async () => this.store.get(key, this.#call()));
    this.#count(bytes);
    return bytes;
  }

  /** Reads bytes `[start, end)` of a file, fewer when it ends before. */
  async readRange(key: string, start: number, end: number): Promise<Bytes | undefined> {
    this.known.add(key);
    const { store } = this;
    const bytes = await this.#safely(async () =>
      store.getRange
        ? store.getRange(key, start, end, this.#call())
        : (await store.get(key, this.#call()))?.subarray(start, end),
    );
    this.#count(bytes);
    return bytes;
  }

  /** Whether a file is there. */
  async has(key: string): Promise<boolean> {
    return this.keys ? this.keys.has(key) : (await this.readRange(key, 0, 1)) !== undefined;
  }

  #call() {
    const { signal } = this.task.options;
    signal?.throwIfAborted();
    return signal ? { signal } : {};
  }

  async #safely<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #count(bytes: Bytes | undefined): void {
    if (!bytes) return;
    this.task.checked.keys++;
    this.task.checked.bytes += bytes.length;
    this.task.tick();
  }

  /**
   * Reads and parses a file; undefined when it is absent, `'damaged'` (and reported) when it cannot be parsed.
   * @param fix - mends it, for files that can be made again.
   */
  async parsed<T>(
    code: FindingCode,
    key: string,
    parse: (bytes: Bytes, key: string) => T,
    place: Pick<Finding, 'tensor' | 'commit'>,
    fix?: MakeFix,
  ): Promise<T | undefined | 'damaged'> {
    const value = await this.attempt(key, parse);
    if (!(value instanceof Damage)) return value;
    await this.error(code, key, value.message, place, fix);
    return 'damaged';
  }

  /** Reads and parses a file without a word; undefined when it is absent. */
  async attempt<T>(key: string, parse: (bytes: Bytes, key: string) => T): Promise<T | Damage | undefined> {
    const bytes = await this.read(key);
    if (!bytes) return undefined;
    try {
      return parse(bytes, key);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return new Damage(messageOf(error));
    }
  }

  error(code: FindingCode, key: string, message: string, place: Place = {}, fix?: MakeFix): Promise<void> {
    return this.#add('error', code, key, message, place, fix);
  }

  warn(code: FindingCode, key: string, message: string, place: Place = {}, fix?: MakeFix): Promise<void> {
    return this.#add('warning', code, key, message, place, fix);
  }

  async #add(
    level: Finding['level'],
    code: FindingCode,
    key: string,
    message: string,
    place: Place,
    fix: MakeFix | undefined,
  ): Promise<void> {
    const { task, prefix } = this;
    const finding: Finding = { level, code, key: prefix + key, ...place, message, repairable: fix !== undefined };
    if (task.findings.length < MAX_FINDINGS) task.findings.push(finding);
    else task.omitted++;
    if (fix && task.mend) await task.mend(fix, prefix);
  }
}

/** Where something was found. */
export type Place = Pick<Finding, 'tensor' | 'commit'>;

/** The error for a store that cannot be written. */
export function readOnlyStore(store: Store): DatasetError<'read-only'> {
  return new DatasetError('read-only', `${store.address} cannot be written, so nothing in it can be repaired.`, {
    reason: 'store',
  });
}
