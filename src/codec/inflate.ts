/**
 * Inflates zlib streams to a known size, synchronously and without ever holding more than that.
 *
 * The work is done in WebAssembly (wasm/kernels/inflate.ts), whose memory takes a piece of input and of output at a time,
 * or in JavaScript where that is refused. The platform's `DecompressionStream` takes 8 to 30 times as long for a small
 * PNG as the JavaScript does, and nothing bounds what it buffers. Source: RFC 1950, RFC 1951.
 */
import type { Bytes } from '../util/bytes.js';
import { InflateError, inflateJs } from './inflate-js.js';
import { type KernelInstance, kernelInstance } from './kernels-wasm.js';

export { InflateError } from './inflate-js.js';

const historyBytes = 2 ** 15; // how far back a match may reach
const pieceBytes = 2 ** 18; // of output and of input: what a second-level cache holds
const slack = 64; // what the kernel writes beyond the end of its room

// What inflateSome of wasm/kernels/inflate.ts returns; 0 when the room is full.
const ended = 1;
const hungry = 2;
const problems: Readonly<Record<number, string>> = {
  3: 'the stream is cut off',
  4: 'a block is of an unknown type',
  5: 'a stored block contradicts itself',
  6: 'code lengths are damaged',
  7: 'a Huffman tree has too many codes',
  8: 'a code is not in its tree',
  9: 'a match is out of range',
};

/**
 * Inflates a zlib stream into the whole of `to`. What the stream holds beyond is neither read nor checked.
 *
 * @returns the number of bytes written: fewer than `to` holds when the stream ends before.
 * @throws {InflateError} when the stream is damaged.
 */
export function inflate(from: Bytes, to: Bytes): number {
  return inflateRaw(from, zlibStart(from), to);
}

/** Where the DEFLATE stream of a zlib stream begins. @throws {InflateError} when it is none. */
export function zlibStart([method = 0, flags = 0]: Bytes): number {
  if ((method & 15) !== 8 || ((method << 8) | flags) % 31 !== 0 || flags & 32) {
    throw new InflateError('its stream does not begin like a zlib stream');
  }
  return 2;
}

/** The same for a DEFLATE stream without the zlib header, which begins at byte `at`. */
export function inflateRaw(from: Bytes, at: number, to: Bytes): number {
  return inflatePart(from, at, to).written;
}

/** The same, telling also where the stream ends: after its last byte when it ends before `to` is full. */
export function inflatePart(from: Bytes, at: number, to: Bytes): Inflated {
  const kernels = kernelInstance();
  if (!kernels) return inflateJs(from, at, to);
  return inflatePieces(kernels, from, at, to.length, (start, end, written) => {
    to.set(kernels.bytes.subarray(start, end), written);
  });
}

/** How far inflating came. */
export interface Inflated {
  /** Number of bytes that came out. */
  readonly written: number;
  /** Position in the input after the last byte that was read. */
  readonly end: number;
}

// The kernel's memory has the last 32 kB of what was written, then a piece of output, then a piece of input.
const outOffset = historyBytes;
const inOffset = outOffset + pieceBytes + slack;

/** Bytes at the start of the kernels' room that {@link inflatePieces} uses. */
export const inflateRoom: number = inOffset + pieceBytes;

/**
 * Inflates up to `size` bytes of a DEFLATE stream into the memory of the kernels, a piece at a time.
 *
 * @param emit - takes the piece at `[start, end)` of that memory, which follows `written` bytes; it may call kernels that
 *   leave the first {@link inflateRoom} bytes of the room alone.
 * @throws {InflateError} when the stream is damaged.
 */
export function inflatePieces(
  { bytes, call, start }: KernelInstance,
  from: Bytes,
  at: number,
  size: number,
  emit: (start: number, end: number, written: number) => void,
): Inflated {
  const outStart = start + outOffset;
  const inStart = start + inOffset;
  let read = inStart; // first byte of the input in memory that is not used up
  let inEnd = inStart;
  let fed = at; // first byte of `from` that is not in memory
  let out = outStart;
  let written = 0;
  call.inflateStart();
  for (let result = hungry; written < size && result !== ended; ) {
    if (result === hungry) {
      bytes.copyWithin(inStart, read, inEnd);
      const more = from.subarray(fed, fed + pieceBytes - (inEnd - read));
      inEnd = inStart + inEnd - read;
      bytes.set(more, inEnd);
      inEnd += more.length;
      fed += more.length;
      read = inStart;
    } else {
      bytes.copyWithin(start, out - historyBytes, out);
      out = outStart;
    }
    const outEnd = Math.min(outStart + pieceBytes, out + size - written);
    result = call.inflateSome(read, inEnd, fed >= from.length, out, outEnd, Math.min(written, historyBytes));
    if (result > hungry) throw new InflateError(problems[result] ?? `the stream is damaged (${result})`);
    const end = call.inflateWritten();
    emit(out, end, written);
    written += end - out;
    out = end;
    read = call.inflateRead();
  }
  return { written, end: fed - (inEnd - read) - call.inflateHeld() };
}
