/**
 * The fields of NIfTI-1 and NIfTI-2 headers, and the layout that they tell.
 *
 * Sources: nifti1.h and nifti2.h of the NIfTI Data Format Working Group.
 */
import { DatasetError } from '../errors.js';
import type { Dtype } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';

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
/** Bytes of the longer header. */
export const NII_HEADER = 540;

// By the codes of nifti1.h.
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
const others: Readonly<Record<number, string>> = {
  1: 'single bits',
  128: 'RGB24 colours',
  1536: 'float128 numbers',
  2048: 'complex256 numbers',
  2304: 'RGBA32 colours',
};

function refused(compression: string, feature: string, advice: string): DatasetError<'unsupported'> {
  const message = `The ${compression} file has ${feature}, which are not decoded. ${advice}.`;
  return new DatasetError('unsupported', message, { feature });
}

/** Where a field of the header lies. */
export interface NiiField {
  readonly type: string;
  readonly count: number;
  readonly at: number;
  readonly size: number;
}

function fieldsOf(text: string): ReadonlyMap<string, NiiField> {
  const fields = new Map<string, NiiField>();
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
export class NiiHeader {
  readonly file: FileView;
  readonly big: boolean;
  readonly fields: ReadonlyMap<string, NiiField>;

  constructor(start: Bytes, compression: string) {
    const little = new FileView(start, compression);
    const size = start.length >= 4 ? little.i32(0) : 0;
    const swapped = new FileView(start, compression, { bigEndian: true });
    this.big = size !== HEADER1 && size !== NII_HEADER;
    this.file = this.big ? swapped : little;
    const own = start.length >= 4 ? this.file.i32(0) : 0;
    this.file.expect(own === HEADER1 || own === NII_HEADER, 'a NIfTI file');
    this.file.need(own);
    this.fields = fieldsOf(own === HEADER1 ? fields1 : fields2);
    const magic = this.file.text(own === HEADER1 ? 344 : 4, 4);
    if (magic === (own === HEADER1 ? 'ni1\0' : 'ni2\0'))
      throw refused(compression, 'volumes in a file of their own (.hdr with .img)', 'Join the two files to one .nii');
    if (magic !== (own === HEADER1 ? 'n+1\0' : 'n+2\0'))
      throw this.file.error(`it has no volume in itself (mark "${magic.replaceAll('\0', '')}")`);
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

  /** Text of a field, up to its first NUL. */
  text(name: string): string {
    const field = this.fields.get(name);
    return field ? this.file.cString(field.at, field.size) : '';
  }

  /** Number of a field. */
  one(name: string): number {
    return this.all(name)[0] ?? 0;
  }
}

/**
 * Reads the layout, and checks that it makes sense. Whether the file reaches its end is the caller's to check.
 *
 * @throws {DatasetError} `codec`; `unsupported` for numbers that no dtype holds
 */
export function niiLayoutOf(header: NiiHeader): NiiLayout {
  const { file } = header;
  const [axes = 0, ...sizes] = header.all('dim');
  const shape = sizes.slice(0, axes);
  if (axes < 1 || axes > 7 || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw file.error(`its shape (${shape.join(', ')}) of ${axes} axes is not one of 1 to 7 axes`);
  }
  const code = header.one('datatype');
  const dtype = dtypes[code];
  const other = others[code];
  if (other) throw refused(file.compression, `volumes of ${other}`, 'Read the file with encoded() or toBlob()');
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
