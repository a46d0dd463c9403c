/**
 * Makes sound of the samples of 32 bands: the filter bank of all layers of MPEG sound.
 *
 * Source: ISO/IEC 11172-3 §2.4.3.2.2. There, each 32 samples are turned to 64 by a matrix of cosines; that is one transform
 * of 32 values (DCT-II) of which the rest is mirrored.
 */
import { SUBBANDS } from './mp3-hybrid.js';
import { synthesisWindow } from './mp3-window.js';

/** What the filter bank keeps of one channel: the last 16 turned samples of all bands, the place of the newest. */
export interface FilterState {
  readonly turned: Float64Array;
  newest: number;
}

/** Makes the state of a channel before its first sample. */
export function createFilterState(): FilterState {
  return { turned: new Float64Array(16 * 64), newest: 0 };
}

// Half the reciprocal of the cosines in each step of the transform, for 32, 16, 8, 4 and 2 values.
const steps = [32, 16, 8, 4, 2].map((length) =>
  Float64Array.from({ length: length / 2 }, (_, i) => 0.5 / Math.cos((Math.PI * (2 * i + 1)) / (2 * length))),
);

/**
 * Transforms 32 values: result k is the sum of `value[i] * cos(PI * (2i + 1) * k / 64)`.
 *
 * Each step splits a transform in two of half the length: of the sums of mirrored values, which gives the even results, and
 * of their weighted differences, neighbours of which add up to the odd ones.
 */
function transform(values: Float64Array, from: number, length: number, step: number, spare: Float64Array): void {
  if (length === 1) return;
  const half = length / 2;
  const factors = steps[step] ?? spare;
  for (let i = 0; i < half; i++) {
    const a = values[from + i] ?? 0;
    const b = values[from + length - 1 - i] ?? 0;
    spare[from + i] = a + b;
    spare[from + half + i] = (a - b) * (factors[i] ?? 0);
  }
  transform(spare, from, half, step + 1, values);
  transform(spare, from + half, half, step + 1, values);
  for (let i = 0; i < half; i++) {
    const odd = from + half + i;
    values[from + 2 * i] = spare[from + i] ?? 0;
    values[from + 2 * i + 1] = (spare[odd] ?? 0) + (i + 1 < half ? (spare[odd + 1] ?? 0) : 0);
  }
}

const work = new Float64Array(SUBBANDS);
const spare = new Float64Array(SUBBANDS);
const sums = new Float64Array(SUBBANDS);

/**
 * Turns one sample of each of the 32 bands into 32 samples of sound.
 *
 * @param bands - samples of the bands, those at `[from, from + 32)`; they stay as they are.
 * @param out - gets the sound at `at`, `at + stride` and so on.
 */
export function synthesize(
  state: FilterState,
  bands: Float64Array,
  from: number,
  out: Float32Array,
  at: number,
  stride: number,
): void {
  work.set(bands.subarray(from, from + SUBBANDS));
  transform(work, 0, SUBBANDS, 0, spare);
  const { turned } = state;
  state.newest = (state.newest + 15) & 15;
  const begin = 64 * state.newest;
  for (let i = 0; i < 16; i++) {
    turned[begin + i] = work[16 + i] ?? 0;
    turned[begin + 48 + i] = -(work[i] ?? 0);
  }
  turned[begin + 16] = 0;
  for (let i = 17; i < 48; i++) turned[begin + i] = -(work[48 - i] ?? 0);
  sums.fill(0);
  for (let age = 0; age < 16; age++) {
    // Of the older of each two, the second half of the first turn is taken.
    const place = 64 * ((state.newest + age) & 15) + (age & 1 ? 32 : 0);
    const weight = 32 * age;
    for (let i = 0; i < SUBBANDS; i++) {
      sums[i] = (sums[i] ?? 0) + (turned[place + i] ?? 0) * (synthesisWindow[weight + i] ?? 0);
    }
  }
  for (let i = 0, to = at; i < SUBBANDS; i++, to += stride) out[to] = sums[i] ?? 0;
}
