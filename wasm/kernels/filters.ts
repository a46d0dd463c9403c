// The filters of PNG rows (PNG specification §9). A pixel at a time lies in the low lanes of a vector: 4 bytes are taken
// for pixels of 3 bytes and 8 for pixels of 6, and what is written too much is overwritten by the next pixel or row.

// @ts-ignore: decorator
@inline
function pixel<T>(at: usize): v128 {
  if (sizeof<T>() === 8) return v128.load64_zero(at);
  if (sizeof<T>() === 4) return v128.load32_zero(at);
  return i32x4.splat(<i32>load<T>(at));
}

function sub<T>(from: usize, to: usize, end: usize, step: usize): void {
  let left = i8x16.splat(0);
  for (; to < end; to += step, from += step) {
    left = i8x16.add(left, pixel<T>(from));
    v128.store_lane<T>(to, left, 0);
  }
}

function average<T>(from: usize, to: usize, end: usize, step: usize, above: usize): void {
  let left = i8x16.splat(0);
  for (; to < end; to += step, from += step, above += step) {
    const up = pixel<T>(above);
    // avgr rounds up; an odd sum has to be rounded down.
    const odd = v128.and(v128.xor(left, up), i8x16.splat(1));
    left = i8x16.add(pixel<T>(from), i8x16.sub(i8x16.avgr_u(left, up), odd));
    v128.store_lane<T>(to, left, 0);
  }
}

function paeth<T>(from: usize, to: usize, end: usize, step: usize, above: usize): void {
  let a = i16x8.splat(0); // left
  let c = i16x8.splat(0); // above left
  for (; to < end; to += step, from += step, above += step) {
    const b = i16x8.extend_low_i8x16_u(pixel<T>(above));
    const toUp = i16x8.sub(b, c);
    const toLeft = i16x8.sub(a, c);
    const pa = i16x8.abs(toUp);
    const pb = i16x8.abs(toLeft);
    const pc = i16x8.abs(i16x8.add(toUp, toLeft));
    const least = i16x8.min_s(pa, i16x8.min_s(pb, pc));
    const upOrCorner = v128.bitselect(b, c, i16x8.eq(pb, least));
    const guess = v128.bitselect(a, upOrCorner, i16x8.eq(pa, least));
    const sum = i16x8.add(i16x8.extend_low_i8x16_u(pixel<T>(from)), guess);
    a = v128.and(sum, i16x8.splat(255));
    c = b;
    v128.store_lane<T>(to, i8x16.narrow_i16x8_u(a, a), 0);
  }
}

function row<T>(filter: u32, from: usize, to: usize, end: usize, step: usize, above: usize): void {
  if (filter === 1) sub<T>(from, to, end, step);
  else if (filter === 3) average<T>(from, to, end, step, above);
  else paeth<T>(from, to, end, step, above);
}

/**
 * Undoes the filters of rows of a filter byte and `rowBytes` bytes. The row above the first one lies right before `to`.
 *
 * @returns -1, or the number of the row whose filter is unknown.
 */
export function unfilter(from: usize, to: usize, rows: i32, rowBytes: i32, pixelBytes: i32): i32 {
  const step = <usize>pixelBytes;
  for (let y = 0; y < rows; y++) {
    const filter = <u32>load<u8>(from++);
    const end = to + rowBytes;
    const above = to - rowBytes;
    if (filter === 0) memory.copy(to, from, rowBytes);
    else if (filter === 2) {
      for (let i: usize = 0; i < <usize>rowBytes; i += 16) {
        v128.store(to + i, i8x16.add(v128.load(from + i), v128.load(above + i)));
      }
    } else if (filter > 4) return y;
    else if (pixelBytes === 1) row<u8>(filter, from, to, end, step, above);
    else if (pixelBytes === 2) row<u16>(filter, from, to, end, step, above);
    else if (pixelBytes <= 4) row<u32>(filter, from, to, end, step, above);
    else row<u64>(filter, from, to, end, step, above);
    from += rowBytes;
    to = end;
  }
  return -1;
}
