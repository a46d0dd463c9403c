import { compressions } from '../codec/table.js';
import type { NdArray } from '../format/dtypes.js';
import { isNdArray, isNumeric, toNdArray, typedArrayDtype } from './cast.js';
import { numberDtype } from './generic.js';
import { ImageSample } from './image-sample.js';
import { describeInput, describeShape, mismatch } from './mismatch.js';
import { refuseUnknown } from './options.js';
import { fileOf, parseFile, readFileHeader } from './parse-file.js';
import type { HtypeSpec, TensorContext, Value } from './types.js';

const imageCompressions = [...compressions].flatMap(([name, kind]) => (kind === 'image' ? [name] : []));

const accepted =
  'a File, Blob, read(…), ImageData, ImageBitmap, canvas, or pixels of shape (height, width) or (height, width, channels)';

/** `image`: pictures, shape `[height, width, channels]`, kept as files of one format or as raw pixels. */
export const image: HtypeSpec = {
  htype: 'image',
  dtype: null,
  textLike: false,
  sampleCompressions: [...imageCompressions, 'lz4'],
  chunkCompressions: [...imageCompressions, 'lz4'],
  needsCompression: true,
  addsChannelAxis: true,
  companions: { shape: 'shape', info: true },
  metaFields: { intrinsics: null, _info: ['intrinsics'] },
  initialInfo(given) {
    refuseUnknown('image', given, ['intrinsics']);
    const { intrinsics } = given;
    const matrix = Array.isArray(intrinsics) && intrinsics.length === 3 && intrinsics.every(isMatrixRow);
    if (intrinsics !== undefined && intrinsics !== null && !matrix) {
      throw new TypeError('Option "intrinsics" must be a 3 x 3 matrix of numbers.');
    }
    return { intrinsics: matrix ? (intrinsics as number[][]) : null };
  },
  parse: parseImage,
  checkShape(shape, context) {
    if (shape.length < 2 || shape.length > 3) throw mismatch(context, `shape ${describeShape(shape)}`, accepted);
  },
  output(sample) {
    return new ImageSample(sample);
  },
};

function isMatrixRow(row: unknown): boolean {
  return Array.isArray(row) && row.length === 3 && row.every((number) => typeof number === 'number');
}

/** Reads everything that can be a picture. */
export function parseImage(input: unknown, context: TensorContext): Value | Promise<Value> {
  if (input === null || input === undefined || (Array.isArray(input) && input.length === 0)) return { kind: 'empty' };
  const file = fileOf(input);
  if (file) return parseFile(file);
  if (input instanceof ImageSample) return parseSample(input);
  const picture = pixelsOf(input);
  if (picture) return { kind: 'array', array: withoutOpaqueAlpha(picture) };
  if (isDrawable(input))
    throw mismatch(context, `an empty ${input.constructor.name} (closed, or without pixels)`, accepted);
  if (!isNumeric(input)) throw mismatch(context, describeInput(input), accepted);
  // Plain lists say nothing of a number type; an image file holds bytes unless the array says otherwise.
  const { sampleCompression, chunkCompression } = context.meta;
  const typed = typedArrayDtype(input) !== undefined || isNdArray(input);
  const isFile = isImage(sampleCompression ?? chunkCompression);
  const dtype = numberDtype(context) ?? (isFile && !typed ? 'uint8' : null);
  return { kind: 'array', array: toNdArray(input, dtype, context) };
}

async function parseSample(sample: ImageSample): Promise<Value> {
  const file = sample.encoded();
  if (file && isImage(file.compression)) return { kind: 'file', file, ...(await readFileHeader(file, undefined)) };
  const array = await sample.array();
  return array.data.length === 0 ? { kind: 'empty' } : { kind: 'array', array };
}

function isImage(compression: string | null): boolean {
  return compression !== null && compressions.get(compression) === 'image';
}

/** The RGBA pixels of what a page draws with; undefined for anything else. */
function pixelsOf(input: unknown): ImageData | undefined {
  if (typeof ImageData !== 'undefined' && input instanceof ImageData) return input;
  if (!isDrawable(input) || input.width === 0 || input.height === 0) return undefined;
  const canvas = new OffscreenCanvas(input.width, input.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(input, 0, 0);
  return context?.getImageData(0, 0, input.width, input.height);
}

function isDrawable(input: unknown): input is ImageBitmap | OffscreenCanvas | HTMLCanvasElement {
  if (typeof ImageBitmap !== 'undefined' && input instanceof ImageBitmap) return true;
  if (typeof OffscreenCanvas !== 'undefined' && input instanceof OffscreenCanvas) return true;
  return typeof HTMLCanvasElement !== 'undefined' && input instanceof HTMLCanvasElement;
}

/** Drops an alpha channel that is opaque everywhere: what a canvas adds to a photo is not part of it. */
function withoutOpaqueAlpha({ data, width, height }: ImageData): NdArray<'uint8'> {
  let opaque = true;
  for (let i = 3; i < data.length && opaque; i += 4) opaque = data[i] === 255;
  if (!opaque) return { dtype: 'uint8', shape: [height, width, 4], data: new Uint8Array(data) };
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from] ?? 0;
    rgb[to + 1] = data[from + 1] ?? 0;
    rgb[to + 2] = data[from + 2] ?? 0;
  }
  return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
}
