/**
 * Reads NIfTI-1 and NIfTI-2 headers, also of gzip files, of which only the first bytes are unpacked for it.
 *
 * The fields are recorded as nibabel gives them: arrays of numpy, in the byte order of the file, with the offset at 0 and
 * the scaling undone. Sources: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
 */
import type { Dtype } from '../format/dtypes.js';
import { elementCount, itemSize } from '../format/dtypes.js';
import { encodeTagged, type JsonValue } from '../format/json.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { gunzipStart } from './gunzip.js';
import type { SampleHeader } from './types.js';

/** Where the numbers of a volume lie, and what they are. */
export interface NiiLayout {
  /** Sizes of the axes, the first varying fastest. */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly bigEndian: boolean;
  /** Position of the first number. */
  readonly start: number;
  /** Values are `slope * number + inter`; undefined when they are not scaled. */
  readonly slope: number | undefined;
  readonly inter: number;
}

// Fields as `name:type` or `name:type:count`; types are numpy's, S is text of so many bytes.
const fields1 =
  'sizeof_hdr:i4 data_type:S10 db_name:S18 extents:i4 session_error:i2 regular:S1 dim_info:u1 dim:i2:8 intent_p1:f4 ' +
  'intent_p2:f4 intent_p3:f4 intent_code:i2 datatype:i2 bitpix:i2 slice_start:i2 pixdim:f4:8 vox_offset:f4 scl_slope:f4 ' +
  'scl_inter:f4 slice_end:i2 slice_code:u1 xyzt_units:u1 cal_max:f4 cal_min:f4 slice_duration:f4 toffset:f4 glmax:i4 ' +
  'glmin:i4 descrip:S80 aux_file:S24 qform_code:i2 sform_code:i2 quatern_b:f4 quatern_c:f4 quatern_d:f4 qoffset_x:f4 ' +
  'qoffset_y:f4 qoffset_z:f4 srow_x:f4:4 srow_y:f4:4 srow_z:f4:4 intent_name:S16 magic:S4';
const fields2 =
  'sizeof_hdr:i4 magic:S4 eol_check:i1:4 datatype:i2 bitpix:i2 dim:i8:8 intent_p1:f8 intent_p2:f8 intent_p3:f8 ' +
  'pixdim:f8:8 vox_offset:i8 scl_slope:f8 scl_inter:f8 cal_max:f8 cal_min:f8 slice_duration:f8 toffset:f8 slice_start:i8 ' +
  'slice_end:i8 descrip:S80 aux_file:S24 qform_code:i4 sform_code:i4 quatern_b:f8 quatern_c:f8 quatern_d:f8 qoffset_x:f8 ' +
  'qoffset_y:f8 qoffset_z:f8 srow_x:f8:4 srow_y:f8:4 srow_z:f8:4 slice_code:i4 xyzt_units:i4 intent_code:i4 ' +
  'intent_name:S16 dim_info:u1 unused_str:S15';

const HEADER1 = 348;
const HEADER2 = 540;

// By the codes of nifti1.h. Colours (128, 2304) and numbers of 16 bytes are no arrays of one number type.
const dtypes: Readonly<Record<number, Dtype>> = {
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  32: 'complex64',
  64: 'float64',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
  1792: 'complex128',
};

interface Field {
  readonly type: string;
  readonly count: number;
  readonly at: number;
  readonly size: number;
}

function fieldsOf(text: string): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  let at = 0;
  for (const field of text.split(' ')) {
    const [name = '', type = '', times = '1'] = field.split(':');
    const size = Number(type.slice(1)) * Number(times);
    fields.set(name, { type, count: Number(times), at, size });
    at += size;
  }
  return fields;
}

/** A header taken apart: its fields, and its bytes, which may be changed. */
class NiiHeader {
  readonly file: FileView;
  readonly big: boolean;
  readonly fields: ReadonlyMap<string, Field>;

  constructor(start: Bytes, compression: string) {
    const little = new FileView(start, compression);
    const size = start.length >= 4 ? little.i32(0) : 0;
    const swapped = new FileView(start, compression, { bigEndian: true });
    this.big = size !== HEADER1 && size !== HEADER2;
    this.file = this.big ? swapped : little;
    const own = start.length >= 4 ? this.file.i32(0) : 0;
    this.file.expect(own === HEADER1 || own === HEADER2, 'a NIfTI file');
    this.file.need(own);
    this.fields = fieldsOf(own === HEADER1 ? fields1 : fields2);
    const magic = this.file.text(own === HEADER1 ? 344 : 4, 4);
    if (magic !== (own === HEADER1 ? 'n+1\0' : 'n+2\0')) {
      throw this.file.error(`it has no volume in itself (mark "${magic.replaceAll('\0', '')}")`);
    }
  }

