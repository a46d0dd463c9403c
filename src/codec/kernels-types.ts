/** What the kernels take and give. All of them read and write memory of the caller, and keep none of it. */

/** Planes of 8-bit YCbCr, each with its own stride. Planes need not reach beyond the last value of their last row. */
export interface YuvPlanes {
  /** Pixels; may be odd. */
  readonly width: number;
  /** Pixels; may be odd. */
  readonly height: number;
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
  /** Bytes from a row of `y` to the next; at least `width`. */
  readonly yStride: number;
  /** Bytes from a row of `u` to the next; at least the values of a row. */
  readonly uStride: number;
  /** Bytes from a row of `v` to the next; at least the values of a row. */
  readonly vStride: number;
  /** Pixels that share a chroma value, across and down: `[2, 2]` is 4:2:0 (when absent), `[2, 1]` 4:2:2, `[1, 1]` 4:4:4. */
  readonly chroma?: readonly [across: 1 | 2, down: 1 | 2];
}

/** A plane of Y, and one of U and V by turns, each of half the size across and down. */
export interface Nv12Planes {
  /** Pixels; may be odd. */
  readonly width: number;
  /** Pixels; may be odd. */
  readonly height: number;
  readonly y: Uint8Array;
  readonly uv: Uint8Array;
  /** Bytes from a row of `y` to the next; at least `width`. */
  readonly yStride: number;
  /** Bytes from a row of `uv` to the next; at least `width`, rounded up to an even number. */
  readonly uvStride: number;
}

/** How rows of bits lie in bytes. */
export interface BitRows {
  /** Values of a row. */
  readonly width: number;
  readonly height: number;
  /** Bytes from a packed row to the next; as few as can be when absent. */
  readonly stride?: number;
  /** Whether the first value is in the lowest bit, as in XBM; else it is in the highest. */
  readonly lowFirst?: boolean;
  /** Whether a bit of 1 stands for 0. */
  readonly inverted?: boolean;
}

/**
 * Conversions of pixels and bits, in WebAssembly with SIMD where that is allowed and else in JavaScript: the results are
 * the same. All run synchronously, and throw `RangeError` when an array is too small for the size that is given.
 */
export interface Kernels {
  /** Drops the fourth channel: `rgb` gets 3 bytes for each 4 of `rgba`. The two do not overlap. */
  rgbaToRgb(rgba: Uint8Array | Uint8ClampedArray, rgb: Uint8Array): void;
  /**
   * Weighs pixels of 3 or 4 channels to `gray` as Pillow does: `(19595 R + 38470 G + 7471 B + 32768) >> 16`.
   * A fourth channel does not count.
   */
  rgbToGray(pixels: Uint8Array, channels: 3 | 4, gray: Uint8Array): void;
  /**
   * Converts YCbCr of BT.601, limited range, to `rgb` `[height, width, 3]` with the integers of PyAV's `rgb24` frames.
   * Pixel (x, y) takes the chroma value (x >> 1, y >> 1): nothing is interpolated.
   */
  i420ToRgb(planes: YuvPlanes, rgb: Uint8Array): void;
  /** The same for chroma values that lie in one plane. */
  nv12ToRgb(planes: Nv12Planes, rgb: Uint8Array): void;
  /** Packs `[height, width]` values, eight in a byte; what is not 0 counts as 1. Bits behind a row become 0. */
  packBits(values: Uint8Array, rows: BitRows, bits: Uint8Array): void;
  /** Unpacks bits to `[height, width]` values of 0 and 1. */
  unpackBits(bits: Uint8Array, rows: BitRows, values: Uint8Array): void;
}
