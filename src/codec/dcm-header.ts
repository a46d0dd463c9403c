/** Reads DICOM headers: the shape of the pixels, and every element that is not binary, as pydicom tells it. */
import type { Dtype } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { type DicomElement, type DicomFile, readDicom } from './dicom-elements.js';
import { dicomName } from './dicom-names.js';
import type { SampleHeader } from './types.js';

const CHARACTER_SET = 0x00080005;
const SAMPLES = 0x00280002;
const PHOTOMETRIC = 0x00280004;
const PLANAR = 0x00280006;
const FRAMES = 0x00280008;
const ROWS = 0x00280010;
const COLUMNS = 0x00280011;
const BITS = 0x00280100;
const SIGNED = 0x00280103;
const FLOATS = 0x7fe00008;
const DOUBLES = 0x7fe00009;
const PIXELS = 0x7fe00010;

const binary = new Set('OB OD OF OL OV OW UN'.split(' '));
// Text that is one value, whatever it holds; backslashes part the values of all other text.
const singleText = new Set('ST LT UT UR'.split(' '));

// Labels of the Encoding Standard, by the defined terms of PS3.3 §C.12.1.1.2 (with "ISO 2022 IR" for "ISO_IR").
const encodings: Readonly<Record<string, string>> = {
  '': 'latin1',
  '6': 'latin1',
  '13': 'shift_jis',
  '58': 'gb2312',
  '87': 'iso-2022-jp',
  '100': 'latin1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '126': 'iso-8859-7',
  '127': 'iso-8859-6',
  '138': 'iso-8859-8',
  '144': 'iso-8859-5',
  '148': 'windows-1254',
  '149': 'euc-kr',
  '159': 'iso-2022-jp',
  '166': 'windows-874',
  '192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** Reads values of elements of one file. */
export class DicomValues {
  readonly #dicom: DicomFile;
  readonly #signed: boolean;
  readonly #decoder: TextDecoder;

  /** Looks up the character set and whether pixels have a sign, on which values depend. */
  constructor(dicom: DicomFile) {
    this.#dicom = dicom;
    this.#decoder = new TextDecoder('latin1');
    const find = (tag: number) => dicom.elements.find((element) => element.tag === tag);
    const set = find(CHARACTER_SET);
    // Of several sets the last one extends the others.
    const term = set ? String(this.list(set).at(-1) ?? '') : '';
    this.#decoder = new TextDecoder(encodings[term.replace(/^ISO(_| 2022 )IR /, '')] ?? 'latin1');
    const signed = find(SIGNED);
    this.#signed = signed !== undefined && this.list(signed)[0] === 1;
  }

  /** The value representation; that of some elements depends on the pixels. */
  vr({ vr }: DicomElement): string {
    return vr === 'xs' ? (this.#signed ? 'SS' : 'US') : vr;
  }

  /** All values of an element that is no sequence and not binary. */
  list(element: DicomElement): (string | number)[] {
    const { file } = this.#dicom;
    const { tag, at, end } = element;
    const vr = this.vr(element);
    const each = (size: number, read: (from: number) => number): number[] =>
      Array.from({ length: Math.floor((end - at) / size) }, (_, i) => read(at + i * size));
    switch (vr) {
      case 'US':
        return each(2, (from) => file.u16(from));
      case 'SS':
        return each(2, (from) => file.i16(from));
      case 'UL':
        return each(4, (from) => file.u32(from));
      case 'SL':
        return each(4, (from) => file.i32(from));
      case 'UV':
        return each(8, (from) => file.u64(from));
      case 'SV':
        return each(8, (from) => file.i64(from));
      case 'FL':
        return each(4, (from) => file.f32(from));
      case 'FD':
        return each(8, (from) => file.f64(from));
      case 'AT':
        return each(4, (from) => file.u16(from) * 65536 + file.u16(from + 2));
    }
    const latin = tag === CHARACTER_SET || vr === 'CS' || vr === 'UI' || vr === 'DS' || vr === 'IS';
    const bytes = file.slice(at, end);
    const text = latin ? String.fromCharCode(...bytes.subarray(0, 65_536)) : this.#decoder.decode(bytes);
    const parts = (singleText.has(vr) ? [text] : text.split('\\')).map((part) => part.replace(/[\0 ]+$/, ''));
    if (parts.length === 1 && parts[0] === '') return [];
    if (vr !== 'DS' && vr !== 'IS') return parts;
    return parts.map((part) => {
      const number = Number(part.trim());
      return part.trim() === '' || !Number.isFinite(number) ? part : number;
    });
  }

  /** The value as Deep Lake records it: one text or number by itself, more of them and names of persons as a list. */
  recorded(element: DicomElement): unknown {
    if (element.items) return element.items.map((item) => this.#model(item));
    const list = this.list(element);
    if (element.vr === 'PN') return list.length > 0 ? list.map(personName) : '';
    return list.length > 1 ? list : (list[0] ?? '');
  }

  /** An item in the DICOM JSON model (PS3.18 §F). */
  #model(elements: readonly DicomElement[]): Record<string, unknown> {
    const item: Record<string, unknown> = {};
    for (const element of elements) {
      if (binary.has(element.vr)) continue;
      const value = element.items?.map((inner) => this.#model(inner)) ?? this.list(element);
      const named = element.vr === 'PN' ? value.map((name) => personName(name as string | number)) : value;
      item[hex(element.tag, 8)] = { vr: this.vr(element), ...(named.length > 0 && { Value: named }) };
    }
    return item;
  }
}

/** The groups of a name: in letters, in ideograms and by its sound. */
function personName(name: string | number): Record<string, string> {
  const [alphabetic = '', ideographic, phonetic] = String(name).split('=');
  return {
    Alphabetic: alphabetic,
    ...(ideographic && { Ideographic: ideographic }),
    ...(phonetic && { Phonetic: phonetic }),
  };
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/** What the pixels of a DICOM file are, and where they lie. */
export interface DcmPixels {
  /** `[rows, columns, channels]`, frames first when there are several. */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly frames: number;
  /** Bits of one number as stored; 1 is packed. */
  readonly bits: number;
  /** Whether all numbers of one channel come before those of the next. */
  readonly planar: boolean;
  /** Photometric interpretation, such as `MONOCHROME2`. */
  readonly photometric: string;
  /** Their bytes, or the fragments that they are coded in. */
  readonly element: DicomElement;
}

/** Finds the pixels. @throws {DatasetError} `codec` when there are none, or fewer than the header tells. */
export function dcmPixels(dicom: DicomFile): DcmPixels {
  return pixelsOf(dicom, new DicomValues(dicom));
}

function pixelsOf(dicom: DicomFile, values: DicomValues): DcmPixels {
  const { file, elements } = dicom;
  const find = (tag: number) => elements.find((element) => element.tag === tag);
  const number = (tag: number, otherwise?: number): number => {
    const element = find(tag);
    const value = element && Number(values.list(element)[0]);
    if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value;
    if (otherwise !== undefined) return otherwise;
    throw file.error(`it does not tell its ${dicomName(tag)?.name}`);
  };
  const data = find(PIXELS) ?? find(FLOATS) ?? find(DOUBLES);
  if (!data) throw file.error('it has no pixels');
  const [rows, columns, channels, frames] = [number(ROWS), number(COLUMNS), number(SAMPLES, 1), number(FRAMES, 1)];
  const bits = data.tag === FLOATS ? 32 : data.tag === DOUBLES ? 64 : number(BITS);
  if (rows === 0 || columns === 0 || channels === 0 || channels > 4 || frames === 0) {
    throw file.error(`its pixels have ${frames} frames of ${rows} x ${columns} with ${channels} values`);
  }
  const dtype: Dtype | undefined =
    data.tag !== PIXELS ? (bits === 32 ? 'float32' : 'float64') : dtypeOf(bits, number(SIGNED, 0) === 1);
  if (!dtype) throw file.error(`its pixels have ${bits} bits, expected 1, 8, 16, 32 or 64`);
  const interpretation = find(PHOTOMETRIC);
  const photometric = interpretation ? String(values.list(interpretation)[0]) : '';
  const halved = photometric.includes('422') ? 2 / 3 : 1;
  const expected = Math.ceil((rows * columns * channels * frames * bits * halved) / 8);
  if (!data.coded && data.end - data.at < expected) {
    throw file.error(`expected ${expected} bytes of pixels, got ${data.end - data.at}`);
  }
  if (frames > Math.max(1, data.end - data.at))
    throw file.error(`it promises ${frames} frames in ${data.end - data.at} bytes`);
  const picture = [rows, columns, channels];
  const shape = frames > 1 ? [frames, ...picture] : picture;
  return { shape, dtype, frames, bits, planar: number(PLANAR, 0) === 1, photometric, element: data };
}

function dtypeOf(bits: number, signed: boolean): Dtype | undefined {
  if (bits === 1) return 'uint8';
  return ([8, 16, 32, 64] as const).includes(bits as 8) ? (`${signed ? 'int' : 'uint'}${bits}` as Dtype) : undefined;
}

/** What is recorded of an element. @table */
export interface DicomTag {
  /** Such as `Patient's Name`. */
  readonly name: string;
  /** Such as `(0010, 0010)`. */
  readonly tag: string;
  /** One text or number by itself, more of them, names of persons and sequences as a list. */
  readonly value: unknown;
  /** Value representation: two letters. */
  readonly vr: string;
}

/**
 * Gives the elements that are not binary, by keyword.
 *
 * Elements without a name of their own (private ones, and those that the list of names lacks) are left out.
 */
export function dicomTags(dicom: DicomFile, values = new DicomValues(dicom)): Record<string, DicomTag> {
  const tags: Record<string, DicomTag> = {};
  for (const element of dicom.elements) {
    const known = dicomName(element.tag);
    if (!known || binary.has(element.vr)) continue;
    const digits = hex(element.tag, 8).toLowerCase();
    tags[known.keyword] = {
      name: known.name,
      tag: `(${digits.slice(0, 4)}, ${digits.slice(4)})`,
      value: values.recorded(element),
      vr: values.vr(element),
    };
  }
  return tags;
}

/** Reads shape, dtype and elements of a DICOM file: `[rows, columns, channels]`, frames first when there are several. */
export function readDcmHeader(bytes: Bytes): SampleHeader {
  const dicom = readDicom(bytes);
  const values = new DicomValues(dicom);
  const { shape, dtype } = pixelsOf(dicom, values);
  return { shape, dtype, info: dicomTags(dicom, values) };
}
