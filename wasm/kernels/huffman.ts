// Tables of Huffman codes as DEFLATE has them (RFC 1951 §3.2): one look tells symbol, base and extra bits of a code.

/** Bits that are looked up at once. */
export const TABLE_BITS: u32 = 11;
const LONG_BITS: u32 = 15 - TABLE_BITS; // a code is at most 15 bits long
/** Number of symbols of a tree of literals. */
export const LITERALS: u32 = 288;
/** Number of symbols of a tree of distances. */
export const DISTANCES: u32 = 32;

// An entry is `value << 16 | extra bits << 8 | kind | length of the code`; 0 is no code. An entry of literals tells, in
// place of the extra bits, the number of literals (1 or 2, the first one in the low byte) and `<< 12` the length of the
// code of the first one.
const LONG: u32 = 0x10; // value: position of the entries by the bits that follow
const END: u32 = 0x20; // end of the block, or a symbol that must not be
/** Kind of an entry. */
export const LITERAL: u32 = 0x40;
/** Kind of an entry: length or distance of a match. */
export const MATCH: u32 = 0x80;

/** Table of literals and lengths of matches. */
export const literals = memory.data(((1 << TABLE_BITS) + (LITERALS << LONG_BITS)) * 4, 16);
/** Table of distances. */
export const distances = memory.data(((1 << TABLE_BITS) + (DISTANCES << LONG_BITS)) * 4, 16);
const counts = memory.data(16 * 4, 16);
const nextCodes = memory.data(16 * 4, 16);
// Base and extra bits of length symbols 257-285 and distance symbols 0-29 (RFC 1951 §3.2.5).
const lengthBase = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const lengthExtra = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

function entryOf(symbol: u32, ofLiterals: bool): u32 {
  if (!ofLiterals) {
    if (symbol > 29) return END;
    const extra: u32 = symbol < 4 ? 0 : (symbol >> 1) - 1;
    const base: u32 = symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1;
    return (base << 16) | (extra << 8) | MATCH;
  }
  if (symbol < 256) return (symbol << 16) | (1 << 8) | LITERAL;
  if (symbol === 256) return END;
  if (symbol > 285) return (1 << 16) | END;
  const i = <usize>(symbol - 257);
  return (<u32>load<u16>(lengthBase + (i << 1)) << 16) | (<u32>load<u8>(lengthExtra + i) << 8) | MATCH;
}

/** Fills a table by code lengths, one byte each. @returns whether no length has more codes than there can be. */
export function makeTree(from: usize, count: u32, table: usize, ofLiterals: bool): bool {
  memory.fill(counts, 0, 16 * 4);
  for (let i: usize = 0; i < count; i++) {
    const slot = counts + (<usize>load<u8>(from + i) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  store<u32>(counts, 0);
  let code: u32 = 0;
  for (let length: u32 = 1; length <= 15; length++) {
    code = (code + load<u32>(counts + (<usize>(length - 1) << 2))) << 1;
    if (code + load<u32>(counts + (<usize>length << 2)) > <u32>(1 << length)) return false;
    store<u32>(nextCodes + (<usize>length << 2), code);
  }
  memory.fill(table, 0, 4 << TABLE_BITS);
  let free: u32 = 1 << TABLE_BITS; // first entry that no long code has taken
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length = <u32>load<u8>(from + <usize>symbol);
    if (length === 0) continue;
    const slot = nextCodes + (<usize>length << 2);
    let value = load<u32>(slot);
    store<u32>(slot, value + 1);
    let reversed: u32 = 0; // codes are stored from their first bit on, all else from the last
    for (let i: u32 = 0; i < length; i++, value >>= 1) reversed = (reversed << 1) | (value & 1);
    const entry = entryOf(symbol, ofLiterals) | length | (ofLiterals && symbol < 256 ? length << 12 : 0);
    if (length <= TABLE_BITS) {
      for (let i = reversed; i < 1 << TABLE_BITS; i += 1 << length) store<u32>(table + (<usize>i << 2), entry);
      continue;
    }
    const start = table + (<usize>(reversed & ((1 << TABLE_BITS) - 1)) << 2);
    if (load<u32>(start) === 0) {
      store<u32>(start, (free << 16) | LONG);
      memory.fill(table + (<usize>free << 2), 0, 4 << LONG_BITS);
      free += 1 << LONG_BITS;
    }
    const long = table + (<usize>(load<u32>(start) >>> 16) << 2);
    for (let i = reversed >> TABLE_BITS; i < 1 << LONG_BITS; i += 1 << (length - TABLE_BITS)) {
      store<u32>(long + (<usize>i << 2), entry);
    }
  }
  return true;
}

/** Joins two literals to one entry where both codes fit the table. */
export function joinLiterals(): void {
  // From the last entry on, so that the second literal is found in an entry that was not joined yet.
  for (let i: u32 = (1 << TABLE_BITS) - 1; i > 0; i--) {
    const slot = literals + (<usize>i << 2);
    const first = load<u32>(slot);
    if (!(first & LITERAL)) continue;
    const length = first & 15;
    const second = load<u32>(literals + (<usize>(i >> length) << 2));
    const both = length + (second & 15);
    if (!(second & LITERAL) || both > TABLE_BITS) continue;
    const values = ((second >>> 16) << 8) | (first >>> 16);
    store<u32>(slot, (values << 16) | (length << 12) | (2 << 8) | LITERAL | both);
  }
}

/** Finds the entry of the next bits of a stream. */
// @ts-ignore: decorator
@inline
export function find(table: usize, stream: u64): u32 {
  const entry = load<u32>(table + (<usize>(<u32>stream & ((1 << TABLE_BITS) - 1)) << 2));
  if (!(entry & LONG)) return entry;
  const more = (<u32>(stream >> TABLE_BITS)) & ((1 << LONG_BITS) - 1);
  return load<u32>(table + (<usize>((entry >>> 16) + more) << 2));
}
