import { numbersSpec } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';

/** `point`: points of an image or of space, shape `[points, 2]` or `[points, 3]`, int32. */
export const point = numbersSpec('point', 'int32', {
  checkShape(shape, context) {
    if (shape.length === 2 && (shape[1] === 2 || shape[1] === 3)) return;
    const expected = 'points of two or three numbers each, shape (points, 2) or (points, 3), such as [[0, 1], [1, 3]]';
    throw mismatch(context, `shape ${describeShape(shape)}`, expected);
  },
});
