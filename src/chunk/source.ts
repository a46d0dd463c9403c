/** Where the samples of a tensor are read from: stored chunks, or those that a draft still holds. */
import type { ChunkIds } from '../format/chunk-ids.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { Tiles } from '../format/tiles.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';

/** A chunk whose tables are known. */
export interface ChunkView {
  /** Storage key, for messages and caches. */
  readonly key: string;
  readonly shapes: RunTable | undefined;
  /** No rows for tiles and for chunks that are one image. */
  readonly positions: RunTable;
  /** Whether the data is as samples were added, although the tensor has a chunk compression. */
  readonly unpacked: boolean;
  /** Data bytes `[start, end)`, counted from the start of the data area. Fewer when the file ends before. */
  read(start: number, end: number, options?: CallOptions): Awaitable<Bytes>;
  /** The whole data area. */
  readAll(options?: CallOptions): Awaitable<Bytes>;
}

/** What reading needs of a tensor. */
export interface TensorSource {
  /** Storage key of the tensor. */
  readonly key: string;
  readonly meta: TensorMeta;
  info(options?: CallOptions): Awaitable<JsonObject>;
  chunkIds(options?: CallOptions): Awaitable<ChunkIds>;
  tiles(options?: CallOptions): Awaitable<Tiles>;
  /** Items of each sequence; undefined for tensors that are none of sequences. */
  readonly sequences?: RunTable | undefined;
  /** Number of the credentials key of each item; undefined for tensors that are none of links. */
  creds?(options?: CallOptions): Awaitable<RunTable | undefined>;
  chunk(id: bigint, options?: CallOptions): Awaitable<ChunkView>;
}
