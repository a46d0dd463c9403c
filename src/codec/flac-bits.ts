/** Bits of one FLAC frame, from the first of a byte on, and the check sums of frames. */
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';

// More bits than these cannot be had from 4 bytes at any place in the first.
const AT_ONCE = 25;

/** Reads bits one after another. Every method throws `DatasetError` `codec` when the frame is cut off. */
export class FlacBits {
  readonly #bytes: Bytes;
  readonly #end: number;
  #at: number;

  /** @param bytes - from the first byte of the frame on. @param start - byte to begin at. */
  constructor(bytes: Bytes, start = 0) {
    this.#at = 8 * start;
    this.#bytes = bytes;
    this.#end = bytes.length * 8;
  }

  /** Bytes read so far; a byte of which a bit was read counts whole. */
  get bytesRead(): number {
    return Math.ceil(this.#at / 8);
  }

  #window(): number {
    const bytes = this.#bytes;
    const at = this.#at >>> 3;
    const four =
      ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    return four << (this.#at & 7);
  }

  #step(count: number): void {
    this.#at += count;
    if (this.#at > this.#end)
      throw fileError('flac', `it is cut off: a frame does not end in its ${this.#end / 8} bytes`);
  }

  /** The next `count` bits (at most 33) as a whole number. */
  take(count: number): number {
    if (count > AT_ONCE) return this.take(count - 16) * 65_536 + this.take(16);
    if (count === 0) return 0;
    const value = this.#window() >>> (32 - count);
    this.#step(count);
    return value;
  }

  /** The same in two's complement. */
  signed(count: number): number {
    const value = this.take(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** The number of zeros before the next one, which is stepped over. */
  unary(): number {
    for (let zeros = 0; ; ) {
      const here = Math.clz32(this.#window());
      if (here < AT_ONCE) {
        this.#step(here + 1);
        return zeros + here;
      }
      zeros += AT_ONCE;
      this.#step(AT_ONCE);
    }
  }

  /** Steps to the begin of a byte. */
  align(): void {
    this.#at = this.bytesRead * 8;
  }
}

function tableOf(polynomial: number, bits: number): Uint16Array {
  const top = 1 << (bits - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (bits - 8);
    for (let i = 0; i < 8; i++) crc = crc & top ? (crc << 1) ^ polynomial : crc << 1;
    return crc;
  });
}

const table8 = tableOf(0x07, 8);
const table16 = tableOf(0x8005, 16);

/** CRC-8 of a frame's header (RFC 9639 §9.1.8). */
export function crc8(bytes: Bytes): number {
  let crc = 0;
  for (const byte of bytes) crc = (table8[(crc ^ byte) & 255] ?? 0) & 255;
  return crc;
}

/** CRC-16 of a frame (RFC 9639 §9.3). */
export function crc16(bytes: Bytes): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) crc = ((crc << 8) & 0xffff) ^ (table16[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0);
  return crc;
}
