/** Inflating in plain JavaScript, where WebAssembly is refused. Source: RFC 1951. */
import type { Bytes } from '../util/bytes.js';

// Base and extra bits of length symbols 257-285 and distance symbols 0-29 (RFC 1951 §3.2.5).
const lengthExtra = Uint8Array.from({ length: 29 }, (_, i) => (i < 8 || i === 28 ? 0 : (i >> 2) - 1));
const distanceExtra = Uint8Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1));
const lengthBase = bases(lengthExtra, 3);
lengthBase[28] = 258; // the one exception
const distanceBase = bases(distanceExtra, 1);
// Order in which the lengths of the code length codes are stored.
const codeOrder = '16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1 15'.split(' ').map(Number);

function bases(extra: Uint8Array, first: number): Uint16Array {
  const base = new Uint16Array(extra.length);
  let next = first;
  extra.forEach((bits, i) => {
    base[i] = next;
    next += 1 << bits;
  });
  return base;
}

/** Codes of one Huffman tree: `symbol << 4 | length` by the next `bits` bits; 0 = no code. */
interface Tree {
  readonly table: Uint16Array;
  readonly bits: number;
}

/** What inflating says is wrong with its input. */
export class InflateError extends Error {}

function treeOf(lengths: Uint8Array): Tree {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  let bits = 15;
  while (bits > 1 && counts[bits] === 0) bits--;
  const next = new Uint16Array(16);
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    code = (code + (counts[length - 1] ?? 0)) << 1;
    if (code + (counts[length] ?? 0) > 1 << length) throw new InflateError('a Huffman tree has too many codes');
    next[length] = code;
  }
  const table = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    let value = next[length] ?? 0;
    next[length] = value + 1;
    let reversed = 0; // codes are stored from their first bit on, all else from the last
    for (let i = 0; i < length; i++, value >>= 1) reversed = (reversed << 1) | (value & 1);
    for (let at = reversed; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, bits };
}

const fixed = (): readonly [Tree, Tree] => [
  treeOf(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  treeOf(new Uint8Array(30).fill(5)),
];

/** The state of one run: bits are taken from the low end of `held`. */
class Inflater {
  readonly #from: Bytes;
  readonly #to: Bytes;
  #at: number;
  #out = 0;
  #held = 0;
  #heldBits = 0;

  constructor(from: Bytes, at: number, to: Bytes) {
    this.#from = from;
    this.#at = at;
    this.#to = to;
  }

  /** Inflates until `to` is full or the stream ends. @returns the number of bytes written. */
  run(): number {
    for (let last = 0; !last && this.#out < this.#to.length; ) {
      last = this.#take(1);
      const type = this.#take(2);
      if (type === 0) this.#stored();
      else if (type === 1) this.#block(...fixed());
      else if (type === 2) this.#block(...this.#trees());
      else throw new InflateError('a block is of an unknown type');
    }
    return this.#out;
  }

  /** Position after the last byte of which a bit was taken. */
  get end(): number {
    return this.#at - (this.#heldBits >> 3);
  }

  // Beyond the end zeros are held, which is an error only when they are used.
  #hold(count: number): void {
    while (this.#heldBits < count) {
      this.#held |= (this.#from[this.#at++] ?? 0) << this.#heldBits;
      this.#heldBits += 8;
    }
  }

  #use(count: number): void {
    this.#held >>>= count;
    this.#heldBits -= count;
    if (this.#at - (this.#heldBits >> 3) > this.#from.length) throw new InflateError('the stream is cut off');
  }

  #take(count: number): number {
    this.#hold(count);
    const value = this.#held & ((1 << count) - 1);
    this.#use(count);
    return value;
  }

  #symbol({ table, bits }: Tree): number {
    this.#hold(bits);
    const entry = table[this.#held & ((1 << bits) - 1)] ?? 0;
    if (entry === 0) throw new InflateError('a code is not in its tree');
    this.#use(entry & 15);
    return entry >> 4;
  }

  #stored(): void {
    this.#at -= this.#heldBits >> 3;
    this.#held = this.#heldBits = 0;
    const length = this.#take(16);
    if ((this.#take(16) ^ 0xffff) !== length) throw new InflateError('a stored block contradicts itself');
    if (this.#at + length > this.#from.length) throw new InflateError('the stream is cut off');
    const part = this.#from.subarray(this.#at, this.#at + Math.min(length, this.#to.length - this.#out));
    this.#to.set(part, this.#out);
    this.#out += part.length;
    this.#at += length;
  }

  #trees(): readonly [Tree, Tree] {
    const literals = 257 + this.#take(5);
    const distances = 1 + this.#take(5);
    const codes = 4 + this.#take(4);
    const codeLengths = new Uint8Array(19);
    for (const position of codeOrder.slice(0, codes)) codeLengths[position] = this.#take(3);
    const tree = treeOf(codeLengths);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.#symbol(tree);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const value = symbol === 16 ? lengths[i - 1] : 0;
      const repeat = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (value === undefined || i + repeat > lengths.length) throw new InflateError('code lengths are damaged');
      lengths.fill(value, i, i + repeat);
      i += repeat;
    }
    return [treeOf(lengths.subarray(0, literals)), treeOf(lengths.subarray(literals))];
  }

  #block(literals: Tree, distances: Tree): void {
    const to = this.#to;
    const size = to.length;
    let out = this.#out;
    while (out < size) {
      const symbol = this.#symbol(literals);
      if (symbol < 256) {
        to[out++] = symbol;
        continue;
      }
      if (symbol === 256) break;
      if (symbol > 285) throw new InflateError('a match is out of range');
      const length = (lengthBase[symbol - 257] ?? 0) + this.#take(lengthExtra[symbol - 257] ?? 0);
      const far = this.#symbol(distances);
      const distance = (distanceBase[far] ?? 0) + this.#take(distanceExtra[far] ?? 0);
      if (far > 29 || distance > out) throw new InflateError('a match is out of range');
      const end = Math.min(out + length, size);
      if (distance >= length && length > 32) {
        to.copyWithin(out, out - distance, end - distance);
        out = end;
      } else for (; out < end; out++) to[out] = to[out - distance] ?? 0;
    }
    this.#out = out;
  }
}

/** Inflates the DEFLATE stream at byte `at`, as {@link inflatePart} of inflate.ts does. @throws {InflateError} */
export function inflateJs(from: Bytes, at: number, to: Bytes): { readonly written: number; readonly end: number } {
  const inflater = new Inflater(from, at, to);
  const written = inflater.run();
  return { written, end: inflater.end };
}
