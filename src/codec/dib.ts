/**
 * dib: a Windows bitmap without a file header. It is what bmp and ico files hold, too.
 *
 * | offset | type | meaning                                                     |
 * |--------|------|-------------------------------------------------------------|
 * | 0      | u32  | bytes of this header: 12 (shorter fields), 40, 64, 108, 124 |
 * | 4      | i32  | width                                                       |
 * | 8      | i32  | height; below 0 when the first row is the top one           |
 * | 14     | u16  | bits of a pixel                                             |
 * | 16     | u32  | 0 plain, 1 RLE8, 2 RLE4, 3 plain with masks                 |
 * | 32     | u32  | colours of the palette; 0: all that the bits allow          |
 * | 40     | u32  | masks of red, green, blue, alpha (from 64 on; else behind)  |
 *
 * Source: the Windows documentation of BITMAPINFOHEADER and its successors.
 */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { unpackBmpRle } from './bmp-rle.js';
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
  readPixels16,
  writePixels,
} from './raster.js';

/** A bitmap, and where its pixels begin. */
export interface Dib extends Picture {
  readonly start: number;
}

interface DibHeader {
  readonly end: number;
  readonly width: number;
  readonly height: number;
  readonly bottomUp: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Colours of the palette, and bytes of each. */
  readonly count: number;
  readonly entry: 3 | 4;
  /** Hexadecimal masks of red, green, blue and alpha. */
  readonly masks: string;
}

// Channel positions for each set of masks that Pillow knows.
const orders: Readonly<Record<string, readonly number[]>> = {
  'ff0000 ff00 ff 0': [2, 1, 0],
  'ff000000 ff0000 ff00 0': [3, 2, 1],
  'ff000000 ff0000 ff00 ff': [3, 2, 1, 0],
  'ff ff00 ff0000 ff000000': [0, 1, 2, 3],
  'ff0000 ff00 ff ff000000': [2, 1, 0, 3],
  '0 0 0 0': [2, 1, 0, 3],
};

function readHeader(file: FileView, at: number): DibHeader {
  const size = file.u32(at);
  if (![12, 40, 64, 108, 124].includes(size)) throw file.error(`its header has ${size} bytes, which is no known form`);
  let end = file.need(at + size);
  const common = { end, bottomUp: true, compression: 0, masks: '' };
  if (size === 12) {
    const bits = file.u16(at + 10);
    return { ...common, width: file.u16(at + 4), height: file.u16(at + 6), bits, count: 2 ** bits, entry: 3 };
  }
  const bits = file.u16(at + 14);
  const compression = file.u32(at + 16);
  const bottomUp = file.u8(at + 11) !== 0xff;
  const height = file.u32(at + 8);
  let masks = '';
  if (compression === 3) {
    const inside = size > 40;
    for (let i = 0; i < 4; i++) masks += ` ${i === 3 && !inside ? 0 : file.u32(at + 40 + 4 * i).toString(16)}`;
    if (!inside) end += 12;
  }
  return {
    end,
    width: file.u32(at + 4),
    height: bottomUp ? height : 2 ** 32 - height,
    bottomUp,
    bits,
    compression,
    count: file.u32(at + 32) || 2 ** bits,
    entry: 4,
    masks: masks.slice(1),
  };
}

/**
 * Reads the header of a bitmap at a position.
 *
 * @param pixelsAt - where the pixels begin; 0: behind the palette.
 * @param icon - whether half of the height is a mask.
 */
