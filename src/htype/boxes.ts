/** Conventions of boxes (`info.coords`), and exact conversions between them. */
import { type Dtype, elementCount, type NdArray } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';

/** What the four numbers of a box are: unit and order, as `info.coords` of a `bbox` tensor names them. */
export interface BoxCoords {
  /** Pixels, or parts of the picture's width and height. */
  readonly type: 'pixel' | 'fractional';
  /** Left, top, right, bottom; left, top, width, height; centre x, centre y, width, height. */
  readonly mode: 'LTRB' | 'LTWH' | 'CCWH';
}

/** Size of a picture in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Converts boxes of shape `[boxes, 4]` from one convention to another.
 *
 * Computed and given in float64, so that boxes that are converted there and back fit their tensor unchanged.
 *
 * @param size - of the picture; needed only between pixels and fractions.
 * @throws {TypeError} for unknown conventions, other shapes, or when the size is needed and missing.
 */
export function convertBoxes(
  boxes: Pick<NdArray, 'data' | 'shape'>,
  from: BoxCoords,
  to: BoxCoords,
  size?: PictureSize,
): NdArray<'float64'> {
  const { data, shape } = boxes;
  checkCoords(from);
  checkCoords(to);
  const out = new Float64Array(data.length);
  const result: NdArray<'float64'> = { dtype: 'float64', shape: [...shape], data: out };
  if (data.length === 0) return result; // also the empty sample of shape (0, 0)
  if (shape.at(-1) !== 4 || data.length !== elementCount(shape)) {
    throw new TypeError(`Boxes have the shape (boxes, 4); got (${shape.join(', ')}) with ${data.length} numbers.`);
  }
  const [x, y] = scales(from, to, size);
  for (let at = 0; at < out.length; at += 4) {
    let [a, b, c, d] = [Number(data[at]), Number(data[at + 1]), Number(data[at + 2]), Number(data[at + 3])];
    if (from.mode !== to.mode) {
      // To left, top, width, height, and on from there.
      if (from.mode === 'LTRB') [c, d] = [c - a, d - b];
      else if (from.mode === 'CCWH') [a, b] = [a - c / 2, b - d / 2];
      if (to.mode === 'LTRB') [c, d] = [a + c, b + d];
      else if (to.mode === 'CCWH') [a, b] = [a + c / 2, b + d / 2];
    }
    out.set([x(a), y(b), x(c), y(d)], at);
  }
  return result;
}

type Scale = (value: number) => number;

function scales(from: BoxCoords, to: BoxCoords, size: PictureSize | undefined): readonly [Scale, Scale] {
  if (from.type === to.type) return [(value) => value, (value) => value];
  const { width = 0, height = 0 } = size ?? {};
  if (!(width > 0 && height > 0)) {
    throw new TypeError(`Between pixels and fractions convertBoxes() needs { width, height } of the picture above 0.`);
  }
  if (to.type === 'pixel') return [(value) => value * width, (value) => value * height];
  return [(value) => value / width, (value) => value / height];
}

function checkCoords({ type, mode }: BoxCoords): void {
  if (!['pixel', 'fractional'].includes(type) || !['LTRB', 'LTWH', 'CCWH'].includes(mode)) {
    throw new TypeError(
      `Boxes need { type: 'pixel' | 'fractional', mode: 'LTRB' | 'LTWH' | 'CCWH' }; got { type: ${type}, mode: ${mode} }. Where nothing is recorded, guessBoxCoords() helps.`,
    );
  }
}

/**
 * The convention that Deep Lake's visualizer takes for boxes without `coords`: parts of the picture around a centre (as
 * YOLO writes them) when the numbers are below 1 on average, else pixels from the left and top (as COCO does).
 */
export function guessBoxCoords({ data }: Pick<NdArray, 'data'>): BoxCoords {
  let sum = 0;
  for (const value of data) sum += Number(value);
  return sum / data.length < 1 ? { type: 'fractional', mode: 'CCWH' } : { type: 'pixel', mode: 'LTWH' };
}

/** Boxes as read, with what `info.coords` says of their numbers. */
export interface BoxSample<D extends Dtype = Dtype, C = BoxCoords> extends NdArray<D> {
  /** Empty when nothing was said: see {@link guessBoxCoords}. */
  readonly coords: Partial<C>;
}

/** The `coords` of an info; empty when there are none. */
export function coordsOf({ coords }: JsonObject): JsonObject {
  return typeof coords === 'object' && coords !== null && !Array.isArray(coords) ? coords : {};
}
