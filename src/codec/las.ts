/** las: every number of the point records as a float32 column, as Deep Lake 3.9.52 has them. */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { readLasLayout } from './las-header.js';
import type { Codec } from './types.js';

/**
 * Decodes LAS files to `[points, dimensions]`, in the order of `dimension_names` in the sample's facts.
 *
 * X, Y and Z are whole numbers as stored: multiply by `scales` and add `offsets` of `las_header` for coordinates.
 */
export const las: Codec = { decode: decodeLas };

// By numpy's types, which are little-endian.
const readers: Readonly<Record<string, (file: FileView, at: number) => number>> = {
  '|u1': (file, at) => file.u8(at),
  '|i1': (file, at) => (file.u8(at) << 24) >> 24,
  '<u2': (file, at) => file.u16(at),
  '<i2': (file, at) => file.i16(at),
  '<u4': (file, at) => file.u32(at),
  '<i4': (file, at) => file.i32(at),
  '<u8': (file, at) => file.u64(at),
  '<i8': (file, at) => file.i64(at),
  '<f4': (file, at) => file.f32(at),
  '<f8': (file, at) => file.f64(at),
};

function decodeLas(bytes: Bytes): NdArray {
  const { points, start, pointBytes, dimensions } = readLasLayout(bytes);
  const file = new FileView(bytes, 'las');
  const width = dimensions.size;
  const data = new Float32Array(points * width);
  let column = 0;
  for (const { type, at, shift, bits } of dimensions.values()) {
    const read = readers[type];
    if (!read) throw file.error(`its points have numbers of the unknown type ${type}`);
    const mask = bits < 8 ? (1 << bits) - 1 : undefined;
    for (let i = 0, from = start + at, to = column; i < points; i++, from += pointBytes, to += width) {
      const value = read(file, from);
      data[to] = mask === undefined ? value : (value >> shift) & mask;
    }
    column++;
  }
  return { dtype: 'float32', shape: [points, width], data };
}
