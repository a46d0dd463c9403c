import { constants, deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { InflateError, inflate, inflatePart } from './inflate.js';
import { inflateJs } from './inflate-js.js';

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const strategies = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE];

const runs = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 400 })), { maxLength: 12 })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([bytes, times]) =>
        Array<number[]>(times)
          .fill([...bytes])
          .flat(),
      ),
    ),
  );

/** Text-like bytes: runs, repeats from far away and noise. */
function mixed(length: number): Bytes {
  const bytes = new Uint8Array(length);
  let state = 1;
  const next = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  for (let at = 0; at < length; ) {
    const size = Math.min(length - at, 1 + next(600));
    const kind = next(3);
    if (kind === 0) bytes.fill(next(256), at, at + size);
    else if (kind === 1 && at > 40_000) bytes.copyWithin(at, at - 1 - next(32_768), at);
    else for (let i = at; i < at + size; i++) bytes[i] = next(next(10) === 0 ? 256 : 30);
    at += size;
  }
  return bytes;
}

/** What inflating answers: an error, or what was written, and where the stream ended if it did. */
function answer(size: number, run: () => { readonly written: number; readonly end: number }): string | number[] {
  try {
    const { written, end } = run();
    return written < size ? [written, end] : [written];
  } catch (error) {
    if (error instanceof InflateError) return error.message;
    throw error;
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('inflate', () => {
  test('reads what zlib writes, at all levels and with all strategies', () => {
    fc.assert(
      fc.property(runs, fc.nat(9), fc.constantFrom(...strategies), (bytes, level, strategy) => {
        const stream = new Uint8Array(deflateSync(bytes, { level, strategy }));
        const out = new Uint8Array(bytes.length);
        expect(inflate(stream, out)).toBe(bytes.length);
        expect(equalBytes(out, bytes)).toBe(true);
        expect(inflate(stream, new Uint8Array(bytes.length + 5))).toBe(bytes.length);
        const part = new Uint8Array(bytes.length >> 1);
        expect(inflate(stream, part)).toBe(part.length);
        expect(equalBytes(part, bytes.subarray(0, part.length))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test('reads streams of several pieces of input and output, and tells where they end', () => {
    const bytes = mixed(800_000);
    for (const level of [0, 1, 9]) {
      for (const strategy of strategies) {
        const stream = new Uint8Array([...deflateRawSync(bytes, { level, strategy }), 1, 2, 3]);
        for (const size of [bytes.length, bytes.length + 1, 262_144, 262_145]) {
          const out = new Uint8Array(size);
          const { written, end } = inflatePart(stream, 0, out);
          expect(written).toBe(Math.min(size, bytes.length));
          expect(equalBytes(out.subarray(0, written), bytes.subarray(0, written))).toBe(true);
          if (size > bytes.length) expect(end).toBe(stream.length - 3);
        }
      }
    }
  });

  test('codes of 15 bits are read', () => {
    // Frequencies that double make the deepest tree that there can be.
    const counts = Array.from({ length: 17 }, (_, i) => 2 ** i);
    const bytes = new Uint8Array(counts.flatMap((count, value) => Array<number>(count).fill(value * 3)));
    const stream = new Uint8Array(deflateSync(bytes, { strategy: Z_HUFFMAN_ONLY, memLevel: 9 }));
    const out = new Uint8Array(bytes.length);
    expect(inflate(stream, out)).toBe(bytes.length);
    expect(equalBytes(out, bytes)).toBe(true);
  });

  test('damaged and cut streams end, with an error or with at most the bytes asked for', () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >> 5);
    const good = new Uint8Array(deflateSync(bytes));
    for (let cut = 0; cut < good.length - 5; cut++) {
      expect(() => inflate(good.slice(0, cut), new Uint8Array(3000))).toThrow(InflateError);
    }
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = good.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const got = answer(3000, () => inflatePart(flipped, 2, new Uint8Array(3000)));
      if (typeof got !== 'string') expect(got[0]).toBeLessThanOrEqual(3000);
    }
  });

  test('WebAssembly and JavaScript answer the same to damage', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { maxLength: 3 });
    const raw = fc.tuple(runs, fc.nat(9), fc.constantFrom(...strategies));
    fc.assert(
      fc.property(raw, damage, fc.nat(), ([bytes, level, strategy], flips, cut) => {
        let stream = new Uint8Array(deflateRawSync(bytes, { level, strategy }));
        if (flips.length === 0) stream = stream.slice(0, cut % stream.length);
        for (const [at, bit] of flips) stream[at % stream.length] = (stream[at % stream.length] ?? 0) ^ (1 << bit);
        const [ours, twin] = [new Uint8Array(bytes.length), new Uint8Array(bytes.length)];
        const expected = answer(bytes.length, () => inflateJs(stream, 0, twin));
        expect(answer(bytes.length, () => inflatePart(stream, 0, ours))).toEqual(expected);
        if (typeof expected !== 'string') expect(equalBytes(ours, twin)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('bytes of noise end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (noise) => {
        const [ours, twin] = [new Uint8Array(5000), new Uint8Array(5000)];
        const expected = answer(5000, () => inflateJs(Uint8Array.from(noise), 0, twin));
        expect(answer(5000, () => inflatePart(Uint8Array.from(noise), 0, ours))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('works where WebAssembly is refused', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    vi.resetModules();
    const alone = await import('./inflate.js');
    const bytes = mixed(5000);
    const out = new Uint8Array(5000);
    expect(alone.inflate(new Uint8Array(deflateSync(bytes)), out)).toBe(5000);
    expect(equalBytes(out, bytes)).toBe(true);
  });
});
