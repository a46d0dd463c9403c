/** nii and nii.gz: the volume in C order. */
import { DatasetError } from '../errors.js';
import { elementCount, itemSize, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';
import { gunzipStart } from './gunzip.js';
import { niiGzLength, readNiiLayout } from './nii-header.js';
import { readNiiNumbers } from './nii-numbers.js';
import type { Codec } from './types.js';

// DEFLATE makes at most 1032 bytes of one.
const MAX_RATIO = 1032;

// Greatest size of an array in bytes: below the 2^32 of browsers.
const MAX_ARRAY = 2 ** 31;

/** Decodes NIfTI files to `[x, y, z]` or up to seven axes. */
export const nii: Codec = { decode: (bytes) => decodeVolume(bytes, 'nii') };

/** Decodes NIfTI files that are packed by gzip. */
export const niiGz: Codec = {
  decode(bytes) {
    const length = niiGzLength(bytes);
    checkSize(length);
    const unpacked = gunzipAll(bytes, length);
    if (unpacked.length < length) {
      const expected = `expected at least ${length} unpacked bytes, got ${unpacked.length}`;
      throw fileError('nii.gz', `it is cut off: ${expected}`);
    }
    return decodeVolume(unpacked, 'nii.gz');
  },
};

function checkSize(bytes: number): void {
  if (bytes <= MAX_ARRAY) return;
  throw new DatasetError(
    'unsupported',
    `The volume takes ${bytes} bytes, more than ${MAX_ARRAY} at once. Read parts of it with slice({ axis, index }).`,
    { feature: `arrays of more than ${MAX_ARRAY} bytes` },
  );
}

/** Unpacks a file to its end, where its check sum is. `length` bytes are expected; more may follow. */
function gunzipAll(bytes: Bytes, length: number): Bytes {
  const file = new FileView(bytes, 'nii.gz');
  const told = file.u32(file.length - 4); // the length of the last stream, which often is the only one
  const most = MAX_RATIO * bytes.length;
  // One byte of room beyond the end: the stream ends before it.
  for (let room = Math.max(length, told <= most ? told : 0) + 1; ; room = Math.min(2 * room, most + 1)) {
    const unpacked = gunzipStart(bytes, 'nii.gz', room);
    if (unpacked.length < room) return unpacked;
  }
}

function decodeVolume(bytes: Bytes, compression: string): NdArray {
  const layout = readNiiLayout(bytes, compression);
  const count = elementCount(layout.shape);
  const end = layout.start + count * itemSize(layout.dtype);
  const isScaled = layout.slope !== 1 || layout.inter !== 0; // to float64
  checkSize(count * (isScaled ? Math.max(8, itemSize(layout.dtype)) : itemSize(layout.dtype)));
  return readNiiNumbers({ bytes: bytes.subarray(layout.start, end), layout, shape: layout.shape });
}
