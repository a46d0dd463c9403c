import { expect, test } from 'vitest';
import { bytesSample, metaWith, nothing } from './chunk.contract.js';
import { Extent } from './extent.js';

test('the range of shapes grows by axis', () => {
  const extent = new Extent(metaWith({ length: 1, minShape: [2, 5], maxShape: [2, 5] }));
  extent.widen([3, 4]);
  expect(extent.fields()).toEqual({ length: 1, minShape: [2, 4], maxShape: [3, 5] });
  expect([extent.dims, extent.lastSize]).toEqual([2, 5]);
});

test('the first shape is the range, unless empty samples came before it', () => {
  const first = new Extent(metaWith());
  first.widen([2, 3]);
  expect(first.fields()).toMatchObject({ minShape: [2, 3], maxShape: [2, 3] });
  const later = new Extent(metaWith({ length: 4 }));
  later.widen([2, 3]);
  expect(later.fields()).toMatchObject({ minShape: [0, 0], maxShape: [2, 3] });
});

test('an empty sample has zeros for a shape once the dimensions are known', () => {
  const extent = new Extent(metaWith());
  expect(extent.shapeOf(nothing)).toBeUndefined();
  extent.widen([2, 3]);
  expect(extent.shapeOf(nothing)).toEqual([0, 0]);
  expect(extent.shapeOf(bytesSample([1, 2, 3]))).toEqual([3]);
  expect(extent.shapeOf({ ...nothing, link: { shape: undefined, creds: 0 } })).toBeUndefined();
  expect(extent.shapeOf({ ...bytesSample([1]), link: { shape: [7, 8], creds: 0 } })).toEqual([7, 8]);
});

test('what it gives does not change with it', () => {
  const extent = new Extent(metaWith({ minShape: [1], maxShape: [1] }));
  const { maxShape } = extent.fields();
  extent.widen([9]);
  expect(maxShape).toEqual([1]);
});
