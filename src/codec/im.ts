/**
 * im: LabEye's and IFUNC's "image memory": lines of text (`Image type: RGB image`), 0x1a, perhaps a palette, and rows of
 * pixels, the last first. There is no other documentation than what Pillow reads and writes.
 */
import { type Bytes, utf8Encode } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import {
  checkSize,
  type Drawing,
  type Mode,
  type Picture,
  packBits,
  packedRow,
  pictureEncoder,
  pictureFormat,
  readBits,
  readPixels,
  type Values,
  writePixels,
} from './raster.js';

const maxLine = 100;
const endOfText = 0x1a;
const headerSize = 512;
const paletteSize = 768;

/** How values are stored: planes of bytes in each row, pixels of bytes, bits, or numbers of one kind. */
type Form = 'planes' | 'pixels' | 1 | 2 | 4 | 'u1' | 'i1' | 'u2' | 'b2' | 'i2' | 'u4' | 'i4' | 'f4';

// `L*` stands for `L ` as well, where it is not listed itself.
const types: Readonly<Record<string, readonly [Mode, Form]>> = {
  '0 1': ['1', 1],
  'L 1': ['1', 1],
  B1: ['1', 1],
  B2: ['P', 2],
  B4: ['P', 4],
  Greyscale: ['L', 'planes'],
  Grayscale: ['L', 'planes'],
  RGB: ['RGB', 'planes'],
  YCC: ['RGB', 'planes'],
  'X 24': ['RGB', 'pixels'],
  LA: ['LA', 'planes'],
  PA: ['LA', 'planes'],
  RGBA: ['RGBA', 'planes'],
  RGBX: ['RGBA', 'planes'],
  CMYK: ['CMYK', 'planes'],
  'L 32 S': ['I', 'i4'],
  'L 32S': ['I', 'i4'],
  'L 16': ['I;16', 'u2'],
  'L 16L': ['I;16', 'u2'],
  'L 16B': ['I;16', 'b2'],
  'L 8': ['F', 'u1'],
  'L 8S': ['F', 'i1'],
  'L 16S': ['F', 'i2'],
  'L 32': ['F', 'u4'],
  'L 32 F': ['F', 'u4'],
  'L 32F': ['F', 'f4'],
  'L*16': ['F', 'u2'],
};

const bytesOf: Readonly<Record<Mode, number>> = {
  1: 1,
  L: 1,
  P: 1,
  LA: 2,
  RGB: 3,
  RGBA: 4,
  CMYK: 4,
  I: 4,
  'I;16': 2,
  F: 4,
};

interface Head {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly hasPalette: boolean;
  /** Where the text ends. */
  readonly end: number;
}

function readHead(file: FileView): Head {
  const { bytes } = file;
  let [type, width, height, hasPalette, known, at] = ['Greyscale', 512, 512, false, false, 0];
  for (; at < file.length && bytes[at] !== 0 && bytes[at] !== endOfText; ) {
    if (bytes[at] === 13) {
      at++;
      continue;
    }
    const newline = bytes.indexOf(10, at);
    const line = file.text(at, Math.min(newline < 0 ? file.length : newline, at + maxLine) - at);
    const [, key, value = ''] = /^([A-Za-z][^:]*):[ \t]*([\s\S]*)$/.exec(line.replace(/\r$/, '')) ?? [];
    if (line.length >= maxLine || newline < 0 || key === undefined) {
      throw file.error('it does not begin like an IM file');
    }
    if (/^(Comment|Date|Digitalization equipment|File size \(no of images\)|Lut|Name|Scale \(x,y\)|Image )/.test(key)) {
      known = true;
    }
    if (key === 'Image type') type = value.replace(/ image$/, '');
    if (key === 'Lut') hasPalette = true;
    if (key === 'Image size (x*y)') [width = 0, height = 0] = value.split(/[*,]/).map(Number);
    at = newline + 1;
  }
  const end = bytes.indexOf(endOfText, at);
  if (end < 0 || !known) throw file.error('its header has no end, or says nothing');
  return { type, width, height, hasPalette, end: end + 1 };
}

