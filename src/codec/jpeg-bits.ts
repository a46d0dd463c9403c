/** Bits and Huffman codes of JPEG scans. Source: ITU-T T.81, annexes C and F. */
import type { Bytes } from '../util/bytes.js';
import { jpegError } from './jpeg-header.js';

/** Symbol and length of the code that begins with each 16 bits: `length << 8 | symbol`, 0 = no code. */
export type HuffmanTable = Uint16Array;

/** Adds the tables of a DHT segment, keyed by `class << 4 | id`. @throws {DatasetError} `codec` when it is damaged. */
export function readHuffmanTables(segment: Bytes, tables: Map<number, HuffmanTable>): void {
  for (let at = 0; at < segment.length; ) {
    const key = segment[at] ?? 0;
    const counts = segment.subarray(at + 1, at + 17);
    at += 17;
    const table = new Uint16Array(1 << 16);
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      for (let i = counts[length - 1] ?? 0; i > 0; i--) {
        const symbol = segment[at++];
        const step = 1 << (16 - length);
        if (symbol === undefined || code + step > 1 << 16) throw jpegError('a Huffman table is damaged');
        table.fill((length << 8) | symbol, code, code + step);
        code += step;
      }
    }
    tables.set(key, table);
  }
}

/** Reads the bits of one scan. */
export class ScanBits {
  /** The scan without stuffing and restart markers. */
  readonly #bytes: Bytes;
  /** Number of bits there are. */
  readonly #size: number;
  /** Positions in bits at which a restart marker stood. */
  readonly #restarts: number[] = [];
  /** Number of bits read. */
  position = 0;

  /** @param data - entropy-coded data up to the next marker that is no restart marker. */
  constructor(data: Bytes) {
    const bytes = new Uint8Array(data.length + 4);
    let size = 0;
    for (let at = 0; at < data.length; at++) {
      const byte = data[at] ?? 0;
      if (byte !== 0xff) bytes[size++] = byte;
      else if (data[++at] === 0) bytes[size++] = byte;
      else this.#restarts.push(size * 8);
    }
    this.#bytes = bytes;
    this.#size = size * 8;
  }

  // The next 16 bits; zeros beyond the end.
  #peek(): number {
    const at = this.position >> 3;
    const bytes = this.#bytes;
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    return (three >> (8 - (this.position & 7))) & 0xffff;
  }

  /** Steps over bits. @throws {DatasetError} `codec` beyond the end. */
  skip(count: number): void {
    this.position += count;
    if (this.position > this.#size)
      throw jpegError(`a scan is cut off: expected more than ${this.#size >> 3} bytes of it`);
  }

  /** Reads up to 16 bits as a number. */
  take(count: number): number {
    const value = this.#peek() >> (16 - count);
    this.skip(count);
    return value;
  }

  /** Reads a number of `count` bits whose first bit 0 means negative. */
  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.take(count);
    return value < 1 << (count - 1) ? value - (1 << count) + 1 : value;
  }

  /** Reads the next Huffman symbol. */
  symbol(table: HuffmanTable | undefined): number {
    const entry = table?.[this.#peek()] ?? 0;
    if (entry === 0) throw jpegError('a scan holds a code that its tables do not');
    this.skip(entry >> 8);
    return entry & 255;
  }

  /** Goes to the next restart marker. */
  restart(): void {
    const next = this.#restarts.shift();
    if (next === undefined || next < this.position || next - this.position > 7) {
      throw jpegError('a restart marker is missing or out of place');
    }
    this.position = next;
  }

  /** Copies bits that were read before. */
  copy(start: number, count: number, out: BitWriter): void {
    const now = this.position;
    this.position = start;
    for (let left = count; left > 0; left -= 16) {
      const step = Math.min(left, 16);
      out.put(this.take(step), step);
    }
    this.position = now;
  }
}

/** Writes bits with stuffing: each byte FF is followed by 00. */
export class BitWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #held = 0;
  #heldBits = 0;

  /** Appends the low `count` bits (at most 16) of a number. */
  put(value: number, count: number): void {
    this.#held = (this.#held << count) | value;
    this.#heldBits += count;
    while (this.#heldBits >= 8) {
      this.#heldBits -= 8;
      this.#byte((this.#held >> this.#heldBits) & 255);
    }
    this.#held &= (1 << this.#heldBits) - 1;
  }

  #byte(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      const wider = new Uint8Array(this.#bytes.length * 2);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[this.#length++] = byte;
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }

  /** Fills the last byte with ones and gives what was written. */
  finish(): Bytes {
    const free = (8 - this.#heldBits) & 7;
    this.put((1 << free) - 1, free);
    return this.#bytes.slice(0, this.#length);
  }
}
