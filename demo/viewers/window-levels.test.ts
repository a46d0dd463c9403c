import { describe, expect, it } from 'vitest';
import { middleRange } from './window-levels.js';

describe('middleRange', () => {
  it('leaves out the few extreme numbers', () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => i);
    values[0] = -1e6;
    values[999] = 1e6;
    expect(middleRange([values])).toEqual({ low: 5, high: 994 });
  });

  it('keeps them when the rest is all equal, and makes a range of one number', () => {
    const mask = new Uint8Array(1000);
    mask[3] = 1;
    expect(middleRange([mask])).toEqual({ low: 0, high: 1 });
    expect(middleRange([new Int16Array([7, 7])])).toEqual({ low: 6, high: 8 });
  });

  it('passes over what is no number, and takes 64-bit integers', () => {
    expect(middleRange([[Number.NaN, Infinity]])).toEqual({ low: 0, high: 1 });
    expect(middleRange([new BigInt64Array([2n, 4n])])).toEqual({ low: 2, high: 4 });
  });
});
