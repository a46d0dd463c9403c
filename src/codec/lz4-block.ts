/**
 * LZ4 blocks in plain JavaScript: for frames, for small blocks, and where WebAssembly is not allowed.
 *
 * A block is a row of sequences: token (high 4 bits literals, low 4 bits match length - 4, 15 = more bytes follow),
 * literals, u16 LE distance. The last sequence has literals only. Source: the LZ4 block format description.
 */
import type { Bytes } from '../util/bytes.js';

/** What {@link decodeBlock} answers when the input is no valid block for the room it was given. */
export const badBlock = -1;

/**
 * Decodes one block into `to[start...]`; the bytes of `to` before `start` serve as dictionary.
 *
 * @returns the position in `to` after the last byte, or {@link badBlock}. Nothing is written at or after `end`.
 */
export function decodeBlock(from: Uint8Array, to: Uint8Array, start: number, end: number): number {
  const size = from.length;
  let at = 0;
  let out = start;
  while (at < size) {
    const token = from[at++] ?? 0;
    let literals = token >> 4;
    if (literals === 15) {
      let more: number;
      do {
        if (at >= size) return badBlock;
        more = from[at++] ?? 0;
        literals += more;
      } while (more === 255);
    }
    if (at + literals > size || out + literals > end) return badBlock;
    if (literals > 32) {
      to.set(from.subarray(at, at + literals), out);
      at += literals;
      out += literals;
    } else for (const stop = at + literals; at < stop; ) to[out++] = from[at++] ?? 0;
    if (at === size) return out;
    if (at + 2 > size) return badBlock;
    const distance = (from[at] ?? 0) | ((from[at + 1] ?? 0) << 8);
    at += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      let more: number;
      do {
        if (at >= size) return badBlock;
        more = from[at++] ?? 0;
        match += more;
      } while (more === 255);
    }
    if (distance === 0 || distance > out || out + match > end) return badBlock;
    if (distance >= match && match > 32) {
      to.copyWithin(out, out - distance, out - distance + match);
      out += match;
    } else if (match > 64) {
      out = repeat(to, out, distance, match);
    } else for (const stop = out + match; out < stop; out++) to[out] = to[out - distance] ?? 0;
  }
  return badBlock; // a block ends with literals, so it cannot end here
}

// A match that overlaps itself repeats its first `distance` bytes: each copy doubles what is there.
function repeat(to: Uint8Array, out: number, distance: number, match: number): number {
  const from = out - distance;
  const stop = out + match;
  while (out < stop) {
    const step = Math.min(out - from, stop - out);
    to.copyWithin(out, from, from + step);
    out += step;
  }
  return out;
}

const hashBits = 14;
const minMatch = 4;
// The format forbids a match that starts in the last 12 bytes or reaches into the last 5.
const lastMatchStart = 12;
const lastLiterals = 5;

/** Encodes one block. Larger than the input by at most input / 255 + 16 bytes. */
export function encodeBlock(from: Bytes): Bytes {
  const size = from.length;
  const to = new Uint8Array(size + Math.ceil(size / 255) + 16);
  const table = new Int32Array(1 << hashBits); // position + 1, 0 = none
  const view = new DataView(from.buffer, from.byteOffset, size);
  const limit = size - lastMatchStart;
  let out = 0;
  let anchor = 0;
  let at = 0;
  let misses = 0;
  while (at <= limit) {
    const word = view.getUint32(at, true);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const seen = (table[slot] ?? 0) - 1;
    table[slot] = at + 1;
    if (seen < 0 || at - seen > 0xffff || view.getUint32(seen, true) !== word) {
      at += 1 + (misses++ >> 6); // the longer nothing matches, the larger the steps
      continue;
    }
    let match = minMatch;
    const room = size - lastLiterals - at;
    while (match < room && from[seen + match] === from[at + match]) match++;
    out = writeSequence(from, anchor, at, to, out, at - seen, match);
    at += match;
    anchor = at;
    misses = 0;
  }
  out = writeSequence(from, anchor, size, to, out, 0, 0);
  return to.slice(0, out);
}

// A sequence without match (the last one) has distance 0.
function writeSequence(
  from: Bytes,
  start: number,
  end: number,
  to: Bytes,
  out: number,
  distance: number,
  match: number,
) {
  const literals = end - start;
  const token = out++;
  if (literals >= 15) out = writeLength(to, out, literals - 15);
  to.set(from.subarray(start, end), out);
  out += literals;
  let low = 0;
  if (distance > 0) {
    to[out++] = distance & 255;
    to[out++] = distance >> 8;
    low = Math.min(match - minMatch, 15);
    if (low === 15) out = writeLength(to, out, match - minMatch - 15);
  }
  to[token] = (Math.min(literals, 15) << 4) | low;
  return out;
}

function writeLength(to: Bytes, out: number, rest: number): number {
  let left = rest;
  for (; left >= 255; left -= 255) to[out++] = 255;
  to[out++] = left;
  return out;
}
