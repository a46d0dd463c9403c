/**
 * Pictures whose chroma PyAV's `rgb24` does interpolate, as FFmpeg has no short way for them: with an odd number of rows,
 * with more than 8 bits, and 4:4:4. The arithmetic is that of FFmpeg's swscale; checked against PyAV 10.
 */

/** Planes of YCbCr, strides in values. */
export interface SoftPlanes {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly y: Uint8Array | Uint16Array;
  readonly u: Uint8Array | Uint16Array;
  readonly v: Uint8Array | Uint16Array;
  readonly yStride: number;
  readonly uStride: number;
  readonly vStride: number;
  /** How far one chroma value is from the next: 2 where U and V lie by turns in one plane. */
  readonly step: 1 | 2;
  /** Pixels that share a chroma value. */
  readonly chroma: readonly [across: 1 | 2, down: 1 | 2];
  /** Bits of a value, 8 to 14. */
  readonly bits: number;
}

/** Which two chroma values a place lies between, and how near the second is: 0 at the first, 1 at the second. */
interface Place {
  readonly first: number;
  readonly part: number;
}

/** Places of `count` pixels among `chroma` values, both spread over the same length. */
function placesOf(count: number, chroma: number): readonly Place[] {
  if (chroma === count) return Array.from({ length: count }, (_, i) => ({ first: i, part: 0 }));
  const step = Math.floor((chroma * 65536 + (count >> 1)) / count); // 2^-16 of a value
  return Array.from({ length: count }, (_, i) => {
    const at = ((2 * i + 1) * step - 65536) / 131072;
    // Too few values to interpolate: the nearest.
    if (chroma < 4) return { first: Math.max(0, Math.trunc(at + 0.5)), part: 0 };
    const first = Math.floor(at);
    const part = at - first;
    if (first < 0) return { first: 0, part: 0 };
    if (first + 1 >= chroma) return { first: chroma - 2, part: 1 };
    // What is within 0.2 % of the second is on it.
    return part >= 0.998 ? { first: first + 1, part: 0 } : { first, part };
  });
}

/** Chroma of a row of pixels: of one row of values, or the middle of two. Nothing between is used. */
function isBetween({ part }: Place): boolean {
  return (1 - part) * 4096 < 2048.5; // weights have 12 bits
}

/**
 * Converts YCbCr of BT.601 to `rgb` `[height, width, 3]`.
 *
 * @param fullRange - whether values use 0-255 (of 8 bits), and not 16-235 (light) and 16-240 (chroma)
 */
export function softToRgb(planes: SoftPlanes, fullRange: boolean, rgb: Uint8Array): void {
  const { width, height, y, yStride } = planes;
  const rows = placesOf(height, chromaCount(height, planes.chroma[1]));
  const isShared = planes.chroma[0] === 2 && width % 2 === 0;
  const convert = isShared ? sharedRow(planes, fullRange) : ownRow(planes, fullRange);
  for (const [row, place] of rows.entries()) {
    const light = y.subarray(row * yStride, row * yStride + width);
    convert(light, place, rgb.subarray(row * width * 3, (row + 1) * width * 3));
  }
}

function chromaCount(pixels: number, shared: 1 | 2): number {
  return shared === 1 ? pixels : (pixels + 1) >> 1;
}

type ConvertRow = (light: Uint8Array | Uint16Array, place: Place, rgb: Uint8Array) => void;

// Of BT.601 in units of 2^-16: what a step of V or U adds to red, green and blue, for chroma of full range.
const RED = 104_597;
const BLUE = 132_201;
const U_GREEN = 25_675;
const V_GREEN = 53_279;

