import { DatasetError } from '../errors.js';
import { type ChunkHeader, parseChunkHeader } from '../format/chunk.js';
import { type ChunkIds, parseChunkIds, sampleCount } from '../format/chunk-ids.js';
import type { ChunkSet } from '../format/chunk-set.js';
import { newCreds, parseCreds } from '../format/creds.js';
import { parseInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import {
  chunkIdsKey,
  chunkKey,
  chunkSetKey,
  credsKey,
  FIRST_COMMIT,
  sequencesKey,
  tensorInfoKey,
  tilesKey,
} from '../format/keys.js';
import { parseSequences } from '../format/sequences.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { Tiles } from '../format/tiles.js';
import type { CallOptions, Store } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import { once } from '../util/once.js';
import type { RunTable } from '../util/runs.js';
import type { ChunkView, TensorSource } from './source.js';
import type { Unpacked } from './unpack.js';

// One request brings the tables of most chunks, and small samples with them: 1000 rows of three-dimensional images
// have tables of 28 kB, those of equal samples a few dozen bytes.
const FIRST_READ_BYTES = 16_384;

/** Parsed chunk headers and decompressed chunks, shared by the tensors of one open dataset and bounded. */
export interface ChunkCaches {
  /** By storage key; weighed in bytes of the first read. */
  readonly headers: Lru<string, StoredChunk>;
  /** Data areas after chunk decompression, by storage key; weighed in bytes. */
  readonly unpacked: Lru<string, Unpacked>;
}

/** Makes the caches of one open dataset. */
export function createChunkCaches(): ChunkCaches {
  return { headers: new Lru(32_000_000), unpacked: new Lru(64_000_000) };
}

/** What tensors of one commit share: the store, and the way from the commit back to the first one. */
export interface CommitSource {
  readonly store: Store;
  /** Commit ids from the one that is read up to the first (`spec` §7.3). */
  readonly lineage: readonly string[];
  readonly caches: ChunkCaches;
}

/** A value that is read once; not tied to the signal of who asks first, because others may wait for it. */
function shared<T>(load: () => Promise<T>): (options?: CallOptions) => Promise<T> {
  const read = once(load);
  return (options) => {
    options?.signal?.throwIfAborted();
    return read();
  };
}

// What few datasets have loads with the first of them.
const readTiles = async (bytes: Bytes, key: string): Promise<Tiles> =>
  (await import('../format/tiles.js')).parseTiles(bytes, key);
const readChunkSet = async (bytes: Bytes, key: string): Promise<ChunkSet> =>
  (await import('../format/chunk-set.js')).parseChunkSet(bytes, key);

/** A tensor as it is stored in one commit. Its tables are read when first needed and kept. */
export class StoredTensor implements TensorSource {
  readonly key: string;
  readonly meta: TensorMeta;
  /** The commit's source. */
  readonly from: CommitSource;
  /** The tensor's info: `{}` when none is stored. */
  readonly info: (options?: CallOptions) => Promise<JsonObject>;
  readonly chunkIds: (options?: CallOptions) => Promise<ChunkIds>;
  readonly tiles: (options?: CallOptions) => Promise<Tiles>;
  /** Number of the credentials key of each item; undefined for tensors that are none of links. */
  readonly creds: (options?: CallOptions) => Promise<RunTable | undefined>;
  /** Chunks that each commit of the lineage owns; the first commit owns what no other does. */
  readonly chunkSets: (options?: CallOptions) => Promise<readonly (readonly [string, ChunkSet])[]>;

  constructor(from: CommitSource, key: string, meta: TensorMeta) {
    this.from = from;
    this.key = key;
    this.meta = meta;
    const commit = from.lineage[0] ?? FIRST_COMMIT;
    const load = async <T>(at: string, parse: (bytes: Bytes, key: string) => Awaitable<T>, absent: T): Promise<T> => {
      const bytes = await from.store.get(at);
      return bytes === undefined || bytes.length === 0 ? absent : parse(bytes, at);
    };
    this.info = shared(() => load(tensorInfoKey(commit, key), parseInfo, {}));
    this.tiles = shared(() => load(tilesKey(commit, key), readTiles, new Map()));
    this.creds = shared(async () => (meta.isLink ? load(credsKey(commit, key), parseCreds, newCreds()) : undefined));
    this.chunkIds = shared(async () => {
      const at = chunkIdsKey(commit, key);
      const ids = await load<ChunkIds>(at, parseChunkIds, { ids: [], lasts: [] });
      if (sampleCount(ids) < meta.length) throw shortIndex(key, at, meta.length, sampleCount(ids));
      return ids;
    });
    this.chunkSets = shared(() =>
      Promise.all(
        from.lineage
          .filter((id) => id !== FIRST_COMMIT)
          .map(async (id) => [id, await load<ChunkSet>(chunkSetKey(id, key), readChunkSet, new Map())] as const),
      ),
    );
  }

  /** Items of each sequence, for sequence tensors, once {@link loadSequences} has run. */
  sequences: RunTable | undefined;

  /** Reads which items each sequence has. */
  async loadSequences(options?: CallOptions): Promise<void> {
    const at = sequencesKey(this.from.lineage[0] ?? FIRST_COMMIT, this.key);
    const bytes = await this.from.store.get(at, options);
    this.sequences = bytes && parseSequences(bytes, at);
  }

  /** Number of samples: of sequences, for sequence tensors. */
  get length(): number {
    return this.meta.isSequence ? (this.sequences?.items ?? 0) : this.meta.length;
  }

  /** Storage key of a chunk: the nearest commit that lists it owns it (`spec` §7.3). */
  async chunkKey(id: bigint): Promise<string> {
    for (const [commit, set] of await this.chunkSets()) {
      const entry = set.get(id);
      if (entry) return chunkKey(entry.commit ?? commit, entry.tensor ?? this.key, id);
    }
    return chunkKey(FIRST_COMMIT, this.key, id);
  }

  /** Drops what is cached of a chunk that was rewritten. */
  forget(key: string): void {
    this.from.caches.headers.delete(key);
    this.from.caches.unpacked.delete(key);
  }

  async chunk(id: bigint, options?: CallOptions): Promise<ChunkView> {
    return this.chunkAt(await this.chunkKey(id), options);
  }

  /** A chunk by its storage key. */
  async chunkAt(at: string, options?: CallOptions): Promise<ChunkView> {
    const { headers } = this.from.caches;
    const known = headers.get(at);
    if (known) return known;
    const chunk = await StoredChunk.open(this.from.store, at, options);
    headers.set(at, chunk, chunk.weight);
    return chunk;
  }
}

/** A stored chunk whose header has been read. */
export class StoredChunk implements ChunkView {
  readonly key: string;
  readonly unpacked = false;
  readonly #store: Store;
  readonly #header: ChunkHeader;
  /** First bytes of the data area, read together with the header. */
  readonly #head: Bytes;

  private constructor(store: Store, key: string, header: ChunkHeader, head: Bytes) {
    this.#store = store;
    this.key = key;
    this.#header = header;
    this.#head = head;
  }

  /** Reads a chunk's header: its first bytes, and the rest of the tables when they are longer. */
  static async open(store: Store, key: string, options?: CallOptions): Promise<StoredChunk> {
    let bytes = await readRange(store, key, 0, FIRST_READ_BYTES, options);
    let header = parseChunkHeader(bytes, key);
    while ('needed' in header) {
      const { needed } = header; // rises as one table after the other becomes known
      if (bytes.length >= FIRST_READ_BYTES) bytes = await readRange(store, key, 0, needed, options);
      if (bytes.length < needed) throw truncated(key, needed, bytes.length);
      header = parseChunkHeader(bytes, key);
    }
    return new StoredChunk(store, key, header, bytes.subarray(header.dataStart));
  }

  get shapes() {
    return this.#header.shapes;
  }

  get positions() {
    return this.#header.positions;
  }

  /** Bytes that this object keeps in memory, roughly. */
  get weight(): number {
    return this.#header.dataStart + this.#head.length;
  }

  async read(start: number, end: number, options?: CallOptions): Promise<Bytes> {
    if (end <= this.#head.length) return this.#head.slice(start, end);
    const { dataStart } = this.#header;
    const bytes = await readRange(this.#store, this.key, dataStart + start, dataStart + end, options);
    if (bytes.length < end - start) throw truncated(this.key, dataStart + end, dataStart + start + bytes.length);
    return bytes;
  }

  async readAll(options?: CallOptions): Promise<Bytes> {
    const bytes = await this.#store.get(this.key, options);
    if (!bytes) throw missingChunk(this.key);
    return bytes.subarray(this.#header.dataStart);
  }
}

async function readRange(store: Store, key: string, start: number, end: number, options?: CallOptions): Promise<Bytes> {
  const bytes = store.getRange
    ? await store.getRange(key, start, end, options)
    : (await store.get(key, options))?.subarray(start, end);
  if (!bytes) throw missingChunk(key);
  return bytes;
}

function missingChunk(key: string): DatasetError<'not-found'> {
  return new DatasetError('not-found', `Chunk ${key} is missing. Restore it from a copy of the dataset.`, {
    what: 'chunk',
    name: key,
    key,
  });
}

function truncated(key: string, expected: number, got: number): DatasetError<'corrupt'> {
  return new DatasetError(
    'corrupt',
    `Chunk ${key} ends early: expected at least ${expected} bytes, got ${got}. Restore it from a copy.`,
    {
      key,
      expected,
      got,
    },
  );
}

function shortIndex(tensor: string, key: string, expected: number, got: number): DatasetError<'corrupt'> {
  return new DatasetError(
    'corrupt',
    `Tensor "${tensor}" has ${expected} samples, but ${key} lists ${got}. Restore that file from a copy.`,
    {
      tensor,
      key,
      expected,
      got,
    },
  );
}
