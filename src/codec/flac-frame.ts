/**
 * Decodes FLAC frames.
 *
 * A frame is a header, a subframe for each channel, filling up to a byte, and a CRC-16. A subframe is a constant, plain
 * numbers, or a predictor with what is left of each number in a Rice code. All numbers have up to 33 bits and all sums
 * up to 52, so doubles hold them exactly. Source: RFC 9639 §9.
 */
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { crc8, crc16, FlacBits } from './flac-bits.js';
import type { FlacInfo } from './flac-header.js';

/** The numbers of one frame: an array of the same length for each channel. */
export interface FlacFrame {
  readonly channels: readonly Float64Array[];
  readonly samples: number;
  /** Bytes of the frame. */
  readonly length: number;
}

// Bits of a number, by the code in the header; 0 is that of STREAMINFO, code 3 is reserved.
const depths: readonly (number | undefined)[] = [0, 8, 12, undefined, 16, 20, 24, 32];

// Predictors of order 0 to 4: the numbers before, the nearest first (§9.2.5).
const fixed: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** What a frame tells of itself before its numbers. */
export interface FlacFrameHeader {
  /** Samples of each channel. */
  readonly samples: number;
  /** Number of its first sample in the stream. */
  readonly first: number;
  /** 0 to 7: so many channels and one; 8 left and side, 9 side and right, 10 mid and side. */
  readonly layout: number;
  /** Bytes of the header. */
  readonly length: number;
}

/** Bytes that hold any frame header. */
export const FRAME_HEADER_BYTES = 16;

/**
 * Reads the header of a frame.
 *
 * @param frame - from the frame's first byte on.
 * @returns what is wrong with it, when it is none of this stream: goes on after "the frame at byte N"
 */
export function readFlacFrameHeader(frame: Bytes, info: FlacInfo): FlacFrameHeader | string {
  const bits = new FlacBits(frame);
  if (bits.take(15) !== 0x7ffc) return 'does not begin like one';
  const numbersSamples = bits.take(1) === 1; // whether the blocks have different sizes
  const sizeCode = bits.take(4);
  const rateCode = bits.take(4);
  const layout = bits.take(4);
  const depthCode = bits.take(3);
  bits.take(1);
  // The number of the frame or sample, as in UTF-8: as many bytes as the first has leading ones.
  const lead = bits.take(8);
  const ones = Math.clz32(~(lead << 24));
  if (ones === 1 || ones > 7) return 'has no number';
  let number = ones === 0 ? lead : lead & (0x7f >> ones);
  for (let i = 1; i < ones; i++) number = number * 64 + (bits.take(8) & 63);
  const samples =
    sizeCode === 1
      ? 192
      : sizeCode === 6 || sizeCode === 7
        ? bits.take(8 * (sizeCode - 5)) + 1
        : sizeCode < 6
          ? 576 << (sizeCode - 2)
          : 256 << (sizeCode - 8);
  if (sizeCode === 0 || rateCode === 15) return 'has a header with reserved codes';
  if (rateCode >= 12) bits.take(rateCode === 12 ? 8 : 16);
  const headerCrc = crc8(frame.subarray(0, bits.bytesRead));
  if (bits.take(8) !== headerCrc) return 'has a header whose check sum is wrong';
  const count = channelsOf(layout);
  const depth = depths[depthCode];
  if (layout > 10 || count !== info.channels || depth === undefined || (depth !== 0 && depth !== info.bits)) {
    return `has ${count} channels of ${depth ?? '?'} bits, expected ${info.channels} of ${info.bits}`;
  }
  return { samples, first: numbersSamples ? number : number * info.blockSize, layout, length: bits.bytesRead };
}

function channelsOf(layout: number): number {
  return layout < 8 ? layout + 1 : 2;
}

/**
 * Decodes the frame that begins at byte `at`.
 *
 * @param offset - where `bytes` begin in the file, for messages.
 * @throws {DatasetError} `codec` when it is damaged or cut off.
 */
