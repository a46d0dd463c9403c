/**
 * What can be shown of an image sample. Loaded when a sample is displayed.
 *
 * The platform's decoder shows what it shows right, which honours colour profiles; everything else goes through the
 * library's own arrays, painted by a task of the codec pool.
 */
import type { Painted, PaintInput } from '../codec/rgba.js';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { requireBitmaps } from './bitmaps.js';
import { browserTypes, type Facts, imageFileOf, levelsOf, readFacts } from './image-facts.js';
import { neutralOrientation, UPRIGHT } from './image-orientation.js';
import type { BitmapOptions, BlobOptions } from './image-sample.js';
import { thumbnailKey } from './thumbnails.js';
import type { StoredSample } from './types.js';

const PNG = 'image/png';

/**
 * Makes a file that a browser can show: the stored one where browsers know its format, else a PNG of the pixels. The
 * stored file is not checked, so that a damaged one can be looked at.
 *
 * @throws {DatasetError} `codec` when a file that has to be decoded is damaged
 */
export async function blobOf(sample: StoredSample, { orient = false, signal }: BlobOptions): Promise<Blob> {
  const call = signal ? { signal } : {};
  const file = imageFileOf(sample);
  const type = file && browserTypes[file.compression];
  if (file && type) {
    const facts = await readFacts(sample, orient).catch((error: unknown) => {
      if (!isDatasetError(error, 'codec')) throw error;
      return undefined; // damaged: for the browser to judge
    });
    signal?.throwIfAborted();
    if (!facts || (facts.platformType && facts.orientation === UPRIGHT))
      return new Blob(neutralOrientation(file), { type });
    // Every browser turns photos by itself, but not every format.
    if (facts.platformType === 'image/jpeg') return new Blob([file.bytes], { type });
  }
  return pngOf(sample, orient, call);
}

/**
 * Makes a bitmap of an image sample. The caller closes it.
 *
 * @throws {DatasetError} `codec` when the file is damaged, `unsupported` where there are no bitmaps, as in Node
 */
export async function bitmapOf(sample: StoredSample, options: BitmapOptions): Promise<ImageBitmap> {
  const { orient = false, signal } = options;
  signal?.throwIfAborted();
  requireBitmaps('array() or toBlob()');
  const facts = await readFacts(sample, orient);
  const [width, height] = targetSize(facts, options);
  const isReduced = width < facts.width || height < facts.height;
  const make = (call: CallOptions) => makeBitmap(sample, facts, width, height, call);
  if (!isReduced || !facts.file || !sample.thumbnails) return make(signal ? { signal } : {});
  const key = thumbnailKey(facts.file, [width, height, facts.orientation]);
  return (await sample.thumbnails()).get(key, make, signal);
}

async function makeBitmap(
  sample: StoredSample,
  facts: Facts,
  width: number,
  height: number,
  options: CallOptions,
): Promise<ImageBitmap> {
  const { file, platformType } = facts;
  if (file && platformType) {
    const shown = await showByPlatform(neutralOrientation(file), platformType, facts, width, height);
    options.signal?.throwIfAborted();
    if (shown) return shown;
  }
  const painted = await paintSample(sample, facts, width, height, options);
  options.signal?.throwIfAborted();
  return createImageBitmap(new ImageData(new Uint8ClampedArray(painted.data.buffer), painted.width, painted.height));
}

/** A bitmap by the platform's decoder; undefined when that refuses the file, or finds another picture in it. */
async function showByPlatform(
  parts: Bytes[],
  type: string,
  facts: Facts,
  width: number,
  height: number,
): Promise<ImageBitmap | undefined> {
  const isWhole = width === facts.width && height === facts.height;
  const resize = { resizeWidth: width, resizeHeight: height, resizeQuality: 'medium' } as const;
  const bitmap =
    (await shrinkJpeg(parts, type, facts, resize)) ??
    (await createImageBitmap(new Blob(parts, { type }), isWhole ? {} : resize).catch(() => undefined));
  if (bitmap && (bitmap.width !== width || bitmap.height !== height)) {
    bitmap.close();
    return undefined;
  }
  return bitmap && turnBitmap(bitmap, facts.orientation);
}

const EIGHTHS = 8; // JPEG decoders shrink by whole eighths, in place of computing every pixel

/**
 * A small bitmap of a JPEG without decoding it at full size, which is some three times as fast; undefined where the
 * platform has no such decoder (`ImageDecoder`), or the picture is not shrunk to half or less.
 */
async function shrinkJpeg(
  [bytes, ...more]: Bytes[],
  type: string,
  { width, height, colors }: Facts,
  resize: ImageBitmapOptions & { readonly resizeWidth: number; readonly resizeHeight: number },
): Promise<ImageBitmap | undefined> {
  const eighths = Math.ceil(Math.max(resize.resizeWidth / width, resize.resizeHeight / height) * EIGHTHS);
  const isFit = type === 'image/jpeg' && colors === undefined && eighths <= EIGHTHS / 2;
  if (!isFit || !bytes || more.length > 0 || typeof ImageDecoder === 'undefined') return undefined;
  const desired = (side: number): number => Math.ceil((side * eighths) / EIGHTHS);
  try {
    const decoder = new ImageDecoder({
      data: bytes,
      type,
      desiredWidth: desired(width),
      desiredHeight: desired(height),
    });
    try {
      const { image } = await decoder.decode();
      try {
        return await createImageBitmap(image, resize);
      } finally {
        image.close();
      }
    } finally {
      decoder.close();
    }
  } catch {
    return undefined; // the slower way tells whether the file is damaged
  }
}

