/** tiff: the first picture, in strips or tiles, plain or in the common codings; written plain, in one strip. */
import type { Bytes } from '../util/bytes.js';
import { readExif } from './exif.js';
import type { FileView } from './file-view.js';
import {
  type Drawing,
  type Mode,
  type Picture,
  type PictureFormat,
  packBits,
  pictureEncoder,
  pictureFormat,
  type Values,
} from './raster.js';
import { readTiff, type TiffInfo } from './tiff-header.js';
import { addDifferences, addFloatDifferences, unpackStrip } from './tiff-unpack.js';

const channelsOf: Readonly<Partial<Record<Mode, number>>> = { LA: 2, RGB: 3, RGBA: 4, CMYK: 4 };

// Orientations whose stored rows, or columns, are read backwards.
const flipsRows = new Set([3, 4, 6, 7]);
const flipsColumns = new Set([2, 3, 7, 8]);

function open(file: FileView): Picture {
  const info = readTiff(file);
  const { mode, colors, orientation } = info;
  const sideways = orientation >= 5 && orientation <= 8;
  const [width, height] = sideways ? [info.height, info.width] : [info.width, info.height];
  const pixels = () => {
    const data = readPixels(info);
    return orientation >= 2 && orientation <= 8 ? turn(data, info, width, height) : data;
  };
  return { mode, width, height, colors, coded: info.compression !== 1, pixels };
}

/** Turns and mirrors pixels as the orientation tells: Pillow does so for TIFF alone. The size is that of the result. */
function turn(data: Values, info: TiffInfo, width: number, height: number): Values {
  const { orientation } = info;
  const channels = channelsOf[info.mode] ?? 1;
  const out = data.slice();
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [row, column] = orientation >= 5 ? [x, y] : [y, x];
      if (flipsRows.has(orientation)) row = info.height - 1 - row;
      if (flipsColumns.has(orientation)) column = info.width - 1 - column;
      const from = (row * info.width + column) * channels;
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] ?? 0;
    }
  }
  return out;
}

function readPixels(info: TiffInfo): Values {
  const { mode, width, height, tileWidth, tileHeight, planar, samples, bits } = info;
  const channels = channelsOf[mode] ?? 1;
  const size = width * height * channels;
  const out =
    mode === 'I'
      ? new Int32Array(size)
      : mode === 'F'
        ? new Float32Array(size)
        : mode === 'I;16'
          ? new Uint16Array(size)
          : new Uint8Array(size);
  const stored = planar ? 1 : samples;
  const across = Math.ceil(width / tileWidth);
  const perPlane = across * Math.ceil(height / tileHeight);
  const rowBytes = Math.ceil((tileWidth * bits * stored) / 8);
  for (const [i, tile] of info.tiles.entries()) {
    const plane = Math.floor(i / perPlane);
    if (plane >= channels) break; // values that the mode does not use
    const left = ((i % perPlane) % across) * tileWidth;
    const top = Math.floor((i % perPlane) / across) * tileHeight;
    const rows = Math.min(tileHeight, height - top);
    const values = valuesOf(info, unpackTile(info, tile, rowBytes, rows, stored), rowBytes);
    const used = planar ? 1 : channels;
    for (let y = 0; y < rows; y++) {
      for (
        let x = 0, to = ((top + y) * width + left) * channels + plane;
        x < tileWidth && left + x < width;
        x++, to += channels
      ) {
        for (let c = 0; c < used; c++) out[to + c] = values(y, x * stored + c);
      }
    }
  }
  if (info.premultiplied && out instanceof Uint8Array) divideByAlpha(out);
  return out;
}

function unpackTile(info: TiffInfo, tile: Bytes, rowBytes: number, rows: number, stored: number): Bytes {
  const { file, compression, predictor, bits, bigEndian, lowFirst } = info;
  const from = lowFirst ? tile.map(reversed) : tile;
  if (compression === 1) return from;
  const out = new Uint8Array(rowBytes * rows);
  unpackStrip(file, compression, from, out);
  if (predictor === 2 && (bits === 8 || bits === 16 || bits === 32)) {
    addDifferences(out, rowBytes, bits, stored, bigEndian);
  } else if (predictor === 3 && info.floats) addFloatDifferences(out, rowBytes, stored, bigEndian);
  else if (predictor !== 1) throw file.error(`its predictor ${predictor} does not fit ${bits} bits`);
  return out;
}

