/**
 * Number types as Deep Lake names them (numpy's names) and the typed arrays that hold them.
 *
 * All stored numbers are little-endian; so is every platform that runs JavaScript engines of today.
 */

import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';

/** The typed array of each dtype. `bool` is 0 or 1; complex numbers are pairs (real, imaginary). @table */
export interface DtypeMap {
  bool: Uint8Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  /** Widened to float32 in memory, which holds every float16 exactly; stored as 2 bytes. */
  float16: Float32Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  /** Two float32 for each element. */
  complex64: Float32Array<ArrayBuffer>;
  /** Two float64 for each element. */
  complex128: Float64Array<ArrayBuffer>;
}

/** Name of a number type. */
export type Dtype = keyof DtypeMap;

/** An n-dimensional array in C order: the last axis varies fastest. */
export interface NdArray<D extends Dtype = Dtype> {
  /** Number type. */
  readonly dtype: D;
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** The numbers; owned by whoever was given the array. */
  readonly data: DtypeMap[D];
}

interface DtypeRow {
  readonly size: number; // bytes of one element as stored
  readonly typestr: string;
  readonly array: {
    new (length: number): DtypeMap[Dtype];
    new (buffer: ArrayBuffer, offset: number, length: number): DtypeMap[Dtype];
  };
}

const table: Readonly<Record<Dtype, DtypeRow>> = {
  bool: { size: 1, typestr: '|b1', array: Uint8Array },
  int8: { size: 1, typestr: '|i1', array: Int8Array },
  int16: { size: 2, typestr: '<i2', array: Int16Array },
  int32: { size: 4, typestr: '<i4', array: Int32Array },
  int64: { size: 8, typestr: '<i8', array: BigInt64Array },
  uint8: { size: 1, typestr: '|u1', array: Uint8Array },
  uint16: { size: 2, typestr: '<u2', array: Uint16Array },
  uint32: { size: 4, typestr: '<u4', array: Uint32Array },
  uint64: { size: 8, typestr: '<u8', array: BigUint64Array },
  float16: { size: 2, typestr: '<f2', array: Float32Array },
  float32: { size: 4, typestr: '<f4', array: Float32Array },
  float64: { size: 8, typestr: '<f8', array: Float64Array },
  complex64: { size: 8, typestr: '<c8', array: Float32Array },
  complex128: { size: 16, typestr: '<c16', array: Float64Array },
};

/** All number types. */
export const dtypes = Object.keys(table) as readonly Dtype[];

/** Whether a text is the name of a number type. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(table, name);
}

/** Bytes of one element as stored, e.g. 2 for float16 and 16 for complex128. */
export function itemSize(dtype: Dtype): number {
  return table[dtype].size;
}

/** numpy's array-interface string of a dtype, such as `<u8` or `|u1`. */
export function typestr(dtype: Dtype): string {
  return table[dtype].typestr;
}

/** The dtype of numpy's array-interface string, in either byte order; undefined when it is not a number type. */
export function dtypeFromTypestr(text: string): Dtype | undefined {
  const kind = text.slice(1);
  return dtypes.find((dtype) => table[dtype].typestr.slice(1) === kind);
}

/** Product of a shape: 1 for `[]`. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Zeros for `length` elements: a typed array of twice that length when the dtype is complex. */
export function newTypedArray<D extends Dtype>(dtype: D, length: number): DtypeMap[D] {
  const slots = dtype.startsWith('complex') ? 2 * length : length;
  return new table[dtype].array(slots) as DtypeMap[D];
}

/** A typed array on part of a buffer, which is aligned for it. Not for float16, which is wider in memory. */
export function typedArrayOn<D extends Dtype>(
  dtype: D,
  buffer: ArrayBuffer,
  offset: number,
  length: number,
): DtypeMap[D] {
  const slots = dtype.startsWith('complex') ? 2 * length : length;
  return new table[dtype].array(buffer, offset, slots) as DtypeMap[D];
}

/**
 * Views stored bytes (C order, little-endian) as an array.
 *
 * The result shares memory with `bytes` when they are aligned for the dtype, and is a copy otherwise.
 * @throws {DatasetError} `corrupt` when the length is not the product of the shape times the item size.
 */
export function ndArrayFromBytes<D extends Dtype>(
  bytes: Bytes,
  dtype: D,
  shape: readonly number[],
  key = 'sample',
): NdArray<D> {
  const length = elementCount(shape) * itemSize(dtype);
  if (length !== bytes.length) throw corrupt(key, `${dtype} array of shape (${shape})`, length, bytes.length);
  if (dtype === 'float16') {
    const data = newTypedArray('float16', length / 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, length);
    for (let i = 0; i < data.length; i++) data[i] = widenFloat16(view.getUint16(2 * i, true));
    return { dtype, shape, data: data as DtypeMap[D] };
  }
  const kind = table[dtype].array as unknown as ArrayKind;
  const step = kind.BYTES_PER_ELEMENT;
  const own = bytes.byteOffset % step === 0 ? bytes : bytes.slice();
  return { dtype, shape, data: new kind(own.buffer, own.byteOffset, length / step) as DtypeMap[D] };
}

/** Bytes of an array as stored: C order, little-endian. Shares memory with the array, except for float16. */
export function bytesFromNdArray(array: NdArray): Bytes {
  const { data } = array;
  if (array.dtype !== 'float16') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) halves[i] = narrowFloat16(Number(data[i]));
  return new Uint8Array(halves.buffer);
}

interface ArrayKind {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): DtypeMap[Dtype];
}

/** The number that 16 bits stand for: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function widenFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The 16 bits nearest to a number, ties to even; infinity from 65520 on. */
function narrowFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  // Below 2^-14 the steps are 2^-24; above, 2^10 of them to each power of two.
  let exponent = -14;
  while (size >= 2 ** (exponent + 1)) exponent++;
  const steps = size * 2 ** (10 - exponent); // exact: a power of two
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
  return sign | (rounded + (exponent + 14) * 1024); // a carry into the exponent is what is wanted
}
