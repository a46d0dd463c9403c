/**
 * Reads the 576 values of one channel in one granule of MP3, and gives them the volume of their bands.
 *
 * Source: ISO/IEC 11172-3 §2.4.1.7 (Huffman codes), §2.4.3.4 (requantization).
 */
import { bandsOf } from './mp3-bands.js';
import { bitsAt, type Mp3Bits } from './mp3-bits.js';
import type { BlockBands } from './mp3-factors.js';
import { frameError, type Mp3Frame } from './mp3-frame.js';
import { FIRST_BITS, type HuffmanTable, pairCodes, quadCode } from './mp3-huffman.js';
import type { Granule } from './mp3-side-info.js';

/** Values of a granule. */
export const LINES = 576;

// The greatest value is 15 plus 13 bits.
const powers = Float64Array.from({ length: 16 + (1 << 13) }, (_, i) => i ** (4 / 3));

// What `emphasis` adds to the factors of long bands (table B.6).
const emphases = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 2, 0];

/**
 * Works out how loud a value of 1 is, for each of the 576 places in the order of the file.
 *
 * @param emphasis - of the granule; the second channel of intensity stereo in MPEG-2 has none.
 * @param sum - whether the channel is a sum or difference, which are louder than their parts by the root of 2.
 */
export function readGains(
  granule: Granule,
  factors: Uint8Array,
  bands: BlockBands,
  options: { readonly sampleRate: number; readonly emphasis: boolean; readonly sum: boolean },
  out: Float64Array,
): void {
  const { long, short } = bandsOf(options.sampleRate);
  const gain = granule.gain - 210 - (options.sum ? 2 : 0);
  const unit = granule.coarse ? 4 : 2;
  for (let band = 0; band < bands.long; band++) {
    const factor = (factors[band] ?? 0) + (options.emphasis ? (emphases[band] ?? 0) : 0);
    out.fill(2 ** ((gain - unit * factor) / 4), long[band], long[band + 1]);
  }
  for (let band = bands.short; band < 13; band++) {
    const from = short[band] ?? 0;
    const width = (short[band + 1] ?? 0) - from;
    for (let window = 0; window < 3; window++) {
      const factor = factors[bands.long + 3 * (band - bands.short) + window] ?? 0;
      const power = gain - 8 * (granule.windowGains[window] ?? 0) - unit * factor;
      const at = 3 * from + window * width;
      out.fill(2 ** (power / 4), at, at + width);
    }
  }
}

/**
 * Reads the values of a granule.
 *
 * @param end - position of the first bit that is not the granule's.
 * @param gains - how loud a value of 1 is, at each place.
 * @param out - gets the values, and zeros behind them.
 * @param frame - for messages.
 * @throws {DatasetError} `codec` when the values do not end where they should, or have an unused code.
 */
export function readSpectrum(
  bits: Mp3Bits,
  end: number,
  granule: Granule,
  gains: Float64Array,
  out: Float64Array,
  frame: Mp3Frame,
): void {
  let place = 0;
  for (let region = 0; region < 3; region++) {
    const last = Math.min(granule.pairs, region === 2 ? LINES : (granule.regions[region] ?? 0));
    if (place >= last) continue;
    const number = granule.tables[region] ?? 0;
    const code = pairCodes[number];
    if (code) place = readPairs(bits, code.table, code.linbits, gains, out, place, last);
    else if (number === 0) {
      out.fill(0, place, last);
      place = last;
    } else throw frameError(frame, `names the unused Huffman code ${number}`);
  }
  if (bits.at > end) throw frameError(frame, 'has values that take more bits than it tells');
  place = granule.plainQuads
    ? readQuads(bits, end, undefined, gains, out, place)
    : readQuads(bits, end, quadCode, gains, out, place);
  out.fill(0, place);
}

/** Finds the entry of the code at a position. */
function entryAt(table: HuffmanTable, window: number): number {
  const entry = table[window >>> (32 - FIRST_BITS)] ?? 0;
  if (entry >= 0) return entry;
  const place = -entry >> 4;
  return table[place + ((window << FIRST_BITS) >>> (32 - (-entry & 15)))] ?? 0;
}

function readPairs(
  bits: Mp3Bits,
  table: HuffmanTable,
  linbits: number,
  gains: Float64Array,
  out: Float64Array,
  from: number,
  last: number,
): number {
  const { bytes } = bits;
  let pos = bits.at;
  let place = from;
  for (; place < last; place += 2) {
    const entry = entryAt(table, bitsAt(bytes, pos));
    pos += entry >> 8;
    for (let half = 0; half < 2; half++) {
      let value = half === 0 ? (entry >> 4) & 15 : entry & 15;
      if (value === 0) {
        out[place + half] = 0;
        continue;
      }
      let window = bitsAt(bytes, pos);
      if (value === 15 && linbits > 0) {
        value += window >>> (32 - linbits);
        window <<= linbits;
        pos += linbits;
      }
      const size = (powers[value] ?? 0) * (gains[place + half] ?? 0);
      out[place + half] = window < 0 ? -size : size;
      pos++;
    }
  }
  bits.at = pos;
  return place;
}

function readQuads(
  bits: Mp3Bits,
  end: number,
  table: HuffmanTable | undefined,
  gains: Float64Array,
  out: Float64Array,
  from: number,
): number {
  const { bytes } = bits;
  let pos = bits.at;
  let place = from;
  for (; place <= LINES - 4 && pos < end; place += 4) {
    let window = bitsAt(bytes, pos);
    const entry = table ? entryAt(table, window) : (4 << 8) | (~window >>> 28);
    const length = entry >> 8;
    window <<= length;
    pos += length;
    for (let i = 0; i < 4; i++) {
      if (entry & (8 >> i)) {
        const size = gains[place + i] ?? 0;
        out[place + i] = window < 0 ? -size : size;
        window <<= 1;
        pos++;
      } else out[place + i] = 0;
    }
    if (pos > end) break; // filling up that looks like values; what follows has its own place
  }
  bits.at = pos;
  return place;
}
