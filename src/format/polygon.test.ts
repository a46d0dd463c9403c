import { expect, test } from 'vitest';
import type { NdArray } from './dtypes.js';
import { hex } from './hex.contract.js';
import { decodePolygons, encodePolygons, polygonsShape } from './polygon.js';

const polygon = (points: number, first = 1): NdArray<'float32'> => ({
  dtype: 'float32',
  shape: [points, 2],
  data: Float32Array.from({ length: 2 * points }, (_, i) => first + i),
});

test('two polygons of 3 and 4 points', () => {
  const polygons = [polygon(3), polygon(4, 7)];
  const bytes = encodePolygons(polygons);
  expect(bytes.subarray(0, 10)).toEqual(hex('02 00 | 03 00 | 04 00 | 00 00 80 3f'));
  expect(bytes.length).toBe(6 + 7 * 8);
  expect(polygonsShape(polygons)).toEqual([2, 4, 2]);
  expect(decodePolygons(bytes, 'float32', 2)).toEqual(polygons);
});

test('no polygons are no bytes', () => {
  expect(encodePolygons([])).toEqual(new Uint8Array(0));
  expect(decodePolygons(new Uint8Array(0), 'float32', 0)).toEqual([]);
  expect(polygonsShape([])).toEqual([0, 0, 0]);
});

test('what does not fit is refused', () => {
  const bytes = encodePolygons([polygon(3), polygon(4)]);
  expect(() => decodePolygons(bytes, 'float32', 3, 'k')).toThrow('points of 2 polygons: expected 84 bytes, got 56.');
  expect(() => decodePolygons(bytes.subarray(0, 5), 'float32', 2, 'k')).toThrow('expected 6 bytes, got 5.');
  expect(() => encodePolygons([polygon(65536)])).toThrow(RangeError);
  expect(() => encodePolygons([polygon(1), { ...polygon(1), shape: [2, 1] }])).toThrow('arrays of shape (points, 2)');
});
