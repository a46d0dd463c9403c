import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { fastCrc32 } from './kernels-crc.js';
import { unfilter, unfilterJs } from './png-filters.js';

function noise(length: number, seed: number): Bytes {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const shapes = fc.record({
  rows: fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.integer({ min: 100, max: 300 }) }),
  columns: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 900 }) },
  ),
  pixelBytes: fc.constantFrom(1, 2, 3, 4, 6, 8),
  seed: fc.nat(10_000),
  only: fc.option(fc.nat(4)), // one filter for all rows
});

test('WebAssembly and JavaScript give the same for every filter and size of pixels', () => {
  fc.assert(
    fc.property(shapes, ({ rows, columns, pixelBytes, seed, only }) => {
      const rowBytes = columns * pixelBytes;
      const raw = noise(rows * (rowBytes + 1), seed);
      for (let row = 0; row < rows; row++) raw[row * (rowBytes + 1)] = only ?? (raw[row * (rowBytes + 1)] ?? 0) % 5;
      const twin = new Uint8Array(rows * rowBytes);
      expect(unfilterJs(raw, pixelBytes, rowBytes, twin)).toBe(-1);
      expect(equalBytes(unfilter(raw, rows, rowBytes, pixelBytes), twin)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a row that does not fit the memory of WebAssembly', () => {
  const rowBytes = 1_200_000;
  const raw = noise(2 * (rowBytes + 1), 3);
  raw[0] = 1;
  raw[rowBytes + 1] = 4;
  const twin = new Uint8Array(2 * rowBytes);
  unfilterJs(raw, 3, rowBytes, twin);
  expect(equalBytes(unfilter(raw, 2, rowBytes, 3), twin)).toBe(true);
});

test('an unknown filter is told with its row', () => {
  const raw = new Uint8Array(300 * 1001);
  raw[299 * 1001] = 5;
  expect(() => unfilter(raw, 300, 1000, 4)).toThrow('row 299 has filter 5, expected 0 to 4');
  expect(unfilterJs(raw, 4, 1000, new Uint8Array(300_000))).toBe(299);
});

test('check sums of any length equal those of one byte at a time', () => {
  for (const length of [0, 1, 7, 1023, 1024, 1025, 4099, 65_536, 65_537, 200_003]) {
    const bytes = noise(length + 3, length);
    expect(fastCrc32(bytes.subarray(3))).toBe(crc32(bytes.subarray(3)));
  }
  expect(fastCrc32(new Uint8Array(2048).fill(0x31))).toBe(crc32(new Uint8Array(2048).fill(0x31)));
});
