/**
 * Turns numbers as a web page has them (a number, nested arrays, typed arrays, `{ data, shape, dtype }`) into an
 * array of the tensor's dtype. Values decide, not types: everything that the dtype can represent is accepted.
 */
import {
  type Dtype,
  type DtypeMap,
  elementCount,
  isDtype,
  itemSize,
  type NdArray,
  newTypedArray,
  typedArrayOn,
} from '../format/dtypes.js';
import { describeInput, mismatch } from './mismatch.js';
import type { TensorContext } from './types.js';

type NumberArray = DtypeMap[Dtype];
type Leaf = number | bigint | boolean;

const MAX_DIMS = 32; // numpy's limit at the time of 3.9.52
// Elements from which nested arrays are checked to be even before memory is taken for them.
const CHECKED_FIRST = 65_536;

const typedArrayDtypes: Readonly<Record<string, Dtype>> = {
  Uint8Array: 'uint8',
  Uint8ClampedArray: 'uint8',
  Int8Array: 'int8',
  Uint16Array: 'uint16',
  Int16Array: 'int16',
  Uint32Array: 'uint32',
  Int32Array: 'int32',
  BigUint64Array: 'uint64',
  BigInt64Array: 'int64',
  Float16Array: 'float16',
  Float32Array: 'float32',
  Float64Array: 'float64',
};

const integerRanges: Partial<Record<Dtype, readonly [number, number]>> = {
  bool: [0, 1],
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  uint8: [0, 255],
  uint16: [0, 65535],
  uint32: [0, 4294967295],
};
const bigRanges: Partial<Record<Dtype, readonly [bigint, bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
// Above these a finite number rounds to infinity: half a step beyond the largest finite value.
const floatLimits: Partial<Record<Dtype, number>> = {
  float16: 65520,
  float32: 3.4028235677973366e38,
  complex64: 3.4028235677973366e38,
};

/** The dtype of a typed array, undefined for anything else. */
export function typedArrayDtype(value: unknown): Dtype | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const tag: unknown = Reflect.get(value, Symbol.toStringTag); // names subclasses (Node's Buffer) and other realms' arrays
  return typedArrayDtypes[String(tag)];
}

/** Whether an input is an empty sample: `null`, `undefined` or `[]`. */
export function isEmptyInput(input: unknown): input is null | undefined | [] {
  return input === null || input === undefined || (Array.isArray(input) && input.length === 0);
}

/** Whether a value has the form `{ data, shape, dtype }` of an {@link NdArray}. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== 'object' || value === null) return false;
  const { data, shape, dtype } = value as Partial<NdArray>;
  return ArrayBuffer.isView(data) && Array.isArray(shape) && (dtype === undefined || typeof dtype === 'string');
}

/** Whether an input is made of numbers: what {@link toNdArray} can try. */
export function isNumeric(value: unknown, depth = 0): boolean {
  const type = typeof value;
  if (type === 'number' || type === 'bigint' || type === 'boolean') return true;
  if (Array.isArray(value)) return value.length === 0 || (depth < MAX_DIMS && isNumeric(value[0], depth + 1));
  return typedArrayDtype(value) !== undefined || isNdArray(value);
}

/**
 * Makes an array of an input.
 *
 * @param dtype - dtype of the tensor; null infers it: int64 for whole numbers, float64 for others, bool for arrays of
 *   booleans, the array's own for typed arrays (a single boolean becomes int64, as in the original).
 * @returns a copy of the input, in memory that small arrays share; a single number has shape `[1]`.
 * @throws {DatasetError} `sample-mismatch` naming the first value that does not fit and its position.
 */
export function toNdArray(input: unknown, dtype: Dtype | null, context: TensorContext): NdArray {
  if (typeof input === 'number' || typeof input === 'bigint' || typeof input === 'boolean') {
    const target = dtype ?? inferScalar(input);
    const data = newArray(target, 1);
    storeNumber(data, target, 0, input, context);
    return { dtype: target, shape: [1], data };
  }
  if (Array.isArray(input)) return fromNested(input, dtype, context);
  const own = typedArrayDtype(input);
  if (own !== undefined) {
    const data = input as NumberArray;
    return fromTyped(data, own, [data.length], dtype, context);
  }
  if (isNdArray(input)) return fromNdArray(input, dtype, context);
  throw mismatch(
    context,
    describeInput(input),
    'a number, nested arrays of numbers, a typed array, or { data, shape, dtype }',
  );
}

/** Casts an array that was decoded from a file to the tensor's dtype, by value. */
export function castNdArray(array: NdArray, dtype: Dtype, context: TensorContext): NdArray {
  return array.dtype === dtype ? array : fromTyped(array.data, array.dtype, array.shape, dtype, context);
}