  /** Numbers of a field. */
  all(name: string): number[] {
    const field = this.fields.get(name);
    if (!field) return [];
    const { type, count, at, size } = field;
    const { file } = this;
    const step = size / count;
    return Array.from({ length: count }, (_, i) => {
      const from = at + i * step;
      if (type === 'f4') return file.f32(from);
      if (type === 'f8') return file.f64(from);
      if (type === 'i2') return file.i16(from);
      if (type === 'i4') return file.i32(from);
      return type === 'i8' ? file.i64(from) : file.u8(from);
    });
  }

  /** Number of a field. */
  one(name: string): number {
    return this.all(name)[0] ?? 0;
  }
}

function layoutOf(header: NiiHeader): NiiLayout {
  const { file } = header;
  const [axes = 0, ...sizes] = header.all('dim');
  const shape = sizes.slice(0, axes);
  if (axes < 1 || axes > 7 || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw file.error(`its shape (${shape.join(', ')}) of ${axes} axes is not one of 1 to 7 axes`);
  }
  const code = header.one('datatype');
  const dtype = dtypes[code];
  if (!dtype) throw file.error(`its data type (code ${code}) is no number type`);
  const start = header.one('vox_offset');
  const least = file.i32(0) + 4; // four bytes that tell of extensions follow the header
  if (!Number.isInteger(start) || (start !== 0 && start < least - 4))
    throw file.error(`its numbers begin at byte ${start}`);
  const slope = header.one('scl_slope');
  const scaled = Number.isFinite(slope) && slope !== 0;
  const inter = header.one('scl_inter');
  return {
    shape,
    dtype,
    bigEndian: header.big,
    start: start || least,
    slope: scaled ? slope : undefined,
    inter: scaled && Number.isFinite(inter) ? inter : 0,
  };
}

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
  const affine = new Float64Array(affineOf(header, shape));
  info.affine = tagged(new Uint8Array(affine.buffer), [4, 4], '<f8');
  info.zooms = header.all('pixdim').slice(1, shape.length + 1);
  return info;
}

function fillNaN(bytes: Bytes, big: boolean): void {
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) view.setUint32(0, 0x7fc00000, !big);
  else view.setBigUint64(0, 0x7ff8000000000000n, !big);
}

/** The 16 numbers of the matrix from voxels to millimetres: of the best of the three methods in the header. */
function affineOf(header: NiiHeader, shape: readonly number[]): number[] {
  const last = [0, 0, 0, 1];
  if (header.one('sform_code') > 0)
    return [...header.all('srow_x'), ...header.all('srow_y'), ...header.all('srow_z'), ...last];
  const [handed = 1, ...pixdim] = header.all('pixdim');
  const [dx = 1, dy = 1, dz = 1] = pixdim.slice(0, Math.min(3, shape.length));
  if (header.one('qform_code') <= 0) {
    const middle = (axis: number): number => ((shape[axis] ?? 1) - 1) / 2;
    return [-dx, 0, 0, middle(0) * dx, 0, dy, 0, -middle(1) * dy, 0, 0, dz, -middle(2) * dz, ...last];
  }
  const [b, c, d] = [header.one('quatern_b'), header.one('quatern_c'), header.one('quatern_d')];
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const s = 2 / (a * a + b * b + c * c + d * d);
  const z = (pixdim[2] ?? 1) * (handed < 0 ? -1 : 1);
  const [x, y] = [pixdim[0] ?? 1, pixdim[1] ?? 1];
  return [
    ...[(1 - s * (c * c + d * d)) * x, s * (b * c - a * d) * y, s * (b * d + a * c) * z, header.one('qoffset_x')],
    ...[s * (b * c + a * d) * x, (1 - s * (b * b + d * d)) * y, s * (c * d - a * b) * z, header.one('qoffset_y')],
    ...[s * (b * d - a * c) * x, s * (c * d + a * b) * y, (1 - s * (b * b + c * c)) * z, header.one('qoffset_z')],
    ...last,
  ];
}

/** Reads the layout of an unpacked NIfTI file. @throws {DatasetError} `codec` when it is cut off. */
export function readNiiLayout(bytes: Bytes, compression = 'nii'): NiiLayout {
  const header = new NiiHeader(bytes, compression);
  const layout = layoutOf(header);
  header.file.need(layout.start + elementCount(layout.shape) * itemSize(layout.dtype));
  return layout;
}

/** Reads shape, dtype and fields of a NIfTI file: `[x, y, z]` or up to seven axes. */
export function readNiiHeader(bytes: Bytes): SampleHeader {
  const { shape, dtype } = readNiiLayout(bytes);
  const header = new NiiHeader(bytes, 'nii');
  return { shape, dtype, info: infoOf(header, layoutOf(header)) };
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
  const header = new NiiHeader(gunzipStart(bytes, 'nii.gz', HEADER2), 'nii.gz');
  const layout = layoutOf(header);
  const length = layout.start + elementCount(layout.shape) * itemSize(layout.dtype);
  if (length > MAX_RATIO * bytes.length) {
    throw header.file.error(`it promises ${length} bytes, more than its ${bytes.length} bytes can hold`);
  }
  return { header, layout, length };
}
