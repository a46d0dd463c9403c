/**
 * tga: Truevision's files, plain or run-length coded.
 *
 * | offset | type | meaning                                                          |
 * |--------|------|------------------------------------------------------------------|
 * | 0      | u8   | bytes of a text behind the header                                |
 * | 1      | u8   | 1 with a palette                                                 |
 * | 2      | u8   | 1 indices, 2 colours, 3 grays; plus 8 when run-length coded      |
 * | 3      | u16  | first colour of the palette; u16 number of them; u8 bits of each |
 * | 12     | u16  | width, height                                                    |
 * | 16     | u8   | bits of a pixel                                                  |
 * | 17     | u8   | 0x20 top row first, 0x10 right pixel first                       |
 *
 * Source: Truevision TGA file format specification, version 2.0.
 */
import { type Bytes, utf8Encode } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import {
  checkSize,
  type Drawing,
  type Layout,
  type Mode,
  type Picture,
  packBits,
  packedRow,
  pictureEncoder,
  pictureFormat,
  readBits,
  readPixels,
  readPixels16,
  writePixels,
} from './raster.js';

const headerSize = 18;

// Mode and channel positions by kind and bits, as Pillow knows them.
const kinds: Readonly<Record<string, readonly [Mode, readonly number[]]>> = {
  '1 8': ['P', [0]],
  '2 16': ['RGB', []],
  '2 24': ['RGB', [2, 1, 0]],
  '2 32': ['RGBA', [2, 1, 0, 3]],
  '3 1': ['1', []],
  '3 8': ['L', [0]],
  '3 16': ['LA', [0, 1]],
};

function open(file: FileView): Picture {
  file.need(headerSize);
  const type = file.u8(2);
  const bits = file.u8(16);
  const coded = (type & 8) !== 0;
  const [mode, order] = kinds[`${type & ~8} ${bits}`] ?? [];
  if (file.u8(1) > 1 || !mode || !order || (coded && bits === 1)) {
    throw file.error(`type ${type} with ${bits} bits is not known, or it is no TGA file`);
  }
  const width = file.u16(12);
  const height = file.u16(14);
  checkSize(file, width, height, coded);
  const flags = file.u8(17);
  const { at, colors } = readPalette(file, headerSize + file.u8(0));
  const step = bits / 8;
  const layout = { width, height, step, stride: packedRow(width, bits), bottomUp: !(flags & 0x20), order };
  if (!coded) file.need(at + layout.stride * height);
  const pixels = (): Bytes => {
    const rows = coded ? unpackRows(file, at, layout) : file.bytes;
    const start = coded ? 0 : at;
    let values: Bytes;
    if (bits === 1) values = readBits(rows, start, layout);
    else if (order.length > 0) values = readPixels(rows, start, layout);
    else values = readPixels16(rows, start, layout, 5);
    return flags & 0x10 ? mirrored(values, width, height) : values;
  };
  return { mode, width, height, coded, pixels, ...(mode === 'P' && { colors }) };
}

// Where the pixels begin. Pillow skips no palette of another depth than these.
function readPalette(file: FileView, at: number): { at: number; colors: Bytes | undefined } {
  const first = file.u16(3);
  const count = file.u16(5);
  const bits = file.u8(7);
  if (file.u8(1) === 0 || ![16, 24, 32].includes(bits)) return { at, colors: undefined };
  const step = bits / 8;
  const end = file.need(at + count * step);
  const layout = { width: count, height: 1, stride: 0 };
  const given =
    bits === 16
      ? readPixels16(file.bytes, at, layout, 5)
      : readPixels(file.bytes, at, { ...layout, order: [2, 1, 0], step });
  const colors = new Uint8Array(3 * Math.min(256, first + count));
  if (first < 256) colors.set(given.subarray(0, colors.length - 3 * first), 3 * first);
  return { at: end, colors };
}

// A code is a count less 1 in 7 bits and a flag: set, one pixel follows, to be repeated; else that many.
function unpackRows(file: FileView, at: number, { width, height, step }: Layout): Bytes {
  const row = width * step;
  const out = new Uint8Array(row * height);
  for (let to = 0; to < out.length; ) {
    const code = file.u8(at++);
    const size = ((code & 127) + 1) * step;
    const isRun = code > 127;
    // As in Pillow, runs stay in their row; pixels one by one may go on in the next, and beyond the last.
    if (isRun && to + size > to - (to % row) + row) throw file.error('a run goes beyond the end of its row');
    const given = file.slice(at, at + (isRun ? step : size));
    if (isRun) for (let i = 0; i < size; i += step) out.set(given, to + i);
    else out.set(given.subarray(0, out.length - to), to);
    to += size;
    at += given.length;
  }
  return out;
}

function mirrored(values: Bytes, width: number, height: number): Bytes {
  const channels = values.length / (width * height);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < width * height; i++) {
    const x = i % width;
    out.set(values.subarray(i * channels, (i + 1) * channels), (i - x + width - 1 - x) * channels);
  }
  return out;
}

const footer = '\0\0\0\0\0\0\0\0TRUEVISION-XFILE.\0';

function write({ mode, width, height, data }: Drawing): Bytes {
  const bits = mode === '1' ? 1 : mode.length * 8;
  const layout = { width, height, step: bits / 8, stride: packedRow(width, bits), bottomUp: true };
  const end = headerSize + layout.stride * height;
  const out = new Uint8Array(end + footer.length);
  out[2] = mode.startsWith('RGB') ? 2 : 3;
  const view = new DataView(out.buffer);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  out[16] = bits;
  out[17] = mode.endsWith('A') ? 8 : 0; // bits of alpha
  const [, order = []] = kinds[`${out[2]} ${bits}`] ?? [];
  if (mode === '1') out.set(packBits(data, layout), headerSize);
  else writePixels(out, headerSize, data, { ...layout, order });
  out.set(utf8Encode(footer), end);
  return out;
}

/** tga as a codec. */
export const tga = pictureFormat('tga', open, pictureEncoder('tga', ['1', 'L', 'LA', 'RGB', 'RGBA'], 65535, write));
