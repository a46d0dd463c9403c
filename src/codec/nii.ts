/** nii and nii.gz: the volume in C order. */
import { elementCount, itemSize, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { FileView } from './file-view.js';
import { gunzipStart } from './gunzip.js';
import { niiGzLength, readNiiLayout } from './nii-header.js';
import { readNiiNumbers } from './nii-numbers.js';
import type { Codec } from './types.js';

/** Decodes NIfTI files to `[x, y, z]` or up to seven axes. */
export const nii: Codec = { decode: (bytes) => decodeVolume(bytes, 'nii') };

/** Decodes NIfTI files that are packed by gzip. */
export const niiGz: Codec = {
  decode(bytes) {
    const length = niiGzLength(bytes);
    const unpacked = gunzipStart(bytes, 'nii.gz', length);
    const file = new FileView(bytes, 'nii.gz');
    if (unpacked.length < length) {
      throw file.error(`it is cut off: expected at least ${length} unpacked bytes, got ${unpacked.length}`);
    }
    // The last 8 bytes are check sum and length of all; they say nothing when the file has more in it than the volume.
    if (file.u32(file.length - 4) === length % 2 ** 32 && file.u32(file.length - 8) !== crc32(unpacked)) {
      throw file.error('the check sum of its unpacked bytes is wrong');
    }
    return decodeVolume(unpacked, 'nii.gz');
  },
};

function decodeVolume(bytes: Bytes, compression: string): NdArray {
  const layout = readNiiLayout(bytes, compression);
  const end = layout.start + elementCount(layout.shape) * itemSize(layout.dtype);
  return readNiiNumbers({ bytes: bytes.subarray(layout.start, end), layout, shape: layout.shape });
}
