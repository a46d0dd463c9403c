import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearRuns } from './near-runs.js';

const noise = (length: number, seed: number): Uint8Array => {
  let state = seed >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // factors of Numerical Recipes
    return state >>> 24;
  });
};

const insert = (bytes: Uint8Array, at: number, more: Uint8Array, gone = 0): Uint8Array =>
  new Uint8Array([...bytes.subarray(0, at), ...more, ...bytes.subarray(at + gone)]);

const bytesIn = (base: Uint8Array, next: Uint8Array): number => {
  let end = 0;
  let kept = 0;
  for (const { from, at, length } of nearRuns(base, next)) {
    expect(at).toBeGreaterThanOrEqual(end);
    expect(next.subarray(at, at + length)).toEqual(base.subarray(from, from + length));
    end = at + length;
    kept += length;
  }
  return kept;
};

test('runs are the same in both, and do not overlap', () => {
  const place = fc.record({ at: fc.nat(5000), more: fc.uint8Array({ maxLength: 40 }), gone: fc.nat(40) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(place, { maxLength: 5 }), (tail, places) => {
      const base = insert(noise(5000, 1), 5000, tail);
      let next = base;
      for (const { at, more, gone } of places) next = insert(next, at, more, gone);
      expect(bytesIn(base, next)).toBeLessThanOrEqual(next.length);
    }),
  );
});

test('a few changes in a long value leave almost all of it', () => {
  const base = noise(500_000, 2);
  let next = insert(base, 7, new Uint8Array([1, 2, 3, 4]), 4);
  next = insert(next, 200_000, new Uint8Array(12));
  next = insert(next, next.length, new Uint8Array(12));
  expect(bytesIn(base, next)).toBeGreaterThan(base.length - 100);
});

test('values without anything in common, and empty ones, have no runs', () => {
  expect(nearRuns(new Uint8Array(100_000).fill(1), new Uint8Array(100_000).fill(2))).toEqual([]);
  expect(nearRuns(new Uint8Array(0), noise(10, 1))).toEqual([]);
  expect(nearRuns(noise(10, 1), new Uint8Array(0))).toEqual([]);
});
