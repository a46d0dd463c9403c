/** Points and triangles brought into the form that is drawn: around the origin, within a ball of radius 1. */

/** What is drawn. */
export interface Geometry {
  /** Three coordinates a point, within a ball of radius 1 around the origin. */
  readonly positions: Float32Array<ArrayBuffer>;
  /** Three bytes a point; absent: one colour for all. */
  readonly colors?: Uint8Array<ArrayBuffer> | undefined;
  /** Three points a triangle. */
  readonly triangles?: Uint32Array<ArrayBuffer> | undefined;
  /** Whether the points are drawn, too; without triangles they always are. */
  readonly showsPoints?: boolean | undefined;
}

/** Lowest and highest coordinates of the points that were given. */
export interface Extent {
  readonly min: readonly [number, number, number];
  readonly max: readonly [number, number, number];
}

/** Finds the box around points; what is no number does not count. */
export function extentOf(coordinates: ArrayLike<number>): Extent {
  const min: [number, number, number] = [Infinity, Infinity, Infinity];
  const max: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let axis = 0; axis < 3; axis++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < coordinates.length; i += 3) {
      const value = coordinates[i] ?? 0;
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
    min[axis] = low <= high ? low : 0;
    max[axis] = low <= high ? high : 0;
  }
  return { min, max };
}

/** Moves and scales points so that their box fits into a ball of radius 1. */
export function centred(coordinates: ArrayLike<number>, { min, max }: Extent): Float32Array<ArrayBuffer> {
  const sizes = min.map((low, axis) => (max[axis] ?? low) - low);
  const radius = Math.hypot(...sizes) / 2 || 1;
  const middle = min.map((low, axis) => low + (sizes[axis] ?? 0) / 2);
  const out = new Float32Array(coordinates.length);
  for (let axis = 0; axis < 3; axis++) {
    const from = middle[axis] ?? 0;
    for (let i = axis; i < out.length; i += 3) out[i] = ((coordinates[i] ?? 0) - from) / radius;
  }
  return out;
}

// Dark blue over green to yellow, evenly bright steps, so that it is read without hue as well.
const ramp = [
  [48, 70, 140],
  [38, 122, 150],
  [40, 165, 130],
  [130, 200, 80],
  [250, 228, 60],
] as const;
const RAMP_STEPS = 256;
const rampColors = makeRamp();

/**
 * Colours numbers from their lowest to their highest.
 *
 * @param at - gives the number of a point.
 */
export function rampColorsOf(count: number, at: (point: number) => number): Uint8Array<ArrayBuffer> {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    const value = at(i);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const scale = high > low ? (RAMP_STEPS - 1) / (high - low) : 0;
  const out = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const step = 3 * Math.round((at(i) - low) * scale);
    for (let c = 0; c < 3; c++) out[3 * i + c] = rampColors[step + c] ?? 0;
  }
  return out;
}

function makeRamp(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 3 * RAMP_STEPS }, (_, i) => {
    const place = (Math.floor(i / 3) / (RAMP_STEPS - 1)) * (ramp.length - 1);
    const from = Math.min(Math.floor(place), ramp.length - 2);
    const [low, high] = [ramp[from]?.[i % 3] ?? 0, ramp[from + 1]?.[i % 3] ?? 0];
    return Math.round(low + (high - low) * (place - from));
  });
}
