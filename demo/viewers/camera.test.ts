import { describe, expect, it } from 'vitest';
import { type Camera, firstCamera, matrixOf, shifted, turned, zoomed } from './camera.js';

/** Where a point of the scene is seen: -1 to 1 across and up; depth from -1 to 1. */
function seen(camera: Camera, [x, y, z]: readonly [number, number, number]): [number, number, number] {
  const m = matrixOf(camera, 400, 400);
  const at = (row: number): number =>
    (m[row] ?? 0) * x + (m[4 + row] ?? 0) * y + (m[8 + row] ?? 0) * z + (m[12 + row] ?? 0);
  return [at(0) / at(3), at(1) / at(3), at(2) / at(3)];
}

const front: Camera = { yaw: 0, pitch: 0, distance: 3, shift: [0, 0] };

describe('matrixOf', () => {
  it('looks along y, with x to the right and z up', () => {
    expect(seen(front, [0, 0, 0]).slice(0, 2)).toEqual([0, 0]);
    expect(seen(front, [0.5, 0, 0])[0]).toBeGreaterThan(0.2);
    expect(seen(front, [0, 0, 0.5])[1]).toBeGreaterThan(0.2);
  });

  it('has what is nearer before what is further, and all of the scene within the picture', () => {
    expect(seen(front, [0, -1, 0])[2]).toBeLessThan(seen(front, [0, 1, 0])[2]);
    for (const point of [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, -1, 0],
    ] as const)
      for (const part of seen(firstCamera, point)) expect(Math.abs(part)).toBeLessThanOrEqual(1);
  });

  it('sees the top from above', () => {
    const above = turned(front, 0, Math.PI / 2);
    expect(seen(above, [0, 0, 1])[2]).toBeLessThan(seen(above, [0, 0, -1])[2]);
    expect(seen(above, [0, 0.5, 0])[1]).toBeGreaterThan(0.2);
  });
});

describe('moving', () => {
  it('does not turn over the poles, and stays outside and near', () => {
    expect(turned(front, 0, 9).pitch).toBe(Math.PI / 2);
    expect(zoomed(front, 1e9).distance).toBe(12);
    expect(zoomed(front, 1e-9).distance).toBe(0.2);
  });

  it('shifts the scene with the pointer', () => {
    const [x, y] = seen(shifted(front, 100, 50, 400), [0, 0, 0]);
    expect(x).toBeCloseTo(0.5);
    expect(y).toBeCloseTo(-0.25);
  });
});
