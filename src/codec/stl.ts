/** stl: the corners of the triangles. */
import { readStl } from './stl-header.js';
import type { Codec } from './types.js';

/** Decodes STL files of both kinds to `[triangles, 3, 3]`: three corners of x, y and z, float32. */
export const stl: Codec = {
  decode(bytes) {
    const { corners } = readStl(bytes);
    return { dtype: 'float32', shape: [corners.length / 9, 3, 3], data: corners };
  },
};
