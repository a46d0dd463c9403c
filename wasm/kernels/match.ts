// Copies of what was written before, as LZ77 has them.

// Lanes of a pattern of `distance` bytes that repeats itself in 16.
const patterns = memory.data(16 * 16, 16);

function pattern(distance: usize): v128 {
  const place = patterns + (distance << 4);
  if (load<u8>(place, 1) === 0) {
    for (let i: usize = 0; i < 16; i++) store<u8>(place + i, <u8>(i % distance));
  }
  return v128.load(place);
}

/** Copies a match of `[to, end)`, and up to 15 bytes more. */
// @ts-ignore: decorator
@inline
export function copyMatch(to: usize, end: usize, distance: usize): void {
  let from = to - distance;
  if (distance >= 16) {
    do {
      v128.store(to, v128.load(from));
      to += 16;
      from += 16;
    } while (to < end);
    return;
  }
  const repeated = distance === 1 ? v128.load8_splat(from) : i8x16.swizzle(v128.load(from), pattern(distance));
  const step: usize = 16 - (<usize>16 % distance); // whole patterns
  do {
    v128.store(to, repeated);
    to += step;
  } while (to < end);
}
