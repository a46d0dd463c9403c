import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import expected from '../../e2e/fixtures/media/kernels.json';
import { type Bytes, equalBytes } from '../util/bytes.js';
import { getKernels, loadKernels, withChecks } from './kernels.js';
import { jsKernels } from './kernels-js.js';
import type { BitRows, Kernels, Nv12Planes, YuvPlanes } from './kernels-types.js';
import { kernelInstance } from './kernels-wasm.js';

// The generator of make_kernel_expectations.py.
function numbers(count: number, seed: number): Bytes {
  let state = seed;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

async function digest(bytes: Bytes): Promise<string> {
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const plain = withChecks(jsKernels);
const behind = 5; // bytes behind a result, which must stay as they are

function expectSame(length: number, run: (kernels: Kernels, out: Bytes) => void): void {
  const ours = new Uint8Array(length + behind).fill(0xa5);
  const twin = ours.slice();
  run(getKernels(), ours);
  run(plain, twin);
  expect(equalBytes(ours, twin)).toBe(true);
  expect([...ours.subarray(length)]).toEqual(Array(behind).fill(0xa5));
}

// Small and odd sizes, and some that take several bands.
const sizes = fc.record({
  width: fc.oneof({ weight: 9, arbitrary: fc.nat(70) }, { weight: 1, arbitrary: fc.integer({ min: 900, max: 1400 }) }),
  height: fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.integer({ min: 200, max: 350 }) }),
  seed: fc.nat(1000),
  gap: fc.nat(33), // bytes between the rows
  flags: fc.tuple(fc.boolean(), fc.boolean()),
});

/** A plane of noise without bytes behind its last row. */
function plane(width: number, height: number, stride: number, seed: number): Bytes {
  return numbers(height > 0 ? (height - 1) * stride + width : 0, seed);
}

function planesOf(
  width: number,
  height: number,
  gap: number,
  seed: number,
  chroma: readonly [1 | 2, 1 | 2],
): YuvPlanes {
  const columns = Math.ceil(width / chroma[0]);
  const rows = Math.ceil(height / chroma[1]);
  const [yStride, uStride, vStride] = [width + gap, columns + gap, columns + (gap >> 1)];
  return {
    ...{ width, height, chroma, yStride, uStride, vStride },
    y: plane(width, height, yStride, seed),
    u: plane(columns, rows, uStride, seed + 1),
    v: plane(columns, rows, vStride, seed + 2),
  };
}

function interleave({ width, height, y, u, v, yStride, uStride, vStride }: YuvPlanes): Nv12Planes {
  const columns = Math.ceil(width / 2);
  const uvStride = columns * 2 + 3;
  const uv = new Uint8Array(uvStride * Math.ceil(height / 2));
  for (let row = 0; row * 2 < height; row++) {
    for (let x = 0; x < columns; x++) {
      uv[row * uvStride + 2 * x] = u[row * uStride + x] ?? 0;
      uv[row * uvStride + 2 * x + 1] = v[row * vStride + x] ?? 0;
    }
  }
  return { width, height, y, uv, yStride, uvStride };
}

