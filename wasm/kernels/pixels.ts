// Conversions of pixels. Loads and stores may pass the end of an array by up to 47 bytes: the caller leaves room, and
// rows are written in order, so that what a row writes beyond its end is overwritten by the next.

/** Drops the fourth channel of `count` pixels. */
export function rgbaToRgb(from: usize, to: usize, count: i32): void {
  for (const end = from + ((<usize>count) << 2); from < end; from += 64, to += 48) {
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    const d = v128.load(from, 48);
    v128.store(to, i8x16.shuffle(a, b, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20));
    v128.store(to, i8x16.shuffle(b, c, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20, 21, 22, 24, 25), 16);
    v128.store(to, i8x16.shuffle(c, d, 10, 12, 13, 14, 16, 17, 18, 20, 21, 22, 24, 25, 26, 28, 29, 30), 32);
  }
}

// The weight of green, 38470, does not fit 16 bits with a sign, so that it is added in two halves:
// R * 19595 + G * 19235, and G * 19235 + B * 7471.
// @ts-ignore: decorator
@inline
function weigh(pixels: v128, redGreen: v128, greenBlue: v128): v128 {
  const first = i32x4.dot_i16x8_s(i8x16.swizzle(pixels, redGreen), i32x4.splat((19235 << 16) | 19595));
  const second = i32x4.dot_i16x8_s(i8x16.swizzle(pixels, greenBlue), i32x4.splat((7471 << 16) | 19235));
  return i32x4.shr_s(i32x4.add(i32x4.add(first, second), i32x4.splat(32768)), 16);
}

/** Weighs `count` pixels of 3 or 4 channels as Pillow does. */
export function rgbToGray(from: usize, channels: i32, to: usize, count: i32): void {
  // Positions of the values of four pixels; -1 gives 0, the high byte of each value.
  const three = channels === 3;
  const redGreen = three
    ? i8x16(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1)
    : i8x16(0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
  const greenBlue = three
    ? i8x16(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1)
    : i8x16(1, -1, 2, -1, 5, -1, 6, -1, 9, -1, 10, -1, 13, -1, 14, -1);
  const step = <usize>channels << 2;
  for (const end = to + <usize>count; to < end; to += 16, from += step << 2) {
    const a = weigh(v128.load(from), redGreen, greenBlue);
    const b = weigh(v128.load(from + step), redGreen, greenBlue);
    const c = weigh(v128.load(from + step * 2), redGreen, greenBlue);
    const d = weigh(v128.load(from + step * 3), redGreen, greenBlue);
    v128.store(to, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d)));
  }
}

// High 16 bits of the products of eight values with a factor: a shift by 16 that rounds towards minus infinity.
// @ts-ignore: decorator
@inline
function high(values: v128, factor: i16): v128 {
  const factors = i16x8.splat(factor);
  const low = i32x4.extmul_low_i16x8_s(values, factors);
  const upper = i32x4.extmul_high_i16x8_s(values, factors);
  return i8x16.shuffle(low, upper, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
}

// (value - zero) * 8 of eight values.
// @ts-ignore: decorator
@inline
function scaled(values: v128, zero: i16): v128 {
  return i16x8.shl(i16x8.sub(values, i16x8.splat(zero)), 3);
}

/**
 * Converts YCbCr of BT.601, limited range, with the factors of swscale on x86.
 *
 * `layout`: 0 for a chroma value to each pixel, 1 for one to two pixels across, 2 for the same with U and V by turns at
 * `us`. `down` is 1 when two rows share their chroma values, else 0; the first row is an even one.
 */
export function yuvToRgb(
  ys: usize, yStride: i32, us: usize, uStride: i32, vs: usize, vStride: i32,
  to: usize, width: i32, height: i32, layout: i32, down: i32,
): void {
  for (let row = 0; row < height; row++) {
    let y = ys + <usize>row * yStride;
    let u = us + <usize>(row >> down) * uStride;
    let v = vs + <usize>(row >> down) * vStride;
    let out = to + <usize>row * width * 3;
    for (const end = y + width; y < end; y += 16, out += 48) {
      let chromaU: v128; // 16 values, one to each pixel
      let chromaV: v128;
      if (layout === 0) {
        chromaU = v128.load(u);
        chromaV = v128.load(v);
        u += 16;
        v += 16;
      } else if (layout === 1) {
        chromaU = i8x16.swizzle(v128.load64_zero(u), i8x16(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
        chromaV = i8x16.swizzle(v128.load64_zero(v), i8x16(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));
        u += 8;
        v += 8;
      } else {
        const both = v128.load(u);
        chromaU = i8x16.swizzle(both, i8x16(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14));
        chromaV = i8x16.swizzle(both, i8x16(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15));
        u += 16;
      }
      const luma = v128.load(y);
      const y0 = high(scaled(i16x8.extend_low_i8x16_u(luma), 16), 9539);
      const y1 = high(scaled(i16x8.extend_high_i8x16_u(luma), 16), 9539);
      const u0 = scaled(i16x8.extend_low_i8x16_u(chromaU), 128);
      const u1 = scaled(i16x8.extend_high_i8x16_u(chromaU), 128);
      const v0 = scaled(i16x8.extend_low_i8x16_u(chromaV), 128);
      const v1 = scaled(i16x8.extend_high_i8x16_u(chromaV), 128);
      const red = i8x16.narrow_i16x8_u(i16x8.add(y0, high(v0, 13075)), i16x8.add(y1, high(v1, 13075)));
      const green = i8x16.narrow_i16x8_u(
        i16x8.add(y0, i16x8.add(high(u0, -3209), high(v0, -6660))),
        i16x8.add(y1, i16x8.add(high(u1, -3209), high(v1, -6660))),
      );
      const blue = i8x16.narrow_i16x8_u(i16x8.add(y0, high(u0, 16525)), i16x8.add(y1, high(u1, 16525)));
      // Red and green of pixels 0-7 and 8-15 by turns, then blue between them.
      const low = i8x16.shuffle(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const upper = i8x16.shuffle(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const middle = i8x16.shuffle(low, upper, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25);
      v128.store(out, i8x16.shuffle(low, blue, 0, 1, 16, 2, 3, 17, 4, 5, 18, 6, 7, 19, 8, 9, 20, 10));
      v128.store(out, i8x16.shuffle(middle, blue, 1, 21, 2, 3, 22, 4, 5, 23, 6, 7, 24, 8, 9, 25, 10, 11), 16);
      v128.store(out, i8x16.shuffle(upper, blue, 26, 6, 7, 27, 8, 9, 28, 10, 11, 29, 12, 13, 30, 14, 15, 31), 32);
    }
  }
}
