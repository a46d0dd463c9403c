import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesFromNdArray, type Dtype, dtypes, type NdArray, newTypedArray } from '../format/dtypes.js';
import { castNdArray, isNdArray, isNumeric, toNdArray, typedArrayDtype } from './cast.js';
import { contextWith, refusal } from './context.contract.js';

const context = contextWith();
const cast = (input: unknown, dtype: Dtype | null): NdArray => toNdArray(input, dtype, context);
const numbers = (input: unknown, dtype: Dtype | null) => Array.from(cast(input, dtype).data as ArrayLike<unknown>);
const refused = (input: unknown, dtype: Dtype | null) => refusal(() => cast(input, dtype));
const float16Bits = (value: number): number => {
  const [low = 0, high = 0] = bytesFromNdArray(cast(value, 'float16'));
  return low + 256 * high;
};

const integers: readonly (readonly [Dtype, bigint, bigint])[] = [
  ['bool', 0n, 1n],
  ['int8', -(2n ** 7n), 2n ** 7n - 1n],
  ['int16', -(2n ** 15n), 2n ** 15n - 1n],
  ['int32', -(2n ** 31n), 2n ** 31n - 1n],
  ['int64', -(2n ** 63n), 2n ** 63n - 1n],
  ['uint8', 0n, 2n ** 8n - 1n],
  ['uint16', 0n, 2n ** 16n - 1n],
  ['uint32', 0n, 2n ** 32n - 1n],
  ['uint64', 0n, 2n ** 64n - 1n],
];
const isBig = (dtype: Dtype) => typeof newTypedArray(dtype, 1)[0] === 'bigint';

describe('integers', () => {
  test.each(integers)('%s takes its bounds and nothing beyond', async (dtype, low, high) => {
    const own = (value: bigint) => (isBig(dtype) ? value : Number(value));
    expect(numbers([low, high], dtype)).toEqual([own(low), own(high)]);
    expect(await refused([low, high + 1n], dtype)).toBe(
      `got ${high + 1n} at position 1. Pass whole numbers from ${low} to ${high} (${dtype}).`,
    );
    expect(await refused(low - 1n, dtype)).toMatch(`got ${low - 1n} at position 0. Pass whole`);
    if (isBig(dtype)) return;
    expect(numbers([Number(low), Number(high)], dtype)).toEqual([Number(low), Number(high)]);
    expect(await refused(Number(high) + 1, dtype)).toMatch(`got ${high + 1n} at position 0`);
  });

  test.each(integers)('%s refuses what is no whole number', async (dtype) => {
    for (const value of [0.5, Number.NaN, Infinity, -Infinity]) {
      expect(await refused([[0, value]], dtype)).toMatch(`got ${value} at position 1. Pass whole numbers`);
      expect(await refused(new Float32Array([1, value]), dtype)).toMatch(`got ${value} at position 1`);
    }
  });

  test('booleans are 0 and 1, everywhere', () => {
    for (const dtype of dtypes) {
      const [no, yes] = isBig(dtype) ? [0n, 1n] : [0, 1];
      const given = dtype.startsWith('complex') ? [no, 0, yes, 0] : [no, yes];
      expect(numbers([false, true], dtype), dtype).toEqual(given);
    }
  });

  test('a whole float counts as the number that it is', () => {
    expect(numbers(new Float64Array([3, -0]), 'uint8')).toEqual([3, 0]);
    expect(numbers(new Float64Array([2 ** 53, -(2 ** 63)]), 'int64')).toEqual([2n ** 53n, -(2n ** 63n)]);
    expect(numbers(new BigInt64Array([300n]), 'int16')).toEqual([300]);
  });

  test('a bool tensor takes a typed array of 0 and 1, and of nothing else', async () => {
    expect(numbers(new Uint8Array([0, 1]), 'bool')).toEqual([0, 1]);
    expect(await refused(new Uint8Array([0, 2]), 'bool')).toMatch('got 2 at position 1');
    expect(await refused({ data: new Uint8Array([1, 2]), shape: [2], dtype: 'bool' }, 'bool')).toMatch('got 2');
    expect(await refused({ data: new Uint8Array([1, 2]), shape: [2], dtype: 'bool' }, null)).toMatch('got 2');
  });
});

