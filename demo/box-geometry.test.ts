import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boxBetween,
  findBox,
  findHandle,
  handles,
  moveBox,
  type PixelBox,
  pixelBoxes,
  resizeBox,
} from './box-geometry.js';

const size = { width: 100, height: 60 };

describe('hits', () => {
  const boxes: PixelBox[] = [
    [0, 0, 50, 50],
    [10, 10, 10, 10],
  ];
  it('prefer the smaller of two boxes', () => {
    expect(findBox(boxes, { x: 15, y: 15 })).toBe(1);
    expect(findBox(boxes, { x: 30, y: 30 })).toBe(0);
    expect(findBox(boxes, { x: 70, y: 30 })).toBe(-1);
  });
  it('find handles within reach, corners before edges', () => {
    expect(findHandle([10, 10, 20, 20], { x: 31, y: 11 }, 3)).toEqual([1, -1]);
    expect(findHandle([10, 10, 20, 20], { x: 20, y: 20 }, 3)).toBeUndefined();
    expect(findHandle([10, 10, 2, 2], { x: 11, y: 10 }, 3)).toEqual([-1, -1]);
  });
});

describe('boxes', () => {
  it('are drawn in any direction', () => {
    expect(boxBetween({ x: 30, y: 40 }, { x: 10.4, y: -9 }, size)).toEqual([10, 0, 20, 40]);
  });
  it('move up to the edge', () => {
    expect(moveBox([80, 10, 15, 10], 50, -50, size)).toEqual([85, 0, 15, 10]);
  });
  it('turn over when a handle passes the other side', () => {
    expect(resizeBox([20, 20, 10, 10], [1, 0], { x: 5, y: 0 }, size)).toEqual([5, 20, 15, 10]);
    expect(resizeBox([20, 20, 10, 10], [-1, -1], { x: 50, y: 50 }, size)).toEqual([30, 30, 20, 20]);
  });
  it('stay inside whatever is done to them', () => {
    const coordinate = fc.integer({ min: -300, max: 300 });
    const point = fc.record({ x: coordinate, y: coordinate });
    fc.assert(
      fc.property(point, point, point, fc.constantFrom(...handles), (a, b, to, handle) => {
        const moved = moveBox(boxBetween(a, b, size), to.x, to.y, size);
        const [left, top, width, height] = resizeBox(moved, handle, to, size);
        expect(left >= 0 && top >= 0 && left + width <= size.width && top + height <= size.height).toBe(true);
        expect(width >= 1 && height >= 1).toBe(true);
      }),
    );
  });
});

it('reads boxes of every order and unit', () => {
  expect(pixelBoxes([1, 2, 3, 4], {}, size)).toEqual([[1, 2, 3, 4]]);
  expect(pixelBoxes([10, 10, 30, 40], { type: 'pixel', mode: 'LTRB' }, size)).toEqual([[10, 10, 20, 30]]);
  expect(pixelBoxes([0.5, 0.5, 0.2, 0.5], { type: 'fractional', mode: 'CCWH' }, size)).toEqual([[40, 15, 20, 30]]);
});
