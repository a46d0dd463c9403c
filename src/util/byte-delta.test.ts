import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { applyDelta, deltaEnds, encodeDelta } from './byte-delta.js';
import type { Bytes } from './bytes.js';
import { concatBytes } from './bytes.js';
import { crc32, joinCrc32 } from './crc32.js';
import { randomOf } from './random.js';
import { sameRuns } from './same-runs.js';

function randomBytes(length: number, seed: number): Bytes {
  const random = randomOf(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** `bytes` with `put` in place of `cut` bytes at `at`. */
function spliced(bytes: Bytes, at: number, cut: number, put: Bytes): Bytes {
  return concatBytes([bytes.slice(0, at), put, bytes.slice(at + cut)]);
}

/** Asserts that a delta leads from one value to the other. @returns its length. */
function roundTrip(base: Bytes, next: Bytes): number {
  const delta = encodeDelta(base, next);
  expect(Buffer.compare(applyDelta(base, delta), next)).toBe(0);
  expect(deltaEnds(delta)).toEqual({
    base: { length: base.length, crc: zlibCrc32(base) },
    next: { length: next.length, crc: zlibCrc32(next) },
  });
  expect(delta.length).toBeLessThanOrEqual(next.length + 30);
  return delta.length;
}

describe('crc32', () => {
  it('is what zlib computes, for every length and offset', () => {
    const bytes = randomBytes(100, 1);
    for (let from = 0; from < 9; from++)
      for (let to = from; to <= bytes.length; to++)
        expect(crc32(bytes.subarray(from, to))).toBe(zlibCrc32(bytes.subarray(from, to)));
  });

  it('goes on after other bytes, and joins two results', () => {
    const bytes = randomBytes(5000, 2);
    for (const cut of [0, 1, 7, 8, 2500, 4999, 5000]) {
      const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(crc32(b, crc32(a))).toBe(zlibCrc32(bytes));
      expect(joinCrc32(crc32(a), crc32(b), b.length)).toBe(zlibCrc32(bytes));
    }
  });
});

describe('sameRuns', () => {
  it('finds bytes that moved', () => {
    const [a, b, c] = [3, 4, 5].map((seed) => randomBytes(1000, seed));
    if (!a || !b || !c) throw new Error('three parts');
    const runs = sameRuns(concatBytes([a, b, c]), concatBytes([c, a]));
    expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(2000);
    expect(runs[0]).toEqual({ from: 2000, at: 0, length: 1000 });
  });

  it('finds nothing in unlike values', () => {
    const kept = sameRuns(randomBytes(4096, 6), randomBytes(4096, 7)).filter(({ length }) => length > 8);
    expect(kept).toEqual([]);
  });
});

describe('byte deltas', () => {
  const base = randomBytes(200_000, 8);

  it.each([
    ['nothing changed', base, 35],
    ['a byte in the middle', spliced(base, 100_000, 1, Uint8Array.of(7)), 50],
    ['bytes put in', spliced(base, 1000, 0, randomBytes(10, 9)), 60],
    ['bytes taken out', spliced(base, 1000, 777, new Uint8Array()), 60],
    ['bytes at the end', spliced(base, base.length, 0, randomBytes(100, 10)), 150],
    [
      'a header and a sample in the middle',
      spliced(spliced(base, 90_000, 100, randomBytes(120, 11)), 8, 8, randomBytes(12, 12)),
      350,
    ],
    ['everything gone', new Uint8Array(), 17],
  ])('are short for %s', (_, next, most) => {
    expect(roundTrip(base, next)).toBeLessThanOrEqual(most);
  });

  it('of runs of zeros with changes here and there are short', () => {
    const zeros = new Uint8Array(100_000);
    const next = zeros.slice();
    for (let at = 50; at < next.length; at += 9_000) next.set(randomBytes(20, at), at);
    expect(roundTrip(zeros, next)).toBeLessThan(12 * 60 + 100);
    expect(roundTrip(next, zeros)).toBeLessThan(12 * 60 + 100);
  });

  it('of many small moves are right', () => {
    const part = fc.record({ at: fc.nat(4000), cut: fc.nat(300), put: fc.uint8Array({ maxLength: 80 }) });
    const start = fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.nat(5000).map((length) => randomBytes(length, length)),
      fc.nat(5000).map((length) => Uint8Array.from({ length }, (_, i) => (i >> 6) & 3)),
    );
    const check = fc.property(start, fc.array(part, { maxLength: 6 }), fc.nat(4000), (from, parts, turn) => {
      const first = from.slice();
      let next: Bytes = concatBytes([first.slice(turn), first.slice(0, turn)]);
      if (turn % 2) next = first;
      for (const { at, cut, put } of parts) next = spliced(next, Math.min(at, next.length), cut, put.slice());
      roundTrip(first, next);
    });
    fc.assert(check, { seed: 4711, numRuns: 400 });
  });

  it('take views at any offset', () => {
    const whole = randomBytes(10_003, 13);
    roundTrip(whole.subarray(3, 9003), spliced(whole.subarray(1, 10_001), 4000, 3, randomBytes(5, 14)).subarray(2));
  });

  test('another first value gives `corrupt`', () => {
    const delta = encodeDelta(base, spliced(base, 5, 5, randomBytes(9, 15)));
    const others = [base.slice(1), spliced(base, 70_000, 1, Uint8Array.of((base[70_000] ?? 0) ^ 1))];
    for (const other of others) expect(() => applyDelta(other, delta, 'here')).toThrow(/Cannot read here: .*to change/);
  });

  test('damage gives `corrupt`, and allocates nothing that was not promised before', () => {
    const first = randomBytes(600, 16);
    const delta = encodeDelta(first, spliced(spliced(first, 300, 4, randomBytes(9, 17)), 20, 20, randomBytes(30, 18)));
    const next = applyDelta(first, delta);
    const fails = (damaged: Bytes): void => {
      try {
        const got = applyDelta(first, damaged);
        expect(Buffer.compare(got, next)).toBe(0); // a bit that says nothing, such as the place of no bytes
      } catch (error) {
        expect(isDatasetError(error, 'corrupt')).toBe(true);
      }
    };
    for (let cut = 0; cut < delta.length; cut++) expect(() => applyDelta(first, delta.slice(0, cut))).toThrow();
    for (let bit = 0; bit < delta.length * 8; bit++) {
      const damaged = delta.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      fails(damaged);
    }
    fails(concatBytes([delta, Uint8Array.of(1)]));
  });

  it('of 8 MB are as small as the change', () => {
    const large = randomBytes(8_000_000, 19);
    const header = randomBytes(16, 20);
    const oneSample = spliced(large, 5_000_000, 4, header);
    const shifted = spliced(spliced(large, 4_000_000, 1000, randomBytes(1100, 21)), 4, 8, header);
    for (const [next, most] of [
      [oneSample, 100],
      [shifted, 1500],
      [randomBytes(8_000_000, 22), 8_000_030],
    ] as const) {
      roundTrip(large, next);
      expect(encodeDelta(large, next).length).toBeLessThanOrEqual(most);
    }
  });
});