describe('floats', () => {
  test('any finite number that stays finite, NaN and infinities', async () => {
    const special = [Number.NaN, Infinity, -Infinity, -0];
    for (const dtype of ['float16', 'float32', 'float64'] as const) expect(numbers(special, dtype)).toEqual(special);
    expect(numbers([0.1, 3.4028235677973362e38], 'float32')).toEqual([Math.fround(0.1), 3.4028234663852886e38]);
    expect(await refused([0, 3.4028235677973366e38], 'float32')).toBe(
      'got 3.4028235677973366e+38 at position 1. Pass finite numbers that fit float32.',
    );
    expect(numbers([65519.99, -65519.99], 'float16')).toEqual([65504, -65504]);
    expect(await refused(-65520, 'float16')).toMatch('got -65520 at position 0');
    expect(await refused(new Float32Array([1e6]), 'float16')).toMatch('got 1000000 at position 0');
    expect(numbers(Number.MAX_VALUE, 'float64')).toEqual([Number.MAX_VALUE]);
  });

  test('integers beyond the precision are rounded, integers beyond the range refused', async () => {
    expect(numbers(2n ** 63n + 1n, 'float64')).toEqual([2 ** 63]);
    expect(await refused(10n ** 400n, 'float64')).toMatch('Pass finite numbers that fit float64');
    expect(await refused(10n ** 400n, 'float32')).toMatch('finite');
  });

  test('float16 in memory is what is stored, subnormals and ties included', () => {
    expect(numbers([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2049, 2051], 'float16')).toEqual([1, 1 + 2 ** -9, 2048, 2052]);
    expect(numbers([2 ** -24, 2 ** -25, 3 * 2 ** -25, 2 ** -26, -(2 ** -25)], 'float16')).toEqual([
      2 ** -24,
      0,
      2 ** -23,
      0,
      -0,
    ]);
    expect([0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, 1 / 3].map(float16Bits)).toEqual([
      0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 1, 0x3555,
    ]);
    const value = fc.oneof(
      fc.double({ min: -65519, max: 65519, noNaN: true }),
      fc.double({ min: -0.001, max: 0.001, noNaN: true }),
    );
    fc.assert(
      fc.property(value, (number) => {
        const once = cast(number, 'float16');
        const [rounded = 0] = once.data as Float32Array;
        expect(Math.abs(rounded - number)).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(number) * 2 ** -11));
        expect(bytesFromNdArray(cast(rounded, 'float16'))).toEqual(bytesFromNdArray(once));
        expect(numbers(rounded, 'float16')).toEqual([rounded]); // exact: nothing is rounded twice
      }),
    );
  });

  test('an array that calls itself float16 is rounded and checked, too', async () => {
    const given = (...data: number[]) => ({ data: new Float32Array(data), shape: [data.length], dtype: 'float16' });
    expect(numbers(given(2049), null)).toEqual([2048]);
    expect(await refused(given(1, 1e6), null)).toMatch('got 1000000 at position 1');
  });
});