/** Even widths of 4:2:0 and 4:2:2: two pixels share a chroma value, which moves the light before it is scaled. */
function sharedRow(planes: SoftPlanes, fullRange: boolean): ConvertRow {
  const { width, u, v, uStride, vStride, step, bits } = planes;
  const scale = fullRange ? 65_536 : Math.floor((65_536 * 255) / 219);
  const moved = (factor: number): Int32Array => {
    const ranged = fullRange ? Math.trunc((factor * 224) / 255) : factor;
    const unit = Math.trunc((ranged * 65_536 + 32_768) / scale);
    return Int32Array.from({ length: 256 }, (_, value) => ((value * unit) >> 16) - (unit >> 9));
  };
  const [red, blue, uGreen, vGreen] = [moved(RED), moved(BLUE), moved(-U_GREEN), moved(-V_GREEN)];
  // Light as the picture has it, moved by up to 640 either way, to a value.
  const margin = 1024;
  const black = fullRange ? 0 : 16 * 65_536;
  const zero = fullRange ? 384 : 326;
  const scaled = Uint8ClampedArray.from(
    { length: 256 + 2 * margin },
    (_, i) => ((i - margin + zero) * scale - 384 * 65_536 - black + 32_768) >> 16,
  );
  const extra = bits - 8;
  const half = 2 ** extra / 2; // 0.5 for 8 bits, which only counts where two values are added
  return (light, place, rgb) => {
    const [uAt, vAt] = [place.first * uStride, place.first * vStride];
    const between = isBetween(place);
    for (let x = 0, out = 0; x < width; x++, out += 3) {
      const at = (x >> 1) * step;
      let cb = u[uAt + at] ?? 0;
      let cr = v[vAt + at] ?? 0;
      if (between) {
        cb = Math.min((cb + (u[uAt + uStride + at] ?? 0) + 2 * half) >> (extra + 1), 255);
        cr = Math.min((cr + (v[vAt + vStride + at] ?? 0) + 2 * half) >> (extra + 1), 255);
      } else {
        cb = Math.min((cb + half) >> extra, 255);
        cr = Math.min((cr + half) >> extra, 255);
      }
      const here = margin + (((light[x] ?? 0) + half) >> extra);
      rgb[out] = scaled[here + (red[cr] ?? 0)] ?? 0;
      rgb[out + 1] = scaled[here + (uGreen[cb] ?? 0) + (vGreen[cr] ?? 0)] ?? 0;
      rgb[out + 2] = scaled[here + (blue[cb] ?? 0)] ?? 0;
    }
  };
}

/** Odd widths, where chroma is interpolated across too, and 4:4:4: everything is weighed once, in units of 2^-22. */
function ownRow(planes: SoftPlanes, fullRange: boolean): ConvertRow {
  const { width, height, u, v, uStride, vStride, step, bits, chroma } = planes;
  const columns = placesOf(width, chromaCount(width, chroma[0]));
  const chromaRows = chromaCount(height, chroma[1]);
  const widened = (from: Uint8Array | Uint16Array, stride: number): Int32Array => {
    const to = new Int32Array(width * chromaRows);
    for (let row = 0, out = 0; row < chromaRows; row++) {
      for (const { first, part } of columns) {
        const weight = Math.floor((1 - part) * 16_384 + 0.5);
        const at = row * stride + first * step;
        const second = weight === 16_384 ? 0 : (from[at + step] ?? 0);
        to[out++] = Math.min(32_767, ((from[at] ?? 0) * weight + second * (16_384 - weight)) >> (bits - 1));
      }
    }
    return to;
  };
  const [wideU, wideV] = [widened(u, uStride), widened(v, vStride)];
  const unit = 2 ** (17 - bits);
  const [scale, black] = fullRange ? [8192, 0] : [9539, 8192];
  const [red, uGreen, vGreen, blue] = fullRange ? [11_485, -2819, -5850, 14_516] : [13_075, -3209, -6660, 16_525];
  return (light, place, rgb) => {
    const at = place.first * width;
    const between = isBetween(place);
    for (let x = 0, out = 0; x < width; x++, out += 3) {
      const first = at + x;
      const [u0, v0] = [wideU[first] ?? 0, wideV[first] ?? 0];
      const cb = between ? (u0 + (wideU[first + width] ?? 0) - 32_768) * 2 : (u0 - 16_384) * 4;
      const cr = between ? (v0 + (wideV[first + width] ?? 0) - 32_768) * 2 : (v0 - 16_384) * 4;
      const bright = ((light[x] ?? 0) * unit - black) * scale + 2_097_152;
      rgb[out] = byteOf(bright + cr * red);
      rgb[out + 1] = byteOf(bright + cr * vGreen + cb * uGreen);
      rgb[out + 2] = byteOf(bright + cb * blue);
    }
  };
}

/** The sum overflows 32 bits for colours that do not exist, and is then black: so in FFmpeg. */
function byteOf(sum: number): number {
  const value = sum | 0;
  return value < 0 ? 0 : Math.min(value >> 22, 255);
}
