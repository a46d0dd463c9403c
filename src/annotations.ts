/**
 * Work on annotations: conventions of boxes, geometry of 3D boxes, changes of classes. Pure functions in a module of
 * their own, so that a page that needs none of them does not load them.
 *
 * @example
 * import { convertBoxes, countClasses, guessBoxCoords } from 'lakelet/annotations';
 *
 * const boxes = await ds.tensor('boxes').at(0);
 * const coords = { ...guessBoxCoords(boxes), ...boxes.coords };
 * const drawn = convertBoxes(boxes, coords, { type: 'pixel', mode: 'LTWH' }, { width: 640, height: 480 });
 *
 * @module
 */

export { type BoxCoords, type BoxSample, convertBoxes, guessBoxCoords, type PictureSize } from './htype/boxes.js';
export { projectBoxes3d, verticesFromBoxes3d } from './htype/boxes-3d.js';
export { type ClassCount, countClasses, type MergedClasses, mergeClasses, renameClass } from './htype/class-names.js';
