/** Conversion of YCbCr that uses the full range of values, in the integers of FFmpeg's swscale. */
import type { YuvPlanes } from './kernels-types.js';

/** Planes, and how far one chroma value is from the next: 2 where U and V lie by turns in one plane. */
export interface FullRangePlanes extends YuvPlanes {
  readonly chroma: readonly [across: 1 | 2, down: 1 | 2];
  readonly step: 1 | 2;
}

// BT.601 in units of 2^-13, as swscale's fullRange makes them of 104597, 25675, 53279 and 132201 by the factor 224 / 255.
const V_RED = 11485;
const U_GREEN = -2819;
const V_GREEN = -5850;
const U_BLUE = 14516;

/**
 * Converts YCbCr of BT.601, full range, to `rgb` `[height, width, 3]`: equal to PyAV's `rgb24` of `yuvj420p`.
 * Chroma is not interpolated.
 */
export function fullRangeToRgb(planes: FullRangePlanes, rgb: Uint8Array): void {
  const { width, height, y, u, v, yStride, uStride, vStride, chroma, step } = planes;
  const [across, down] = [chroma[0] - 1, chroma[1] - 1];
  for (let row = 0, out = 0; row < height; row++) {
    const uRow = (row >> down) * uStride;
    const vRow = (row >> down) * vStride;
    for (let x = 0, at = row * yStride; x < width; x++, at++) {
      const place = (x >> across) * step;
      const light = y[at] ?? 0;
      const cb = ((u[uRow + place] ?? 0) - 128) * 8;
      const cr = ((v[vRow + place] ?? 0) - 128) * 8;
      rgb[out++] = clip(light + ((cr * V_RED) >> 16));
      rgb[out++] = clip(light + ((cb * U_GREEN) >> 16) + ((cr * V_GREEN) >> 16));
      rgb[out++] = clip(light + ((cb * U_BLUE) >> 16));
    }
  }
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
