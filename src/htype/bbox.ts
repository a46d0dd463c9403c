import { type BoxSample, coordsOf } from './boxes.js';
import { numbersSpec } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';
import { coordsOption, refuseUnknown } from './options.js';
import type { StoredSample, TensorContext } from './types.js';

/** Units and orders of the four numbers of a box, as `info.coords` names them. */
export const bboxCoords = { type: ['pixel', 'fractional'], mode: ['LTRB', 'LTWH', 'CCWH'] } as const;

/** Gives the decoded array with the tensor's `coords`. */
export async function outputBoxes(sample: StoredSample, { info }: TensorContext): Promise<BoxSample> {
  return { ...(await sample.array()), coords: coordsOf(info) };
}

/** `bbox`: boxes of an image, shape `[boxes, 4]`, float32. Their order and unit stand in `info.coords`. */
export const bbox = numbersSpec('bbox', 'float32', {
  metaFields: { coords: {}, _info: ['coords'] },
  initialInfo(given) {
    refuseUnknown('bbox', given, ['coords']);
    return { coords: coordsOption(given.coords, bboxCoords) };
  },
  checkShape(shape, context) {
    if (shape.length !== 2 || shape[1] !== 4) {
      throw mismatch(
        context,
        `shape ${describeShape(shape)}`,
        'boxes of four numbers each, shape (boxes, 4), such as [[10, 20, 64, 48]]',
      );
    }
  },
  output: outputBoxes,
});
