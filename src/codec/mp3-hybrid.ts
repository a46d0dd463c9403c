/**
 * Turns the 576 values of a granule into 18 samples of each of 32 bands of sound.
 *
 * Source: ISO/IEC 11172-3 §2.4.3.4.8 (order of short blocks), §2.4.3.4.10 (aliasing, inverse transform, overlap).
 */
import { bandsOf } from './mp3-bands.js';
import type { BlockBands } from './mp3-factors.js';
import type { Granule } from './mp3-side-info.js';
import { LINES } from './mp3-spectrum.js';

/** Bands of the filter bank, and samples of each in a granule. */
export const SUBBANDS = 32;
/** Samples of each band in a granule. */
export const SLOTS = 18;

const scratch = new Float64Array(LINES);

/** Puts the values of the three windows of short blocks side by side: first values, second values and so on. */
export function reorder(values: Float64Array, bands: BlockBands, sampleRate: number): void {
  const { short } = bandsOf(sampleRate);
  for (let band = bands.short; band < 13; band++) {
    const start = 3 * (short[band] ?? 0);
    const width = (short[band + 1] ?? 0) - start / 3;
    for (let window = 0, from = start; window < 3; window++) {
      for (let i = 0; i < width; i++) scratch[start + 3 * i + window] = values[from++] ?? 0;
    }
    values.set(scratch.subarray(start, start + 3 * width), start);
  }
}

// Table B.9: c, of which the two weights of each pair are made.
const weights = [-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037];
const aliasKept = Float64Array.from(weights, (c) => 1 / Math.sqrt(1 + c * c));
const aliasMoved = Float64Array.from(weights, (c) => c / Math.sqrt(1 + c * c));

/** Takes out what neighbouring bands of long blocks hold of each other. @param borders - borders of bands from the lowest on. */
export function removeAliases(values: Float64Array, borders: number): void {
  for (let border = SLOTS; border <= SLOTS * borders; border += SLOTS) {
    for (let i = 0; i < 8; i++) {
      const below = values[border - 1 - i] ?? 0;
      const above = values[border + i] ?? 0;
      const kept = aliasKept[i] ?? 0;
      const moved = aliasMoved[i] ?? 0;
      values[border - 1 - i] = below * kept - above * moved;
      values[border + i] = above * kept + below * moved;
    }
  }
}

/**
 * Cosines of an inverse transform of `half` values to twice as many. The first half of the result mirrors itself with the
 * sign turned, the second half without; so only the first and the third quarter are worked out, a row each.
 */
function transformOf(half: number): Float64Array {
  const rows = Float64Array.from({ length: half * half }, (_, at) => {
    const row = Math.floor(at / half);
    const place = row < half / 2 ? row : row + half / 2;
    return Math.cos((Math.PI / (4 * half)) * (2 * place + 1 + half) * (2 * (at % half) + 1));
  });
  return rows;
}

const longTransform = transformOf(18);
const shortTransform = transformOf(6);

const sine = (length: number) => (i: number) => Math.sin((Math.PI / length) * (i + 0.5));
const [longSine, shortSine] = [sine(36), sine(12)];

// §2.4.3.4.10.3, by kind of block; that of short blocks has 12 values.
const windows: readonly Float64Array[] = [
  Float64Array.from({ length: 36 }, (_, i) => longSine(i)),
  Float64Array.from({ length: 36 }, (_, i) => (i < 18 ? longSine(i) : i < 24 ? 1 : i < 30 ? shortSine(i - 18) : 0)),
  Float64Array.from({ length: 12 }, (_, i) => shortSine(i)),
  Float64Array.from({ length: 36 }, (_, i) => (i < 6 ? 0 : i < 12 ? shortSine(i - 6) : i < 18 ? 1 : longSine(i))),
];

const result = new Float64Array(36);

/** Transforms 18 values to 36, which stand in {@link result}. */
function transformLong(values: Float64Array, from: number, window: Float64Array): void {
  for (let row = 0; row < 18; row++) {
    let sum = 0;
    for (let k = 0, at = 18 * row; k < 18; k++, at++) sum += (longTransform[at] ?? 0) * (values[from + k] ?? 0);
    const i = row < 9 ? row : row + 9;
    const mirrored = row < 9 ? 17 - row : 44 - row;
    result[i] = sum * (window[i] ?? 0);
    result[mirrored] = (row < 9 ? -sum : sum) * (window[mirrored] ?? 0);
  }
}

/** Transforms three windows of 6 values each, which overlap in the middle of the 36. */
function transformShort(values: Float64Array, from: number, window: Float64Array): void {
  result.fill(0);
  for (let part = 0; part < 3; part++) {
    const begin = 6 + 6 * part;
    for (let row = 0; row < 6; row++) {
      let sum = 0;
      for (let k = 0; k < 6; k++) sum += (shortTransform[6 * row + k] ?? 0) * (values[from + 3 * k + part] ?? 0);
      const i = row < 3 ? row : row + 3;
      const mirrored = row < 3 ? 5 - row : 14 - row;
      result[begin + i] = (result[begin + i] ?? 0) + sum * (window[i] ?? 0);
      result[begin + mirrored] = (result[begin + mirrored] ?? 0) + (row < 3 ? -sum : sum) * (window[mirrored] ?? 0);
    }
  }
}

/**
 * Makes the samples of all bands of one channel.
 *
 * @param used - values from this place on are 0.
 * @param overlap - 576 numbers: the second half of what the granule before was transformed to; gets that of this one.
 * @param out - gets the samples, `[18, 32]`.
 */
export function transformBands(
  values: Float64Array,
  used: number,
  { block, mixed }: Granule,
  overlap: Float64Array,
  out: Float64Array,
): void {
  for (let band = 0; band < SUBBANDS; band++) {
    const from = SLOTS * band;
    const kind = mixed && band < 2 ? 0 : block;
    const window = windows[kind] ?? scratch;
    if (from >= used) result.fill(0);
    else if (kind === 2) transformShort(values, from, window);
    else transformLong(values, from, window);
    for (let slot = 0; slot < SLOTS; slot++) {
      const sample = (result[slot] ?? 0) + (overlap[from + slot] ?? 0);
      // Every second sample of every second band is turned: the filter bank mirrors these bands.
      out[SUBBANDS * slot + band] = band & slot & 1 ? -sample : sample;
      overlap[from + slot] = result[SLOTS + slot] ?? 0;
    }
  }
}
