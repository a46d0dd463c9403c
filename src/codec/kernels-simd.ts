/**
 * The kernels in WebAssembly: arrays go through its memory in bands, which stay in the processor's cache.
 *
 * A band of rows that does not fit the memory (a row of more than 100,000 pixels) is left to JavaScript.
 */
import { jsKernels } from './kernels-js.js';
import type { BitRows, Kernels, YuvPlanes } from './kernels-types.js';
import type { KernelInstance } from './kernels-wasm.js';

// Bytes of a band with its result: measured, between what calls cost and what a second-level cache holds.
const bandBytes = 2 ** 18;

/** Makes the kernels of an instance. Sizes are checked by the caller. */
export function simdKernels(instance: KernelInstance): Kernels {
  return {
    rgbaToRgb: (rgba, rgb) => eachPixel(instance, rgba, 4, rgb, 3, instance.call.rgbaToRgb),
    rgbToGray: (pixels, channels, gray) =>
      eachPixel(instance, pixels, channels, gray, 1, (from, to, count) =>
        instance.call.rgbToGray(from, channels, to, count),
      ),
    i420ToRgb: (planes, rgb) => yuvToRgb(instance, planes, rgb),
    nv12ToRgb: ({ uv, uvStride, ...planes }, rgb) =>
      yuvToRgb(instance, { ...planes, u: uv, uStride: uvStride, v: uv, vStride: uvStride }, rgb, true),
    packBits: (values, rows, bits) => packBits(instance, values, rows, bits),
    unpackBits: (bits, rows, values) => unpackBits(instance, bits, rows, values),
  };
}

function eachPixel(
  { bytes, start }: KernelInstance,
  from: Uint8Array | Uint8ClampedArray,
  fromStep: number,
  to: Uint8Array,
  toStep: number,
  run: (from: number, to: number, count: number) => void,
): void {
  const count = Math.floor(from.length / fromStep);
  const band = Math.floor(bandBytes / (fromStep + toStep)) & ~15; // kernels work on 16 pixels at a time
  const out = start + band * fromStep + 64;
  for (let at = 0; at < count; at += band) {
    const pixels = Math.min(band, count - at);
    bytes.set(from.subarray(at * fromStep, (at + pixels) * fromStep), start);
    run(start, out, pixels);
    to.set(bytes.subarray(out, out + pixels * toStep), at * toStep);
  }
}

/** Rows of a band: as many as fit, a multiple of `unit`; 0 when not even that many do. */
function bandRows({ room }: KernelInstance, rowBytes: number, unit: number): number {
  const rows = Math.max(unit, Math.floor(bandBytes / Math.max(1, rowBytes)));
  return rows * rowBytes + 4 * 64 <= room ? rows - (rows % unit) : 0;
}

function yuvToRgb(instance: KernelInstance, planes: YuvPlanes, rgb: Uint8Array, interleaved = false): void {
  const { width, height, y, u, v, yStride, uStride, vStride, chroma: [across, down] = [2, 2] } = planes;
  const { bytes, call, start } = instance;
  const rows = bandRows(instance, yStride + uStride + vStride + 3 * width, 2);
  if (rows === 0) {
    if (interleaved) jsKernels.nv12ToRgb({ width, height, y, uv: u, yStride, uvStride: uStride }, rgb);
    else jsKernels.i420ToRgb(planes, rgb);
    return;
  }
  const uAt = start + rows * yStride + 64;
  const vAt = uAt + rows * uStride + 64;
  const out = vAt + rows * vStride + 64;
  const layout = interleaved ? 2 : across - 1;
  for (let row = 0; row < height; row += rows) {
    const count = Math.min(rows, height - row);
    const first = row / down; // bands begin at even rows
    const end = Math.ceil((row + count) / down);
    bytes.set(y.subarray(row * yStride, (row + count) * yStride), start);
    bytes.set(u.subarray(first * uStride, end * uStride), uAt);
    if (!interleaved) bytes.set(v.subarray(first * vStride, end * vStride), vAt);
    call.yuvToRgb(start, yStride, uAt, uStride, vAt, vStride, out, width, count, layout, down - 1);
    rgb.set(bytes.subarray(out, out + count * width * 3), row * width * 3);
  }
}

function packBits(instance: KernelInstance, values: Uint8Array, rows: BitRows, bits: Uint8Array): void {
  const { width, height, stride = (width + 7) >> 3, lowFirst = false, inverted = false } = rows;
  const { bytes, call, start } = instance;
  const band = bandRows(instance, width + stride, 1);
  if (band === 0) {
    jsKernels.packBits(values, rows, bits);
    return;
  }
  const out = start + band * width + 64;
  for (let row = 0; row < height; row += band) {
    const count = Math.min(band, height - row);
    bytes.set(values.subarray(row * width, (row + count) * width), start);
    call.packBits(start, out, width, count, stride, lowFirst, inverted);
    bits.set(bytes.subarray(out, out + count * stride), row * stride);
  }
}

function unpackBits(instance: KernelInstance, bits: Uint8Array, rows: BitRows, values: Uint8Array): void {
  const { width, height, stride = (width + 7) >> 3, lowFirst = false, inverted = false } = rows;
  const { bytes, call, start } = instance;
  const band = bandRows(instance, width + stride, 1);
  if (band === 0) {
    jsKernels.unpackBits(bits, rows, values);
    return;
  }
  const out = start + band * stride + 64;
  for (let row = 0; row < height; row += band) {
    const count = Math.min(band, height - row);
    bytes.set(bits.subarray(row * stride, (row + count) * stride), start);
    call.unpackBits(start, out, width, count, stride, lowFirst, inverted);
    values.set(bytes.subarray(out, out + count * width), row * width);
  }
}
