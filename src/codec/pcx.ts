/**
 * pcx: run-length coded rows, each with its planes one after another.
 *
 * | offset | type | meaning                                          |
 * |--------|------|--------------------------------------------------|
 * | 0      | u8   | 10                                               |
 * | 1      | u8   | version: 0, 2, 3 or 5                            |
 * | 3      | u8   | bits of a value in a plane                       |
 * | 4      | u16  | left, top, right and bottom, all inclusive       |
 * | 16     | 48 u8| palette of 16 colours                            |
 * | 65     | u8   | planes                                           |
 * | 66     | u16  | bytes of a row of one plane                      |
 * | 128    |      | codes; 769 bytes before the end 12 and a palette |
 *
 * Source: ZSoft's technical reference manual of PC Paintbrush, revision 5.
 */
import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import {
  cannotHold,
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
  writePixels,
} from './raster.js';

const headerSize = 128;
const paletteSize = 769;

function open(file: FileView): Picture {
  file.expect(file.u8(0) === 10 && [0, 2, 3, 5].includes(file.u8(1)), 'a PCX file');
  file.need(headerSize);
  const width = file.u16(8) + 1 - file.u16(4);
  const height = file.u16(10) + 1 - file.u16(6);
  checkSize(file, width, height, true);
  const bits = file.u8(3);
  const planes = file.u8(65);
  const isBytes = bits === 8 && file.u8(1) === 5 && (planes === 1 || planes === 3);
  if (!isBytes && !(bits === 1 && [1, 2, 4].includes(planes))) {
    throw file.error(`version ${file.u8(1)} with ${planes} planes of ${bits} bits is not known`);
  }
  // Pillow does not trust the width of a row in the header, only whether it is even.
  const least = packedRow(width, bits);
  const stride = file.u16(66) === least ? least : least + (least % 2);
  const size = { width, height };
  const rows = () => unpackRows(file, stride * planes, height);
  const common = { ...size, coded: true };
  if (bits === 1 && planes === 1)
    return { ...common, mode: '1', pixels: () => readBits(rows(), 0, { ...size, stride }) };
  if (bits === 1) {
    const colors = file.bytes.slice(16, 64);
    return { ...common, mode: 'P', colors, pixels: () => joinPlanes(rows(), size, stride, planes) };
  }
  // Pillow takes planes apart by whole widths that fit in a row: rows of 1 and 3 pixels come out wrong.
  const plane = Math.max(width, Math.floor((stride * planes) / Math.floor((stride * planes) / width)));
  const order = planes === 1 ? [0] : [0, plane, 2 * plane];
  const colors = planes === 1 ? paletteOf(file) : undefined;
  const mode: Mode = planes === 3 ? 'RGB' : colors ? 'P' : 'L';
  return {
    ...common,
    mode,
    colors,
    pixels: () => readPixels(rows(), 0, { ...size, order, step: 1, stride: stride * planes }),
  };
}

// The palette of 256 colours, unless there is none or it is a ramp of grays.
function paletteOf({ bytes, length }: FileView): Bytes | undefined {
  const at = length - paletteSize;
  if (bytes[at] !== 12) return undefined;
  const colors = bytes.slice(at + 1);
  return colors.some((value, i) => value !== Math.floor(i / 3)) ? colors : undefined;
}

function unpackRows(file: FileView, row: number, height: number): Bytes {
  const out = new Uint8Array(row * height);
  let at = headerSize;
  for (let end = row, to = 0; end <= out.length; end += row) {
    while (to < end) {
      const code = file.u8(at++);
      const run = code >= 0xc0 ? code & 63 : 1;
      if (to + run > end) throw file.error('a run goes beyond the end of its row');
      out.fill(code >= 0xc0 ? file.u8(at++) : code, to, to + run);
      to += run;
    }
  }
  return out;
}

// Bit p of an index is in plane p. Pillow does not step over the padding between planes, nor do we.
function joinPlanes(rows: Bytes, size: { width: number; height: number }, stride: number, planes: number): Bytes {
  const out = new Uint8Array(size.width * size.height);
  for (let plane = 0; plane < planes; plane++) {
    const bits = readBits(rows, plane * packedRow(size.width), { ...size, stride: stride * planes });
    for (let i = 0; i < out.length; i++) out[i] = (out[i] ?? 0) | ((bits[i] ?? 0) << plane);
  }
  return out;
}

function write({ mode, width, height, data }: Drawing): Bytes {
  // Pillow writes such rows, too, but does not read them back.
  if (mode === 'RGB' && (width === 1 || width === 3)) throw cannotHold('pcx', `no RGB rows of ${width} pixels`);
  const planes = mode === 'RGB' ? 3 : 1;
  const used = packedRow(width, mode === '1' ? 1 : 8);
  const stride = used + (used % 2);
  let rows: Bytes;
  if (mode === '1') rows = packBits(data, { width, height });
  else {
    rows = new Uint8Array(width * planes * height);
    writePixels(rows, 0, data, {
      width,
      height,
      order: [0, width, 2 * width].slice(0, planes),
      step: 1,
      stride: width * planes,
    });
  }
  const coded = new Uint8Array(headerSize + height * planes * stride * 2 + paletteSize);
  let to = headerSize;
  for (let at = 0; at < rows.length; at += used) {
    to = packRow(rows.subarray(at, at + used), coded, to);
    if (stride > used) coded[to++] = 0;
  }
  if (mode === 'L') {
    coded[to++] = 12;
    for (let i = 0; i < 256; i++, to += 3) coded.fill(i, to, to + 3);
  }
  const view = new DataView(coded.buffer);
  coded.set([10, mode === '1' ? 2 : 5, 1, mode === '1' ? 1 : 8]);
  coded.fill(255, 40, 64);
  coded[65] = planes;
  const fields = [
    [8, width - 1],
    [10, height - 1],
    [12, 100],
    [14, 100],
    [66, stride],
    [68, 1],
    [70, width],
    [72, height],
  ];
  for (const [at = 0, value = 0] of fields) view.setUint16(at, value, true);
  return coded.slice(0, to);
}

// Codes a row of one plane. Returns where the codes end.
function packRow(row: Bytes, out: Bytes, to: number): number {
  for (let at = 0; at < row.length; ) {
    const value = row[at] ?? 0;
    let run = 1;
    while (run < 63 && row[at + run] === value) run++;
    if (run > 1 || value >= 0xc0) out[to++] = 0xc0 | run;
    out[to++] = value;
    at += run;
  }
  return to;
}

/** pcx as a codec. */
export const pcx = pictureFormat('pcx', open, pictureEncoder('pcx', ['1', 'L', 'RGB'], 65535, write));
