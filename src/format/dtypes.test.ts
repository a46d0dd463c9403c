import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesFromNdArray,
  type Dtype,
  dtypeFromTypestr,
  dtypes,
  elementCount,
  isDtype,
  itemSize,
  ndArrayFromBytes,
  newTypedArray,
  typestr,
} from './dtypes.js';
import { hex } from './hex.contract.js';

const float16 = (value: number): string => {
  const bytes = bytesFromNdArray({ dtype: 'float16', shape: [1], data: Float32Array.of(value) });
  return ((bytes[1] ?? 0) * 256 + (bytes[0] ?? 0)).toString(16).padStart(4, '0');
};

describe('dtypes', () => {
  test('names, sizes and numpy strings', () => {
    expect(dtypes.map((dtype) => `${dtype} ${itemSize(dtype)} ${typestr(dtype)}`)).toEqual([
      ...['bool 1 |b1', 'int8 1 |i1', 'int16 2 <i2', 'int32 4 <i4', 'int64 8 <i8'],
      ...['uint8 1 |u1', 'uint16 2 <u2', 'uint32 4 <u4', 'uint64 8 <u8'],
      ...['float16 2 <f2', 'float32 4 <f4', 'float64 8 <f8', 'complex64 8 <c8', 'complex128 16 <c16'],
    ]);
    for (const name of ['str', 'Any', 'toString', '', null, 7]) expect(isDtype(name)).toBe(false);
    for (const dtype of dtypes) expect(dtypeFromTypestr(typestr(dtype))).toBe(dtype);
    expect(dtypeFromTypestr('>i4')).toBe('int32');
    expect(dtypeFromTypestr('<U5')).toBeUndefined();
  });

  test.each(dtypes)('%s: bytes become an array and bytes again, wherever they lie', (dtype: Dtype) => {
    const size = itemSize(dtype);
    fc.assert(
      fc.property(fc.nat(9), fc.nat(17), fc.infiniteStream(fc.nat(255)), (length, offset, values) => {
        const whole = Uint8Array.from({ length: offset + length * size }, () => values.next().value ?? 0);
        // The many bit patterns of NaN are not kept by every engine.
        if (dtype === 'float16') for (let i = offset + 1; i < whole.length; i += 2) whole[i] = (whole[i] ?? 0) & 0xbb;
        const bytes = whole.subarray(offset);
        const array = ndArrayFromBytes(bytes, dtype, [length]);
        expect(array.data.length).toBe(newTypedArray(dtype, length).length);
        expect(array.data.constructor).toBe(newTypedArray(dtype, 0).constructor);
        expect(bytesFromNdArray(array)).toEqual(bytes);
      }),
    );
  });

  test('aligned bytes are viewed, not copied', () => {
    const bytes = new Uint8Array(16);
    expect(ndArrayFromBytes(bytes.subarray(8), 'float64', [1]).data.buffer).toBe(bytes.buffer);
    expect(ndArrayFromBytes(bytes.subarray(1, 9), 'float64', [1]).data.buffer).not.toBe(bytes.buffer);
  });

  test('complex numbers are pairs, 64-bit integers are bigint', () => {
    expect([...ndArrayFromBytes(hex('00 00 80 3f 00 00 00 40'), 'complex64', []).data]).toEqual([1, 2]);
    expect([...ndArrayFromBytes(hex('ff×8'), 'int64', [1]).data]).toEqual([-1n]);
    expect([...ndArrayFromBytes(hex('ff×8'), 'uint64', [1, 1]).data]).toEqual([2n ** 64n - 1n]);
  });

  test('a length that is not the shape is refused', () => {
    expect(() => ndArrayFromBytes(new Uint8Array(7), 'int16', [2, 2], 'k')).toThrow(
      'Cannot read k: int16 array of shape (2,2): expected 8 bytes, got 7.',
    );
    const huge = Array.from({ length: 200 }, () => 2 ** 32 - 1);
    expect(() => ndArrayFromBytes(new Uint8Array(7), 'int16', [...huge, 0])).toThrow('got 7');
    expect(elementCount([])).toBe(1);
    expect(elementCount([3, 0])).toBe(0);
  });
});

describe('float16', () => {
  test('every number of 16 bits survives', () => {
    const bytes = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
    const array = ndArrayFromBytes(bytes, 'float16', [65536]);
    const again = new Uint16Array(bytesFromNdArray(array).buffer);
    let wrong = 0;
    for (let i = 0; i < 65536; i++) {
      const isNaN16 = (i & 0x7c00) === 0x7c00 && (i & 0x3ff) !== 0;
      if (isNaN16 ? !Number.isNaN(array.data[i]) || again[i] !== 0x7e00 : again[i] !== i) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test('rounds to the nearest, ties to even', () => {
    const cases: [number, string][] = [
      [0, '0000'],
      [-0, '8000'],
      [1, '3c00'],
      [-2, 'c000'],
      [65504, '7bff'],
      [65519.99, '7bff'],
      [65520, '7c00'],
      [-1e9, 'fc00'],
      [Number.POSITIVE_INFINITY, '7c00'],
      [Number.NaN, '7e00'],
      [1 + 2 ** -11, '3c00'], // tie: down to even
      [1 + 3 * 2 ** -11, '3c02'], // tie: up to even
      [1 + 2 ** -11 + 2 ** -20, '3c01'],
      [2 ** -24, '0001'],
      [2 ** -25, '0000'], // tie: down to zero
      [3 * 2 ** -25, '0002'],
      [2 ** -14 - 2 ** -25, '0400'], // carries into the exponent
      [2 ** -14, '0400'],
      [4095.9, '6c00'],
    ];
    for (const [value, bits] of cases) expect(`${value} ${float16(value)}`).toBe(`${value} ${bits}`);
  });
});
