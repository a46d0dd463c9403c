import { mediaSpec } from './media.js';
import { meshSample } from './mesh-sample.js';

/** `mesh`: files of ply, shape `[vertices, properties]`, or of stl, shape `[triangles, 3, 3]`. */
export const mesh = mediaSpec({
  htype: 'mesh',
  dtype: null,
  compressions: ['ply', 'stl'],
  dims: [2, 3],
  arrays: 'nothing',
  takesArrays: false,
  sample: meshSample,
});
