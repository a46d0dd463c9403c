import type { Dtype, DtypeMap, NdArray } from '../format/dtypes.js';
import { numbersSpec, parseNumbersOrFile } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';

/** A rectangle of pixels: the smallest around an object. */
export interface PixelBounds {
  /** Column of the first pixel. */
  readonly left: number;
  /** Row of the first pixel. */
  readonly top: number;
  /** In pixels; 0 for an empty object. */
  readonly width: number;
  /** In pixels; 0 for an empty object. */
  readonly height: number;
}

/** Masks of several objects in one array, shape `[height, width, objects]`; each is looked at without its neighbours. */
export class BinaryMaskSample<D extends Dtype = Dtype> implements NdArray<D> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DtypeMap[D];
  /** Number of objects. */
  readonly objects: number;

  constructor({ dtype, shape, data }: NdArray<D>) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.objects = shape.length === 2 ? Math.min(1, data.length) : (shape[2] ?? 0);
  }

  /** The mask of one object: 1 for its pixels, else 0; C order, `[height, width]`. @throws {RangeError} */
  object(index: number): Uint8Array<ArrayBuffer> {
    const { step, count } = this.#place(index);
    const mask = new Uint8Array(count);
    for (let i = 0, at = index; i < count; i++, at += step) mask[i] = this.data[at] ? 1 : 0;
    return mask;
  }

  /** Number of pixels of one object. @throws {RangeError} when there is no such object. */
  area(index: number): number {
    const { step, count } = this.#place(index);
    let area = 0;
    for (let i = 0, at = index; i < count; i++, at += step) if (this.data[at]) area++;
    return area;
  }

  /** The smallest rectangle around one object; undefined when it has no pixels. @throws {RangeError} */
  bounds(index: number): PixelBounds | undefined {
    const { step, height, width } = this.#place(index);
    let [left, top, right, bottom] = [width, height, -1, -1];
    for (let y = 0, at = index; y < height; y++) {
      for (let x = 0; x < width; x++, at += step) {
        if (!this.data[at]) continue;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
    return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  /**
   * One object as lengths of runs, by turns of pixels outside and inside it, the first outside (0 when the object begins
   * at once).
   *
   * @param order - `column` walks down one column after the other, as COCO's uncompressed `counts` do; `row` walks
   *   along the rows. @throws {RangeError} when there is no such object.
   */
  runs(index: number, order: 'column' | 'row' = 'column'): number[] {
    const { step, height, width } = this.#place(index);
    const byColumn = order === 'column';
    const [outer, inner] = byColumn ? [width, height] : [height, width];
    const [outerStep, innerStep] = byColumn ? [step, step * width] : [step * width, step];
    const runs: number[] = [];
    let inside = false;
    let run = 0;
    for (let o = 0; o < outer; o++) {
      for (let i = 0, at = index + o * outerStep; i < inner; i++, at += innerStep) {
        if (Boolean(this.data[at]) !== inside) {
          runs.push(run);
          run = 0;
          inside = !inside;
        }
        run++;
      }
    }
    if (run > 0) runs.push(run);
    return runs;
  }

  #place(index: number) {
    const { objects, shape } = this;
    if (!Number.isInteger(index) || index < 0 || index >= objects) {
      throw new RangeError(`The mask has ${objects} objects; there is none at ${index}.`);
    }
    const [height = 0, width = 0] = shape;
    return { step: objects, count: height * width, height, width };
  }
}

/** `binary_mask`: a mask for each object, shape `[height, width, objects]`, bool. */
export const binaryMask = numbersSpec('binary_mask', 'bool', {
  parse: parseNumbersOrFile,
  checkShape(shape, context) {
    if (shape.length === 2 || shape.length === 3) return;
    const expected = 'a mask for each object, shape (height, width, objects), or one mask, shape (height, width)';
    throw mismatch(context, `shape ${describeShape(shape)}`, expected);
  },
  async output(sample) {
    return new BinaryMaskSample(await sample.array());
  },
});
