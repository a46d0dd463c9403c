/** The kernels in plain JavaScript: what they compute, and what runs where WebAssembly or its SIMD is refused. */
import type { BitRows, Kernels, Nv12Planes, YuvPlanes } from './kernels-types.js';

/** The kernels in JavaScript. Sizes are checked by the caller. */
export const jsKernels: Kernels = { rgbaToRgb, rgbToGray, i420ToRgb, nv12ToRgb, packBits, unpackBits };

function rgbaToRgb(rgba: Uint8Array | Uint8ClampedArray, rgb: Uint8Array): void {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0;
    rgb[to + 1] = rgba[from + 1] ?? 0;
    rgb[to + 2] = rgba[from + 2] ?? 0;
  }
}

function rgbToGray(pixels: Uint8Array, channels: 3 | 4, gray: Uint8Array): void {
  for (let from = 0, to = 0; from < pixels.length; from += channels, to++) {
    // Weights of 16 bits that add up to 65536; equal channels give themselves.
    const sum = 19595 * (pixels[from] ?? 0) + 38470 * (pixels[from + 1] ?? 0) + 7471 * (pixels[from + 2] ?? 0);
    gray[to] = (sum + 32768) >> 16;
  }
}

function i420ToRgb(planes: YuvPlanes, rgb: Uint8Array): void {
  const { y, u, v, width, height, yStride, uStride, vStride, chroma: [across, down] = [2, 2] } = planes;
  for (let row = 0; row < height; row++) {
    const chromaRow = down === 2 ? row >> 1 : row;
    const to = row * width * 3;
    yuvRow(rgb, to, width, y, row * yStride, u, chromaRow * uStride, v, chromaRow * vStride, across - 1, 1);
  }
}

function nv12ToRgb({ y, uv, width, height, yStride, uvStride }: Nv12Planes, rgb: Uint8Array): void {
  for (let row = 0; row < height; row++) {
    const chroma = (row >> 1) * uvStride;
    yuvRow(rgb, row * width * 3, width, y, row * yStride, uv, chroma, uv, chroma + 1, 1, 2);
  }
}

// swscale's fixed-point factors of BT.601 limited range on x86, which multiplies by 8 and keeps the high 16 bits of each
// product: a shift that rounds towards minus infinity.
function yuvRow(
  rgb: Uint8Array,
  start: number,
  width: number,
  ys: Uint8Array,
  yAt: number,
  us: Uint8Array,
  uAt: number,
  vs: Uint8Array,
  vAt: number,
  shift: number,
  step: number,
): void {
  for (let x = 0, to = start; x < width; x++, to += 3) {
    const at = (x >> shift) * step;
    const y = (((ys[yAt + x] ?? 0) - 16) * 8 * 9539) >> 16;
    const u = ((us[uAt + at] ?? 0) - 128) * 8;
    const v = ((vs[vAt + at] ?? 0) - 128) * 8;
    const red = y + ((v * 13075) >> 16);
    const green = y + ((u * -3209) >> 16) + ((v * -6660) >> 16);
    const blue = y + ((u * 16525) >> 16);
    rgb[to] = red < 0 ? 0 : red > 255 ? 255 : red;
    rgb[to + 1] = green < 0 ? 0 : green > 255 ? 255 : green;
    rgb[to + 2] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
}

function packBits(values: Uint8Array, { width, height, stride, lowFirst, inverted }: BitRows, bits: Uint8Array): void {
  const perRow = stride ?? (width + 7) >> 3;
  bits.fill(0, 0, perRow * height);
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from++) {
      if (!values[from] === !inverted) continue;
      const at = y * perRow + (x >> 3);
      bits[at] = (bits[at] ?? 0) | (lowFirst ? 1 << (x & 7) : 128 >> (x & 7));
    }
  }
}

function unpackBits(
  bits: Uint8Array,
  { width, height, stride, lowFirst, inverted }: BitRows,
  values: Uint8Array,
): void {
  const perRow = stride ?? (width + 7) >> 3;
  const flip = inverted ? 1 : 0;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const byte = bits[y * perRow + (x >> 3)] ?? 0;
      values[to] = ((byte >> (lowFirst ? x & 7 : 7 - (x & 7))) & 1) ^ flip;
    }
  }
}
