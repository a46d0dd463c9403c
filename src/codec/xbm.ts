/**
 * xbm: black and white as a piece of C: two `#define`s and an array of bytes, the first pixel in the lowest bit.
 * Source: the X11 documentation of XReadBitmapFile.
 */
import { type Bytes, utf8Encode } from '../util/bytes.js';
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

// Pillow looks for the beginning in this many bytes.
const maxHead = 512;
const head =
  /^[ \t-\r]*#define[ \t]+[^\n]*_width[ \t]+(\d+)[\r\n]+#define[ \t]+[^\n]*_height[ \t]+(\d+)[\r\n][\s\S]*_bits\[\]/;
const x = 0x78;

function open(file: FileView): Picture {
  const [all, across, down] = head.exec(file.text(0, Math.min(maxHead, file.length))) ?? [];
  if (!all) throw file.error('it does not begin like an XBM file');
  const width = Number(across);
  const height = Number(down);
  checkSize(file, width, height);
  const count = packedRow(width) * height;
  file.need(all.length + 3 * count); // "x00" at least
  const pixels = (): Bytes => {
    const bits = new Uint8Array(count);
    let at = all.length;
    for (let i = 0; i < count; i++, at += 3) {
      while (at < file.length && file.bytes[at] !== x) at++;
      file.need(at + 3);
      bits[i] = (digit(file.bytes[at + 1]) << 4) | digit(file.bytes[at + 2]);
    }
    return readBits(bits, 0, { width, height, lowFirst: true });
  };
  return { mode: '1', width, height, coded: true, pixels };
}

// What is no digit counts as 0, so that "0x1," is 16: Pillow reads two characters, whatever they are.
function digit(byte = 0): number {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? 0 : value;
}

const bytesPerLine = 15;

function write({ width, height, data }: Drawing): Bytes {
  const bits = packBits(data, { width, height, lowFirst: true });
  const parts = [`#define im_width ${width}\n#define im_height ${height}\nstatic char im_bits[] = {\n`];
  bits.forEach((byte, i) => {
    const end = i + 1 === bits.length ? '\n' : i % bytesPerLine === bytesPerLine - 1 ? ',\n' : ',';
    parts.push(`0x${byte.toString(16).padStart(2, '0')}${end}`);
  });
  return utf8Encode(`${parts.join('')}};\n`);
}

/** xbm as a codec. */
export const xbm = pictureFormat('xbm', open, pictureEncoder('xbm', ['1'], 2 ** 31 - 1, write));
