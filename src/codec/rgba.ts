/**
 * Pixels for a screen: any decoded picture as RGBA, made smaller and turned, in the memory of the result and a few rows.
 *
 * A task of the pool, so that the page's thread paints nothing.
 */

import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { FileColors } from './types.js';

/**
 * How numbers become levels of 0 to 255: `bits` 0 and 1; `bytes` as they are; `words` by the high of two bytes, as
 * browsers show 16-bit PNG; `window` from the least to the greatest finite number of the picture.
 */
export type Levels = 'bits' | 'bytes' | 'words' | 'window';

/** A decoded picture, and how it is wanted. */
export interface PaintInput {
  /** `[height, width]` or `[height, width, channels]`: gray, gray and alpha, RGB, RGBA; of more, the first three. */
  readonly array: NdArray;
  readonly levels: Levels;
  /** Colours of a palette, or inks. */
  readonly colors?: FileColors | undefined;
  /** Pixels wanted, before turning: 1 up to the picture's own. */
  readonly width: number;
  /** As {@link width}. */
  readonly height: number;
  /** EXIF orientation to apply, 1 to 8; 1 leaves the picture as it lies. */
  readonly orientation: number;
}

/** RGBA pixels, not premultiplied, in rows from the top left. */
export interface Painted {
  readonly width: number;
  readonly height: number;
  readonly data: Bytes;
}

/** Writes the RGBA pixels of row `y`. */
type RowPainter = (y: number, out: Bytes) => void;

/** Paints a picture. Pixels that fall together are averaged, each counted once (a box filter). */
export function paint({ array, levels, colors, width, height, orientation }: PaintInput): Painted {
  const paintRow = rowPainter(array, levels, colors);
  const [fullHeight = 0, fullWidth = 0] = array.shape;
  const data =
    width === fullWidth && height === fullHeight
      ? paintAll(paintRow, width, height)
      : shrink(paintRow, fullWidth, fullHeight, width, height);
  return turn({ width, height, data }, orientation);
}

function paintAll(paintRow: RowPainter, width: number, height: number): Bytes {
  const out = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) paintRow(y, out.subarray(y * width * 4, (y + 1) * width * 4));
  return out;
}

/** Averages boxes of pixels; colours count by their alpha. */
function shrink(paintRow: RowPainter, fullWidth: number, fullHeight: number, width: number, height: number): Bytes {
  const out = new Uint8Array(width * height * 4);
  const row = new Uint8Array(fullWidth * 4);
  const sums = new Float64Array(width * 4);
  const counts = new Uint32Array(width);
  const column = Uint32Array.from({ length: fullWidth }, (_, x) => Math.floor((x * width) / fullWidth));
  for (const to of column) counts[to] = (counts[to] ?? 0) + 1;
  for (let to = 0, y = 0; to < height; to++) {
    sums.fill(0);
    const first = y;
    // The rows whose share of the height is this one's.
    for (; y < fullHeight && Math.floor((y * height) / fullHeight) === to; y++) {
      paintRow(y, row);
      addRow(row, column, sums);
    }
    for (let x = 0, at = to * width * 4; x < width; x++, at += 4) {
      const alpha = sums[x * 4 + 3] ?? 0;
      if (alpha === 0) continue;
      for (let c = 0; c < 3; c++) out[at + c] = Math.round((sums[x * 4 + c] ?? 0) / alpha);
      out[at + 3] = Math.round(alpha / ((counts[x] ?? 1) * (y - first)));
    }
  }
  return out;
}

function addRow(row: Bytes, column: Uint32Array, sums: Float64Array): void {
  for (let x = 0, from = 0; x < column.length; x++, from += 4) {
    const to = (column[x] ?? 0) * 4;
    const alpha = row[from + 3] ?? 0;
    sums[to] = (sums[to] ?? 0) + (row[from] ?? 0) * alpha;
    sums[to + 1] = (sums[to + 1] ?? 0) + (row[from + 1] ?? 0) * alpha;
    sums[to + 2] = (sums[to + 2] ?? 0) + (row[from + 2] ?? 0) * alpha;
    sums[to + 3] = (sums[to + 3] ?? 0) + alpha;
  }
}

/** Turns and mirrors as an EXIF orientation says, of which 5 to 8 change sides. */
function turn(picture: Painted, orientation: number): Painted {
  if (!(orientation >= 2 && orientation <= 8)) return picture;
  const { width, height, data } = picture;
  const swaps = orientation >= 5;
  const [outWidth, outHeight] = swaps ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = new Uint32Array(out.buffer);
  const fromRight = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const fromBottom = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  for (let y = 0, at = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++, at++) {
      const [u, v] = swaps ? [y, x] : [x, y];
      to[at] = from[(fromBottom ? height - 1 - v : v) * width + (fromRight ? width - 1 - u : u)] ?? 0;
    }
  }
  return { width: outWidth, height: outHeight, data: out };
}

const OPAQUE = 255;

function rowPainter({ shape, data }: NdArray, levels: Levels, colors: FileColors | undefined): RowPainter {
  const [, width = 0, channels = 1] = shape;
  const level = levelReader(data, levels);
  if (colors === 'cmyk') return (y, out) => paintInks(level, y * width * 4, out);
  if (colors) return (y, out) => paintPalette(level, colors, y * width * channels, channels, out);
  const isColor = channels >= 3;
  const hasAlpha = channels === 2 || channels === 4;
  return (y, out) => {
    for (let to = 0, from = y * width * channels; to < out.length; to += 4, from += channels) {
      const first = level(from);
      out[to] = first;
      out[to + 1] = isColor ? level(from + 1) : first;
      out[to + 2] = isColor ? level(from + 2) : first;
      out[to + 3] = hasAlpha ? level(from + channels - 1) : OPAQUE;
    }
  };
}

/** Pillow's CMYK to RGB: the paper that black leaves, less the ink. */
function paintInks(level: (at: number) => number, start: number, out: Bytes): void {
  for (let to = 0, from = start; to < out.length; to += 4, from += 4) {
    const paper = 255 - level(from + 3);
    for (let c = 0; c < 3; c++) {
      const product = level(from + c) * paper + 128;
      out[to + c] = Math.max(0, paper - ((product + (product >> 8)) >> 8));
    }
    out[to + 3] = OPAQUE;
  }
}

/** Indices beyond the palette are a ramp of grays, as in Pillow. */
function paintPalette(level: (at: number) => number, colors: Bytes, start: number, channels: number, out: Bytes): void {
  for (let to = 0, from = start; to < out.length; to += 4, from += channels) {
    const index = level(from);
    for (let c = 0; c < 3; c++) out[to + c] = colors[index * 3 + c] ?? index;
    out[to + 3] = channels === 2 ? level(from + 1) : OPAQUE;
  }
}

function levelReader(data: NdArray['data'], levels: Levels): (at: number) => number {
  if (levels === 'bytes') return (at) => Number(data[at]);
  if (levels === 'bits') return (at) => (data[at] ? 255 : 0);
  if (levels === 'words') return (at) => Number(data[at]) >> 8;
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const spread = most > least ? most - least : Infinity; // one level everywhere is black
  return (at) => {
    const value = Number(data[at]);
    if (Number.isFinite(value)) return Math.floor(((value - least) * 255) / spread + 0.5);
    return value > 0 ? 255 : 0; // NaN is black
  };
}
