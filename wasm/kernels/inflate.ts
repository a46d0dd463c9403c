// DEFLATE (RFC 1951) in pieces: `inflateSome` goes on until its input or its room is used up, and keeps its state here.
// The caller keeps the last 32 kB of the output before the room; up to 32 bytes behind the room may be written.
import { DISTANCES, distances, find, joinLiterals, LITERAL, LITERALS, literals, makeTree, MATCH, TABLE_BITS } from './huffman';
import { copyMatch } from './match';

const JOIN_FROM: usize = 1024; // bytes of input left for which joining literals pays

// What inflateSome returns; the texts are in src/codec/inflate.ts.
const FULL = 0;
const ENDED = 1;
const HUNGRY = 2;
const CUT_OFF = 3;
const BAD_BLOCK = 4;
const BAD_STORED = 5;
const BAD_LENGTHS = 6;
const BAD_TREE = 7;
const NO_CODE = 8;
const BAD_MATCH = 9;

const lengths = memory.data(LITERALS + DISTANCES, 16);
const codeLengths = memory.data(19, 16);
// Order in which the lengths of the code length codes are stored.
const codeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

let at: usize; // next byte of the input
let inEnd: usize;
let final: bool; // no input follows
let held: u64; // the lowest `bits` bits come next; those above are the same as in the input, or 0
let bits: u32;
let out: usize;
let low: usize; // first byte of the output that is still there
let last: bool; // the block is the last one
let inBlock: bool;
let storedLeft: u32;
let matchLeft: u32;
let matchDistance: usize;

/** Begins a stream. */
export function inflateStart(): void {
  held = 0;
  bits = storedLeft = matchLeft = 0;
  last = inBlock = false;
}

/** Position of the next byte of the input. */
export function inflateRead(): usize {
  return at;
}

/** Whole bytes before `inflateRead` of which no bit was taken. */
export function inflateHeld(): u32 {
  return bits >> 3;
}

/** End of what was written. */
export function inflateWritten(): usize {
  return out;
}

/**
 * Goes on with input `[from, fromEnd)`, into `[to, toEnd)`.
 *
 * @param history - bytes of the output that stand before `to`.
 * @param isFinal - whether no input follows.
 */
export function inflateSome(
  from: usize, fromEnd: usize, isFinal: bool, to: usize, toEnd: usize, history: u32,
): i32 {
  at = from;
  inEnd = fromEnd;
  final = isFinal;
  out = to;
  low = to - history;
  while (out < toEnd) {
    if (!inBlock) {
      if (last) return ENDED;
      const problem = beginBlock();
      if (problem) return problem;
    } else {
      const result = storedLeft ? copyStored(toEnd) : codes(toEnd);
      if (result) return result;
    }
  }
  return FULL;
}

// @ts-ignore: decorator
@inline
function isCutOff(): bool {
  return at - (bits >> 3) > inEnd;
}

/** Takes up to 16 bits. Beyond the input there are zeros; isCutOff() tells. */
function take(count: u32): u32 {
  while (bits < count) {
    // At the end nothing is read, however many bits a damaged stream asks for.
    held |= (at < inEnd ? <u64>load<u8>(at) : 0) << bits;
    at++;
    bits += 8;
  }
  const value = <u32>held & ((1 << count) - 1);
  held >>= count;
  bits -= count;
  return value;
}

// Bits above those that count have to go before bytes are added one by one.
// @ts-ignore: decorator
@inline
function trim(): void {
  held &= ((<u64>1) << bits) - 1;
}

function beginBlock(): i32 {
  // Trees take less than 600 bytes.
  if (!final && at + 1024 > inEnd) return HUNGRY;
  trim();
  last = take(1) !== 0;
  const type = take(2);
  if (isCutOff()) return CUT_OFF;
  inBlock = true;
  if (type === 0) {
    take(bits & 7);
    const length = take(16);
    const inverse = take(16);
    if (isCutOff()) return CUT_OFF;
    if ((length ^ 0xffff) !== inverse) return BAD_STORED;
    at -= bits >> 3; // what was read ahead is copied
    held = 0;
    bits = 0;
    storedLeft = length;
    if (length === 0) inBlock = false;
    return 0;
  }
  if (type === 1) return fixedTrees();
  if (type === 2) return readTrees();
  return BAD_BLOCK;
}

