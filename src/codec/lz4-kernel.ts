/** LZ4 blocks by the kernel in WebAssembly, a piece of input and of output at a time. */
import type { Bytes } from '../util/bytes.js';
import { kernelInstance } from './kernels-wasm.js';
import { badBlock } from './lz4-block.js';

const historyBytes = 2 ** 16; // how far back a match may reach
const pieceBytes = 2 ** 18; // of output and of input: what a second-level cache holds
const slack = 64; // what the kernel writes beyond the end of its room

// What lz4Some of wasm/kernels/lz4.ts returns; 0 when the room is full.
const ended = 1;
const hungry = 2;

/**
 * Decodes the block that begins at byte `at`, as `decodeBlock` of lz4-block.ts does.
 *
 * @returns the number of bytes written, or {@link badBlock} for a damaged block or one that `to` is too small for;
 *   undefined where WebAssembly is refused.
 */
export function decodeByKernel(from: Bytes, at: number, to: Bytes): number | undefined {
  const kernels = kernelInstance();
  if (!kernels) return undefined;
  const { bytes, call, start } = kernels;
  // The memory has the last 64 kB of what was written, then a piece of output, then a piece of input.
  const outStart = start + historyBytes;
  const inStart = outStart + pieceBytes + slack;
  let read = inStart; // first byte of the input in memory that is not used up
  let inEnd = inStart;
  let fed = at; // first byte of `from` that is not in memory
  let out = outStart;
  let written = 0;
  call.lz4Start();
  for (let result = hungry; result !== ended; ) {
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
    const left = to.length - written;
    const outEnd = Math.min(outStart + pieceBytes, out + left);
    result = call.lz4Some(read, inEnd, fed >= from.length, out, outEnd, Math.min(written, historyBytes), left);
    if (result > hungry) return badBlock;
    const end = call.lz4Written();
    to.set(bytes.subarray(out, end), written);
    written += end - out;
    out = end;
    read = call.lz4Read();
  }
  return written;
}
