import { describe, expect, it } from 'vitest';
import { centred, extentOf, rampColorsOf } from './geometry.js';

describe('extentOf', () => {
  it('finds the box, and passes over what is no number', () => {
    expect(extentOf([0, 1, 2, 4, -3, Number.NaN, Infinity, 5, 7])).toEqual({ min: [0, -3, 2], max: [4, 5, 7] });
  });

  it('is a point at the origin without points', () => {
    expect(extentOf([])).toEqual({ min: [0, 0, 0], max: [0, 0, 0] });
  });
});

describe('centred', () => {
  it('brings the corners of a box onto a ball of radius 1, far from the origin too', () => {
    const far = 5e6; // as in coordinates of a map, which float32 would round
    const corners = [far, far, 0, far + 3, far, 0, far, far + 4, 12];
    const points = centred(corners, { min: [far, far, 0], max: [far + 3, far + 4, 12] });
    expect(Math.hypot(...points.subarray(0, 3))).toBeCloseTo(1);
    expect(points[3]).toBeCloseTo(1.5 / 6.5);
  });

  it('keeps a single point in the middle', () => {
    expect([...centred([7, 8, 9], extentOf([7, 8, 9]))]).toEqual([0, 0, 0]);
  });
});

describe('rampColorsOf', () => {
  it('goes from dark to bright, and has one colour for equal numbers', () => {
    const colors = rampColorsOf(3, (i) => i * 10);
    const brightness = [0, 1, 2].map((i) => colors.subarray(3 * i, 3 * i + 3).reduce((sum, c) => sum + c));
    expect(brightness).toEqual([...brightness].sort((a, b) => a - b));
    expect(new Set(rampColorsOf(4, () => 2)).size).toBeLessThanOrEqual(3);
  });
});
