import type { EncodeOptions } from '../codec/types.js';
import { newBytePositions } from '../format/byte-positions.js';
import { serializeChunkHeader } from '../format/chunk.js';
import { newShapes } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import type { Codecs } from './codecs.js';
import type { OpenChunk } from './open-chunk.js';
import { packChunk } from './pack-chunk.js';
import type { Tile } from './sample.js';
import type { ChunkView } from './source.js';

/** A chunk in memory that the store does not hold yet, or holds in an older form. */
export interface HeldChunk {
  readonly id: bigint;
  /** What a reader sees now. */
  view(key: string): ChunkView;
  /** The file to store, in parts. */
  pack(meta: TensorMeta, codecs: Codecs, encode: EncodeOptions): Bytes[] | Promise<Bytes[]>;
  /** Rises with every change. */
  revision(): number;
}

/** Holds a chunk that is being filled. */
export function holdOpenChunk(chunk: OpenChunk): HeldChunk {
  return {
    id: chunk.id,
    revision: () => chunk.revision,
    pack: (meta, codecs, encode) => packChunk(chunk, meta, codecs, encode),
    view: (key) => ({
      key,
      shapes: chunk.shapes,
      positions: chunk.positions,
      unpacked: true,
      read: (start, end) => chunk.read(start, end),
      readAll: () => concatBytes(chunk.parts()),
    }),
  };
}

/** Holds the chunk of one tile: its shape, no byte positions, and the tile's bytes. */
export function holdTile(id: bigint, tile: Tile): HeldChunk {
  const shapes = newShapes(tile.shape.length);
  shapes.append(tile.shape);
  const positions = newBytePositions();
  return {
    id,
    revision: () => 1,
    pack: () => [serializeChunkHeader(shapes, positions), tile.bytes],
    view: (key) => ({
      key,
      shapes,
      positions,
      unpacked: true,
      read: (start, end) => tile.bytes.slice(start, end),
      readAll: () => tile.bytes,
    }),
  };
}
