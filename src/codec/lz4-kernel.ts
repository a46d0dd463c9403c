/** LZ4 blocks by the kernel in WebAssembly, a piece of input and of output at a time. */
import type { Bytes } from '../util/bytes.js';
import { runPieces } from './kernel-pieces.js';
import { kernelInstance } from './kernels-wasm.js';
import { badBlock } from './lz4-block.js';

const historyBytes = 2 ** 16; // how far back a match may reach

/**
 * Decodes the block that begins at byte `at`, as `decodeBlock` of lz4-block.ts does.
 *
 * @returns the number of bytes written, or {@link badBlock} for a damaged block or one that `to` is too small for;
 *   undefined where WebAssembly is refused.
 */
export function decodeByKernel(from: Bytes, at: number, to: Bytes): number | undefined {
  const kernels = kernelInstance();
  if (!kernels) return undefined;
  const { bytes, call } = kernels;
  call.lz4Start();
  const kernel = { historyBytes, endsLate: true, some: call.lz4Some, read: call.lz4Read, written: call.lz4Written };
  const { written, problem } = runPieces(kernels, kernel, from, at, to.length, (start, end, before) => {
    to.set(bytes.subarray(start, end), before);
  });
  return problem === undefined ? written : badBlock;
}