export function openDib(file: FileView, at: number, pixelsAt = 0, icon = false): Dib {
  const header = readHeader(file, at);
  const { end, width, bottomUp, bits, compression, count, entry, masks } = header;
  const height = icon ? Math.floor(header.height / 2) : header.height;
  if (![1, 4, 8, 16, 24, 32].includes(bits) || compression > 3) {
    throw file.error(`${bits} bits with compression ${compression} are not known`);
  }
  const rle = compression === 1 || compression === 2;
  checkSize(file, width, height, rle);
  const size = { width, height, bottomUp, stride: Math.floor((width * bits + 31) / 32) * 4 };
  if (bits > 8) {
    const start = pixelsAt || end;
    return { ...openColour(file, start, size, bits, compression, masks), width, height, start };
  }
  if (compression === 3 || count > 65536) throw file.error(`${bits} bits have masks, or ${count} colours`);
  // Pillow: a palette that is a ramp of grays makes the values themselves the picture.
  const rampAt = (i: number): number => (Math.floor(i / 3) * (count === 2 ? 255 : 1)) & 255;
  const isRamp = (_: unknown, i: number): boolean =>
    file.bytes[end + Math.floor(i / 3) * entry + (i % 3)] === rampAt(i);
  const gray = Array.from({ length: count * 3 }).every(isRamp);
  const mode: Mode = !gray ? 'P' : count === 2 ? '1' : 'L';
  const colors = gray ? undefined : readPixels(file.bytes, end, palette(Math.min(count, 256), entry));
  const start = pixelsAt === 0 ? end + count * entry : pixelsAt + (pixelsAt === 14 + end - at ? count * 4 : 0);
  const common = { mode, width, height, colors, start };
  if (rle) {
    if (mode === '1') throw file.error('run-length codes of black and white are not known');
    const plain = { ...size, order: [0], step: 1, stride: width };
    const pixels = () => readPixels(unpackBmpRle(file, start, width, height, compression === 2), 0, plain);
    return { ...common, coded: true, pixels };
  }
  // Pillow takes ramps by the bits of the mode, whatever the header says.
  const unit = mode === '1' ? 1 : mode === 'L' ? 8 : bits;
  const row = packedRow(width, unit);
  if (row > size.stride) throw file.error(`${bits} bits do not go with a palette of ${count} grays`);
  file.need(start + (height - 1) * size.stride + row);
  if (unit === 8) return { ...common, pixels: () => readPixels(file.bytes, start, { ...size, order: [0], step: 1 }) };
  return { ...common, pixels: () => readBits(file.bytes, start, { ...size, bits: unit === 4 ? 4 : 1 }) };
}

function palette(width: number, step: number) {
  return { width, height: 1, order: [2, 1, 0], step, stride: 0 };
}

interface Rows {
  readonly width: number;
  readonly height: number;
  readonly bottomUp: boolean;
  readonly stride: number;
}

function openColour(file: FileView, at: number, rows: Rows, bits: number, compression: number, masks: string) {
  file.need(at + (rows.height - 1) * rows.stride + packedRow(rows.width, bits));
  const colours = masks.replace(/ \w+$/, '');
  const isGreen6 = colours === 'f800 7e0 1f';
  const order = compression === 0 || bits < 32 ? [2, 1, 0] : orders[masks];
  const known = bits === 24 ? colours === 'ff0000 ff00 ff' : isGreen6 || colours === '7c00 3e0 1f';
  const isUnknown = compression === 3 && (bits === 32 ? !order : !known);
  if (isUnknown || !order || compression === 1 || compression === 2) {
    throw file.error(`${bits} bits with compression ${compression} and masks "${masks}" are not known`);
  }
  const mode: Mode = order.length === 4 ? 'RGBA' : 'RGB';
  const pixels = () =>
    bits === 16
      ? readPixels16(file.bytes, at, rows, isGreen6 ? 6 : 5)
      : readPixels(file.bytes, at, { ...rows, order, step: bits / 8 });
  return { mode, pixels };
}

// 96 dots to the inch, in dots to the metre: Pillow's default.
const dotsPerMetre = 3780;

/** Writes a bitmap behind `before` bytes that are left at 0. Tells where the pixels begin. */
export function writeDib({ mode, width, height, data }: Drawing, before: number): { bytes: Bytes; start: number } {
  const bits = mode === '1' ? 1 : mode === 'L' ? 8 : 24;
  const colors = mode === '1' ? 2 : mode === 'L' ? 256 : 0;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const start = before + 40 + colors * 4;
  const bytes = new Uint8Array(start + stride * height);
  const view = new DataView(bytes.buffer, before);
  const fields = [40, width, height, 1 | (bits << 16), 0, stride * height, dotsPerMetre, dotsPerMetre, colors, colors];
  for (const [i, field] of fields.entries()) view.setUint32(4 * i, field, true);
  for (let i = 0; i < colors; i++) bytes.fill(colors === 2 ? 255 * i : i, before + 40 + 4 * i, before + 44 + 4 * i);
  const size = { width, height, stride, bottomUp: true };
  if (mode === '1') bytes.set(packBits(data, size), start);
  else writePixels(bytes, start, data, { ...size, order: mode === 'L' ? [0] : [2, 1, 0], step: bits / 8 });
  return { bytes, start };
}

/** Modes that a bitmap gives back; alpha would be lost. */
export const dibModes: readonly Mode[] = ['1', 'L', 'RGB'];

const encode: (array: NdArray) => Bytes | Promise<Bytes> = pictureEncoder(
  'dib',
  dibModes,
  2 ** 31 - 1,
  (drawing) => writeDib(drawing, 0).bytes,
);

/** dib as a codec. */
export const dib = pictureFormat('dib', (file) => openDib(file, 0), encode);
