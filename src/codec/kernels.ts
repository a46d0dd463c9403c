/** Loads the kernels: conversions of pixels and bits that several codecs need. */
import { jsKernels } from './kernels-js.js';
import { simdKernels } from './kernels-simd.js';
import type { BitRows, Kernels } from './kernels-types.js';
import { kernelInstance } from './kernels-wasm.js';

/**
 * Gives the kernels. The first call compiles them, later ones give the same object.
 *
 * @example
 * const kernels = await loadKernels();
 * kernels.i420ToRgb({ y, u, v, yStride, uStride, vStride, width, height }, rgb);
 */
export async function loadKernels(): Promise<Kernels> {
  return getKernels();
}

let kernels: Kernels | undefined; // a cache without meaning of its own

/** Gives the kernels at once: in JavaScript where WebAssembly or its SIMD is refused. */
export function getKernels(): Kernels {
  kernels ??= withChecks(chooseKernels());
  return kernels;
}

function chooseKernels(): Kernels {
  const instance = kernelInstance();
  return instance ? simdKernels(instance) : jsKernels;
}

/** Checks the sizes of arrays, which neither form of the kernels does. */
export function withChecks(inner: Kernels): Kernels {
  return {
    rgbaToRgb(rgba, rgb) {
      need('rgba', rgba.length % 4, 0, 'bytes behind whole pixels');
      has('rgb', rgb, (rgba.length / 4) * 3);
      inner.rgbaToRgb(rgba, rgb);
    },
    rgbToGray(pixels, channels, gray) {
      need('pixels', pixels.length % channels, 0, 'bytes behind whole pixels');
      has('gray', gray, pixels.length / channels);
      inner.rgbToGray(pixels, channels, gray);
    },
    i420ToRgb(planes, rgb) {
      const { width, height, y, u, v, yStride, uStride, vStride, chroma: [across, down] = [2, 2] } = planes;
      const [columns, rows] = [Math.ceil(width / across), Math.ceil(height / down)];
      hasPlane('y', y, width, height, yStride);
      hasPlane('u', u, columns, rows, uStride);
      hasPlane('v', v, columns, rows, vStride);
      has('rgb', rgb, width * height * 3);
      inner.i420ToRgb(planes, rgb);
    },
    nv12ToRgb(planes, rgb) {
      const { width, height, y, uv, yStride, uvStride } = planes;
      hasPlane('y', y, width, height, yStride);
      hasPlane('uv', uv, 2 * Math.ceil(width / 2), Math.ceil(height / 2), uvStride);
      has('rgb', rgb, width * height * 3);
      inner.nv12ToRgb(planes, rgb);
    },
    packBits(values, rows, bits) {
      has('values', values, rows.width * rows.height);
      has('bits', bits, packedBytes(rows));
      inner.packBits(values, rows, bits);
    },
    unpackBits(bits, rows, values) {
      const tight = (rows.width + 7) >> 3;
      hasPlane('bits', bits, tight, rows.height, rows.stride ?? tight);
      has('values', values, rows.width * rows.height);
      inner.unpackBits(bits, rows, values);
    },
  };
}

function packedBytes({ width, height, stride = (width + 7) >> 3 }: BitRows): number {
  need('stride', Math.max(stride, (width + 7) >> 3), stride, 'bytes of a row of bits');
  return stride * height;
}

function need(what: string, got: number, expected: number, unit: string): void {
  if (got !== expected) throw new RangeError(`${what}: expected ${expected} ${unit}, got ${got}.`);
}

function has(what: string, array: ArrayLike<number>, length: number): void {
  if (array.length < length)
    throw new RangeError(`${what} is too small: expected ${length} bytes, got ${array.length}.`);
}

function hasPlane(what: string, plane: Uint8Array, width: number, height: number, stride: number): void {
  if (stride < width) throw new RangeError(`${what}: expected a stride of at least ${width} bytes, got ${stride}.`);
  if (width > 0 && height > 0) has(what, plane, (height - 1) * stride + width);
}
