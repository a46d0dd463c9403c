import { describe, expect, test } from 'vitest';
import { projectBoxes3d, verticesFromBoxes3d } from './boxes-3d.js';

const box = (...numbers: number[]) => ({ data: Float32Array.from(numbers), shape: [numbers.length / 9, 9] });
const rows = ({ data }: { data: Float64Array }, width: number) =>
  Array.from({ length: data.length / width }, (_, i) =>
    [...data.subarray(i * width, (i + 1) * width)].map((n) => n + 0),
  );

describe('verticesFromBoxes3d', () => {
  test('gives the corners in the order of the guide', () => {
    const corners = verticesFromBoxes3d(box(10, 20, 30, 2, 4, 6, 0, 0, 0));
    expect(corners.shape).toEqual([1, 8, 3]);
    expect(rows(corners, 3)).toEqual([
      [9, 18, 33],
      [11, 18, 33],
      [11, 18, 27],
      [9, 18, 27],
      [9, 22, 33],
      [11, 22, 33],
      [11, 22, 27],
      [9, 22, 27],
    ]);
  });

  test('turns by degrees about x, then y, then z', () => {
    const first = (...rotation: number[]) => rows(verticesFromBoxes3d(box(0, 0, 0, 2, 4, 6, ...rotation)), 3)[0];
    expect(first(0, 0, 90)).toEqual([2, -1, 3]); // (-1, -2, 3) about z
    expect(first(90, 0, 0)).toEqual([-1, -3, -2]);
    expect(first(0, 90, 0)).toEqual([3, -2, 1]);
    expect(first(90, 0, 90)).toEqual([3, -1, -2]);
    expect(first(360, -360, 720)).toEqual([-1, -2, 3]);
    const [x = 0, y = 0, z] = first(0, 0, 45) ?? [];
    expect(Math.hypot(x, y)).toBeCloseTo(Math.hypot(1, 2), 12);
    expect(z).toBe(3);
  });

  test('no boxes, and other shapes', () => {
    expect(verticesFromBoxes3d({ data: new Float32Array(0), shape: [0, 9] }).shape).toEqual([0, 8, 3]);
    expect(() => verticesFromBoxes3d({ data: new Float32Array(11), shape: [1, 11] })).toThrow(
      '(..., 9); got (1, 11) with 11 numbers',
    );
  });
});

describe('projectBoxes3d', () => {
  const camera = [
    [100, 0, 320],
    [0, 100, 240],
    [0, 0, 1],
  ];

  test('divides by the distance', () => {
    const corners = verticesFromBoxes3d(box(0, 0, 10, 2, 2, 2, 0, 0, 0));
    const points = projectBoxes3d(corners, camera);
    expect(points.shape).toEqual([1, 8, 2]);
    expect(rows(points, 2)[0]).toEqual([320 - 100 / 11, 240 - 100 / 11]);
    expect(rows(points, 2)[2]).toEqual([320 + 100 / 9, 240 - 100 / 9]);
    const matrix = { data: Float32Array.from(camera.flat()), shape: [1, 3, 3] };
    expect(projectBoxes3d(corners, matrix)).toEqual(points);
  });

  test('what is not in front of the camera has no place', () => {
    const points = projectBoxes3d(verticesFromBoxes3d(box(0, 0, 0, 2, 2, 2, 0, 0, 0)), camera);
    expect(rows(points, 2)[0]?.every(Number.isFinite)).toBe(true); // z = 1
    expect(rows(points, 2)[3]).toEqual([Number.NaN, Number.NaN]); // z = -1
  });

  test('other shapes are refused', () => {
    expect(() => projectBoxes3d({ data: new Float32Array(9), shape: [1, 9] }, camera)).toThrow(/\(\.\.\., 8, 3\)/);
    const corners = { data: new Float32Array(24), shape: [1, 8, 3] };
    expect(() => projectBoxes3d(corners, [[1, 2]])).toThrow(/one matrix of shape \(3, 3\); got 2 numbers/);
    expect(() => projectBoxes3d(corners, { data: new Float32Array(18), shape: [2, 3, 3] })).toThrow(/got 18 numbers/);
  });
});
