import type { Awaitable, Bytes } from '../util/bytes.js';

/** Options that every call takes. */
export interface CallOptions {
  /** Stops the call; its `reason` is thrown untouched. */
  readonly signal?: AbortSignal;
}

/**
 * Where keys and bytes are read from. Keys use `/`, have no leading slash and no `.` or `..` segment.
 *
 * A `Map<string, Bytes>` is a valid reader.
 */
export interface ReadableStore {
  /** The whole value, or undefined when the key is absent. The caller may not change the bytes. */
  get(key: string, options?: CallOptions): Awaitable<Bytes | undefined>;
  /**
   * Bytes `[start, end)` of a value: fewer when the value ends before `end` (none when it ends before `start`),
   * undefined when the key is absent. Left out by stores without ranges; callers then slice `get`.
   */
  getRange?(key: string, start: number, end: number, options?: CallOptions): Awaitable<Bytes | undefined>;
}

/**
 * One change: the new value of a key (in parts that are stored one after another), or null to delete it.
 *
 * The bytes stay the caller's, who leaves them alone until `write` has settled.
 */
export interface Put {
  /** Key that changes. */
  readonly key: string;
  /** Its new value, which may not be changed before the write has settled; null deletes the key. */
  readonly bytes: Bytes | readonly Bytes[] | null;
  /**
   * Whether the bytes never change again, not even after the write. A store may then tell by their buffers which of
   * them it holds already, and store the others alone; so may those be parts of what `get` gave. Others ignore it.
   */
  readonly lasting?: boolean;
}

/** A store that can be listed, and written when it has `write`. */
export interface Store extends ReadableStore {
  /** The address for messages, such as `idb://pets`. */
  readonly address: string;
  /** All keys that start with `prefix`, in no particular order. Left out where a store cannot tell (http). */
  list?(prefix: string, options?: CallOptions): AsyncIterable<string>;
  /**
   * Applies changes. Resolves when they survive the end of the process (memory excepted). When a list names a key
   * twice, the last one counts. After a crash either all or none of them are there (memory, IndexedDB, folder), or
   * a prefix of the list. An abort takes back what has not been decided yet. Missing on read-only stores.
   * @throws {DatasetError} `storage` when the store refuses; nothing of the list is then promised to be there.
   */
  write?(puts: readonly Put[], options?: CallOptions): Promise<void>;
  /**
   * Takes the sole right to write, held until the returned function is called (and has settled) or the tab or process
   * ends; undefined when another holds it. Stores shared beyond one browser leave it out and use Deep Lake's lock file.
   */
  lock?(): Promise<(() => Awaitable<void>) | undefined>;
  /** Releases handles. Reading afterwards is an error. */
  close?(): Awaitable<void>;
}

/** A store known to have ranges and lists. */
export type ListableStore = Store & Required<Pick<Store, 'getRange' | 'list'>>;

/** A store known to have ranges, lists and writes. */
export type WritableStore = ListableStore & Required<Pick<Store, 'write'>>;
