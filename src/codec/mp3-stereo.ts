/** Makes left and right of the two channels of joint stereo. Source: ISO/IEC 11172-3 §2.4.3.4.9, 13818-3 §2.4.3.2. */
import { bandsOf } from './mp3-bands.js';
import type { BlockBands } from './mp3-factors.js';
import type { Mp3Frame } from './mp3-frame.js';
import type { Granule } from './mp3-side-info.js';
import { LINES } from './mp3-spectrum.js';

/** Makes left and right of sum and difference, both quieter by the root of 2 than they were coded. */
export function mixMidSide(a: Float64Array, b: Float64Array, from: number, to: number, scale: number): void {
  for (let i = from; i < to; i++) {
    const middle = a[i] ?? 0;
    const side = b[i] ?? 0;
    a[i] = (middle + side) * scale;
    b[i] = (middle - side) * scale;
  }
}

/** How loud left and right are, by the direction. From MPEG-1's 7 on, and where nothing is told, there is none. */
type Directions = readonly (readonly [left: number, right: number])[];

// 0 is all right, 6 all left, in equal angles.
const directions: Directions = Array.from({ length: 7 }, (_, i) => {
  const ratio = Math.tan((i * Math.PI) / 12);
  return i === 6 ? [1, 0] : [ratio / (1 + ratio), 1 / (1 + ratio)];
});

// Of 1 2 3 4 …, odd ones make the left quieter, even ones the right, by steps of 1.5 or 3 dB. 13818-3 calls the greatest
// value of each band none; FFmpeg, and so Deep Lake 3.9.52, does not.
const halfDirections: readonly Directions[] = [4, 2].map((step) =>
  Array.from({ length: 16 }, (_, i): [number, number] => {
    const ratio = 2 ** (-((i + 1) >> 1) / step);
    return i % 2 === 1 ? [ratio, 1] : [1, ratio];
  }),
);

/**
 * Spreads the first channel to both in the bands above the last value of the second, whose factors tell the direction.
 * Where there is no direction, the bands are sum and difference if the frame has those, and else left and right.
 */
export function spreadIntensity(
  a: Float64Array,
  b: Float64Array,
  granule: Granule,
  factors: Uint8Array,
  bands: BlockBands,
  frame: Mp3Frame,
): void {
  const { long, short } = bandsOf(frame.sampleRate);
  const table = frame.half ? halfDirections[granule.factorCode & 1] : directions;
  const apply = (from: number, to: number, direction: number | undefined): void => {
    const loudness = direction === undefined ? undefined : table?.[direction];
    if (loudness) {
      const [left, right] = loudness;
      for (let i = from; i < to; i++) {
        const value = a[i] ?? 0;
        a[i] = value * left;
        b[i] = value * right;
      }
    } else if (frame.midSide) mixMidSide(a, b, from, to, Math.SQRT1_2);
  };
  const met = [false, false, false]; // whether a value of the window was met, from the highest band down
  for (let band = 12; band >= bands.short; band--) {
    const start = 3 * (short[band] ?? 0);
    const width = (short[band + 1] ?? 0) - start / 3;
    for (let window = 2; window >= 0; window--) {
      const from = start + window * width;
      met[window] ||= hasValue(b, from, from + width);
      // The last band has no factor and takes that of the one before.
      const factor = bands.long + 3 * (Math.min(band, 11) - bands.short) + window;
      apply(from, from + width, met[window] ? undefined : factors[factor]);
    }
  }
  let any = met.includes(true);
  for (let band = bands.long - 1; band >= 0; band--) {
    const from = long[band] ?? 0;
    const to = long[band + 1] ?? LINES;
    any ||= hasValue(b, from, to);
    apply(from, to, any ? undefined : factors[Math.min(band, 20)]);
  }
}

function hasValue(values: Float64Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (values[i] !== 0) return true;
  return false;
}
