// LZ4 blocks in pieces: `lz4Some` goes on until its input or its room is used up, and keeps its state here. The caller
// keeps the last 64 kB of the output before the room; up to 32 bytes behind the room may be written.
import { copyMatch } from './match';

// What lz4Some returns.
const FULL = 0;
const ENDED = 1;
const HUNGRY = 2;
const BAD = 3;

// Where in a sequence the input or the room ended.
const TOKEN = 0;
const LITERAL_COUNT = 1; // bytes of the number of literals follow
const LITERALS = 2;
const DISTANCE = 3;
const MATCH_COUNT = 4; // bytes of the length of the match follow
const MATCH = 5;

let place = TOKEN;
let literals: usize; // still to be copied
let match: usize;
let distance: usize;
let at: usize;
let out: usize;

/** Begins a block. */
export function lz4Start(): void {
  place = TOKEN;
}

/** Position of the next byte of the input. */
export function lz4Read(): usize {
  return at;
}

/** End of what was written. */
export function lz4Written(): usize {
  return out;
}

/**
 * Goes on with input `[from, fromEnd)`, into `[to, toEnd)`.
 *
 * @param history - bytes of the output that stand before `to`.
 * @param left - bytes that the whole block may still write.
 */
export function lz4Some(
  from: usize, fromEnd: usize, isFinal: bool, to: usize, toEnd: usize, history: u32, left: u32,
): i32 {
  at = from;
  out = to;
  const low = to - history;
  const last = to + left;
  while (true) {
    if (place === TOKEN) {
      if (fromEnd - at > 32 && toEnd - out > 64) {
        const result = shortSequences(fromEnd - 32, toEnd - 64, low);
        if (result) return result;
      }
      if (at === fromEnd) return isFinal ? BAD : HUNGRY; // a block ends with literals
      const token = <usize>load<u8>(at++);
      literals = token >> 4;
      match = (token & 15) + 4;
      place = literals === 15 ? LITERAL_COUNT : LITERALS;
    }
    if (place === LITERAL_COUNT) {
      let more: usize = 255;
      while (more === 255) {
        if (at === fromEnd) return isFinal ? BAD : HUNGRY;
        more = load<u8>(at++);
        literals += more;
        if (literals > last - out) return BAD;
      }
      place = LITERALS;
    }
    if (place === LITERALS) {
      if (literals > last - out) return BAD;
      const size = min(literals, min(fromEnd - at, toEnd - out));
      memory.copy(out, at, size);
      at += size;
      out += size;
      literals -= size;
      if (literals) {
        if (out === toEnd) return FULL;
        return isFinal ? BAD : HUNGRY;
      }
      place = DISTANCE;
    }
    if (place === DISTANCE) {
      if (at === fromEnd && isFinal) return ENDED;
      if (fromEnd - at < 2) return isFinal ? BAD : HUNGRY;
      distance = load<u16>(at);
      at += 2;
      if (distance === 0 || distance > out - low) return BAD;
      place = match === 19 ? MATCH_COUNT : MATCH;
    }
    if (place === MATCH_COUNT) {
      let more: usize = 255;
      while (more === 255) {
        if (at === fromEnd) return isFinal ? BAD : HUNGRY;
        more = load<u8>(at++);
        match += more;
        if (match > last - out) return BAD;
      }
      place = MATCH;
    }
    if (match > last - out) return BAD;
    const size = min(match, toEnd - out);
    if (size) copyMatch(out, out + size, distance);
    out += size;
    match -= size;
    if (match) return FULL;
    place = TOKEN;
  }
}

/** Sequences of up to 14 literals and 18 bytes of a match, far from the ends. @returns 0 or BAD. */
function shortSequences(inSafe: usize, outSafe: usize, low: usize): i32 {
  let at_ = at;
  let out_ = out;
  let result = 0;
  while (at_ < inSafe && out_ < outSafe) {
    const token = <usize>load<u8>(at_);
    const count = token >> 4;
    const length = token & 15;
    if (count === 15 || length === 15) break;
    v128.store(out_, v128.load(at_, 1));
    at_ += count + 3;
    out_ += count;
    const far = <usize>load<u16>(at_ - 2);
    if (far === 0 || far > out_ - low) {
      result = BAD;
      break;
    }
    const end = out_ + length + 4;
    copyMatch(out_, end, far);
    out_ = end;
  }
  at = at_;
  out = out_;
  return result;
}
