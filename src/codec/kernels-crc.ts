/** CRC-32 of large inputs: eight bytes at a time in WebAssembly. */
import { crc32 } from '../util/crc32.js';
import { kernelInstance } from './kernels-wasm.js';

const pieceBytes = 2 ** 16; // what a first-level cache nearly holds
const least = 1024; // bytes; below, the call costs what it saves

/** CRC-32 of bytes, as an unsigned number: what `crc32` of util gives. */
export function fastCrc32(bytes: Uint8Array): number {
  const kernels = bytes.length < least ? undefined : kernelInstance();
  if (!kernels) return crc32(bytes);
  let crc = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    kernels.bytes.set(piece, kernels.start);
    crc = kernels.call.crc32(kernels.start, piece.length, crc);
  }
  return crc >>> 0;
}
