/** Chunk compression: the whole data area of a chunk as one LZ4 block or one image (`spec` §4.2, §4.4). */
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import { type Codecs, loadLz4 } from './codecs.js';
import type { ChunkView } from './source.js';

/** A chunk's data before chunk compression, and where each sample lies in it. */
export interface Unpacked {
  readonly data: Bytes;
  readonly positions: RunTable;
}

/** Compressions whose decoded samples are not exactly those that were added. */
const lossy: ReadonlySet<string> = new Set(['jpeg', 'webp', 'mpo']);

/** Whether adding to a stored chunk would change the samples that are in it. */
export function degrades(meta: TensorMeta): boolean {
  return meta.chunkCompression !== null && lossy.has(meta.chunkCompression);
}

/**
 * Decompresses the data area of a chunk.
 *
 * @param count - samples that the index places in the chunk; there may be more after a write that was cut off.
 * @throws {DatasetError} `codec` or `corrupt` when the data does not fit the chunk's tables.
 */
export async function unpack(
  view: ChunkView,
  meta: TensorMeta,
  count: number,
  codecs: Codecs,
  options?: CallOptions,
): Promise<Unpacked> {
  const packed = await view.readAll(options);
  const { chunkCompression } = meta;
  if (view.unpacked || chunkCompression === null) return { data: packed, positions: view.positions };
  if (chunkCompression === 'lz4') {
    const { decompressBlock } = await loadLz4();
    return { data: decompressBlock(packed, view.positions.total), positions: view.positions };
  }
  const { unpackPicture } = await import('./picture.js'); // loads with the first chunk that is one
  return unpackPicture(view, packed, meta, count, codecs, options);
}