function open(file: FileView): Picture {
  const { type, width, height, hasPalette, end } = readHead(file);
  if (!Number.isInteger(width) || !Number.isInteger(height)) throw file.error('its size is not told in whole numbers');
  checkSize(file, width, height);
  let [mode, form] = types[type] ?? types[type.replace(/^L\*/, 'L ')] ?? [];
  if (mode === undefined || form === undefined) throw file.error(`its type "${type}" is not known`);
  let colors: Bytes | undefined;
  let start = end;
  if (hasPalette) {
    start = file.need(end + paletteSize);
    const layout = { width: 256, height: 1, order: [0, 256, 512], step: 1, stride: 0 };
    const given = readPixels(file.bytes, end, layout);
    const isGray = given.every((value, i) => value === given[i - (i % 3)]);
    if (!isGray && ['L', 'P', 'LA'].includes(mode)) {
      colors = given;
      form = 'planes';
      if (mode === 'L') mode = 'P';
    }
  }
  if (type === 'PA' && !colors) throw file.error('its palette is missing');
  const unit = typeof form === 'number' ? 0 : form === 'planes' || form === 'pixels' ? bytesOf[mode] : Number(form[1]);
  const stride = typeof form === 'number' ? packedRow(width, form) : width * unit;
  file.need(start + stride * height);
  return {
    mode,
    width,
    height,
    colors,
    pixels: () => readRows(file, start, { width, height, stride, unit }, mode, form),
  };
}

interface Rows {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  /** Bytes of a pixel. */
  readonly unit: number;
}

function readRows(file: FileView, at: number, rows: Rows, mode: Mode, form: Form): Values {
  const { width, height, stride, unit } = rows;
  if (typeof form === 'number') return readBits(file.bytes, at, { width, height, bits: form, bottomUp: true });
  const planes = form === 'planes';
  const bytes = readPixels(file.bytes, at, {
    ...rows,
    order: Array.from({ length: unit }, (_, i) => (planes ? i * width : i)),
    step: planes ? 1 : unit,
    stride,
    bottomUp: true,
  });
  if (planes || form === 'pixels') return bytes;
  const view = new DataView(bytes.buffer);
  const count = width * height;
  const values = mode === 'I' ? new Int32Array(count) : mode === 'F' ? new Float32Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) values[i] = numberAt(view, i * unit, form);
  return values;
}

function numberAt(view: DataView, at: number, form: Form): number {
  if (form === 'u1') return view.getUint8(at);
  if (form === 'i1') return view.getInt8(at);
  if (form === 'i2') return view.getInt16(at, true);
  if (form === 'u2' || form === 'b2') return view.getUint16(at, form === 'u2');
  if (form === 'u4') return view.getUint32(at, true);
  return form === 'i4' ? view.getInt32(at, true) : view.getFloat32(at, true);
}

// What Pillow calls each mode.
const names: Partial<Record<Mode, string>> = { 1: '0 1', L: 'Greyscale', I: 'L 32S', 'I;16': 'L 16', F: 'L 32F' };

function write({ mode, width, height, data }: Drawing): Bytes {
  const text = `Image type: ${names[mode] ?? mode} image\r\nImage size (x*y): ${width}*${height}\r\nFile size (no of images): 1\r\n`;
  const unit = bytesOf[mode];
  const stride = mode === '1' ? packedRow(width) : width * unit;
  const out = new Uint8Array(headerSize + stride * height);
  out.set(utf8Encode(text));
  out[headerSize - 1] = endOfText;
  const size = { width, height, stride, bottomUp: true };
  if (mode === '1') out.set(packBits(data, size), headerSize);
  else if (data instanceof Uint8Array) {
    const order = Array.from({ length: unit }, (_, i) => i * width);
    writePixels(out, headerSize, data, { ...size, order, step: 1 });
  } else {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const order = Array.from({ length: unit }, (_, i) => i);
    writePixels(out, headerSize, raw, { ...size, order, step: unit });
  }
  return out;
}

/** im as a codec. */
export const im = pictureFormat(
  'im',
  open,
  pictureEncoder('im', ['1', 'L', 'LA', 'RGB', 'RGBA', 'I', 'I;16', 'F'], 2 ** 31 - 1, write),
);
