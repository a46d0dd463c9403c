/**
 * `image.rgb` and `image.gray`: pictures of one mode, to which all others are converted.
 *
 * Files are converted as Pillow does it, arrays as Deep Lake 3.9.52 does it, whose gray is up to two levels darker.
 */
import type { Kernels } from '../codec/kernels-types.js';
import type { FileColors } from '../codec/types.js';
import { elementCount, type NdArray } from '../format/dtypes.js';
import { castNdArray } from './cast.js';
import { image, parseImage } from './image.js';
import { describeShape, mismatch } from './mismatch.js';
import { noOptions } from './options.js';
import type { HtypeSpec, TensorContext, Value } from './types.js';

/** `image.rgb`: pictures of three channels, shape `[height, width, 3]`, uint8. */
export const imageRgb = modeSpec('image.rgb', 3, rgbOfArray);

/** `image.gray`: pictures of one channel, uint8; shape `[height, width]`, or `[height, width, 1]` as image files. */
export const imageGray = modeSpec('image.gray', 1, grayOfArray);

type Channels = 1 | 3;
type Pixels = NdArray<'uint8'>;

function modeSpec(
  htype: string,
  channels: Channels,
  ofArray: (array: NdArray, context: TensorContext) => NdArray,
): HtypeSpec {
  return {
    ...image,
    htype,
    dtype: 'uint8',
    addsChannelAxis: false,
    companions: { shape: 'shape', info: false },
    metaFields: {},
    initialInfo: noOptions(htype),
    async parse(input, context) {
      // Without a dtype numbers come as they were given: gray is made of them before they are rounded.
      const value = await parseImage(input, { ...context, meta: { ...context.meta, dtype: null } });
      if (value.kind === 'array') return { kind: 'array', array: ofArray(value.array, context) };
      if (value.kind !== 'file' || hasMode(value, channels)) return value;
      const { loadKernels } = await import('../codec/kernels.js');
      const kernels = await loadKernels();
      return { ...value, convert: (array) => pillowConvert(array, value.colors, channels, kernels) };
    },
    checkShape(shape, context) {
      if (shape.length >= 2 && shape.length <= 3 && (shape[2] ?? 1) === channels) return;
      throw notPicture(shape, context);
    },
  };
}

function hasMode({ shape, dtype, colors }: Extract<Value, { kind: 'file' }>, channels: Channels): boolean {
  return dtype === 'uint8' && colors === undefined && (shape[2] ?? 1) === channels;
}

function notPicture(shape: readonly number[], context: TensorContext): Error {
  const expected = 'pixels of shape (height, width), (height, width, 3) or (height, width, 4), or an image file';
  return mismatch(context, `shape ${describeShape(shape)}`, expected);
}

/** Repeats gray, and drops a fourth channel. */
function rgbOfArray(given: NdArray, context: TensorContext): NdArray {
  const array = castNdArray(given, 'uint8', context);
  const channels = channelsOf(array, context);
  if (channels === 3) return array;
  const { shape, data } = array;
  const [height = 0, width = 0] = shape;
  const rgb = new Uint8Array(height * width * 3);
  for (let to = 0, from = 0; to < rgb.length; to += 3, from += channels) {
    rgb[to] = Number(data[from]);
    rgb[to + 1] = Number(data[channels === 1 ? from : from + 1]);
    rgb[to + 2] = Number(data[channels === 1 ? from : from + 2]);
  }
  return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
}

/** Weighs the channels as the original does: each product is cut to a whole number before they are added. */
function grayOfArray(given: NdArray, context: TensorContext): NdArray {
  const channels = channelsOf(given, context);
  const { shape, data } = given;
  const [height = 0, width = 0] = shape;
  if (channels === 1) return { ...castNdArray(given, 'uint8', context), shape: [height, width] };
  const odd = (data as Float64Array).findIndex((value) => !(value >= 0 && value <= 255));
  if (odd >= 0) throw mismatch(context, `${data[odd]} at position ${odd}`, 'numbers from 0 to 255');
  const gray = new Uint8Array(height * width);
  for (let to = 0, from = 0; to < gray.length; to++, from += channels) {
    const red = Math.trunc(0.299 * Number(data[from]));
    gray[to] = red + Math.trunc(0.587 * Number(data[from + 1])) + Math.trunc(0.114 * Number(data[from + 2]));
  }
  return { dtype: 'uint8', shape: [height, width], data: gray };
}

function channelsOf({ shape, dtype }: NdArray, context: TensorContext): number {
  const channels = shape[2] ?? 1;
  const isPicture = (shape.length === 2 || shape.length === 3) && (channels === 1 || channels === 3 || channels === 4);
  if (isPicture && !dtype.startsWith('complex')) return channels;
  throw notPicture(shape, context);
}

/** Converts decoded pixels as Pillow's `convert('RGB')` and `convert('L')` do. */
function pillowConvert(
  { dtype, shape, data }: NdArray,
  colors: FileColors | undefined,
  channels: Channels,
  kernels: Kernels,
): Pixels {
  const [height = 0, width = 0, given = 1] = shape;
  const out = new Uint8Array(elementCount([height, width]) * channels);
  const result: Pixels = {
    dtype: 'uint8',
    shape: channels === 1 ? [height, width] : [height, width, channels],
    data: out,
  };
  if (dtype === 'uint8' && data instanceof Uint8Array && !colors && (given === 3 || given === 4)) {
    if (channels === 1) kernels.rgbToGray(data, given, out);
    else if (given === 4) kernels.rgbaToRgb(data, out);
    else out.set(data);
    return result;
  }
  const palette = colors === 'cmyk' ? undefined : colors;
  const unit = dtype === 'bool' ? 255 : 1;
  // Wider numbers are clipped, not scaled.
  const level = (at: number): number => Math.trunc(Math.min(255, Math.max(0, Number(data[at]) * unit)));
  let [red, green, blue] = [0, 0, 0];
  for (let from = 0, to = 0; to < out.length; from += given, to += channels) {
    red = level(from);
    if (palette) {
      const color = 3 * red; // beyond the palette there is a ramp of grays
      green = palette[color + 1] ?? red;
      blue = palette[color + 2] ?? red;
      red = palette[color] ?? red;
    } else if (colors === 'cmyk') {
      const paper = 255 - level(from + 3);
      green = withInk(paper, level(from + 1));
      blue = withInk(paper, level(from + 2));
      red = withInk(paper, red);
    } else if (given >= 3) {
      green = level(from + 1);
      blue = level(from + 2);
    } else {
      green = blue = red; // gray, perhaps with alpha
    }
    if (channels === 1) {
      // Weights of 16 bits that add up to 65536; equal channels give themselves.
      out[to] = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    } else {
      out[to] = red;
      out[to + 1] = green;
      out[to + 2] = blue;
    }
  }
  return result;
}

/** What is left of the light on paper under an ink: `paper * (255 - ink) / 255`, rounded as Pillow does. */
function withInk(paper: number, ink: number): number {
  const product = ink * paper + 128;
  return Math.max(0, paper - ((product + (product >> 8)) >> 8));
}
