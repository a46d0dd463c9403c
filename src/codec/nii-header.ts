/**
 * Reads NIfTI-1 and NIfTI-2 headers, also of gzip files, of which only the first bytes are unpacked for it.
 *
 * The fields are recorded as nibabel gives them: arrays of numpy, in the byte order of the file, with the offset at 0 and
 * the scaling undone.
 */
import { elementCount, itemSize } from '../format/dtypes.js';
import { encodeTagged, type JsonValue } from '../format/json.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { gunzipStart } from './gunzip.js';
import { niiAffine } from './nii-affine.js';
import { NII_HEADER, NiiHeader, type NiiLayout, niiLayoutOf } from './nii-fields.js';
import type { SampleHeader } from './types.js';

function tagged(bytes: Bytes, shape: readonly number[], dtype: string): JsonValue {
  return { ...(encodeTagged(bytes) as object), _hub_custom_type: 'ndarray', shape: [...shape], dtype };
}

function infoOf(header: NiiHeader, { shape }: NiiLayout): Record<string, unknown> {
  const info: Record<string, unknown> = {};
  const order = header.big ? '>' : '<';
  for (const [name, { type, count, at, size }] of header.fields) {
    const bytes = header.file.slice(at, at + size).slice();
    // nibabel takes these out of the header, as the array that it gives needs them no more.
    if (name === 'vox_offset') bytes.fill(0);
    if (name === 'scl_slope' || name === 'scl_inter') fillNaN(bytes, header.big);
    const single = type.startsWith('S') || type.endsWith('1');
    info[name] = tagged(bytes, count > 1 ? [count] : [], (single ? '|' : order) + type);
  }
  const affine = new Float64Array(niiAffine(header, shape));
  info.affine = tagged(new Uint8Array(affine.buffer), [4, 4], '<f8');
  info.zooms = header.all('pixdim').slice(1, shape.length + 1);
  return info;
}

function fillNaN(bytes: Bytes, big: boolean): void {
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) view.setUint32(0, 0x7fc00000, !big);
  else view.setBigUint64(0, 0x7ff8000000000000n, !big);
}

/** Reads the layout of an unpacked NIfTI file. @throws {DatasetError} `codec` when it is cut off. */
export function readNiiLayout(bytes: Bytes, compression = 'nii'): NiiLayout {
  const header = new NiiHeader(bytes, compression);
  const layout = niiLayoutOf(header);
  header.file.need(layout.start + elementCount(layout.shape) * itemSize(layout.dtype));
  return layout;
}

/** Reads shape, dtype and fields of a NIfTI file: `[x, y, z]` or up to seven axes. */
export function readNiiHeader(bytes: Bytes): SampleHeader {
  const { shape, dtype } = readNiiLayout(bytes);
  const header = new NiiHeader(bytes, 'nii');
  return { shape, dtype, info: infoOf(header, niiLayoutOf(header)) };
}

// DEFLATE makes at most 1032 bytes of one.
const MAX_RATIO = 1032;

/** The same of a gzip file. Whether the rest of it is whole shows when it is decoded. */
export function readNiiGzHeader(bytes: Bytes): SampleHeader {
  const { header, layout } = readNiiGz(bytes);
  return { shape: layout.shape, dtype: layout.dtype, info: infoOf(header, layout) };
}

/** Unpacked bytes up to the end of a packed volume. @throws {DatasetError} `codec` when the file cannot hold them. */
export function niiGzLength(bytes: Bytes): number {
  return readNiiGz(bytes).length;
}

function readNiiGz(bytes: Bytes): { header: NiiHeader; layout: NiiLayout; length: number } {
  const header = new NiiHeader(gunzipStart(bytes, 'nii.gz', NII_HEADER), 'nii.gz');
  const layout = niiLayoutOf(header);
  const length = layout.start + elementCount(layout.shape) * itemSize(layout.dtype);
  checkNiiGzLength(length, bytes.length);
  return { header, layout, length };
}

/** Checks that a packed file can hold what it promises. @throws {DatasetError} `codec` */
export function checkNiiGzLength(length: number, fileLength: number): void {
  if (length > MAX_RATIO * fileLength)
    throw fileError('nii.gz', `it promises ${length} bytes, more than its ${fileLength} bytes can hold`);
}
