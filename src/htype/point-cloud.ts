import { mediaSpec } from './media.js';
import { pointCloudSample } from './point-cloud-sample.js';

/** `point_cloud`: files of las, or raw points; shape `[points, dimensions]`, the first three are x, y and z; float32. */
export const pointCloud = mediaSpec({
  htype: 'point_cloud',
  dtype: 'float32',
  compressions: ['las'],
  dims: [2],
  arrays: 'points of shape (points, dimensions)',
  sample: pointCloudSample,
});
