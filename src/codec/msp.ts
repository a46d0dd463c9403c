/**
 * msp: black and white of Microsoft Paint.
 *
 * The header has 16 numbers u16 whose exclusive or is 0: `DanM` (plain) or `LinS` (run-length coded), width, height and
 * others. Coded files go on with the u16 length of each row. Source: Encyclopedia of Graphics File Formats, MSP.
 */
import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import {
  checkSize,
  type Drawing,
  type Picture,
  packBits,
  packedRow,
  pictureEncoder,
  pictureFormat,
  readBits,
} from './raster.js';

const headerSize = 32;

function open(file: FileView): Picture {
  const coded = file.has('LinS', 0);
  file.expect(coded || file.has('DanM', 0), 'an MSP file');
  let sum = 0;
  for (let at = 0; at < headerSize; at += 2) sum ^= file.u16(at);
  if (sum !== 0) throw file.error(`the check sum of its header is ${sum}, expected 0`);
  const width = file.u16(4);
  const height = file.u16(6);
  checkSize(file, width, height, coded);
  const size = { width, height };
  file.need(headerSize + height * (coded ? 2 : packedRow(width)));
  const pixels = () =>
    coded ? readBits(unpackRows(file, packedRow(width), height), 0, size) : readBits(file.bytes, headerSize, size);
  return { mode: '1', width, height, coded, pixels };
}

// A code is 0, count, value: that many of a value; or a count and as many values. An empty row is white.
function unpackRows(file: FileView, row: number, height: number): Bytes {
  const out = new Uint8Array(row * height);
  let to = 0; // rows are not aligned: what one lacks, the next gives
  let at = headerSize + 2 * height;
  for (let y = 0; y < height; y++) {
    const length = file.u16(headerSize + 2 * y);
    if (length === 0) {
      out.fill(255, to, to + row);
      to += row;
    }
    const codes = file.slice(at, at + length);
    at += length;
    for (let i = 0; i < length; ) {
      const count = codes[i++] ?? 0;
      if (count === 0) {
        if (i + 2 > length) throw file.error(`a run of row ${y} is cut off`);
        const run = codes[i] ?? 0;
        out.fill(codes[i + 1] ?? 0, to, to + run);
        to += run;
        i += 2;
      } else {
        const given = codes.subarray(i, i + count);
        out.set(given.subarray(0, Math.max(0, out.length - to)), Math.min(to, out.length));
        to += given.length;
        i += count;
      }
    }
  }
  if (to < out.length) throw file.error(`its rows end too early: expected ${out.length} bytes, got ${to}`);
  return out;
}

function write({ width, height, data }: Drawing): Bytes {
  const bits = packBits(data, { width, height });
  const out = new Uint8Array(headerSize + bits.length);
  const view = new DataView(out.buffer);
  // Aspect of pixels and printer 1 : 1, size of the printer.
  const fields = [0x6144, 0x4d6e, width, height, 1, 1, 1, 1, width, height];
  let sum = 0;
  for (const [i, field] of fields.entries()) {
    view.setUint16(2 * i, field, true);
    sum ^= field;
  }
  view.setUint16(24, sum, true);
  out.set(bits, headerSize);
  return out;
}

/** msp as a codec. */
export const msp = pictureFormat('msp', open, pictureEncoder('msp', ['1'], 65535, write));