function reversed(byte: number): number {
  let out = 0;
  for (let i = 0; i < 8; i++) out |= ((byte >> i) & 1) << (7 - i);
  return out;
}

/** Gives a value of a tile by its row and its place in the row. */
function valuesOf(info: TiffInfo, bytes: Bytes, rowBytes: number): (y: number, place: number) => number {
  const { mode, bits, inverted, floats, bigEndian } = info;
  if (bits === 8) {
    const flip = inverted ? 255 : 0;
    return (y, place) => (bytes[y * rowBytes + place] ?? 0) ^ flip;
  }
  if (bits < 8) {
    const most = (1 << bits) - 1;
    const scale = mode === 'L' ? 255 / most : 1;
    const flip = inverted ? most : 0;
    return (y, place) => {
      const bit = place * bits;
      const byte = bytes[y * rowBytes + (bit >> 3)] ?? 0;
      return (((byte >> (8 - bits - (bit & 7))) & most) ^ flip) * scale;
    };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = !bigEndian;
  if (bits === 32) {
    return floats
      ? (y, place) => view.getFloat32(y * rowBytes + 4 * place, little)
      : (y, place) => view.getInt32(y * rowBytes + 4 * place, little);
  }
  if (mode === 'I') return (y, place) => view.getInt16(y * rowBytes + 2 * place, little);
  if (mode === 'I;16') return (y, place) => view.getUint16(y * rowBytes + 2 * place, little);
  return (y, place) => view.getUint16(y * rowBytes + 2 * place, little) >> 8; // Pillow keeps the high byte
}

function divideByAlpha(rgba: Uint8Array): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] ?? 0;
    if (alpha === 0) rgba.fill(0, at, at + 3);
    else if (alpha < 255) {
      for (let c = at; c < at + 3; c++) rgba[c] = Math.min(255, Math.floor(((rgba[c] ?? 0) * 255) / alpha));
    }
  }
}

// Mode: photometric, bits of a value, sample format.
const written: Readonly<Partial<Record<Mode, readonly [number, number, number]>>> = {
  1: [1, 1, 1],
  L: [1, 8, 1],
  LA: [1, 8, 1],
  RGB: [2, 8, 1],
  RGBA: [2, 8, 1],
  'I;16': [1, 16, 1],
  I: [1, 32, 2],
  F: [1, 32, 3],
};

function write({ mode, width, height, data }: Drawing): Bytes {
  const [photometric, bits, format] = written[mode] ?? [1, 8, 1];
  const samples = channelsOf[mode] ?? 1;
  const pixels =
    mode === '1' ? packBits(data, { width, height }) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const many = samples > 2;
  const count = 11 + (samples === 2 || samples === 4 ? 1 : 0);
  const end = 8 + 2 + count * 12 + 4;
  const start = end + (many ? 8 : 0);
  const out = new Uint8Array(start + pixels.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, 8, true);
  view.setUint16(8, count, true);
  let at = 10;
  const put = (tag: number, value: number, values = 1): void => {
    const short = values > 1 || value < 65536;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, short ? 3 : 4, true);
    view.setUint32(at + 4, values, true);
    view.setUint32(at + 8, value, true);
    at += 12;
  };
  put(256, width);
  put(257, height);
  if (many) put(258, end, samples);
  else put(258, samples === 2 ? bits * 65537 : bits, samples); // both of two fit in the entry
  put(259, 1);
  put(262, photometric);
  put(273, start);
  put(277, samples);
  put(278, height);
  put(279, pixels.length);
  put(284, 1);
  if (samples === 2 || samples === 4) put(338, 2); // alpha, not multiplied
  put(339, format);
  if (many) for (let i = 0; i < samples; i++) view.setUint16(end + 2 * i, bits, true);
  out.set(pixels, start);
  return out;
}

const modes: readonly Mode[] = ['L', 'LA', 'RGB', 'RGBA', '1', 'I;16', 'I', 'F'];
const format = pictureFormat('tiff', open, pictureEncoder('tiff', modes, 2 ** 31, write));

/** tiff as a codec. The tags of the first directory count as EXIF, as Pillow has them. */
export const tiff: PictureFormat = {
  ...format,
  readHeader: (bytes) => ({ ...format.readHeader(bytes), info: { exif: readExif(bytes) } }),
};
