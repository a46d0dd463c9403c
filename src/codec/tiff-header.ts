/**
 * Reads the directory of a TIFF file, and tells which of Pillow's modes its first picture has.
 *
 * A file is `II` or `MM` (byte order), u16 42, u32 offset of a directory: u16 count, then per entry `u16 tag, u16 type,
 * u32 count, 4 bytes value or its offset`. BigTIFF has 43, u16 8, u16 0 and 64 bits for each u32, and for the directory's
 * count. Source: TIFF 6.0; BigTIFF of libtiff 4. Which pictures have a mode: what Pillow 9.4 opens.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { checkSize, type Mode } from './raster.js';

/** Where the pixels of a TIFF file are, and how they are coded. */
export interface TiffInfo {
  /** The file in its byte order. */
  readonly file: FileView;
  readonly bigEndian: boolean;
  readonly mode: Mode;
  readonly width: number;
  readonly height: number;
  /** Values of a pixel that are stored, of which the mode may use fewer. */
  readonly samples: number;
  /** Bits of each. */
  readonly bits: number;
  /** Whether the least value is white. */
  readonly inverted: boolean;
  /** Whether the colours were multiplied by alpha. */
  readonly premultiplied: boolean;
  /** Whether the values are IEEE floats. */
  readonly floats: boolean;
  /** 1 none, 5 LZW, 8 Deflate, 32773 PackBits. */
  readonly compression: number;
  /** 1 none, 2 differences in a row, 3 differences of the bytes of floats. */
  readonly predictor: number;
  /** Whether the lowest bit of a byte comes first. */
  readonly lowFirst: boolean;
  /** Whether each channel is stored by itself. */
  readonly planar: boolean;
  /** Size of a tile; strips are tiles as wide as the picture. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Stored bytes of the tiles, plane by plane, row by row; views of the file. */
  readonly tiles: readonly Bytes[];
  /** How Pillow turns the picture after it was read, 1 (not at all) to 8; from 5 on, width and height change places. */
  readonly orientation: number;
  /** Three bytes to a colour. */
  readonly colors: Bytes | undefined;
}

const tags = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripSizes: 279,
  planar: 284,
  predictor: 317,
  palette: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileSizes: 325,
  extra: 338,
  format: 339,
} as const;

const compressions: Readonly<Record<number, number>> = { 1: 1, 5: 5, 8: 8, 32946: 8, 32773: 32773 };
const otherCompressions: Readonly<Record<number, string>> = {
  2: 'CCITT',
  3: 'CCITT Group 3',
  4: 'CCITT Group 4',
  6: 'old JPEG',
  7: 'JPEG',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
};
const typeSizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

/** Reads the first directory. @throws {DatasetError} `codec` when the file is cut off, or Pillow or we cannot read it. */
export function readTiff({ bytes, compression: name }: FileView): TiffInfo {
  const bigEndian = bytes[0] === 0x4d;
  const file = new FileView(bytes, name, { bigEndian });
  const version = bytes.length < 4 ? 0 : file.u16(2);
  file.expect((file.has('II', 0) || file.has('MM', 0)) && (version === 42 || version === 43), 'a TIFF file');
  const entries = readDirectory(file, version === 43);
  const one = (tag: number, otherwise: number): number => entries(tag)?.[0] ?? otherwise;
  const [width, height] = [one(tags.width, 0), one(tags.height, 0)];
  const compression = compressions[one(tags.compression, 1)];
  if (!compression) {
    const code = one(tags.compression, 1);
    throw file.error(`its coding ${code} (${otherCompressions[code] ?? 'unknown'}) is not supported`);
  }
  checkSize(file, width, height, compression !== 1);
  const samples = one(tags.samples, 1);
  const layout = readLayout(file, bigEndian, samples, entries);
  const tiled = !entries(tags.stripOffsets) && entries(tags.tileOffsets) !== undefined;
  const tileWidth = tiled ? one(tags.tileWidth, 0) : width;
  const tileHeight = tiled ? one(tags.tileHeight, 0) : Math.min(one(tags.rowsPerStrip, height), height);
  checkSize(file, tileWidth, tileHeight, compression !== 1);
  const planar = one(tags.planar, 1) === 2 && samples > 1;
  const count = Math.ceil(width / tileWidth) * Math.ceil(height / tileHeight) * (planar ? samples : 1);
  const rowBytes = Math.ceil((tileWidth * layout.bits * (planar ? 1 : samples)) / 8);
  const offsets = entries(tiled ? tags.tileOffsets : tags.stripOffsets) ?? [];
  const sizes = entries(tiled ? tags.tileSizes : tags.stripSizes);
  if (offsets.length < count) throw file.error(`expected ${count} strips or tiles, got ${offsets.length}`);
  const perPlane = count / (planar ? samples : 1);
  const across = Math.ceil(width / tileWidth);
  const tiles = Array.from({ length: count }, (_, i) => {
    const start = offsets[i] ?? 0;
    const above = Math.floor((i % perPlane) / across) * tileHeight;
    const rows = tiled ? tileHeight : Math.min(tileHeight, height - above);
    const size = compression === 1 ? rowBytes * rows : (sizes?.[i] ?? file.length - start);
    return file.slice(start, start + size);
  });
  return {
    file,
    bigEndian,
    width,
    height,
    samples,
    ...layout,
    compression,
    predictor: compression === 1 || compression === 32773 ? 1 : one(tags.predictor, 1),
    lowFirst: one(tags.fillOrder, 1) === 2,
    planar,
    tileWidth,
    tileHeight,
    tiles,
    orientation: one(tags.orientation, 1),
  };
}