describe('complex numbers', () => {
  test('are pairs; real numbers get an imaginary part of 0', async () => {
    const pairs = { data: new Float64Array([1, 2, 3, 4]), shape: [2], dtype: 'complex128' };
    expect(cast(pairs, 'complex64')).toEqual({ dtype: 'complex64', shape: [2], data: new Float32Array([1, 2, 3, 4]) });
    expect(cast(pairs, null).data).toEqual(pairs.data);
    expect(numbers([[1], [2]], 'complex64')).toEqual([1, 0, 2, 0]);
    expect(numbers(new Int16Array([5, 6]), 'complex128')).toEqual([5, 0, 6, 0]);
    expect(await refused(pairs, 'float64')).toMatch('got complex numbers. Pass numbers that fit float64.');
    expect(await refused({ ...pairs, shape: [4] }, null)).toMatch('got 4 numbers for shape (4). Pass 8 numbers.');
  });

  test('a position counts elements, not their two numbers', async () => {
    expect(await refused([0, 1, 1e39], 'complex64')).toMatch('got 1e+39 at position 2');
    expect(await refused(new Float64Array([0, 1e39]), 'complex64')).toMatch('got 1e+39 at position 1');
    const pairs = { data: new Float64Array([0, 0, 0, 1e39]), shape: [2], dtype: 'complex128' };
    expect(await refused(pairs, 'complex64')).toMatch('got 1e+39 at position 1');
  });
});

describe('forms', () => {
  test('a number has shape (1,), nested arrays the shape of their nesting', () => {
    expect(cast(5, 'uint8')).toEqual({ dtype: 'uint8', shape: [1], data: new Uint8Array([5]) });
    expect(cast([[[1], [2]]], 'int8')).toEqual({ dtype: 'int8', shape: [1, 2, 1], data: new Int8Array([1, 2]) });
    expect(cast([new Uint8Array([1, 2]), [3, 4]], 'float32').shape).toEqual([2, 2]);
    expect(cast([[], []], 'int32')).toEqual({ dtype: 'int32', shape: [2, 0], data: new Int32Array(0) });
    expect(cast({ data: new Float32Array([2]), shape: [] }, null).shape).toEqual([1]);
  });

  test('typed arrays keep their dtype, ImageData bytes and Buffers included', () => {
    const given: [ArrayBufferView, Dtype][] = [
      [new Uint8ClampedArray([9]), 'uint8'],
      [Buffer.from([9]), 'uint8'],
      [new Int8Array([9]), 'int8'],
      [new BigUint64Array([9n]), 'uint64'],
      [new Float64Array([9]), 'float64'],
    ];
    for (const [array, dtype] of given) {
      expect(typedArrayDtype(array)).toBe(dtype);
      expect(cast(array, null)).toEqual({
        dtype,
        shape: [1],
        data: newTypedArray(dtype, 1).fill((isBig(dtype) ? 9n : 9) as never),
      });
    }
    expect(typedArrayDtype(new DataView(new ArrayBuffer(8)))).toBeUndefined();
    expect(typedArrayDtype('Uint8Array')).toBeUndefined();
  });

  test('a subarray gives its own part, in memory of its own', () => {
    const whole = new Uint16Array([1, 2, 3, 4]);
    const { data } = cast(whole.subarray(1, 3), null);
    expect(data).toEqual(new Uint16Array([2, 3]));
    expect(data.buffer.byteLength).toBe(4);
    whole.fill(0);
    expect(data).toEqual(new Uint16Array([2, 3]));
  });

  test('anything else is refused with what it is and what is taken', async () => {
    expect(await refused('x', 'uint8')).toMatch('got the string "x". Pass a number, nested arrays');
    expect(await refused({ data: [1], shape: [1] }, null)).toMatch('got a Object.');
    expect(await refused(new DataView(new ArrayBuffer(8)), null)).toMatch('got a DataView of 8 bytes');
    expect(await refused([1, 'a'], null)).toMatch('got the string "a"');
    expect(await refused([[1], 2], 'uint8')).toMatch('got the number 2 beside arrays');
    expect(await refused([1, [2]], 'uint8')).toMatch('got an array of 1 at position 1');
    expect(await refused([1, undefined], 'uint8')).toMatch('got undefined at position 1');
  });

  test('rows of unequal length are refused, before memory is taken for them', async () => {
    expect(await refused([[1, 2], [3]], 'uint8')).toBe(
      'got rows of 2 and of 1 numbers. Pass nested arrays whose rows are all equally long.',
    );
    expect(await refused([[[1], [2]], [[3]]], null)).toMatch('got rows of 2 and of 1 numbers');
    const huge = new Array(100_000).fill([0]);
    huge[0] = new Array(100_000).fill(0); // as many elements as no memory holds
    expect(await refused(huge, 'float64')).toMatch('got rows of 100000 and of 1 numbers');
  });

  test('nesting without end is refused', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(isNumeric(circle)).toBe(false);
    expect(await refused(circle, 'uint8')).toMatch('got arrays nested deeper than 32');
  });

  test('an array with a shape that does not fit its data is refused', async () => {
    const data = new Uint8Array(6);
    expect(cast({ data, shape: [2, 3] }, 'uint8').shape).toEqual([2, 3]);
    expect(await refused({ data, shape: [2, 2] }, null)).toMatch('got 6 numbers for shape (2, 2). Pass 4 numbers.');
    expect(await refused({ data, shape: [-2, -3] }, null)).toMatch('got shape (-2, -3)');
    expect(await refused({ data, shape: [2.5] }, null)).toMatch('got shape (2.5)');
    expect(await refused({ data, shape: [2 ** 40, 2 ** 40] }, null)).toMatch('got 6 numbers');
    expect(await refused({ data, shape: new Array(33).fill(1) }, null)).toMatch('at most 32 dimensions');
    expect(await refused({ data, shape: [6], dtype: 'float99' }, null)).toMatch('got dtype the string "float99"');
  });
});

