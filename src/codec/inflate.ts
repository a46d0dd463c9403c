/**
 * Inflates zlib streams to a known size, synchronously and without ever holding more than that.
 *
 * The work is done in WebAssembly (wasm/kernels/inflate.ts), whose memory takes a piece of input and of output at a time,
 * or in JavaScript where that is refused. The platform's `DecompressionStream` takes 8 to 30 times as long for a small
 * PNG as the JavaScript does, and nothing bounds what it buffers. Source: RFC 1950, RFC 1951.
 */
import type { Bytes } from '../util/bytes.js';
import { InflateError, inflateJs } from './inflate-js.js';
import { piecesRoom, runPieces } from './kernel-pieces.js';
import { type KernelInstance, kernelInstance } from './kernels-wasm.js';

export { InflateError } from './inflate-js.js';

const historyBytes = 2 ** 15; // how far back a match may reach

// What inflateSome of wasm/kernels/inflate.ts returns for damaged streams.
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

/** Bytes at the start of the kernels' room that {@link inflatePieces} uses. */
export const inflateRoom: number = piecesRoom(historyBytes);

/**
 * Inflates up to `size` bytes of a DEFLATE stream into the memory of the kernels, a piece at a time.
 *
 * @param emit - takes the piece at `[start, end)` of that memory, which follows `written` bytes; it may call kernels that
 *   leave the first {@link inflateRoom} bytes of the room alone.
 * @throws {InflateError} when the stream is damaged.
 */
export function inflatePieces(
  kernels: KernelInstance,
  from: Bytes,
  at: number,
  size: number,
  emit: (start: number, end: number, written: number) => void,
): Inflated {
  const { inflateStart, inflateSome: some, inflateRead: read, inflateWritten, inflateHeld } = kernels.call;
  inflateStart();
  const kernel = { historyBytes, endsLate: false, some, read, written: inflateWritten };
  const { written, end, problem } = runPieces(kernels, kernel, from, at, size, emit);
  if (problem !== undefined) throw new InflateError(problems[problem] ?? `the stream is damaged (${problem})`);
  return { written, end: end - inflateHeld() };
}