/** Gives the numbers of a tag, or undefined when it is not there. */
type Entries = (tag: number) => readonly number[] | undefined;

function readDirectory(file: FileView, big: boolean): Entries {
  const word = (at: number): number => (big ? file.u64(at) : file.u32(at));
  const start = word(big ? 8 : 4);
  const first = start + (big ? 8 : 2);
  const [entrySize, inline] = big ? [20, 8] : [12, 4];
  const count = big ? file.u64(start) : file.u16(start);
  file.need(first + count * entrySize);
  const places = new Map<number, number>();
  for (let i = 0, at = first; i < count; i++, at += entrySize) places.set(file.u16(at), at);
  return (tag) => {
    const at = places.get(tag);
    if (at === undefined) return undefined;
    const type = file.u16(at + 2);
    const size = typeSizes[type];
    const length = word(at + 4);
    if (!size) throw file.error(`its tag ${tag} is of type ${type}, expected whole numbers`);
    const from = length * size <= inline ? at + 4 + inline : word(at + 4 + inline);
    file.need(from + length * size);
    const read = { 1: file.u8, 2: file.u16, 4: file.u32, 8: file.u64 }[size] ?? file.u8;
    return Array.from({ length }, (_, i) => read.call(file, from + i * size));
  };
}

type PixelLayout = Pick<TiffInfo, 'mode' | 'bits' | 'inverted' | 'premultiplied' | 'floats' | 'colors'>;

// What a pixel is: photometric, bits, stored values, extra samples.
function readLayout(file: FileView, bigEndian: boolean, samples: number, entries: Entries): PixelLayout {
  const photometric = entries(tags.photometric)?.[0] ?? 0;
  const depths = entries(tags.bits) ?? [1];
  const bits = depths[0] ?? 1;
  const format = entries(tags.format)?.[0] ?? 1;
  const extra = entries(tags.extra) ?? [];
  const unknown = (): never => {
    const what = `${samples} values of ${bits} bits, format ${format}, colours ${photometric}, extra ${extra.join() || 'none'}`;
    throw file.error(`Pillow knows no mode for ${what}`);
  };
  const alike = (list: readonly number[] = []): boolean => list.slice(0, samples).every((value) => value === list[0]);
  if (samples < 1 || samples > 6 || !alike(depths) || !alike(entries(tags.format))) unknown();
  const mode = modeOf(photometric, bits, format, samples, extra, bigEndian) ?? unknown();
  let colors: Bytes | undefined;
  if (mode === 'P') {
    const map = entries(tags.palette) ?? [];
    const third = map.length / 3; // all reds, greens, blues, of which the high byte counts
    colors = Uint8Array.from(map, (_, i) => (map[(i % 3) * third + Math.floor(i / 3)] ?? 0) >> 8);
  }
  return {
    mode,
    bits,
    inverted: photometric === 0 && bits <= 8,
    premultiplied: mode === 'RGBA' && extra[0] === 1,
    floats: format === 3,
    colors,
  };
}

function modeOf(
  photometric: number,
  bits: number,
  format: number,
  samples: number,
  extra: readonly number[],
  bigEndian: boolean,
): Mode | undefined {
  const rest = extra.slice(1).every((kind) => kind === 0);
  const gray = photometric === 0 || photometric === 1;
  if (gray && samples === 1 && extra.length === 0) {
    const key = `${bits} ${format}`;
    const straight = photometric === 1;
    if (key === '1 1') return '1';
    if (key === '2 1' || key === '4 1' || key === '8 1') return 'L';
    if (key === '16 1' && (straight || !bigEndian)) return 'I;16';
    if (straight && (key === '16 2' || key === '32 2' || (key === '32 1' && !bigEndian))) return 'I';
    return key === '32 3' ? 'F' : undefined;
  }
  if (format !== 1) return undefined;
  const deep = bits === 16;
  if (photometric === 1 && bits === 8 && samples === 2 && extra.join() === '2') return 'LA';
  if (photometric === 3 && samples === 1 && extra.length === 0 && [1, 2, 4, 8].includes(bits)) return 'P';
  if (photometric === 2 && (bits === 8 || deep)) {
    if (samples === 3 && extra.length === 0) return 'RGB';
    const alpha = extra[0] === undefined || extra[0] < 3 || (extra[0] === 999 && !deep);
    const fits = samples === 3 + extra.length || (samples === 4 && extra.length === 0);
    return alpha && fits && rest && (samples === 4 || !deep) ? 'RGBA' : undefined;
  }
  if (photometric === 5 && (bits === 8 || (deep && !bigEndian && samples === 4))) {
    return samples === 4 + extra.length && rest && !extra[0] ? 'CMYK' : undefined;
  }
  return undefined;
}
