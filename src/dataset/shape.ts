import type { StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';

/** Shape of a whole tensor: number of samples first, then each axis; null where samples differ. */
export type TensorShape = readonly (number | null)[];

/** Lowest and highest size of each axis, number of samples first. */
export interface ShapeInterval {
  /** Number of samples, then the lowest size of each axis. */
  readonly lower: readonly number[];
  /** Number of samples, then the highest size of each axis. */
  readonly upper: readonly number[];
}

/** Shape interval of a tensor from its metadata; sequences have their number of items as second axis. */
export function shapeInterval(tensor: StoredTensor | TensorDraft): ShapeInterval {
  const { minShape, maxShape, isSequence } = tensor.meta;
  const length = tensor.length;
  if (!isSequence) return { lower: [length, ...minShape], upper: [length, ...maxShape] };
  const items = tensor.sequences;
  let least = items && items.rows > 0 ? Infinity : 0;
  let most = 0;
  for (let row = 0; items && row < items.rows; row++) {
    least = Math.min(least, items.value(row, 0));
    most = Math.max(most, items.value(row, 0));
  }
  return { lower: [length, least, ...minShape], upper: [length, most, ...maxShape] };
}

/** The interval as one shape. */
export function tensorShape({ lower, upper }: ShapeInterval): TensorShape {
  return lower.map((low, axis) => (low === upper[axis] ? low : null));
}
