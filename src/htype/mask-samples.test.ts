import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BinaryMaskSample } from './binary-mask.js';
import { KeypointsSample } from './keypoints-coco.js';
import { SegmentMaskSample } from './segment-mask.js';

const mask = (shape: number[], bits: readonly number[]) =>
  new BinaryMaskSample({ dtype: 'bool', shape, data: Uint8Array.from(bits) });

describe('binary masks', () => {
  // Two objects on 2 x 3 pixels: the middle column, and the last pixel.
  const two = mask([2, 3, 2], [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1]);

  test('each object by itself', () => {
    expect(two.objects).toBe(2);
    expect([...two.object(0)]).toEqual([0, 1, 0, 0, 1, 0]);
    expect([...two.object(1)]).toEqual([0, 0, 0, 0, 0, 1]);
    expect([two.area(0), two.area(1)]).toEqual([2, 1]);
    expect(two.bounds(0)).toEqual({ left: 1, top: 0, width: 1, height: 2 });
    expect(two.bounds(1)).toEqual({ left: 2, top: 1, width: 1, height: 1 });
  });

  test('runs down the columns, as COCO counts, or along the rows', () => {
    expect(two.runs(0)).toEqual([2, 2, 2]);
    expect(two.runs(0, 'row')).toEqual([1, 1, 2, 1, 1]);
    expect(two.runs(1)).toEqual([5, 1]);
    expect(mask([1, 2, 1], [1, 1]).runs(0)).toEqual([0, 2]);
    expect(mask([1, 2, 1], [0, 0]).runs(0)).toEqual([2]);
  });

  test('without objects, without pixels, and of one object without an axis for it', () => {
    expect(mask([4, 4, 0], []).objects).toBe(0);
    expect(mask([0, 0, 0], []).objects).toBe(0);
    expect(mask([0], []).objects).toBe(0);
    expect(mask([2, 2], [0, 1, 0, 0]).object(0)).toEqual(new Uint8Array([0, 1, 0, 0]));
    expect(mask([2, 2, 1], [0, 0, 0, 0]).bounds(0)).toBeUndefined();
    for (const wrong of [-1, 2, 0.5, Number.NaN])
      expect(() => two.area(wrong)).toThrow(/has 2 objects; there is none at/);
  });

  test('runs, bounds and areas are those of the mask taken out', () => {
    const size = fc.integer({ min: 1, max: 6 });
    const masks = fc.tuple(size, size, size).chain(([h, w, n]) => {
      const bits = fc.array(fc.integer({ min: 0, max: 1 }), { minLength: h * w * n, maxLength: h * w * n });
      return fc.tuple(fc.constant([h, w, n] as const), bits);
    });
    fc.assert(
      fc.property(masks, ([[h, w, n], bits]) => {
        const sample = mask([h, w, n], bits);
        for (let k = 0; k < n; k++) {
          const pixels = [...sample.object(k)];
          expect(sample.area(k)).toBe(pixels.filter(Boolean).length);
          for (const order of ['row', 'column'] as const) {
            const turns = sample.runs(k, order).flatMap((length, i) => new Array<number>(length).fill(i % 2));
            const walked = Array.from(pixels, (_, i) => pixels[order === 'row' ? i : (i % h) * w + Math.floor(i / h)]);
            expect(turns).toEqual(walked);
          }
          const set = pixels.flatMap((bit, i) => (bit ? [[i % w, Math.floor(i / w)] as const] : []));
          const [xs, ys] = [set.map(([x]) => x), set.map(([, y]) => y)];
          const [left, top] = [Math.min(...xs), Math.min(...ys)];
          const box = { left, top, width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1 };
          expect(sample.bounds(k)).toEqual(set.length > 0 ? box : undefined);
        }
      }),
    );
  });
});

describe('segment masks', () => {
  const sample = new SegmentMaskSample({ dtype: 'uint32', shape: [2, 3], data: new Uint32Array([0, 0, 2, 2, 0, 7]) }, [
    'sky',
    'road',
    'cat',
  ]);

  test('labels that occur, and their areas', () => {
    expect(sample.labels()).toEqual([0, 2, 7]);
    expect([sample.area(0), sample.area('cat'), sample.area(7), sample.area('road'), sample.area(9)]).toEqual([
      3, 2, 1, 0, 0,
    ]);
    expect(() => sample.area('dog' as 'cat')).toThrow('There is no class "dog"; classes are sky, road, cat.');
    expect(sample.names).toEqual(['sky', 'road', 'cat']);
  });

  test('of nothing, and of 64 bits', () => {
    expect(new SegmentMaskSample({ dtype: 'uint32', shape: [0, 0], data: new Uint32Array(0) }, []).labels()).toEqual(
      [],
    );
    expect(
      new SegmentMaskSample({ dtype: 'int64', shape: [1, 2], data: new BigInt64Array([5n, 5n]) }, []).area(5),
    ).toBe(2);
  });
});

describe('key points', () => {
  // The guide's sample: three points, four objects.
  const rows = [
    [465, 398, 684, 469],
    [178, 363, 177, 177],
    [2, 2, 2, 1],
    [454, 387, 646, 478],
    [177, 322, 137, 161],
    [2, 2, 2, 2],
    [407, 379, 536, 492],
    [271, 335, 150, 143],
    [2, 1, 2, 2],
  ];
  const array = { dtype: 'int32', shape: [9, 4], data: Int32Array.from(rows.flat()) } as const;

  test('are named, object by object', () => {
    const info = {
      keypoints: ['left ear', 'right ear', 'nose'],
      connections: [
        [0, 2],
        [1, 2],
      ],
    };
    const { objects, connections, names } = new KeypointsSample(array, info);
    expect(objects.length).toBe(4);
    expect(objects[3]?.points).toEqual([
      { name: 'left ear', x: 469, y: 177, visibility: 1 },
      { name: 'right ear', x: 478, y: 161, visibility: 2 },
      { name: 'nose', x: 492, y: 143, visibility: 2 },
    ]);
    expect([connections, names]).toEqual([info.connections, info.keypoints]);
  });

  test('have no names where the info has none, and odd rows of old datasets are left over', () => {
    expect(new KeypointsSample(array, {}).objects[0]?.points[1]).toEqual({
      name: undefined,
      x: 454,
      y: 177,
      visibility: 2,
    });
    expect(new KeypointsSample({ ...array, shape: [4, 9] }, {}).objects[0]?.points.length).toBe(1);
    expect(new KeypointsSample({ dtype: 'int32', shape: [0, 0], data: new Int32Array(0) }, {}).objects).toEqual([]);
  });
});
