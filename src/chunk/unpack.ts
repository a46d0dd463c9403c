/** Chunk compression: the whole data area of a chunk as one LZ4 block or one image (`spec` §4.2, §4.4). */
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import { bytesFromNdArray, type Dtype, elementCount, isDtype, itemSize, ndArrayFromBytes } from '../format/dtypes.js';
import { newBytePositions } from '../format/byte-positions.js';
import { serializeChunkHeader } from '../format/chunk.js';
import { shapeAt } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';
import { type Codecs, isImageCompression, loadLz4 } from './codecs.js';
import type { OpenChunk } from './open-chunk.js';
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
 * @param count - number of samples in the chunk.
 * @throws {DatasetError} `codec` or `corrupt` when the data does not fit the chunk's tables.
 */
export async function unpack(view: ChunkView, meta: TensorMeta, count: number, codecs: Codecs, options?: CallOptions): Promise<Unpacked> {
  const packed = await view.readAll(options);
  const { chunkCompression } = meta;
  if (view.unpacked || chunkCompression === null) return { data: packed, positions: view.positions };
  if (chunkCompression === 'lz4') {
    const { decompressBlock } = await loadLz4();
    return { data: decompressBlock(packed, view.positions.total), positions: view.positions };
  }
  return unpackImage(view, packed, meta, count, codecs, options);
}

/** Serialises a chunk for storage, in parts. What is added to it meanwhile is not part of the result. */
export function packChunk(chunk: OpenChunk, meta: TensorMeta, codecs: Codecs, encode: EncodeOptions): Bytes[] | Promise<Bytes[]> {
  const { chunkCompression } = meta;
  const shapes = chunk.shapes ?? new RunTable(1);
  const parts = chunk.parts();
  if (chunkCompression === null) return [serializeChunkHeader(shapes, chunk.positions), ...parts];
  if (chunkCompression === 'lz4') {
    const header = serializeChunkHeader(shapes, chunk.positions);
    return loadLz4().then(({ compressBlock }) => [header, compressBlock(concatBytes(parts))]);
  }
  return packImage(chunk, shapes, parts, meta, codecs, encode);
}

interface Canvas {
  readonly height: number;
  readonly width: number;
  /** 0 for samples of shape (height, width). */
  readonly channels: number;
  readonly shapes: readonly (readonly number[])[];
}

/** The picture that all samples of a chunk make: side by side, top-aligned. */
function canvasOf(shapes: RunTable, count: number): Canvas {
  const list = Array.from({ length: count }, (_, i) => shapeAt(shapes, i));
  let height = 0;
  let width = 0;
  let channels = 0;
  for (const [h = 0, w = 0, c = 0] of list) {
    height = Math.max(height, h);
    width += w;
    channels = Math.max(channels, c);
  }
  return { height, width, channels, shapes: list };
}

async function packImage(
  chunk: OpenChunk,
  shapes: RunTable,
  parts: Bytes[],
  meta: TensorMeta,
  codecs: Codecs,
  encode: EncodeOptions,
): Promise<Bytes[]> {
  const compression = meta.chunkCompression ?? '';
  const dtype = isDtype(meta.dtype) ? meta.dtype : 'uint8';
  const canvas = canvasOf(shapes, chunk.count);
  const header = serializeChunkHeader(shapes, newBytePositions());
  if (canvas.height * canvas.width === 0) return [header];
  const data = concatBytes(parts);
  const unit = Math.max(canvas.channels, 1) * itemSize(dtype);
  const picture = new Uint8Array(canvas.height * canvas.width * unit);
  eachRow(canvas, unit, (pictureAt, dataAt, length) => picture.set(data.subarray(dataAt, dataAt + length), pictureAt));
  const shape = [canvas.height, canvas.width, ...(canvas.channels > 0 ? [canvas.channels] : [])];
  return [header, await codecs.encode(compression, ndArrayFromBytes(picture, dtype, shape), encode)];
}

async function unpackImage(
  view: ChunkView,
  packed: Bytes,
  meta: TensorMeta,
  count: number,
  codecs: Codecs,
  options?: CallOptions,
): Promise<Unpacked> {
  const compression = meta.chunkCompression ?? '';
  const dtype: Dtype = isDtype(meta.dtype) ? meta.dtype : 'uint8';
  if (!isImageCompression(compression)) {
    throw new DatasetError('unsupported', `Chunk compression "${compression}" cannot be read.`, { feature: `chunk compression ${compression}` });
  }
  const positions = newBytePositions();
  if (!view.shapes || view.shapes.rows === 0) {
    positions.append([0], count);
    return { data: new Uint8Array(0), positions };
  }
  const canvas = canvasOf(view.shapes, count);
  const unit = Math.max(canvas.channels, 1) * itemSize(dtype);
  for (const shape of canvas.shapes) positions.append([elementCount(shape) * itemSize(dtype)]);
  const data = new Uint8Array(positions.total);
  if (data.length === 0) return { data, positions };
  const shape = [canvas.height, canvas.width, ...(canvas.channels > 0 ? [canvas.channels] : [])];
  const picture = bytesFromNdArray(await codecs.decode(compression, packed, { shape, dtype }, options));
  const expected = canvas.height * canvas.width * unit;
  if (picture.length !== expected) {
    throw new DatasetError('corrupt', `Chunk ${view.key} holds a picture of ${picture.length} bytes, its shapes need ${expected}. Restore it from a copy.`, {
      key: view.key,
      expected,
      got: picture.length,
    });
  }
  eachRow(canvas, unit, (pictureAt, dataAt, length) => data.set(picture.subarray(pictureAt, pictureAt + length), dataAt));
  return { data, positions };
}

/** Walks the pixel rows of all samples: where each lies in the picture and in the data. */
function eachRow(canvas: Canvas, unit: number, copy: (pictureAt: number, dataAt: number, length: number) => void): void {
  let left = 0;
  let dataAt = 0;
  for (const [height = 0, width = 0] of canvas.shapes) {
    for (let y = 0; y < height; y++) {
      copy((y * canvas.width + left) * unit, dataAt, width * unit);
      dataAt += width * unit;
    }
    left += width;
  }
}
