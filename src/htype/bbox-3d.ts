import { outputBoxes } from './bbox.js';
import { coordsOf } from './boxes.js';
import { numbersSpec } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';
import { coordsOption, refuseUnknown } from './options.js';

/** What `coords.mode` may be: centre, size and rotation in nine numbers, or eight corners. */
const bbox3dCoords = { mode: ['center', 'vertex'] } as const;

const forms = {
  center: 'nine numbers to a box (center x y z, size x y z, rotation x y z in degrees), shape (boxes, 9)',
  vertex: 'eight corners of three numbers to a box, shape (boxes, 8, 3)',
};

/** `bbox.3d`: boxes in space, shape `[boxes, 9]` or `[boxes, 8, 3]` by `info.coords.mode`, float32. */
export const bbox3d = numbersSpec('bbox.3d', 'float32', {
  metaFields: { coords: {}, _info: ['coords'] },
  initialInfo(given) {
    refuseUnknown('bbox.3d', given, ['coords']);
    return { coords: coordsOption(given.coords, bbox3dCoords) };
  },
  checkShape(shape, context) {
    const { mode } = coordsOf(context.info);
    const isCenter = shape.length === 2 && shape[1] === 9;
    const isVertex = shape.length === 3 && shape[1] === 8 && shape[2] === 3;
    if (mode === 'center' ? isCenter : mode === 'vertex' ? isVertex : isCenter || isVertex) return;
    const expected = mode === 'center' || mode === 'vertex' ? forms[mode] : `${forms.center}, or ${forms.vertex}`;
    throw mismatch(context, `shape ${describeShape(shape)}`, expected);
  },
  output: outputBoxes,
});