function fromNdArray(input: NdArray, dtype: Dtype | null, context: TensorContext): NdArray {
  const own = input.dtype ?? typedArrayDtype(input.data);
  if (!isDtype(own))
    throw mismatch(context, `dtype ${describeInput(own)}`, 'a number type such as "uint8" or "float32"');
  const { shape, data } = input;
  if (shape.length > MAX_DIMS || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw mismatch(context, `shape (${shape.join(', ')})`, `at most ${MAX_DIMS} dimensions of 0 or more`);
  }
  const perElement = own === 'complex64' || own === 'complex128' ? 2 : 1;
  const expected = elementCount(shape) * perElement;
  if (data.length !== expected)
    throw mismatch(context, `${data.length} numbers for shape (${shape.join(', ')})`, `${expected} numbers`);
  return fromTyped(data, own, shape.length === 0 ? [1] : shape, dtype, context);
}

function fromTyped(
  data: NumberArray | Uint8ClampedArray<ArrayBuffer>,
  own: Dtype,
  shape: readonly number[],
  dtype: Dtype | null,
  context: TensorContext,
): NdArray {
  const target = dtype ?? own;
  const length = data.length;
  const complexIn = own === 'complex64' || own === 'complex128';
  const complexOut = target === 'complex64' || target === 'complex128';
  if (complexIn && !complexOut) throw mismatch(context, `complex numbers`, `numbers that fit ${target}`);
  const out = newTypedArray(target, complexIn ? length / 2 : length);
  const narrower = target === 'bool' || target === 'float16'; // than the typed array that holds it
  if (sameKind(data, out) && !narrower && (own === target || own === 'uint8')) {
    out.set(data as never); // the same typed array on both sides
  } else {
    const step = complexOut && !complexIn ? 2 : 1;
    for (let i = 0; i < length; i++) storeNumber(out, target, i * step, data[i] ?? 0, context);
  }
  return { dtype: target, shape: [...shape], data: out };
}

function sameKind(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return a.constructor === b.constructor || (a instanceof Uint8ClampedArray && b instanceof Uint8Array);
}

function fromNested(input: readonly unknown[], dtype: Dtype | null, context: TensorContext): NdArray {
  const shape = nestedShape(input, context);
  const target = dtype ?? inferNested(input, context);
  if (elementCount(shape) > CHECKED_FIRST) checkRows(input, shape, 0, context);
  const data = newArray(target, elementCount(shape));
  storeNested(input, shape, data, target, 0, context);
  return { dtype: target, shape, data };
}

/**
 * Writes the numbers of nested lists into `data`, from element `at` on.
 *
 * @param shape - what {@link nestedShape} says of the lists.
 * @returns the element behind the last one.
 * @throws {DatasetError} `sample-mismatch` for lists of other lengths or depths, and for what the dtype cannot hold;
 *   positions count from the start of `data`.
 */
export function storeNested(
  list: ArrayLike<unknown>,
  shape: readonly number[],
  data: NumberArray,
  dtype: Dtype,
  at: number,
  context: TensorContext,
  axis = 0,
): number {
  const length = shape[axis] ?? 0;
  if (list.length !== length) throw ragged(length, list.length, context);
  const step = dtype === 'complex64' || dtype === 'complex128' ? 2 : 1;
  const leaf = axis === shape.length - 1;
  let next = at;
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (leaf) {
      if (typeof item !== 'number' && typeof item !== 'bigint' && typeof item !== 'boolean') {
        throw mismatch(context, `${describeInput(item)} at position ${next}`, 'numbers only');
      }
      storeNumber(data, dtype, next * step, item, context);
      next++;
    } else if (Array.isArray(item) || typedArrayDtype(item) !== undefined) {
      next = storeNested(item as ArrayLike<unknown>, shape, data, dtype, next, context, axis + 1);
    } else {
      throw mismatch(context, `${describeInput(item)} beside arrays`, 'nested arrays of one depth');
    }
  }
  return next;
}

function ragged(length: number, other: number, context: TensorContext): Error {
  return mismatch(
    context,
    `rows of ${length} and of ${other} numbers`,
    'nested arrays whose rows are all equally long',
  );
}

/** Checks all rows before memory is taken for as many as the first ones promise. */
function checkRows(list: ArrayLike<unknown>, shape: readonly number[], axis: number, context: TensorContext): void {
  const length = shape[axis] ?? 0;
  if (list.length !== length) throw ragged(length, list.length, context);
  if (axis === shape.length - 1) return;
  for (let i = 0; i < length; i++) {
    const row = list[i];
    if (Array.isArray(row) || ArrayBuffer.isView(row))
      checkRows(row as ArrayLike<unknown> & object, shape, axis + 1, context);
  }
}

