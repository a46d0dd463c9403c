import { dicomSample } from './dicom-sample.js';
import { mediaSpec } from './media.js';

/** `dicom`: DICOM files, or raw pixels; shape `[rows, columns, channels]`, frames first when there are several. */
export const dicom = mediaSpec({
  htype: 'dicom',
  dtype: null,
  compressions: ['dcm'],
  dims: [3, 4, 2],
  arrays: 'pixels of shape (rows, columns, channels)',
  defaultCompression: 'dcm',
  sample: dicomSample,
});
