import { numbersSpec } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';

/** `intrinsics`: camera matrices, shape `[3, 3]` or `[matrices, 3, 3]`, float32. */
export const intrinsics = numbersSpec('intrinsics', 'float32', {
  checkShape(shape, context) {
    const [columns, rows] = [shape.at(-1), shape.at(-2)];
    if (rows === 3 && columns === 3 && shape.length <= 3) return;
    throw mismatch(
      context,
      `shape ${describeShape(shape)}`,
      'a matrix of shape (3, 3), or matrices of shape (n, 3, 3)',
    );
  },
});