/** Turns a bitmap as an EXIF orientation says. The given one is closed if it is not the result. */
function turnBitmap(bitmap: ImageBitmap, orientation: number): ImageBitmap | undefined {
  if (orientation === UPRIGHT) return bitmap;
  const { width: w, height: h } = bitmap;
  try {
    const canvas = orientation >= 5 ? new OffscreenCanvas(h, w) : new OffscreenCanvas(w, h);
    const context = canvas.getContext('2d');
    const matrices: Readonly<Record<number, readonly [number, number, number, number, number, number]>> = {
      2: [-1, 0, 0, 1, w, 0],
      3: [-1, 0, 0, -1, w, h],
      4: [1, 0, 0, -1, 0, h],
      5: [0, 1, 1, 0, 0, 0],
      6: [0, 1, -1, 0, h, 0],
      7: [0, -1, -1, 0, h, w],
      8: [0, -1, 1, 0, 0, w],
    };
    const matrix = matrices[orientation];
    if (!context || !matrix) return undefined;
    context.setTransform(...matrix);
    context.drawImage(bitmap, 0, 0);
    return canvas.transferToImageBitmap();
  } catch {
    return undefined; // a platform whose workers have no canvas: painted instead
  } finally {
    bitmap.close();
  }
}

async function pngOf(sample: StoredSample, orient: boolean, options: CallOptions): Promise<Blob> {
  const facts = await readFacts(sample, orient);
  const painted = await paintSample(sample, facts, facts.width, facts.height, options);
  const { width, height, data } = painted;
  let isOpaque = true;
  for (let i = 3; i < data.length && isOpaque; i += 4) isOpaque = data[i] === 255;
  const drawn = isOpaque ? await drawPng(painted) : undefined; // a canvas rounds colours by their alpha
  options.signal?.throwIfAborted();
  if (drawn) return drawn;
  const pixels = isOpaque ? withoutAlpha(data) : data;
  const array: NdArray = { dtype: 'uint8', shape: [height, width, isOpaque ? 3 : 4], data: pixels };
  return new Blob([await sample.codecs.encode('png', array, {}, options)], { type: PNG });
}

// What every browser takes for a canvas: above it some give blank ones without an error.
const MAX_CANVAS_SIDE = 8192;
const MAX_CANVAS_PIXELS = 2 ** 24;

/** A PNG by the platform's encoder, which is faster than the library's; undefined where it has none, as Node. */
async function drawPng({ width, height, data }: Painted): Promise<Blob | undefined> {
  const fits = Math.max(width, height) <= MAX_CANVAS_SIDE && width * height <= MAX_CANVAS_PIXELS;
  if (typeof OffscreenCanvas === 'undefined' || !fits) return undefined;
  try {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context?.putImageData(new ImageData(new Uint8ClampedArray(data.buffer), width, height), 0, 0);
    const blob = context ? await canvas.convertToBlob({ type: PNG }) : undefined;
    return blob?.type === PNG ? blob : undefined;
  } catch {
    return undefined; // the library's encoder is asked next
  }
}

function withoutAlpha(rgba: Bytes): Bytes {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
  return rgb;
}

/** The pixels through the library's own decoder. An empty sample is one clear pixel. */
async function paintSample(
  sample: StoredSample,
  facts: Facts,
  width: number,
  height: number,
  options: CallOptions,
): Promise<Painted> {
  if (facts.width === 0 || facts.height === 0) return { width: 1, height: 1, data: new Uint8Array(4) };
  const array = await sample.array(options);
  const { colors, orientation, file } = facts;
  // What a decoder gave is this function's own; raw pixels may be the sample's bytes.
  const own = file ? array : { ...array, data: array.data.slice() };
  const input: PaintInput = { array: own, levels: levelsOf(facts), colors, width, height, orientation };
  return sample.codecs.run('paint', input, { ...options, transfer: [own.data.buffer] });
}

/** Size before turning that keeps the picture within the limits, which count after it. */
function targetSize(facts: Facts, { maxWidth = Infinity, maxHeight = Infinity }: BitmapOptions): [number, number] {
  for (const [name, value] of Object.entries({ maxWidth, maxHeight }))
    if (!(value > 0)) throw new RangeError(`The option ${name} is a number of pixels above 0, got ${value}.`);
  const { width, height } = facts;
  const [limitX, limitY] = facts.orientation >= 5 ? [maxHeight, maxWidth] : [maxWidth, maxHeight];
  const scale = Math.min(1, limitX / Math.max(width, 1), limitY / Math.max(height, 1));
  // An empty picture is shown as one pixel.
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}
