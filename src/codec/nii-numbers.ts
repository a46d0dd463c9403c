/** Turns the numbers of a volume, or of a part of it, into an array. */
import { elementCount, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { NiiLayout } from './nii-fields.js';
import { numbersAt } from './numbers.js';

/** What {@link readNiiNumbers} works on. */
export interface NiiJob {
  /** The numbers as the file has them, and no others: the first axis varies fastest. */
  readonly bytes: Bytes;
  readonly layout: NiiLayout;
  /** Shape of the part. */
  readonly shape: readonly number[];
}

/**
 * Makes an array in C order, in which the last axis varies fastest.
 *
 * Scaled values (`slope * number + inter`) are float64, computed as nibabel does; all others keep the file's own dtype,
 * so that 64-bit numbers stay exact.
 */
export function readNiiNumbers({ bytes, layout, shape }: NiiJob): NdArray {
  const { dtype, bigEndian, slope = 1, inter } = layout;
  const count = elementCount(shape);
  const numbers = numbersAt(bytes, 0, dtype, count, bigEndian);
  const parts = dtype.startsWith('complex') ? 2 : 1;
  const scaled = slope !== 1 || inter !== 0;
  const target = !scaled ? dtype : parts === 2 ? 'complex128' : 'float64';
  const data = newTypedArray(target, count);
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
