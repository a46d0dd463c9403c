/** Boxes on a picture: hit, drawn, moved, resized, all in whole pixels of the picture and never outside of it. */

/** Left, top, width, height in pixels of the picture. */
export type PixelBox = readonly [left: number, top: number, width: number, height: number];

/** A point in pixels of the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Width and height of the picture. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One of the eight handles by the sides that it moves: `[-1, 0]` is the left edge. */
export type Handle = readonly [x: -1 | 0 | 1, y: -1 | 0 | 1];

/** The handles, corners first since they lie on top. */
export const handles: readonly Handle[] = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
  [0, -1],
  [0, 1],
  [-1, 0],
  [1, 0],
];

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Where a handle of a box lies. */
export function handlePoint([left, top, width, height]: PixelBox, [x, y]: Handle): Point {
  return { x: left + (width * (x + 1)) / 2, y: top + (height * (y + 1)) / 2 };
}

/** The handle of a box within `reach` pixels of a point. */
export function findHandle(box: PixelBox, point: Point, reach: number): Handle | undefined {
  return handles.find((handle) => {
    const at = handlePoint(box, handle);
    return Math.abs(at.x - point.x) <= reach && Math.abs(at.y - point.y) <= reach;
  });
}

/** Index of the smallest box that holds a point, so that a box inside another can be reached; -1 when none does. */
export function findBox(boxes: readonly PixelBox[], { x, y }: Point): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, [left, top, width, height]] of boxes.entries()) {
    const holds = x >= left && x <= left + width && y >= top && y <= top + height;
    if (!holds || width * height >= least) continue;
    found = i;
    least = width * height;
  }
  return found;
}

/** The box between two corners, clamped to the picture. */
export function boxBetween(a: Point, b: Point, { width, height }: Size): PixelBox {
  const [x0, x1] = [clamp(Math.round(a.x), 0, width), clamp(Math.round(b.x), 0, width)];
  const [y0, y1] = [clamp(Math.round(a.y), 0, height), clamp(Math.round(b.y), 0, height)];
  return [Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0)];
}

/** A box moved as far as the picture allows. */
export function moveBox([left, top, width, height]: PixelBox, dx: number, dy: number, size: Size): PixelBox {
  const x = clamp(Math.round(left + dx), 0, Math.max(0, size.width - width));
  const y = clamp(Math.round(top + dy), 0, Math.max(0, size.height - height));
  return [x, y, width, height];
}

/** A box with one handle moved to a point; moved past the other side, it turns over. Never thinner than one pixel. */
export function resizeBox(box: PixelBox, [x, y]: Handle, to: Point, size: Size): PixelBox {
  const [left, top, width, height] = box;
  const corner = {
    x: x === 0 ? left + width : to.x,
    y: y === 0 ? top + height : to.y,
  };
  const fixed = { x: x === -1 ? left + width : left, y: y === -1 ? top + height : top };
  const [l, t, w, h] = boxBetween(fixed, corner, size);
  return [
    Math.min(l, Math.max(0, size.width - 1)),
    Math.min(t, Math.max(0, size.height - 1)),
    Math.max(1, w),
    Math.max(1, h),
  ];
}

/**
 * Boxes of a `bbox` tensor as pixels of a picture.
 *
 * @param values - four numbers for each box. @param coords - `info.coords` of the tensor; pixels from left and top by
 *   default, as in Deep Lake.
 */
export function pixelBoxes(
  values: ArrayLike<number>,
  coords: { type?: unknown; mode?: unknown },
  size: Size,
): PixelBox[] {
  const [sx, sy] = coords.type === 'fractional' ? [size.width, size.height] : [1, 1];
  const boxes: PixelBox[] = [];
  for (let i = 0; i + 3 < values.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [values[i], values[i + 1], values[i + 2], values[i + 3]];
    const [x, y, u, v] = [a * sx, b * sy, c * sx, d * sy];
    if (coords.mode === 'LTRB') boxes.push([x, y, u - x, v - y]);
    else if (coords.mode === 'CCWH') boxes.push([x - u / 2, y - v / 2, u, v]);
    else boxes.push([x, y, u, v]);
  }
  return boxes;
}
