import { constants, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InflateError, inflate } from './inflate.js';

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

describe('inflate', () => {
  test('reads what zlib writes, at all levels and with all strategies', () => {
    const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
    fc.assert(
      fc.property(
        runs,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
        (bytes, level, strategy) => {
          const stream = new Uint8Array(deflateSync(bytes, { level, strategy }));
          const out = new Uint8Array(bytes.length);
          expect(inflate(stream, out)).toBe(bytes.length);
          expect(out).toEqual(bytes);
          expect(inflate(stream, new Uint8Array(bytes.length + 5))).toBe(bytes.length);
          const part = new Uint8Array(bytes.length >> 1);
          expect(inflate(stream, part)).toBe(part.length);
          expect(part).toEqual(bytes.slice(0, part.length));
        },
      ),
      { numRuns: 150 },
    );
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
      try {
        expect(inflate(flipped, new Uint8Array(3000))).toBeLessThanOrEqual(3000);
      } catch (error) {
        expect(error).toBeInstanceOf(InflateError);
      }
    }
  });
});