/** The shape of nested lists, as their first ones tell. @throws {DatasetError} `sample-mismatch` above 32 dimensions */
export function nestedShape(input: readonly unknown[], context: TensorContext): number[] {
  const shape: number[] = [];
  let level: unknown = input;
  while (Array.isArray(level) || typedArrayDtype(level) !== undefined) {
    const list = level as ArrayLike<unknown>;
    shape.push(list.length);
    if (shape.length > MAX_DIMS)
      throw mismatch(context, `arrays nested deeper than ${MAX_DIMS}`, `at most ${MAX_DIMS} dimensions`);
    level = list[0];
  }
  return shape;
}

// Small arrays are cut from one buffer. The bytes of an array of four numbers would otherwise be moved to a buffer of
// their own when they are read, which costs more than all else that happens to a label or a box.
const SMALL_BYTES = 256;
const SLAB_BYTES = 65_536;
const ALIGNMENT = 16; // fits every dtype
let slab = new ArrayBuffer(0);
let slabAt = 0;

/** Zeros for `length` elements. */
function newArray(dtype: Dtype, length: number): NumberArray {
  const size = length * itemSize(dtype);
  if (size > SMALL_BYTES || dtype === 'float16') return newTypedArray(dtype, length); // float16 is wider in memory
  if (slabAt + size > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabAt = 0;
  }
  const data = typedArrayOn(dtype, slab, slabAt, length);
  slabAt += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
  return data;
}

function inferScalar(value: Leaf): Dtype {
  if (typeof value === 'bigint') return value >= 2n ** 63n ? 'uint64' : 'int64';
  return typeof value === 'boolean' || Number.isSafeInteger(value) ? 'int64' : 'float64';
}

function inferNested(input: readonly unknown[], context: TensorContext): Dtype {
  let found: Dtype | undefined;
  const widen = (next: Dtype): void => {
    if (found === undefined || found === next) found = next;
    else if (found === 'bool') found = next;
    else if (next !== 'bool') found = 'float64';
  };
  const walk = (list: readonly unknown[]): void => {
    for (const item of list) {
      if (Array.isArray(item)) walk(item);
      else if (typeof item === 'boolean') widen('bool');
      else if (typeof item === 'number' || typeof item === 'bigint') widen(inferScalar(item));
      else {
        const own = typedArrayDtype(item);
        if (own === undefined) throw mismatch(context, describeInput(item), 'numbers only');
        widen(own);
      }
    }
  };
  walk(input);
  return found ?? 'float64'; // numpy's dtype of an empty list
}

/** Writes one value to slot `at` of `data`. @throws {DatasetError} `sample-mismatch` when the dtype cannot hold it */
export function storeNumber(data: NumberArray, dtype: Dtype, at: number, value: Leaf, context: TensorContext): void {
  const range = integerRanges[dtype];
  if (range !== undefined) {
    const number = typeof value === 'number' ? value : Number(value);
    if (!(number >= range[0] && number <= range[1] && Number.isInteger(number))) throw unfit(context, dtype, value, at);
    data[at] = number;
    return;
  }
  const bigRange = bigRanges[dtype];
  if (bigRange !== undefined) {
    if (typeof value === 'number' && !Number.isInteger(value)) throw unfit(context, dtype, value, at);
    const big = BigInt(value);
    if (big < bigRange[0] || big > bigRange[1]) throw unfit(context, dtype, value, at);
    data[at] = big;
    return;
  }
  const number = Number(value);
  const finite = typeof value === 'bigint' || Number.isFinite(number);
  if (finite && Math.abs(number) >= (floatLimits[dtype] ?? Infinity)) throw unfit(context, dtype, value, at);
  data[at] = dtype === 'float16' ? roundToFloat16(number) : number;
}

function unfit(context: TensorContext, dtype: Dtype, value: Leaf, at: number): Error {
  const range = integerRanges[dtype] ?? bigRanges[dtype];
  const accepted = range
    ? `whole numbers from ${range[0]} to ${range[1]} (${dtype})`
    : `finite numbers that fit ${dtype}`;
  const position = dtype.startsWith('complex') ? Math.floor(at / 2) : at; // two numbers for each element
  return mismatch(context, `${value} at position ${position}`, accepted);
}

/** Nearest float16, ties to even, as a number: the array in memory holds what will be stored. */
function roundToFloat16(value: number): number {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value) || magnitude === 0) return value;
  // Spacing of float16 at this magnitude: 2^(e-10), and 2^-24 below 2^-14.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const spacing = 2 ** (exponent - 10);
  const steps = magnitude / spacing;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return Math.sign(value) * rounded * spacing;
}
