import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { InflateError } from './inflate.js';
import { type KernelInstance, kernelInstance } from './kernels-wasm.js';
import { unfilterJs } from './png-filters.js';
import { inflateRows } from './png-rows.js';

const seedFactor = 1664525;

function kernels(): KernelInstance {
  const instance = kernelInstance();
  if (!instance) throw new Error('WebAssembly is expected here');
  return instance;
}

/** Filtered rows of noise that repeats now and then, with the filters in turn. */
function filtered(rows: number, rowBytes: number, seed: number): Bytes {
  let state = seed;
  const raw = Uint8Array.from({ length: rows * (rowBytes + 1) }, () => {
    state = (Math.imul(state, seedFactor) + 1013904223) >>> 0;
    return state >>> 29;
  });
  for (let row = 0; row < rows; row++) raw[row * (rowBytes + 1)] = (row + seed) % 5;
  return raw;
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('equals inflating and unfiltering one after the other', () => {
  const sizes = fc.record({
    rows: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
      { weight: 1, arbitrary: fc.constant(700) },
    ),
    columns: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) },
      { weight: 1, arbitrary: fc.constant(801) },
    ),
    pixelBytes: fc.constantFrom(1, 2, 3, 4, 6, 8),
    seed: fc.nat(1000),
  });
  fc.assert(
    fc.property(sizes, ({ rows, columns, pixelBytes, seed }) => {
      const rowBytes = columns * pixelBytes;
      const raw = filtered(rows, rowBytes, seed);
      const twin = new Uint8Array(rows * rowBytes);
      unfilterJs(raw, pixelBytes, rowBytes, twin);
      const got = inflateRows(kernels(), new Uint8Array(deflateSync(raw, { level: 1 })), rows, rowBytes, pixelBytes);
      expect(got?.written).toBe(raw.length);
      expect(got && equalBytes(got.values, twin)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('rows of nearly the whole memory, and longer ones, which are left to others', () => {
  const { room } = kernels();
  for (const rowBytes of [110_000, 140_001, 142_000, room]) {
    const raw = filtered(4, rowBytes, 1);
    const twin = new Uint8Array(4 * rowBytes);
    unfilterJs(raw, 3, rowBytes, twin);
    const got = inflateRows(kernels(), new Uint8Array(deflateSync(raw, { level: 1 })), 4, rowBytes, 3);
    if (rowBytes === room) expect(got).toBeUndefined();
    else expect(got && equalBytes(got.values, twin)).toBe(true);
  }
});

test('too few rows are counted, damage and unknown filters are told', () => {
  const raw = filtered(500, 1000, 2);
  const stream = new Uint8Array(deflateSync(raw, { level: 1 }));
  const short = new Uint8Array(deflateSync(raw.subarray(0, 1001 * 200 + 7), { level: 1 }));
  expect(inflateRows(kernels(), short, 500, 1000, 3)?.written).toBe(1001 * 200 + 7);
  expect(() => inflateRows(kernels(), stream.subarray(0, stream.length / 2), 500, 1000, 3)).toThrow(InflateError);
  expect(() => inflateRows(kernels(), stream.subarray(1), 500, 1000, 3)).toThrow('does not begin like a zlib stream');
  raw[1001 * 499] = 9;
  const bad = new Uint8Array(deflateSync(raw, { level: 1 }));
  expect(() => inflateRows(kernels(), bad, 500, 1000, 3)).toThrow('row 499 has filter 9, expected 0 to 4');
});

test('files are written and read where WebAssembly is refused', async () => {
  const { png } = await import('./png.js');
  const array = { dtype: 'uint8', shape: [90, 70, 3], data: filtered(90, 209, 5) } as const;
  const bits = { dtype: 'bool', shape: [5, 13], data: filtered(5, 12, 1).map((value) => value & 1) } as const;
  const { compile, instantiate } = WebAssembly; // Node itself needs these
  const Module = vi.fn(() => {
    throw new Error('refused');
  });
  vi.stubGlobal('WebAssembly', { compile, instantiate, Module });
  vi.resetModules();
  const { png: alone } = await import('./png.js');
  for (const sample of [array, bits]) {
    const file = await alone.encode?.(sample, {});
    if (!file) throw new Error('no file');
    expect(await alone.decode(file, {})).toEqual(sample);
    expect(await png.decode(file, {})).toEqual(sample);
    expect(await png.encode?.(sample, {})).toEqual(file);
  }
  expect(Module).toHaveBeenCalled();
});
