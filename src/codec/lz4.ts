/**
 * lz4 as Deep Lake 3.9.52 frames it: `u32 LE size` followed by one block; no bytes at all for an empty input.
 *
 * Reading also takes LZ4 frames and the five zero bytes that stand for "empty". Everything is synchronous: blocks are
 * read by the kernel and written by the WebAssembly of `lz4-wasm` (25 kB), each compiled at first use; plain JavaScript
 * does the work where that is refused.
 */
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { badBlock, decodeBlock, encodeBlock } from './lz4-block.js';
import { decodeFrames, frameMagic } from './lz4-frame.js';
import { decodeByKernel } from './lz4-kernel.js';
import { compressByWasm } from './lz4-wasm.js';
import type { Codec } from './types.js';

// What a reader without an expectation may allocate at most.
const maxBytes = 2 ** 31 - 1;
// One byte of a match length stands for at most 255 bytes.
const maxRatio = 255;
// Between these ratios the kernel decodes 1.6 to 4 times as fast as JavaScript; long runs and plain literals are copied
// faster without it, since it copies everything in and out once more.
const kernelRatios = [1.05, 128] as const;

const failed = (reason: string): DatasetError<'codec'> =>
  new DatasetError('codec', `lz4 bytes cannot be decoded: ${reason}. Restore the sample or its chunk from a copy.`, {
    compression: 'lz4',
    reason,
  });

/** Compresses bytes to size header and block; an empty input gives no bytes. The result owns its memory. */
export function compressBlock(bytes: Bytes): Bytes {
  if (bytes.length === 0) return new Uint8Array(0);
  const whole = compressByWasm(bytes);
  if (whole) return whole;
  const block = encodeBlock(bytes);
  const framed = new Uint8Array(4 + block.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, true);
  framed.set(block, 4);
  return framed;
}

/**
 * Decompresses what {@link compressBlock} gives, an LZ4 frame, or an empty form. The result owns its memory.
 *
 * @param expectedSize - number of bytes that must come out; absent: what the input can hold, at most 2 GB.
 * @throws {DatasetError} `codec` when the input is damaged or does not hold `expectedSize` bytes.
 */
export function decompressBlock(bytes: Bytes, expectedSize?: number): Bytes {
  const out = decompress(bytes, expectedSize);
  if (expectedSize !== undefined && out.length !== expectedSize) {
    throw failed(`expected ${expectedSize} bytes, got ${out.length}`);
  }
  return out;
}

function decompress(bytes: Bytes, expectedSize: number | undefined): Bytes {
  if (bytes.length === 0 || (bytes.length === 5 && bytes.every((byte) => byte === 0))) return new Uint8Array(0);
  if (bytes.length < 5) throw failed(`expected at least 5 bytes, got ${bytes.length}`);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  // The magic read as a size is 407708164 bytes: a block of that size is told apart by its expected size.
  if (size === frameMagic && size !== expectedSize) {
    const out = decodeFrames(bytes, expectedSize ?? maxBytes);
    if (typeof out === 'string') throw failed(out);
    return out;
  }
  const most = Math.min((bytes.length - 4) * maxRatio, expectedSize ?? maxBytes);
  if (size > most) throw failed(`its header promises ${size} bytes, expected at most ${most}`);
  const ratio = size / bytes.length;
  const out = new Uint8Array(size);
  const byKernel = ratio >= kernelRatios[0] && ratio <= kernelRatios[1] ? decodeByKernel(bytes, 4, out) : undefined;
  const end = byKernel ?? decodeBlock(bytes.subarray(4), out, 0, size);
  if (end === badBlock) throw failed('its block is damaged');
  if (end !== size) throw failed(`expected ${size} bytes, got ${end}`);
  return out;
}

/** lz4 as a codec: bytes in and out as 1-D uint8; callers view them as their dtype. */
export const lz4: Codec = {
  decode(bytes) {
    const data = decompressBlock(bytes);
    return { dtype: 'uint8', shape: [data.length], data };
  },
  encode({ data }) {
    return compressBlock(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  },
};
