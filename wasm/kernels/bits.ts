// Values of 0 and 1 to bits and back. Stores may pass the end of a row by 15 bytes; the next row overwrites that.

/** Packs `height` rows of `width` values; what is not 0 counts as 1. Bits behind a row become 0, inverted or not. */
export function packBits(
  from: usize, to: usize, width: i32, height: i32, stride: i32, lowFirst: i32, inverted: i32,
): void {
  // The lane 0 of a mask is its lowest bit.
  const order = lowFirst
    ? i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    : i8x16(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
  const flip = i8x16.splat(inverted ? -1 : 0);
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  memory.fill(to, 0, <usize>stride * height);
  for (let y = 0; y < height; y++) {
    let out = to + <usize>y * stride;
    for (let x = 0; x < width; x += 16, from += 16, out += 2) {
      let ones = v128.xor(i8x16.ne(v128.load(from), i8x16.splat(0)), flip);
      const left = width - x;
      if (left < 16) ones = v128.and(ones, i8x16.lt_s(places, i8x16.splat(<i8>left)));
      const mask = i8x16.bitmask(i8x16.swizzle(ones, order));
      if (left > 8) store<u16>(out, <u16>mask);
      else store<u8>(out, <u8>mask);
    }
    from -= (16 - (width & 15)) & 15;
  }
}

/** Unpacks `height` rows of `width` bits to values of 0 and 1. */
export function unpackBits(
  from: usize, to: usize, width: i32, height: i32, stride: i32, lowFirst: i32, inverted: i32,
): void {
  const bits = lowFirst
    ? i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128)
    : i8x16(-128, 64, 32, 16, 8, 4, 2, 1, -128, 64, 32, 16, 8, 4, 2, 1);
  const flip = i8x16.splat(inverted ? 1 : 0);
  for (let y = 0; y < height; y++) {
    let at = from + <usize>y * stride;
    let out = to + <usize>y * width;
    for (let x = 0; x < width; x += 16, at += 2, out += 16) {
      const two = i8x16.swizzle(v128.load16_splat(at), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
      const set = i8x16.eq(v128.and(two, bits), bits);
      v128.store(out, v128.xor(v128.and(set, i8x16.splat(1)), flip));
    }
  }
}
