import { mediaSpec } from './media.js';
import { niftiSample } from './nifti-sample.js';

/** `nifti`: files of nii or nii.gz, or raw volumes; shape `[x, y, z]` or `[x, y, z, time]`, up to seven axes. */
export const nifti = mediaSpec({
  htype: 'nifti',
  dtype: null,
  compressions: ['nii', 'nii.gz'],
  dims: [3, 4, 1, 2, 5, 6, 7],
  arrays: 'volumes of one to seven axes',
  sample: niftiSample,
});
