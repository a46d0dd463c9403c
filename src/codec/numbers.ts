/** Plain numbers of media files, in either byte order. */
import { type Dtype, type DtypeMap, itemSize, ndArrayFromBytes } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';

/**
 * Copies `count` numbers that begin at byte `at`. The caller has checked that the file reaches their end.
 *
 * @param bigEndian - the byte order of the file; complex numbers are two numbers.
 */
export function numbersAt<D extends Dtype>(
  bytes: Bytes,
  at: number,
  dtype: D,
  count: number,
  bigEndian = false,
): DtypeMap[D] {
  const copy = bytes.slice(at, at + count * itemSize(dtype));
  if (bigEndian) swapBytes(copy, dtype.startsWith('complex') ? itemSize(dtype) / 2 : itemSize(dtype));
  return ndArrayFromBytes(copy, dtype, [count]).data;
}

/** Turns the bytes of each number of `size` bytes round, in place. */
export function swapBytes(bytes: Bytes, size: number): void {
  if (size < 2) return;
  for (let at = 0; at + size <= bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const byte = bytes[low] ?? 0;
      bytes[low] = bytes[high] ?? 0;
      bytes[high] = byte;
    }
  }
}
