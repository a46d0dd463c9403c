/** Feeds a kernel that unpacks a stream: its memory takes a piece of input and of output at a time. */
import type { Bytes } from '../util/bytes.js';
import type { KernelInstance } from './kernels-wasm.js';

const pieceBytes = 2 ** 18; // of output and of input: what a second-level cache holds
const slack = 64; // what a kernel writes beyond the end of its room

// What kernels return: 0 when the room is full, more than 2 for what is damaged.
const ended = 1;
const hungry = 2;

/** A kernel that goes on with a stream at each call; positions are bytes of its memory. */
export interface StreamKernel {
  /** How far back a match may reach. */
  readonly historyBytes: number;
  /** Whether a stream may end with no more output: the kernel is then asked once more when all has come out. */
  readonly endsLate: boolean;
  /** Goes on with input `[from, fromEnd)`, writing to `[to, toEnd)`; `left` bytes are wanted yet. */
  readonly some: (
    from: number,
    fromEnd: number,
    isFinal: boolean,
    to: number,
    toEnd: number,
    history: number,
    left: number,
  ) => number;
  /** Position of the next byte of the input. */
  readonly read: () => number;
  /** End of what was written. */
  readonly written: () => number;
}

/** Bytes at the start of the kernels' room that {@link runPieces} uses. */
export function piecesRoom(historyBytes: number): number {
  return historyBytes + 2 * pieceBytes + slack;
}

/**
 * Unpacks up to `size` bytes of the stream that begins at byte `at`.
 *
 * @param emit - takes the piece at `[start, end)` of the memory, which follows `written` bytes.
 * @returns bytes that came out, those of the input that were taken up, and the result that says what is damaged, if so.
 */
export function runPieces(
  { bytes, start }: KernelInstance,
  { historyBytes, endsLate, some, read: position, written: outEndOf }: StreamKernel,
  from: Bytes,
  at: number,
  size: number,
  emit: (start: number, end: number, written: number) => void,
): { readonly written: number; readonly end: number; readonly problem: number | undefined } {
  // The memory has the last of what was written, then a piece of output, then a piece of input.
  const outStart = start + historyBytes;
  const inStart = outStart + pieceBytes + slack;
  let read = inStart; // first byte of the input in memory that is not used up
  let inEnd = inStart;
  let fed = at; // first byte of `from` that is not in memory
  let out = outStart;
  let written = 0;
  for (let result = hungry; result !== ended && (endsLate || written < size); ) {
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
    const left = size - written;
    const outEnd = Math.min(outStart + pieceBytes, out + left);
    result = some(read, inEnd, fed >= from.length, out, outEnd, Math.min(written, historyBytes), left);
    if (result > hungry) return { written, end: fed, problem: result };
    const end = outEndOf();
    emit(out, end, written);
    written += end - out;
    out = end;
    read = position();
  }
  return { written, end: fed - (inEnd - read), problem: undefined };
}
