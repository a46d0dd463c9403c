/**
 * sgi: planes one after another, the last row first. All numbers are big-endian.
 *
 * | offset | type | meaning                                                                          |
 * |--------|------|----------------------------------------------------------------------------------|
 * | 0      | u16  | 474                                                                              |
 * | 2      | u8   | 1 when run-length coded                                                          |
 * | 3      | u8   | bytes of a value, 1 or 2; of two, Pillow keeps the high one                      |
 * | 4      | u16  | dimensions: 1 or 2 gray, 3 colour                                                |
 * | 6      | u16  | width, height, channels                                                          |
 * | 512    |      | values; or u32 positions of all rows of all planes, then u32 lengths, then codes |
 *
 * Source: Paul Haeberli, "The SGI Image File Format", version 1.00.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import {
  checkSize,
  type Drawing,
  type Mode,
  type Picture,
  pictureEncoder,
  pictureFormat,
  readPixels,
  writePixels,
} from './raster.js';

const headerSize = 512;
const magic = 474;

function open({ bytes, compression: name }: FileView): Picture {
  const file = new FileView(bytes, name, { bigEndian: true });
  file.expect(file.u16(0) === magic, 'an SGI file');
  file.need(headerSize);
  const coded = file.u8(2);
  const unit = file.u8(3);
  const dimensions = file.u16(4);
  const width = file.u16(6);
  const height = file.u16(8);
  const planes = file.u16(10);
  const isGray = (dimensions === 1 || dimensions === 2) && planes === 1;
  if ((unit !== 1 && unit !== 2) || coded > 1 || !(isGray || (dimensions === 3 && (planes === 3 || planes === 4)))) {
    throw file.error(`${planes} planes of ${unit} bytes in ${dimensions} dimensions, coding ${coded}, are not known`);
  }
  checkSize(file, width, height, coded === 1);
  const mode: Mode = planes === 1 ? 'L' : planes === 3 ? 'RGB' : 'RGBA';
  file.need(headerSize + planes * height * (coded ? 8 : width * unit));
  const values = (rows: Bytes, at: number, step: number): Bytes => {
    const order = Array.from({ length: planes }, (_, plane) => plane * height * width * step);
    return readPixels(rows, at, { width, height, order, step, stride: width * step, bottomUp: true });
  };
  const pixels = () =>
    coded ? values(unpackRows(file, width, height * planes, unit), 0, 1) : values(bytes, headerSize, unit);
  return { mode, width, height, coded: coded === 1, pixels };
}

// A code is a count in 7 bits and a flag: set, that many values follow; else one, to be repeated. Count 0 ends a row.
function unpackRows(file: FileView, width: number, count: number, unit: number): Bytes {
  const out = new Uint8Array(width * count);
  for (let row = 0; row < count; row++) {
    let at = file.u32(headerSize + 4 * row);
    const end = file.need(at + file.u32(headerSize + 4 * (count + row)));
    let to = row * width;
    const rowEnd = to + width;
    while (at + unit <= end) {
      const code = file.u8(at + unit - 1);
      at += unit;
      const run = code & 127;
      if (run === 0) break;
      const used = code > 127 ? run * unit : unit;
      if (to + run > rowEnd || at + used > end) throw file.error('a run goes beyond the end of its row');
      if (code > 127) for (let i = 0; i < run; i++) out[to + i] = file.bytes[at + i * unit] ?? 0;
      else out.fill(file.bytes[at] ?? 0, to, to + run);
      to += run;
      at += used;
    }
    if (to < rowEnd) throw file.error(`row ${row} ends too early: expected ${width} pixels, got ${to - row * width}`);
  }
  return out;
}

function write({ mode, width, height, data }: Drawing): Bytes {
  const planes = mode.length;
  const out = new Uint8Array(headerSize + data.length);
  const view = new DataView(out.buffer);
  const fields = [magic, 1, planes > 1 ? 3 : height === 1 ? 1 : 2, width, height, planes];
  for (const [i, field] of fields.entries()) view.setUint16(2 * i, field);
  view.setUint32(16, 255); // the greatest value; the least is 0
  const order = Array.from({ length: planes }, (_, plane) => plane * height * width);
  writePixels(out, headerSize, data, { width, height, order, step: 1, stride: width, bottomUp: true });
  return out;
}

/** sgi as a codec. */
export const sgi = pictureFormat('sgi', open, pictureEncoder('sgi', ['L', 'RGB', 'RGBA'], 65535, write));
