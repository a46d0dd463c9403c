/** Parts of volumes: one volume of many, and slices across an axis. */
import { elementCount, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';

/** Which part of a volume is read. */
export interface NiiPart extends CallOptions {
  /** Volume, where there are more than three axes, counted with the fourth axis fastest; default 0. */
  readonly time?: number | undefined;
  /** Axis across which a slice is cut; absent: the whole volume. */
  readonly axis?: 0 | 1 | 2 | undefined;
  /** Which slice; default 0. */
  readonly index?: number | undefined;
}

/** Checks that an array of a shape has the part. @throws {RangeError} when it does not */
export function checkNiiPart({ time = 0, axis, index = 0 }: NiiPart, shape: readonly number[]): void {
  check('time', time, elementCount(shape.slice(3)));
  if (axis === undefined) return;
  check('axis', axis, 3);
  check('index', index, shape[axis] ?? 1);
}

function check(name: string, value: number, limit: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value < limit) return;
  throw new RangeError(`The ${name} of a volume is a whole number from 0 to ${limit - 1} here, got ${value}.`);
}

/** The part of an array in C order, of three axes (missing ones have one place) or more. @throws {RangeError} */
export function partOfArray(array: NdArray, part: NiiPart): NdArray {
  checkNiiPart(part, array.shape);
  const { axis, index = 0 } = part;
  const [nx = 1, ny = 1, nz = 1, ...times] = array.shape;
  const sizes = [nx, ny, nz];
  const volumes = elementCount(times);
  const strides = [ny * nz * volumes, nz * volumes, volumes];
  let at = 0;
  let time = part.time ?? 0;
  for (const [i, size] of times.entries()) {
    at += (time % size) * elementCount(times.slice(i + 1));
    time = Math.floor(time / size);
  }
  if (axis !== undefined) at += index * (strides[axis] ?? 0);
  const axes = [0, 1, 2].filter((other) => other !== axis);
  const shape = axes.map((other) => sizes[other] ?? 1);
  const data = newTypedArray(array.dtype, elementCount(shape));
  const parts = array.dtype.startsWith('complex') ? 2 : 1;
  const [rows = 1, columns = 1, deep = 1] = shape;
  const [row = 0, column = 0, next = 0] = axes.map((other) => strides[other] ?? 0);
  let to = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      for (let k = 0; k < deep; k++) {
        const from = (at + i * row + j * column + k * next) * parts;
        for (let half = 0; half < parts; half++) data[to++] = array.data[from + half] ?? 0;
      }
    }
  }
  return { dtype: array.dtype, shape, data };
}

/**
 * The pixels of a slice `[across, up]` in gray, opaque RGBA: the first axis goes right, the second one up.
 *
 * @param window - what becomes black and white; absent: the least and the greatest finite number. Complex numbers are
 *   shown by their absolute value, numbers that are none in black.
 */
export function graySlice(slice: NdArray, window?: readonly [number, number]): ImageData {
  const [width = 1, height = 1] = slice.shape;
  const numbers = slice.dtype.startsWith('complex') ? sizesOf(slice.data) : slice.data;
  const [low, high] = window ?? extent(numbers);
  const scale = high > low ? 255 / (high - low) : 0;
  const pixels = new ImageData(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 4) {
      // A clamped array rounds, cuts to 0 and 255, and makes 0 of NaN.
      const gray = (Number(numbers[x * height + height - 1 - y]) - low) * scale;
      pixels.data.fill(gray, to, to + 3);
      pixels.data[to + 3] = 255;
    }
  }
  return pixels;
}

function sizesOf(pairs: NdArray['data']): Float64Array {
  return Float64Array.from({ length: pairs.length / 2 }, (_, i) =>
    Math.hypot(Number(pairs[2 * i]), Number(pairs[2 * i + 1])),
  );
}

function extent(numbers: ArrayLike<number | bigint>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const value = Number(numbers[i]);
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
