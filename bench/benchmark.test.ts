import { describe, expect, it } from 'vitest';
import { figureOf, median, seededIndexes } from './benchmark.js';

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('figureOf', () => {
  it('has a ratio above 1 where ours is better, whichever way the unit goes', () => {
    expect(figureOf([100, 300, 200], [100, 90, 110], 'MB/s')).toEqual({ ours: 200, peer: 100, ratio: 2, unit: 'MB/s' });
    expect(figureOf([2], [8], 'ms').ratio).toBe(4);
  });
});

describe('seededIndexes', () => {
  it('stays below its bound and repeats itself', () => {
    const [next, again] = [seededIndexes(3), seededIndexes(3)];
    for (let i = 0; i < 1000; i++) {
      const index = next(17);
      expect(index).toBe(again(17));
      expect(Number.isInteger(index) && index >= 0 && index < 17).toBe(true);
    }
  });
});
