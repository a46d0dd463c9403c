/** Geometry of 3D boxes: from centre, size and rotation to corners, and from corners to a picture. */
import { elementCount, type NdArray } from '../format/dtypes.js';

const CENTER_NUMBERS = 9;
const CORNERS = 8;

// Corners 0 to 3 are the near side (smallest y) from its upper left one clockwise, 4 to 7 the far side likewise:
// upper is greater z, left is smaller x. The guide's drawing gives the order.
const signs = [
  [-1, -1, 1],
  [1, -1, 1],
  [1, -1, -1],
  [-1, -1, -1],
  [-1, 1, 1],
  [1, 1, 1],
  [1, 1, -1],
  [-1, 1, -1],
] as const;

/**
 * Computes the eight corners of boxes given as centre, size and rotation (`coords.mode` "center").
 *
 * The corners are in the order of Deep Lake's guide: 0 to 3 around the near side, 4 to 7 behind them. A box is turned
 * about the x axis first, then y, then z, by degrees, counter-clockwise as seen from the tip of the axis.
 *
 * @param boxes - shape `[boxes, 9]`: centre x y z, size x y z, rotation x y z. @returns shape `[boxes, 8, 3]`.
 * @throws {TypeError} for other shapes.
 */
export function verticesFromBoxes3d(boxes: Pick<NdArray, 'data' | 'shape'>): NdArray<'float64'> {
  const numbers = numbersOf(boxes, [CENTER_NUMBERS]);
  const count = numbers.length / CENTER_NUMBERS;
  const data = new Float64Array(count * CORNERS * 3);
  for (let box = 0, to = 0; box < count; box++) {
    const [cx = 0, cy = 0, cz = 0, sx = 0, sy = 0, sz = 0, rx = 0, ry = 0, rz = 0] = numbers.subarray(
      box * CENTER_NUMBERS,
      (box + 1) * CENTER_NUMBERS,
    );
    const turns = [turn(rx), turn(ry), turn(rz)] as const;
    for (const [x, y, z] of signs) {
      const [dx, dy, dz] = rotate((x * sx) / 2, (y * sy) / 2, (z * sz) / 2, turns);
      data.set([cx + dx, cy + dy, cz + dz], to);
      to += 3;
    }
  }
  return { dtype: 'float64', shape: [count, CORNERS, 3], data };
}

/**
 * Projects the corners of 3D boxes onto a picture.
 *
 * Corners are in the camera's coordinates: x to the right, y down, z into the picture. One that is not in front of the
 * camera (z of 0 or less) gives NaN.
 *
 * @param vertices - shape `[boxes, 8, 3]`. @param intrinsics - camera matrix, shape `[3, 3]`.
 * @returns pixels x, y; shape `[boxes, 8, 2]`. @throws {TypeError} for other shapes.
 */
export function projectBoxes3d(
  vertices: Pick<NdArray, 'data' | 'shape'>,
  intrinsics: Pick<NdArray, 'data' | 'shape'> | readonly (readonly number[])[],
): NdArray<'float64'> {
  const points = numbersOf(vertices, [CORNERS, 3]);
  const k = 'data' in intrinsics ? numbersOf(intrinsics, [3, 3]) : Float64Array.from(intrinsics.flat());
  if (k.length !== 9) throw new TypeError(`The intrinsics are one matrix of shape (3, 3); got ${k.length} numbers.`);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = k;
  const data = new Float64Array((points.length / 3) * 2);
  for (let from = 0, to = 0; from < points.length; from += 3, to += 2) {
    const [x = 0, y = 0, z = 0] = points.subarray(from, from + 3);
    const depth = z > 0 ? g * x + h * y + i * z : Number.NaN;
    data[to] = (a * x + b * y + c * z) / depth;
    data[to + 1] = (d * x + e * y + f * z) / depth;
  }
  return { dtype: 'float64', shape: [points.length / 3 / CORNERS, CORNERS, 2], data };
}

/** Numbers of an array whose last axes are given. */
function numbersOf({ data, shape }: Pick<NdArray, 'data' | 'shape'>, last: readonly number[]): Float64Array {
  const end = shape.slice(-last.length);
  if (data.length > 0 && (end.join() !== last.join() || data.length !== elementCount(shape))) {
    throw new TypeError(
      `Expected an array of shape (..., ${last.join(', ')}); got (${shape.join(', ')}) with ${data.length} numbers.`,
    );
  }
  return Float64Array.from(data as Float64Array, Number);
}

interface Turn {
  readonly sin: number;
  readonly cos: number;
}

function turn(degrees: number): Turn {
  const radians = (degrees * Math.PI) / 180;
  // Exact for quarter turns, so that boxes that stand straight have straight corners.
  const quarters = degrees / 90;
  if (!Number.isInteger(quarters)) return { sin: Math.sin(radians), cos: Math.cos(radians) };
  return { sin: Math.round(Math.sin(radians)), cos: Math.round(Math.cos(radians)) };
}

function rotate(
  x: number,
  y: number,
  z: number,
  [rx, ry, rz]: readonly [Turn, Turn, Turn],
): readonly [number, number, number] {
  const [y1, z1] = [y * rx.cos - z * rx.sin, y * rx.sin + z * rx.cos];
  const [x2, z2] = [x * ry.cos + z1 * ry.sin, z1 * ry.cos - x * ry.sin];
  return [x2 * rz.cos - y1 * rz.sin, x2 * rz.sin + y1 * rz.cos, z2];
}
