/**
 * nii and nii.gz: the volume in C order.
 *
 * Scaled values (`slope * number + inter`) are float64, computed as nibabel does; all others keep the file's own dtype,
 * so that 64-bit numbers stay exact.
 */
import { elementCount, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { FileView } from './file-view.js';
import { gunzipStart } from './gunzip.js';
import { niiGzLength, readNiiLayout } from './nii-header.js';
import { numbersAt } from './numbers.js';
import type { Codec } from './types.js';

/** Decodes NIfTI files to `[x, y, z]` or up to seven axes. */
export const nii: Codec = { decode: (bytes) => decodeVolume(bytes, 'nii') };

/** Decodes NIfTI files that are packed by gzip. */
export const niiGz: Codec = {
  decode(bytes) {
    const length = niiGzLength(bytes);
    const unpacked = gunzipStart(bytes, 'nii.gz', length);
    const file = new FileView(bytes, 'nii.gz');
    if (unpacked.length < length) {
      throw file.error(`it is cut off: expected at least ${length} unpacked bytes, got ${unpacked.length}`);
    }
    // The last 8 bytes are check sum and length of all; they say nothing when the file has more in it than the volume.
    if (file.u32(file.length - 4) === length % 2 ** 32 && file.u32(file.length - 8) !== crc32(unpacked)) {
      throw file.error('the check sum of its unpacked bytes is wrong');
    }
    return decodeVolume(unpacked, 'nii.gz');
  },
};

function decodeVolume(bytes: Bytes, compression: string): NdArray {
  const { shape, dtype, bigEndian, start, slope = 1, inter } = readNiiLayout(bytes, compression);
  const count = elementCount(shape);
  const numbers = numbersAt(bytes, start, dtype, count, bigEndian);
  const parts = dtype.startsWith('complex') ? 2 : 1;
  const scaled = slope !== 1 || inter !== 0;
  const target = !scaled ? dtype : parts === 2 ? 'complex128' : 'float64';
  const data = newTypedArray(target, count);
  // The first axis varies fastest in the file, the last one in the array.
  const [fast = 1, ...slow] = shape;
  const step = count / fast;
  const strides = slow.map((_, axis) => elementCount(slow.slice(axis + 1)));
  const index = slow.map(() => 0);
  for (let from = 0, column = 0; from < count; ) {
    for (let x = 0, to = column; x < fast; x++, from++, to += step) {
      for (let part = 0; part < parts; part++) {
        const value = numbers[from * parts + part] ?? 0;
        // The offset of complex numbers is real.
        data[to * parts + part] = scaled ? Number(value) * slope + (part === 0 ? inter : 0) : value;
      }
    }
    for (let axis = 0; axis < slow.length; axis++) {
      column += strides[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== slow[axis]) break;
      column -= (slow[axis] ?? 0) * (strides[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return { dtype: target, shape, data };
}
