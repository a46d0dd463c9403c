/**
 * Reads what precedes the numbers in an MP3 frame: the side information, and the check sum of it.
 *
 * Source: ISO/IEC 11172-3 §2.4.1.7, 13818-3 §2.4.1.7 (the halved frames of MPEG-2).
 */
import type { Bytes } from '../util/bytes.js';
import { bandsOf } from './mp3-bands.js';
import { Mp3Bits } from './mp3-bits.js';
import { frameError, type Mp3Frame } from './mp3-frame.js';

/** What is told of the 576 values of one channel in one granule. */
export interface Granule {
  /** Bits of scale factors and Huffman codes together. */
  readonly bits: number;
  /** Values that are coded in pairs; at most 576. */
  readonly pairs: number;
  /** Ends of the first and the second of the three regions of pairs. */
  readonly regions: readonly [number, number];
  /** Number of the Huffman code of each region. */
  readonly tables: readonly [number, number, number];
  /** Whether values of at most 1 after the pairs have four bits each instead of the Huffman code. */
  readonly plainQuads: boolean;
  /** Volume in quarters of a power of two; 210 is 1. */
  readonly gain: number;
  /** What is taken off the volume of each window of a short block, in units of 8 quarters. */
  readonly windowGains: readonly [number, number, number];
  /** Code of the lengths of scale factors. */
  readonly factorCode: number;
  /** Whether scale factors count in whole powers of two and not in halves. */
  readonly coarse: boolean;
  /** Whether the high bands get more. */
  readonly emphasis: boolean;
  /** 0 long, 1 long to short, 2 three short ones, 3 short to long. */
  readonly block: number;
  /** Whether the lowest bands of a short block are those of a long one. */
  readonly mixed: boolean;
  /** Which of the four groups of scale factors are those of the granule before: bit 3 is the first. */
  readonly reuse: number;
}

/** The side information of a frame. */
export interface SideInfo {
  /** Bytes before this frame's own at which its numbers begin, in the numbers of the frames before. */
  readonly before: number;
  /** `[granule][channel]`: two granules in MPEG-1, else one. */
  readonly granules: readonly (readonly Granule[])[];
}

/** Length of the side information in bytes. */
export function sideInfoLength({ half, channels }: Mp3Frame): number {
  return half ? (channels === 1 ? 9 : 17) : channels === 1 ? 17 : 32;
}

/** Bytes of a frame before its numbers. */
export function numbersBegin(frame: Mp3Frame): number {
  return 4 + (frame.hasCrc ? 2 : 0) + sideInfoLength(frame);
}

/**
 * Reads the side information of a frame.
 *
 * @param bytes - of the frame.
 * @throws {DatasetError} `codec` when it is damaged or its check sum is wrong.
 */
export function readSideInfo(bytes: Bytes, frame: Mp3Frame): SideInfo {
  const { half, channels, hasCrc } = frame;
  const end = numbersBegin(frame);
  if (end > bytes.length) throw frameError(frame, 'is too short for its own description');
  const begin = end - sideInfoLength(frame);
  const side = bytes.subarray(begin, end);
  if (hasCrc) {
    const told = ((bytes[begin - 2] ?? 0) << 8) | (bytes[begin - 1] ?? 0);
    if (crc16(side, crc16(bytes.subarray(2, 4), 0xffff)) !== told) {
      throw frameError(frame, 'has a description whose check sum is wrong');
    }
  }
  const bits = new Mp3Bits(side);
  const before = bits.take(half ? 8 : 9);
  bits.take(half ? channels : channels === 1 ? 5 : 3); // private bits
  const reuse = Array.from({ length: channels }, () => (half ? 0 : bits.take(4)));
  const granules = Array.from({ length: half ? 1 : 2 }, (_, number) =>
    reuse.map((groups) => readGranule(bits, frame, number === 1 ? groups : 0)),
  );
  return { before, granules };
}

function readGranule(bits: Mp3Bits, frame: Mp3Frame, reuse: number): Granule {
  const { half, sampleRate } = frame;
  const { long, short } = bandsOf(sampleRate);
  const length = bits.take(12);
  const pairs = 2 * bits.take(9);
  if (pairs > 576) throw frameError(frame, `promises ${pairs} values, more than 576`);
  const gain = bits.take(8);
  const factorCode = bits.take(half ? 9 : 4);
  let block = 0;
  let mixed = false;
  let tables: Granule['tables'];
  let regions: Granule['regions'];
  let windowGains: Granule['windowGains'] = [0, 0, 0];
  if (bits.take(1)) {
    block = bits.take(2);
    if (block === 0) throw frameError(frame, 'has a block of the reserved kind 0');
    mixed = bits.take(1) === 1;
    tables = [bits.take(5), bits.take(5), 0];
    windowGains = [bits.take(3), bits.take(3), bits.take(3)];
    regions = [block === 2 ? 3 * (short[3] ?? 0) : (long[8] ?? 0), 576];
  } else {
    tables = [bits.take(5), bits.take(5), bits.take(5)];
    const first = bits.take(4) + 1;
    const second = first + bits.take(3) + 1;
    regions = [long[first] ?? 576, long[Math.min(second, 22)] ?? 576];
  }
  // MPEG-2 tells by the code of the lengths what MPEG-1 has a bit for.
  const emphasis = half ? factorCode >= 500 : bits.take(1) === 1;
  const coarse = bits.take(1) === 1;
  const plainQuads = bits.take(1) === 1;
  return {
    bits: length,
    pairs,
    regions,
    tables,
    gain,
    windowGains,
    factorCode,
    emphasis,
    coarse,
    plainQuads,
    block,
    mixed,
    reuse,
  };
}

/** CRC-16 of bytes after others (ISO/IEC 11172-3 §2.4.3.1). */
export function crc16(bytes: Bytes, before: number): number {
  let crc = before;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x8005 : 0)) & 0xffff;
  }
  return crc;
}
