/** What the small image formats share: Pillow's modes, checks of sizes, and rows of pixels. */
import { DatasetError } from '../errors.js';
import { type Dtype, type DtypeMap, elementCount, type NdArray } from '../format/dtypes.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { getKernels } from './kernels.js';
import type { Codec, FileColors, ReadHeader } from './types.js';

/** Pillow's name for what the values of a picture are. */
export type Mode = '1' | 'L' | 'P' | 'LA' | 'RGB' | 'RGBA' | 'CMYK' | 'I' | 'I;16' | 'F';

const modes: Readonly<Record<Mode, readonly [Dtype, number]>> = {
  1: ['bool', 1],
  L: ['uint8', 1],
  P: ['uint8', 1],
  LA: ['uint8', 2],
  RGB: ['uint8', 3],
  RGBA: ['uint8', 4],
  CMYK: ['uint8', 4],
  I: ['int32', 1],
  'I;16': ['uint16', 1],
  F: ['float32', 1],
};

/** Values of a picture: bool and uint8 as bytes, wider ones in their own arrays. */
export type Values = DtypeMap['uint8' | 'uint16' | 'int32' | 'float32'];

/** A file whose header was read. */
export interface Picture {
  readonly mode: Mode;
  /** Pixels, checked with {@link checkSize}. */
  readonly width: number;
  /** Pixels, checked with {@link checkSize}. */
  readonly height: number;
  /** Colours of a palette. */
  readonly colors?: FileColors | undefined;
  /** Whether only the pixels tell if the file is whole: run-length codes and texts. Others were checked before. */
  readonly coded?: boolean;
  /** Reads the pixels from top left to bottom right. */
  readonly pixels: () => Values;
}

/** A picture to be written. */
export interface Drawing {
  readonly mode: Mode;
  readonly width: number;
  readonly height: number;
  readonly data: Values;
}

/** Codec and header reader of one format, which lie in one module. */
export interface PictureFormat extends Codec {
  readonly readHeader: ReadHeader;
}

/** Makes a format of a function that reads headers. */
export function pictureFormat(
  name: string,
  open: (file: FileView) => Picture,
  encode?: (array: NdArray) => Awaitable<Bytes>,
): PictureFormat {
  return {
    decode(bytes) {
      const picture = open(new FileView(bytes, name));
      return { dtype: modes[picture.mode][0], shape: shapeOf(picture), data: picture.pixels() };
    },
    readHeader(bytes) {
      const picture = open(new FileView(bytes, name));
      if (picture.coded) picture.pixels();
      const colors = picture.mode === 'CMYK' ? 'cmyk' : picture.colors;
      return {
        shape: shapeOf(picture),
        dtype: modes[picture.mode][0],
        info: { exif: {} },
        ...(colors && { colors }),
      };
    },
    ...(encode && { encode }),
  };
}

function shapeOf({ mode, width, height }: Picture): number[] {
  const channels = modes[mode][1];
  return channels === 1 ? [height, width] : [height, width, channels];
}

// Greatest number of pixels that is decoded, as in png and jpeg.
const maxPixels = 2 ** 28;
// Run-length codes of these formats pack less in practice; damaged headers promise more.
const maxRatio = 4096;

/**
 * Checks a size before memory is taken for it.
 * @param coded - whether the pixels may take less room in the file than in memory, but not less than 1/4096 of it.
 * @throws {DatasetError} `codec` when it is not 1 to 2^28 pixels.
 */
export function checkSize(file: FileView, width: number, height: number, coded = false): void {
  const pixels = width * height;
  if (!(width > 0 && height > 0 && pixels <= maxPixels)) {
    throw file.error(`its size is ${width} x ${height}, expected 1 to ${maxPixels} pixels`);
  }
  if (coded && pixels > file.length * maxRatio) {
    throw file.error(`it promises ${pixels} pixels, more than its ${file.length} bytes can hold`);
  }
}

/**
 * Makes the encoder of a format.
 *
 * @param fits - modes that the format gives back as they were.
 * @param maxSide - greatest width and height.
 */
export function pictureEncoder(
  name: string,
  fits: readonly Mode[],
  maxSide: number,
  write: (drawing: Drawing) => Awaitable<Bytes>,
): (array: NdArray) => Awaitable<Bytes> {
  return ({ dtype, shape, data }) => {
    const [height = 0, width = 0, channels = 1] = shape;
    const flat = shape.length === 2 || shape.length === 3;
    const mode = fits.find((name) => modes[name][0] === dtype && modes[name][1] === channels);
    const sized = height > 0 && width > 0 && Math.max(height, width) <= maxSide && data.length === elementCount(shape);
    if (mode && flat && sized) return write({ mode, width, height, data: data as Values });
    const list = fits.map(
      (name) => `${modes[name][0]} [height, width${['', '', ', 2', ', 3', ', 4'][modes[name][1]]}]`,
    );
    const length = data.length === elementCount(shape) ? '' : ` with ${data.length} values`;
    throw cannotHold(name, `${list.join(', ')} with sides of 1 to ${maxSide}; got ${dtype} [${shape}]${length}`);
  };
}