export function readFlacFrame(bytes: Bytes, at: number, info: FlacInfo, offset = 0): FlacFrame {
  const frame = bytes.subarray(at);
  const damaged = (what: string) => fileError('flac', `the frame at byte ${at + offset} ${what}`);
  const header = readFlacFrameHeader(frame, info);
  if (typeof header === 'string') throw damaged(header);
  const { samples, layout } = header;
  const bits = new FlacBits(frame, header.length);
  const channels: Float64Array[] = [];
  for (let channel = 0; channel < channelsOf(layout); channel++) {
    // A difference of two numbers has one bit more; it is the first one of "side and right" and else the second.
    const isSide = layout >= 8 && channel === (layout === 9 ? 0 : 1);
    channels.push(readSubframe(bits, samples, info.bits + (isSide ? 1 : 0), damaged));
  }
  bits.align();
  const length = bits.bytesRead;
  const crc = bits.take(16);
  if (crc !== crc16(frame.subarray(0, length))) throw damaged('has numbers whose check sum is wrong');
  const [a, b] = channels;
  if (layout >= 8 && a && b) decorrelate(a, b, layout);
  return { channels, samples, length: length + 2 };
}

/** Makes left and right of two channels: 8 left and side, 9 side and right, 10 mid and side. */
function decorrelate(a: Float64Array, b: Float64Array, layout: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x = 0, y = 0] = [a[i], b[i]];
    if (layout === 8) b[i] = x - y;
    else if (layout === 9) a[i] = x + y;
    else {
      const middle = 2 * x + Math.abs(y % 2); // the last bit of the sum is that of the difference
      a[i] = (middle + y) / 2;
      b[i] = (middle - y) / 2;
    }
  }
}

type Damaged = (what: string) => Error;

function readSubframe(bits: FlacBits, samples: number, depth: number, damaged: Damaged): Float64Array {
  if (bits.take(1) !== 0) throw damaged('has a subframe that does not begin like one');
  const type = bits.take(6);
  const wasted = bits.take(1) ? bits.unary() + 1 : 0;
  const size = depth - wasted;
  if (size < 1) throw damaged(`leaves out ${wasted} of ${depth} bits`);
  const out = new Float64Array(samples);
  if (type === 0) out.fill(bits.signed(size));
  else if (type === 1) for (let i = 0; i < samples; i++) out[i] = bits.signed(size);
  else {
    const predictor = type >= 32 ? undefined : fixed[type - 8];
    const order = type >= 32 ? type - 31 : predictor?.length;
    if (order === undefined || order > samples) throw damaged(`has a subframe of the unknown kind ${type}`);
    for (let i = 0; i < order; i++) out[i] = bits.signed(size);
    let shift = 0;
    let weights = predictor;
    if (!weights) {
      const precision = bits.take(4) + 1;
      shift = bits.signed(5);
      if (precision === 16 || shift < 0) throw damaged('has a predictor that is not allowed');
      weights = Array.from({ length: order }, () => bits.signed(precision));
    }
    readResidual(bits, out, order, damaged);
    predict(out, weights, shift);
  }
  if (wasted > 0) for (let i = 0; i < samples; i++) out[i] = (out[i] ?? 0) * 2 ** wasted;
  return out;
}

/** Reads what is left of the numbers after the first `order` ones. */
function readResidual(bits: FlacBits, out: Float64Array, order: number, damaged: Damaged): void {
  const method = bits.take(2);
  if (method > 1) throw damaged('has numbers in an unknown code');
  const width = 4 + method;
  const partitions = 1 << bits.take(4);
  const each = out.length / partitions;
  if (!Number.isInteger(each) || each < order) throw damaged(`parts ${out.length} numbers in ${partitions}`);
  for (let partition = 0, i = order; partition < partitions; partition++) {
    const end = (partition + 1) * each;
    const parameter = bits.take(width);
    if (parameter === (1 << width) - 1) {
      const plain = bits.take(5);
      for (; i < end; i++) out[i] = bits.signed(plain);
      continue;
    }
    const scale = 2 ** parameter;
    for (; i < end; i++) {
      const folded = bits.unary() * scale + bits.take(parameter);
      out[i] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
  }
}

/** Adds to each number what the ones before let expect. */
function predict(out: Float64Array, weights: readonly number[], shift: number): void {
  const order = weights.length;
  const scale = 2 ** shift;
  const near = Float64Array.from(weights);
  for (let i = order; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < order; k++) sum += (near[k] ?? 0) * (out[i - 1 - k] ?? 0);
    out[i] = (out[i] ?? 0) + (shift === 0 ? sum : Math.floor(sum / scale));
  }
}