describe('inference', () => {
  test.each([
    [3, 'int64'],
    [true, 'int64'],
    [2.5, 'float64'],
    [2 ** 60, 'float64'],
    [2n ** 63n, 'uint64'],
    [[1, 2], 'int64'],
    [[true, false], 'bool'],
    [[true, 2], 'int64'],
    [[1, 2.5], 'float64'],
    [[[]], 'float64'],
    [[new Uint8Array([1]), new Uint8Array([2])], 'uint8'],
  ] as const)('%o is %s', (input, dtype) => {
    expect(cast(input, null).dtype).toBe(dtype);
  });

  test('tells numbers from other things', () => {
    const yes = [1, 1n, true, [], [[1, 'a']], new Uint8Array(1), { data: new Uint8Array(1), shape: [1] }];
    const no = ['1', null, undefined, ['1'], {}, { data: [1], shape: [1] }, new Blob([])];
    expect(yes.map((value) => isNumeric(value))).toEqual(yes.map(() => true));
    expect(no.map((value) => isNumeric(value))).toEqual(no.map(() => false));
    expect(isNdArray({ data: new Uint8Array(1), shape: [1], dtype: 5 })).toBe(false);
  });
});

test('whatever fits is stored exactly, whatever does not is named', () => {
  const dtype = fc.constantFrom(...integers);
  const value = fc.oneof(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), fc.bigInt({ min: -300n, max: 300n }));
  fc.assert(
    fc.property(dtype, fc.array(value, { minLength: 1, maxLength: 8 }), ([name, low, high], values) => {
      const wrong = values.findIndex((each) => each < low || each > high);
      if (wrong < 0) expect(numbers(values, name).map((each) => BigInt(each as number))).toEqual(values);
      else expect(() => cast(values, name)).toThrow(`got ${values[wrong]} at position ${wrong}`);
    }),
  );
});

test('a decoded array of the dtype passes untouched, others by value', () => {
  const array: NdArray = { dtype: 'uint8', shape: [1, 2], data: new Uint8Array([1, 2]) };
  expect(castNdArray(array, 'uint8', context)).toBe(array);
  expect(castNdArray(array, 'float32', context)).toEqual({
    dtype: 'float32',
    shape: [1, 2],
    data: new Float32Array([1, 2]),
  });
  expect(() => castNdArray(array, 'bool', context)).toThrow('got 2 at position 1');
});