function copyStored(toEnd: usize): i32 {
  const there = <u32>(inEnd - at);
  // The whole block is required before the rest of the room is filled, as far as it can be told.
  if (final && there < storedLeft) return CUT_OFF;
  let size = min<u32>(storedLeft, <u32>(toEnd - out));
  if (there < size) size = there;
  memory.copy(out, at, size);
  out += size;
  at += size;
  storedLeft -= size;
  if (storedLeft === 0) inBlock = false;
  else if (out < toEnd) return HUNGRY;
  return 0;
}

function fixedTrees(): i32 {
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  makeTree(lengths, 288, literals, true);
  memory.fill(lengths, 5, 30);
  makeTree(lengths, 30, distances, false);
  return 0;
}

function readTrees(): i32 {
  const literalCount: u32 = take(5) + 257;
  const count: u32 = literalCount + take(5) + 1;
  const codeCount: u32 = take(4) + 4;
  memory.fill(codeLengths, 0, 19);
  for (let i: u32 = 0; i < codeCount; i++) {
    store<u8>(codeLengths + <usize>load<u8>(codeOrder + <usize>i), <u8>take(3));
  }
  if (isCutOff()) return CUT_OFF;
  // These codes have at most 7 bits; the values of literals are the symbols.
  if (!makeTree(codeLengths, 19, literals, true)) return BAD_TREE;
  for (let i: u32 = 0; i < count; ) {
    while (bits < 15) {
      held |= (at < inEnd ? <u64>load<u8>(at) : 0) << bits;
      at++;
      bits += 8;
    }
    const entry = load<u32>(literals + (<usize>(<u32>held & ((1 << TABLE_BITS) - 1)) << 2));
    if (entry === 0) return NO_CODE;
    take(entry & 15);
    const symbol = entry >>> 16;
    if (isCutOff()) return CUT_OFF;
    if (symbol < 16) {
      store<u8>(lengths + <usize>i, <u8>symbol);
      i++;
      continue;
    }
    const value: u8 = symbol === 16 && i > 0 ? load<u8>(lengths + <usize>(i - 1)) : 0;
    const repeat: u32 = symbol === 16 ? take(2) + 3 : symbol === 17 ? take(3) + 3 : take(7) + 11;
    if (isCutOff()) return CUT_OFF;
    if (i + repeat > count || (symbol === 16 && i === 0)) return BAD_LENGTHS;
    memory.fill(lengths + <usize>i, value, repeat);
    i += repeat;
  }
  // `codeLengths` and the table of literals are free again.
  if (!makeTree(lengths, literalCount, literals, true)) return BAD_TREE;
  if (!makeTree(lengths + literalCount, count - literalCount, distances, false)) return BAD_TREE;
  if (inEnd - at > JOIN_FROM && at < inEnd) joinLiterals();
  return 0;
}

