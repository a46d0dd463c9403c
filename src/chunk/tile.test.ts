import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elementCount } from '../format/dtypes.js';
import { cutTile, pasteTile, planTileShape, tileCount, tilePlaces } from './tile.js';

const plan = { dtype: 'uint8', threshold: 16_000_000, compressed: false, cutsLastAxis: true } as const;

describe('tile shapes', () => {
  test('examples of the format', () => {
    expect(planTileShape({ ...plan, shape: [15, 11], threshold: 100 })).toEqual([8, 11]);
    expect(planTileShape({ ...plan, shape: [17, 1000, 1000] })).toEqual([17, 500, 1000]);
  });

  test('the first of the longest axes is halved, the last one only where it may be', () => {
    expect(planTileShape({ ...plan, shape: [8, 8], threshold: 32 })).toEqual([4, 8]);
    expect(planTileShape({ ...plan, shape: [8, 8], threshold: 16 })).toEqual([4, 4]);
    expect(planTileShape({ ...plan, shape: [4, 100], threshold: 100 })).toEqual([4, 25]);
    expect(planTileShape({ ...plan, shape: [100, 4, 1000], threshold: 200_000, cutsLastAxis: false })).toEqual([
      50, 4, 1000,
    ]);
  });

  test('compressed tiles are expected to shrink to half', () => {
    expect(planTileShape({ ...plan, shape: [16, 10], threshold: 80, compressed: true })).toEqual([16, 10]);
    expect(planTileShape({ ...plan, shape: [16, 10], threshold: 79, compressed: true })).toEqual([8, 10]);
    expect(planTileShape({ ...plan, shape: [15, 11], threshold: 100, dtype: 'float32' })).toEqual([4, 6]);
  });

  test('lengths are halved exactly and rounded once, at the end', () => {
    expect(planTileShape({ ...plan, shape: [9, 1], threshold: 3 })).toEqual([3, 1]); // 9, 4.5, 2.25
  });

  test('an axis below two elements is not cut', () => {
    expect(() => planTileShape({ ...plan, shape: [1, 1, 64], threshold: 32, cutsLastAxis: false })).toThrow(
      '(1, 1, 64) cannot be cut into tiles of 32 bytes',
    );
    expect(() => planTileShape({ ...plan, shape: [64], threshold: 32, cutsLastAxis: false })).toThrow('cannot be cut');
    expect(() => planTileShape({ ...plan, shape: [4, 4], threshold: 0 })).toThrow('Raise tilingThreshold');
  });
});

test('tiles lie in C order, those at the far edges are smaller', () => {
  expect(tilePlaces([15, 11], [8, 6])).toEqual([
    { offset: [0, 0], shape: [8, 6] },
    { offset: [0, 6], shape: [8, 5] },
    { offset: [8, 0], shape: [7, 6] },
    { offset: [8, 6], shape: [7, 5] },
  ]);
  expect(tilePlaces([5], [8])).toEqual([{ offset: [0], shape: [5] }]);
  expect(tilePlaces([0, 3], [1, 3])).toEqual([]);
});

test('a count does not walk the grid', () => {
  expect(tileCount([2 ** 40, 2 ** 40], [1, 1])).toBe(2 ** 80);
  expect(tileCount([15, 11], [8, 11])).toBe(2);
});

test('what is cut and pasted again is the same', () => {
  const axis = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 8 }));
  fc.assert(
    fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.constantFrom(1, 2, 8), (axes, unit) => {
      const shape = axes.map(([length]) => length);
      const tileShape = axes.map(([, length]) => length);
      const sample = Uint8Array.from({ length: elementCount(shape) * unit }, (_, i) => i * 31 + (i >> 8));
      const places = tilePlaces(shape, tileShape);
      expect(places).toHaveLength(tileCount(shape, tileShape));
      const again = new Uint8Array(sample.length);
      let bytes = 0;
      for (const place of [...places].reverse()) {
        const tile = cutTile(sample, shape, place, unit);
        expect(tile).toHaveLength(elementCount(place.shape) * unit);
        bytes += tile.length;
        pasteTile(again, shape, place, unit, tile);
      }
      expect(bytes).toBe(sample.length); // no element twice, none left out
      expect(again).toEqual(sample);
    }),
  );
});
