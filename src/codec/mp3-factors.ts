/**
 * Reads the scale factors of MP3: how much louder each band of a block is than the rest.
 *
 * Source: ISO/IEC 11172-3 §2.4.2.7 (scalefac_compress), 13818-3 §2.4.3.2 for the halved frames of MPEG-2.
 */
import type { Mp3Bits } from './mp3-bits.js';
import type { Granule } from './mp3-side-info.js';

/** Where the bands of a block change from long ones to short ones. */
export interface BlockBands {
  /** Long bands at its begin; 22 in a long block. */
  readonly long: number;
  /** First short band, each of which there is three times; 13 in a long block. */
  readonly short: number;
}

/** The bands of a granule. */
export function blockBands({ block, mixed }: Granule, half: boolean): BlockBands {
  if (block !== 2) return { long: 22, short: 13 };
  return mixed ? { long: half ? 6 : 8, short: 3 } : { long: 0, short: 0 };
}

// Bits of a factor by the code, for the lower and the upper bands.
const lowerBits = [0, 0, 0, 0, 3, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4];
const upperBits = [0, 1, 2, 3, 0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 2, 3];

// Ends of the groups of long bands of which the second granule may have the factors of the first.
const groupEnds = [6, 11, 16, 21];

/**
 * Reads the factors of a granule of MPEG-1: those of the long bands, then those of the short ones, three to a band. The last
 * band has none, its factor is 0.
 *
 * @param earlier - the factors of the granule before in this frame and channel.
 */
export function readFactors(bits: Mp3Bits, granule: Granule, earlier: Uint8Array): Uint8Array {
  const factors = new Uint8Array(39);
  const lower = lowerBits[granule.factorCode] ?? 0;
  const upper = upperBits[granule.factorCode] ?? 0;
  if (granule.block === 2) {
    const end = granule.mixed ? 17 : 18; // up to short band 5
    for (let i = 0; i < end; i++) factors[i] = bits.take(lower);
    for (let i = end; i < end + 18; i++) factors[i] = bits.take(upper);
    return factors;
  }
  let band = 0;
  groupEnds.forEach((end, group) => {
    const reused = (granule.reuse & (8 >> group)) !== 0;
    const size = group < 2 ? lower : upper;
    for (; band < end; band++) factors[band] = reused ? (earlier[band] ?? 0) : bits.take(size);
  });
  return factors;
}

// How many factors have each of the four lengths: in long blocks, short ones, mixed ones (13818-3 table of nr_of_sfb).
const counts: readonly (readonly (readonly number[])[])[] = [
  [
    [6, 5, 5, 5],
    [9, 9, 9, 9],
    [6, 9, 9, 9],
  ],
  [
    [6, 5, 7, 3],
    [9, 9, 12, 6],
    [6, 9, 12, 6],
  ],
  [
    [11, 10, 0, 0],
    [18, 18, 0, 0],
    [15, 18, 0, 0],
  ],
  [
    [7, 7, 7, 0],
    [12, 12, 12, 0],
    [6, 15, 12, 0],
  ],
  [
    [6, 6, 6, 3],
    [12, 9, 9, 6],
    [6, 12, 9, 6],
  ],
  [
    [8, 8, 5, 0],
    [15, 12, 9, 0],
    [6, 18, 9, 0],
  ],
];

/** The four lengths that a code stands for, and the line of {@link counts}. */
function lengthsOf(code: number, isDirection: boolean): { readonly kind: number; readonly sizes: readonly number[] } {
  // Each line: codes below, what is taken off, number of values of the second to fourth length, line of the counts.
  const lines = isDirection
    ? [
        [180, 0, 6, 6, 1, 3],
        [244, 180, 4, 4, 1, 4],
        [256, 244, 3, 1, 1, 5],
      ]
    : [
        [400, 0, 5, 4, 4, 0],
        [500, 400, 5, 4, 1, 1],
        [512, 500, 3, 1, 1, 2],
      ];
  const [, base = 0, second = 1, third = 1, fourth = 1, kind = 0] = lines.find(([end = 0]) => code < end) ?? [];
  let rest = code - base;
  const take = (count: number): number => {
    const value = rest % count;
    rest = Math.floor(rest / count);
    return value;
  };
  const [d, c, b] = [take(fourth), take(third), take(second)];
  return { kind, sizes: [rest, b, c, d] };
}

/**
 * Reads the factors of a granule of MPEG-2, in the same order.
 *
 * @param isDirection - whether it is the second channel of intensity stereo.
 */
export function readHalfFactors(bits: Mp3Bits, granule: Granule, isDirection: boolean): Uint8Array {
  const factors = new Uint8Array(39);
  const { kind, sizes } = lengthsOf(isDirection ? granule.factorCode >> 1 : granule.factorCode, isDirection);
  const form = granule.block !== 2 ? 0 : granule.mixed ? 2 : 1;
  let next = 0;
  counts[kind]?.[form]?.forEach((count, part) => {
    const size = sizes[part] ?? 0;
    for (let i = 0; i < count; i++) factors[next++] = bits.take(size);
  });
  return factors;
}
