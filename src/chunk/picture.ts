/** Image chunk compression: all samples of a chunk as one picture, side by side and top-aligned (`spec` §4.4). */
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import { newBytePositions } from '../format/byte-positions.js';
import { serializeChunkHeader } from '../format/chunk.js';
import { bytesFromNdArray, type Dtype, isDtype, itemSize, ndArrayFromBytes } from '../format/dtypes.js';
import { newShapes } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import { type Codecs, isImageCompression } from './codecs.js';
import { fitsChunk } from './plan-append.js';
import type { ChunkView } from './source.js';
import type { Unpacked } from './unpack.js';

const LIMIT = 2 ** 32; // tables count in 32 bits

/** The picture that all samples of a chunk make: side by side, top-aligned. */
interface Picture {
  readonly height: number;
  readonly width: number;
  /** Of the samples that have pixels; 1 for samples of shape (height, width), 0 when no sample has pixels. */
  readonly channels: number;
  /** Whether samples that have pixels differ in their channels. */
  readonly mixed: boolean;
}

function pictureOf(shapes: RunTable | undefined): Picture {
  let height = 0;
  let width = 0;
  let channels = 0;
  let mixed = false;
  // By rows and not by samples: a table that lies may promise billions of these.
  for (const { h, w, c, items } of runsOf(shapes)) {
    height = Math.max(height, h);
    width += w * items;
    if (h * w * c === 0) continue;
    mixed ||= channels > 0 && c !== channels;
    channels = c;
  }
  return { height, width, channels, mixed };
}

function* runsOf(shapes: RunTable | undefined) {
  if (!shapes) return;
  const flat = shapes.columns === 2;
  for (let row = 0; row < shapes.rows; row++) {
    const items = shapes.last(row) - shapes.last(row - 1);
    yield { h: shapes.value(row, 0), w: shapes.value(row, 1), c: flat ? 1 : shapes.value(row, 2), items };
  }
}

// The longest side that libjpeg, and so Pillow, reads.
const MAX_SIDE = 65_500;

/**
 * Tells whether a sample can stand in one picture with the samples of a chunk: it has the same channels, and the
 * picture stays within what a chunk holds and formats can be. Always true for tensors without an image chunk compression.
 */
export function fitsPicture(
  meta: TensorMeta,
  shapes: RunTable | undefined,
  [h = 0, w = 0, c = 1]: readonly number[],
): boolean {
  if (!isImageCompression(meta.chunkCompression)) return true;
  const { height, width, channels } = pictureOf(shapes);
  if (channels === 0 || h * w * c === 0) return true;
  const size = isDtype(meta.dtype) ? itemSize(meta.dtype) : 1;
  const bytes = Math.max(height, h) * (width + w) * channels * size;
  return c === channels && width + w <= MAX_SIDE && fitsChunk(meta, bytes, 0);
}

function imageShape({ height, width, channels }: Picture, shapes: RunTable): number[] {
  return shapes.columns === 2 ? [height, width] : [height, width, channels];
}

/** Shapes of empty samples in a tensor that has no dimensions yet: three zeros each (`spec` §4.3). */
export function noPictures(count: number): RunTable {
  const shapes = newShapes(3);
  shapes.append([0, 0, 0], count);
  return shapes;
}

/** Serialises a chunk whose samples are one picture. */
export async function packPicture(
  shapes: RunTable,
  parts: Bytes[],
  meta: TensorMeta,
  codecs: Codecs,
  encode: EncodeOptions,
): Promise<Bytes[]> {
  const compression = meta.chunkCompression ?? '';
  const dtype = isDtype(meta.dtype) ? meta.dtype : 'uint8';
  const picture = pictureOf(shapes);
  const header = serializeChunkHeader(shapes, newBytePositions());
  if (picture.channels === 0) return [header];
  const data = concatBytes(parts);
  const unit = picture.channels * itemSize(dtype);
  const pixels = new Uint8Array(picture.height * picture.width * unit);
  eachLine(shapes, picture, unit, (pictureAt, dataAt, length) =>
    pixels.set(data.subarray(dataAt, dataAt + length), pictureAt),
  );
  return [
    header,
    await codecs.encode(compression, ndArrayFromBytes(pixels, dtype, imageShape(picture, shapes)), encode),
  ];
}

/** Decodes the picture of a chunk and takes its samples apart. @throws {DatasetError} `codec`, `corrupt`, `unsupported` */
export async function unpackPicture(
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
    throw new DatasetError('unsupported', `Chunk compression "${compression}" cannot be read.`, {
      feature: `chunk compression ${compression}`,
    });
  }
  const { key, shapes } = view;
  const positions = newBytePositions();
  const items = shapes?.items ?? 0;
  if (count >= LIMIT) throw corrupt(key, 'samples of a chunk', `less than ${LIMIT}`, String(count));
  // Empty samples without shapes have a header at least.
  if (count > 0 && shapes?.columns === 0) throw corrupt(key, 'chunk', `${count} samples`, 'none');
  if (!shapes || shapes.rows === 0) {
    positions.append([0], count);
    return { data: new Uint8Array(0), positions };
  }
  if (shapes.columns !== 2 && shapes.columns !== 3)
    throw corrupt(key, 'shapes of pictures', '2 or 3 numbers each', String(shapes.columns));
  // Also samples that the index does not count take up room: a write was cut off before the index.
  const picture = pictureOf(shapes);
  if (picture.mixed) throw corrupt(key, 'shapes of pictures', `${picture.channels} channels`, 'others, too');
  const unit = picture.channels * itemSize(dtype);
  let pixels: Bytes = new Uint8Array(0);
  if (picture.channels > 0) {
    const shape = imageShape(picture, shapes);
    pixels = bytesFromNdArray(await codecs.decode(compression, packed, { shape, dtype }, options));
    const expected = picture.height * picture.width * unit;
    if (pixels.length !== expected)
      throw corrupt(key, `picture of shape (${shape.join(', ')})`, expected, pixels.length);
  }
  for (const { h, w, c, items: run } of runsOf(shapes)) positions.append([h * w * c * itemSize(dtype)], run);
  if (items < count) positions.append([0], count - items);
  const data = new Uint8Array(positions.total);
  eachLine(shapes, picture, unit, (pictureAt, dataAt, length) =>
    data.set(pixels.subarray(pictureAt, pictureAt + length), dataAt),
  );
  return { data, positions };
}

/** Walks the lines of pixels of all samples: where each lies in the picture and in the data. */
function eachLine(
  shapes: RunTable,
  { width }: Picture,
  unit: number,
  copy: (pictureAt: number, dataAt: number, length: number) => void,
): void {
  let left = 0;
  let dataAt = 0;
  for (const { h, w, c, items } of runsOf(shapes)) {
    for (let i = 0; h * w * c > 0 && i < items; i++) {
      for (let y = 0; y < h; y++, dataAt += w * unit) copy((y * width + left + i * w) * unit, dataAt, w * unit);
    }
    left += w * items;
  }
}