/** Runs the kernels of this environment against their twins in JavaScript, and both against the oracles. */
export function kernelContract(): void {
  test('the kernels run in WebAssembly here', async () => {
    expect(kernelInstance()).toBeDefined();
    expect(await loadKernels()).toBe(getKernels());
  });

  describe.each([
    ['WebAssembly', getKernels()],
    ['JavaScript', plain],
  ])('%s equals the oracle', (_, kernels) => {
    test.each(expected.yuv)('PyAV, YCbCr of $width x $height, $chroma', async ({ width, height, chroma, sha256 }) => {
      const planes = planesOf(width, height, 0, 1, chroma[1] === 1 ? [2, 1] : [2, 2]);
      const rgb = new Uint8Array(width * height * 3);
      kernels.i420ToRgb(planes, rgb);
      expect(await digest(rgb)).toBe(sha256);
      if (chroma[1] === 1) return;
      rgb.fill(0);
      kernels.nv12ToRgb(interleave(planes), rgb);
      expect(await digest(rgb)).toBe(sha256);
    });

    test.each(expected.gray)('Pillow, gray of $channels channels', async ({ channels, sha256 }) => {
      const gray = new Uint8Array(61 * 33);
      kernels.rgbToGray(numbers(gray.length * channels, 9), channels === 3 ? 3 : 4, gray);
      expect(await digest(gray)).toBe(sha256);
    });

    test('numpy, packed bits', async () => {
      const { width, height, sha256 } = expected.bits;
      const bits = new Uint8Array(((width + 7) >> 3) * height);
      kernels.packBits(
        numbers(width * height, 4).map((value) => value >> 7),
        { width, height },
        bits,
      );
      expect(await digest(bits)).toBe(sha256);
    });
  });

  describe('WebAssembly and JavaScript give the same', () => {
    test('RGBA to RGB and to gray, RGB to gray', () => {
      fc.assert(
        fc.property(sizes, ({ width, height, seed }) => {
          const count = width * height;
          const pixels = numbers(count * 4, seed);
          expectSame(count * 3, (kernels, out) => kernels.rgbaToRgb(pixels, out));
          expectSame(count, (kernels, out) => kernels.rgbToGray(pixels, 4, out));
          expectSame(count, (kernels, out) => kernels.rgbToGray(pixels.subarray(count), 3, out));
        }),
        { numRuns: 60 },
      );
    });

    test('YCbCr with any strides', () => {
      fc.assert(
        fc.property(sizes, ({ width, height, seed, gap, flags }) => {
          const planes = planesOf(width, height, gap, seed, [flags[0] ? 2 : 1, flags[1] ? 2 : 1]);
          const length = width * height * 3;
          expectSame(length, (kernels, out) => kernels.i420ToRgb(planes, out));
          const half = planesOf(width, height, gap, seed, [2, 2]);
          const mixed = interleave(half);
          expectSame(length, (kernels, out) => kernels.nv12ToRgb(mixed, out));
          const [rgb, other] = [new Uint8Array(length), new Uint8Array(length)];
          getKernels().i420ToRgb(half, rgb);
          getKernels().nv12ToRgb(mixed, other);
          expect(equalBytes(rgb, other)).toBe(true);
        }),
        { numRuns: 60 },
      );
    });

    test('bits in both orders, and back', () => {
      fc.assert(
        fc.property(sizes, ({ width, height, seed, gap, flags: [lowFirst, inverted] }) => {
          const tight = (width + 7) >> 3;
          for (const stride of [tight, tight + gap]) {
            const rows: BitRows = { width, height, stride, lowFirst, inverted };
            const values = numbers(width * height, seed).map((value) => (value & 3 ? value : 0));
            const bits = new Uint8Array(stride * height);
            expectSame(bits.length, (kernels, out) => kernels.packBits(values, rows, out));
            getKernels().packBits(values, rows, bits);
            const noise = numbers(bits.length, seed);
            expectSame(values.length, (kernels, out) => kernels.unpackBits(noise, rows, out));
            const back = new Uint8Array(values.length);
            getKernels().unpackBits(bits, rows, back);
            const ones = values.map((value) => (value ? 1 : 0));
            expect(equalBytes(back, ones)).toBe(true);
          }
        }),
        { numRuns: 60 },
      );
    });

    test('rows that do not fit the memory of WebAssembly', () => {
      const width = 1_100_003;
      const values = numbers(width, 5).map((value) => value & 1);
      expectSame((width + 7) >> 3, (kernels, out) => kernels.packBits(values, { width, height: 1 }, out));
      expectSame(width, (kernels, out) => kernels.unpackBits(values, { width, height: 1 }, out));
      const planes = planesOf(300_001, 3, 0, 6, [2, 2]);
      expectSame(300_001 * 9, (kernels, out) => kernels.i420ToRgb(planes, out));
      expectSame(300_001 * 9, (kernels, out) => kernels.nv12ToRgb(interleave(planes), out));
    });
  });

  test('arrays that are too small are refused with both sizes', () => {
    const kernels = getKernels();
    const one = new Uint8Array(1);
    const planes = planesOf(4, 4, 0, 0, [2, 2]);
    expect(() => kernels.rgbaToRgb(new Uint8Array(8), one)).toThrow('rgb is too small: expected 6 bytes, got 1.');
    expect(() => kernels.rgbaToRgb(new Uint8Array(7), new Uint8Array(8))).toThrow(RangeError);
    expect(() => kernels.rgbToGray(new Uint8Array(9), 3, one)).toThrow('expected 3 bytes, got 1');
    expect(() => kernels.i420ToRgb({ ...planes, u: one }, new Uint8Array(48))).toThrow('expected 4 bytes, got 1');
    expect(() => kernels.i420ToRgb({ ...planes, yStride: 3 }, new Uint8Array(48))).toThrow('stride of at least 4');
    expect(() => kernels.i420ToRgb(planes, new Uint8Array(47))).toThrow('expected 48 bytes, got 47');
    expect(() => kernels.nv12ToRgb({ ...interleave(planes), uv: one }, new Uint8Array(48))).toThrow(RangeError);
    expect(() => kernels.packBits(one, { width: 2, height: 1 }, one)).toThrow('expected 2 bytes, got 1');
    expect(() => kernels.packBits(new Uint8Array(9), { width: 9, height: 1, stride: 1 }, one)).toThrow(RangeError);
    expect(() => kernels.unpackBits(one, { width: 9, height: 1 }, new Uint8Array(9))).toThrow(RangeError);
  });
}
