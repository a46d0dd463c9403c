/** Turns numbers into gray: which of them are black and which are white. */

/** Numbers from black to white. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const SAMPLED = 50_000; // numbers that are looked at
const OUTSIDE = 0.005; // part of them that may be below black, and above white

/** A range that leaves out the few extreme numbers. */
export function middleRange(parts: readonly ArrayLike<number | bigint>[]): Range {
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  const step = Math.max(1, Math.floor(count / SAMPLED));
  const values: number[] = [];
  for (const part of parts)
    for (let i = 0; i < part.length; i += step) {
      const value = Number(part[i]);
      if (Number.isFinite(value)) values.push(value);
    }
  values.sort((a, b) => a - b);
  const low = values[Math.floor(values.length * OUTSIDE)] ?? 0;
  const high = values[Math.ceil(values.length * (1 - OUTSIDE)) - 1] ?? 1;
  if (high > low) return { low, high };
  // Nearly all are equal: the rest is what there is to see.
  const [first = 0, last = 1] = [values[0], values.at(-1)];
  return last > first ? { low: first, high: last } : { low: first - 1, high: first + 1 };
}

/**
 * Paints numbers in gray.
 *
 * @param order - `rows`: one row of the picture after another. `columns`: one column after another, each from its foot
 *   up, as the slices of a volume lie.
 */
export function grayPicture(
  data: ArrayLike<number | bigint>,
  width: number,
  height: number,
  order: 'rows' | 'columns',
  { low, high }: Range,
): ImageData {
  const picture = new ImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = order === 'rows' ? y * width + x : x * height + (height - 1 - y);
      const gray = Math.min(255, Math.max(0, Math.round((Number(data[at]) - low) * scale))) || 0;
      pixels[y * width + x] = 0xff000000 | (gray * 0x10101); // all browsers run on little-endian machines
    }
  return picture;
}
