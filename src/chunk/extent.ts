import type { TensorMeta } from '../format/tensor-meta.js';
import type { Sample } from './sample.js';

/** Number of samples of a tensor, and the range of their shapes. */
export class Extent {
  length: number;
  #min: number[];
  #max: number[];

  constructor({ length, minShape, maxShape }: TensorMeta) {
    this.length = length;
    this.#min = [...minShape];
    this.#max = [...maxShape];
  }

  /** Dimensions of the samples; 0 while they are not known. */
  get dims(): number {
    return this.#min.length;
  }

  /** The largest size of the last axis; undefined while no dimensions are known. */
  get lastSize(): number | undefined {
    return this.#max.at(-1);
  }

  /** What the metadata records. */
  fields(): Pick<TensorMeta, 'length' | 'minShape' | 'maxShape'> {
    return { length: this.length, minShape: [...this.#min], maxShape: [...this.#max] };
  }

  /** The shape to record of a sample: of a link's target, and zeros for an empty sample once the dimensions are known. */
  shapeOf({ link, shape }: Sample): readonly number[] | undefined {
    if (link) return link.shape;
    return shape ?? (this.dims > 0 ? new Array<number>(this.dims).fill(0) : undefined);
  }

  /**
   * Takes a shape into the range. Called before the samples that have it are counted in `length`.
   * @returns whether the range has changed.
   */
  widen(shape: readonly number[]): boolean {
    const min = this.#min;
    const max = this.#max;
    let wider = false;
    if (min.length === 0 && shape.length > 0) {
      // Empty samples before the first one with a shape count as zeros from now on (trap T1).
      for (const size of shape) {
        min.push(this.length > 0 ? 0 : size);
        max.push(size);
      }
      return true;
    }
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] ?? 0;
      if (size >= (min[axis] ?? 0) && size <= (max[axis] ?? 0)) continue;
      min[axis] = Math.min(size, min[axis] ?? 0);
      max[axis] = Math.max(size, max[axis] ?? 0);
      wider = true;
    }
    return wider;
  }
}