/** Decodes codes until the block ends, or input or room are used up. */
function codes(toEnd: usize): i32 {
  let held_ = held;
  let bits_ = bits;
  let at_ = at;
  let out_ = out;
  let result = -1;
  if (matchLeft === 0 && inEnd > at_ + 16 && toEnd > out_ + 264) {
    // A round reads at most 16 bytes ahead and writes at most six literals, or four and a match of 258 bytes.
    const inSafe = inEnd - 16;
    const outSafe = toEnd - 264;
    const base = low;
    while (at_ <= inSafe && out_ <= outSafe) {
      held_ |= load<u64>(at_) << bits_;
      at_ += (63 - bits_) >> 3;
      bits_ |= 56;
      let entry = find(literals, held_);
      if (entry & LITERAL) {
        store<u16>(out_, <u16>(entry >>> 16));
        out_ += (entry >> 8) & 3;
        held_ >>= entry & 15;
        bits_ -= entry & 15;
        entry = find(literals, held_);
        if (entry & LITERAL) {
          store<u16>(out_, <u16>(entry >>> 16));
          out_ += (entry >> 8) & 3;
          held_ >>= entry & 15;
          bits_ -= entry & 15;
          entry = find(literals, held_);
          if (entry & LITERAL) {
            store<u16>(out_, <u16>(entry >>> 16));
            out_ += (entry >> 8) & 3;
            held_ >>= entry & 15;
            bits_ -= entry & 15;
            continue;
          }
        }
      }
      if (!(entry & MATCH)) {
        result = entry === 0 ? NO_CODE : entry >>> 16 ? BAD_MATCH : ENDED;
        held_ >>= entry & 15;
        bits_ -= entry & 15;
        break;
      }
      held_ >>= entry & 15;
      bits_ -= entry & 15;
      const extra = (entry >> 8) & 31;
      const length = (entry >>> 16) + (<u32>held_ & ((1 << extra) - 1));
      held_ >>= extra;
      bits_ -= extra;
      held_ |= load<u64>(at_) << bits_;
      at_ += (63 - bits_) >> 3;
      bits_ |= 56;
      const far = find(distances, held_);
      if (!(far & MATCH)) {
        result = far === 0 ? NO_CODE : BAD_MATCH;
        break;
      }
      held_ >>= far & 15;
      bits_ -= far & 15;
      const farExtra = (far >> 8) & 31;
      const distance = (far >>> 16) + (<u32>held_ & ((1 << farExtra) - 1));
      held_ >>= farExtra;
      bits_ -= farExtra;
      if (<usize>distance > out_ - base) {
        result = BAD_MATCH;
        break;
      }
      const end = out_ + length;
      copyMatch(out_, end, distance);
      out_ = end;
    }
  }
  held = held_;
  bits = bits_;
  at = at_;
  out = out_;
  if (result === ENDED) {
    inBlock = false;
    return 0;
  }
  return result < 0 ? slowCodes(toEnd) : result;
}

/** The same one code at a time, near the ends of input and room. */
function slowCodes(toEnd: usize): i32 {
  while (true) {
    if (matchLeft) {
      const size = min<u32>(matchLeft, <u32>(toEnd - out));
      for (const end = out + size; out < end; out++) store<u8>(out, load<u8>(out - matchDistance));
      matchLeft -= size;
    }
    if (out === toEnd || (inEnd > at + 16 && toEnd > out + 264)) return 0; // full, or far from the ends again
    if (!final && at + 16 > inEnd) return HUNGRY;
    trim();
    fill();
    const entry = find(literals, held);
    if (entry === 0) return NO_CODE;
    take(entry & LITERAL ? (entry >> 12) & 15 : entry & 15); // of two literals only the first
    if (isCutOff()) return CUT_OFF;
    if (entry & LITERAL) {
      store<u8>(out++, <u8>(entry >>> 16));
      continue;
    }
    if (!(entry & MATCH)) {
      if (entry >>> 16) return BAD_MATCH;
      inBlock = false;
      return 0;
    }
    const length = (entry >>> 16) + take((entry >> 8) & 31);
    fill();
    const far = find(distances, held);
    if (far === 0) return NO_CODE;
    take(far & 15);
    if (isCutOff()) return CUT_OFF;
    if (!(far & MATCH)) return BAD_MATCH;
    const distance = <usize>((far >>> 16) + take((far >> 8) & 31));
    if (isCutOff()) return CUT_OFF;
    if (distance > out - low) return BAD_MATCH;
    matchLeft = length;
    matchDistance = distance;
  }
}

/** Holds at least the bits of a code and of its extra bits. */
function fill(): void {
  while (bits <= 48) {
    held |= (at < inEnd ? <u64>load<u8>(at) : 0) << bits;
    at++;
    bits += 8;
  }
}
