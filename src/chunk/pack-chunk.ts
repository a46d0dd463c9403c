import type { EncodeOptions } from '../codec/types.js';
import { serializeChunkHeader } from '../format/chunk.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';
import { type Codecs, loadLz4 } from './codecs.js';
import type { OpenChunk } from './open-chunk.js';
import { noPictures, packPicture } from './picture.js';

/** Serialises a chunk for storage, in parts. What is added to it meanwhile is not part of the result. */
export function packChunk(
  chunk: OpenChunk,
  meta: TensorMeta,
  codecs: Codecs,
  encode: EncodeOptions,
): Bytes[] | Promise<Bytes[]> {
  const { chunkCompression } = meta;
  const shapes = chunk.shapes ?? new RunTable(1);
  const parts = chunk.parts();
  if (chunkCompression === null) {
    chunk.header ??= serializeChunkHeader(shapes, chunk.positions);
    return [chunk.header, ...parts];
  }
  if (chunkCompression === 'lz4') {
    const header = serializeChunkHeader(shapes, chunk.positions);
    return loadLz4().then(({ compressBlock }) => [header, compressBlock(concatBytes(parts))]);
  }
  return packPicture(chunk.shapes ?? noPictures(chunk.count), parts, meta, codecs, encode);
}
