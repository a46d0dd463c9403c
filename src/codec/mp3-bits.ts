/** Bits of an MP3 frame, one after another. */
import type { Bytes } from '../util/bytes.js';

/** The bits from position `at` on, at the top of 32; at least 25 are right. Beyond the end there are zeros. */
export function bitsAt(bytes: Bytes, at: number): number {
  const i = at >>> 3;
  const four = ((bytes[i] ?? 0) << 24) | ((bytes[i + 1] ?? 0) << 16) | ((bytes[i + 2] ?? 0) << 8) | (bytes[i + 3] ?? 0);
  return four << (at & 7);
}

/** Reads bits in their order. Who reads compares {@link at} with where they have to end. */
export class Mp3Bits {
  readonly bytes: Bytes;
  /** Position of the next bit. */
  at: number;

  /** @param at - position of the first bit. */
  constructor(bytes: Bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The next `count` bits (at most 25) as a whole number; zeros beyond the end. */
  take(count: number): number {
    if (count === 0) return 0;
    const value = bitsAt(this.bytes, this.at) >>> (32 - count);
    this.at += count;
    return value;
  }
}