/** Makes the error that a format cannot hold an array. `what` completes "... holds ". */
export function cannotHold(name: string, what: string): DatasetError<'codec'> {
  const reason = `${name} holds ${what}`;
  return new DatasetError(
    'codec',
    `The array cannot be written as ${name}: ${reason}. Convert it, or use png or lz4.`,
    {
      compression: name,
      reason,
    },
  );
}

/** How pixels lie in a file. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where the channels of a row's first pixel are, from the start of the row. */
  readonly order: readonly number[];
  /** Bytes from a pixel to the next. */
  readonly step: number;
  /** Bytes from a row to the next. */
  readonly stride: number;
  /** Whether the last row comes first. */
  readonly bottomUp?: boolean;
}

/** Reads bytes of pixels, channel by channel. The caller has checked that they are there. */
export function readPixels(bytes: Bytes, at: number, layout: Layout): Bytes {
  const out = new Uint8Array(layout.width * layout.height * layout.order.length);
  eachRow(layout, (row, to, channels) => {
    for (let x = 0, from = at + row; x < layout.width; x++, from += layout.step, to += channels) {
      out[to] = bytes[from] ?? 0;
    }
  });
  return out;
}

/** Writes bytes of pixels where {@link readPixels} finds them. */
export function writePixels(out: Bytes, at: number, data: Values, layout: Layout): void {
  eachRow(layout, (row, from, channels) => {
    for (let x = 0, to = at + row; x < layout.width; x++, to += layout.step, from += channels) {
      out[to] = data[from] ?? 0;
    }
  });
}

function eachRow(layout: Layout, visit: (row: number, value: number, channels: number) => void): void {
  const { width, height, order, stride, bottomUp } = layout;
  order.forEach((offset, channel) => {
    for (let y = 0; y < height; y++) {
      visit((bottomUp ? height - 1 - y : y) * stride + offset, y * width * order.length + channel, order.length);
    }
  });
}

/** How values of less than a byte lie in a file. */
export interface BitLayout {
  readonly width: number;
  readonly height: number;
  /** Bits of a value; 1 when absent. */
  readonly bits?: 1 | 2 | 4;
  /** Bytes from a row to the next; as few as can be when absent. */
  readonly stride?: number;
  readonly bottomUp?: boolean;
  /** Whether the first pixel is in the lowest bit. */
  readonly lowFirst?: boolean;
  /** Whether a 1 stands for false. */
  readonly inverted?: boolean;
}

/** Bytes of a row of packed values. */
export function packedRow(width: number, bits = 1): number {
  return Math.ceil((width * bits) / 8);
}

/** Reads values of less than a byte. The caller has checked that they are there. */
export function readBits(bytes: Bytes, at: number, layout: BitLayout): Bytes {
  const { width, height, bits = 1, stride = packedRow(width, bits), bottomUp, lowFirst, inverted } = layout;
  const out = new Uint8Array(width * height);
  if (bits === 1 && !bottomUp) {
    getKernels().unpackBits(bytes.subarray(at), layout, out);
    return out;
  }
  const mask = (1 << bits) - 1;
  const flip = inverted ? mask : 0;
  const high = lowFirst ? 0 : 8 - bits;
  for (let y = 0, to = 0; y < height; y++) {
    const row = at + (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, to++) {
      const bit = x * bits;
      out[to] = (((bytes[row + (bit >> 3)] ?? 0) >> Math.abs(high - (bit & 7))) & mask) ^ flip;
    }
  }
  return out;
}

/** Packs values of 0 and 1, eight in a byte; the bits behind a row are 0, inverted or not. */
export function packBits(data: Values, layout: BitLayout): Bytes {
  const { width, height, stride = packedRow(width), bottomUp, lowFirst, inverted } = layout;
  const out = new Uint8Array(stride * height);
  if (data instanceof Uint8Array && !bottomUp) {
    getKernels().packBits(data, layout, out);
    return out;
  }
  for (let y = 0, from = 0; y < height; y++) {
    const row = (bottomUp ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, from++) {
      if (!data[from] === !inverted) continue;
      const at = row + (x >> 3);
      out[at] = (out[at] ?? 0) | (lowFirst ? 1 << (x & 7) : 128 >> (x & 7));
    }
  }
  return out;
}

/** Reads pixels of 16 bits, little-endian: 5 bits blue, 5 (or 6) green, 5 red; widened to 8 bits and cut. */
export function readPixels16(
  bytes: Bytes,
  at: number,
  layout: Omit<Layout, 'order' | 'step'>,
  greenBits: 5 | 6,
): Bytes {
  const halves = readPixels(bytes, at, { ...layout, order: [0, 1], step: 2 });
  const out = new Uint8Array((halves.length / 2) * 3);
  const maxGreen = (1 << greenBits) - 1;
  for (let from = 0, to = 0; from < halves.length; from += 2, to += 3) {
    const pixel = (halves[from] ?? 0) | ((halves[from + 1] ?? 0) << 8);
    out[to] = (((pixel >> (5 + greenBits)) & 31) * 255) / 31;
    out[to + 1] = (((pixel >> 5) & maxGreen) * 255) / maxGreen;
    out[to + 2] = ((pixel & 31) * 255) / 31;
  }
  return out;
}
