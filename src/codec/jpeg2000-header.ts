/**
 * Reads JPEG 2000 headers, and tells a whole file from one that is cut off, without decoding.
 *
 * A codestream is FF4F, FF51 (SIZ: sizes, tiles, components), other segments `marker, u16 length`, then tile-parts `FF90
 * u16 10, u16 tile, u32 length from FF90 on, u8, u8`, and FFD9. It stands alone or in boxes `u32 length, 4 letters`, of
 * which `jp2h` describes it and `jp2c` holds it. All big-endian. Source: ITU-T T.800, annexes A and I.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { checkSize } from './raster.js';
import type { SampleHeader } from './types.js';

/** What a JPEG 2000 file says before its pixels. */
export interface Jpeg2000Info {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  readonly components: number;
  /** Bits of a value, 1 to 16. */
  readonly bits: number;
  /** Whether Pillow gives 16 bits: gray of more than 8 in boxes. */
  readonly deep: boolean;
  /** The codestream; a view of the file. */
  readonly stream: Bytes;
}

const sYCC = 18;
// Pictures of one colour take next to no bytes: up to this many pixels, small files are believed.
const believed = 2 ** 24;

/** Walks boxes and tile-parts. @throws {DatasetError} `codec` when the file is cut off, or not of the kinds above. */
export function readJpeg2000(bytes: Bytes): Jpeg2000Info {
  const whole = new FileView(bytes, 'jpeg2000', { bigEndian: true });
  const boxed = whole.has('\0\0\0\x0cjP  \r\n\x87\n', 0);
  whole.expect(boxed || whole.has('\xff\x4f\xff\x51', 0), 'a JPEG 2000 file');
  const stream = boxed ? findStream(whole, 0, whole.length) : bytes;
  if (!stream) throw whole.error('it has no codestream');
  const file = new FileView(stream, 'jpeg2000', { bigEndian: true });
  file.expect(file.has('\xff\x4f\xff\x51', 0), 'a codestream');
  const words = Array.from({ length: 8 }, (_, i) => file.u32(8 + 4 * i));
  const [right = 0, bottom = 0, left = 0, top = 0, tileWidth = 0, tileHeight = 0, tileLeft = 0, tileTop = 0] = words;
  const components = file.u16(40);
  const depth = file.u8(42);
  const [width, height] = [right - left, bottom - top];
  if (components < 1 || components > 4) throw file.error(`it has ${components} components, expected 1 to 4`);
  for (let i = 0, at = 42; i < components; i++, at += 3) {
    if (file.u8(at) !== depth || file.u16(at + 1) !== 0x0101)
      throw file.error('its components differ in size or depth');
  }
  if (depth > 15) throw file.error(`its values are of kind ${depth}, expected 1 to 16 bits without a sign`);
  checkSize(file, width, height, width * height > believed);
  const tiles = Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight);
  const seen = readTileParts(file);
  if (seen !== tiles) throw file.error(`expected ${tiles} tiles, got ${seen}`);
  return { width, height, components, bits: depth + 1, deep: boxed && components === 1 && depth > 7, stream };
}

/** Finds the codestream in boxes, and checks those that describe it. */
function findStream(file: FileView, start: number, end: number): Bytes | undefined {
  for (let at = start; at + 8 <= end; ) {
    const length = file.u32(at);
    const head = length === 1 ? 16 : 8;
    const next = length === 0 ? end : at + (length === 1 ? file.u64(at + 8) : length);
    const name = file.text(at + 4, 4);
    if (next < at + head || next > end) throw file.error(`it is cut off: expected at least ${next} bytes, got ${end}`);
    if (name === 'jp2c') return file.slice(at + head, next);
    if (name === 'jp2h') findStream(file, at + head, next);
    if (name === 'pclr') throw file.error('pictures with a palette are not supported');
    if (name === 'colr' && file.u8(at + head) === 1 && file.u32(at + head + 3) === sYCC) {
      throw file.error('pictures in YCC colours are not supported');
    }
    at = next;
  }
  return undefined;
}

/** Walks to the end mark. @returns the number of different tiles. */
function readTileParts(file: FileView): number {
  const tiles = new Set<number>();
  for (let at = 2; ; ) {
    const marker = file.u16(at);
    if (marker === 0xffd9) return tiles.size;
    if (marker !== 0xff90) {
      if (marker < 0xff00 || tiles.size > 0) throw file.error(`expected a marker at byte ${at}, got ${marker}`);
      at += 2 + Math.max(2, file.u16(at + 2));
      continue;
    }
    tiles.add(file.u16(at + 4));
    const length = file.u32(at + 6);
    if (length > 0 && length < 14) throw file.error(`a tile-part has ${length} bytes, expected at least 14`);
    at = length === 0 ? file.length - 2 : at + length; // 0: up to the end mark
  }
}

/** Reads shape and dtype of a complete JPEG 2000 file. */
export function readJpeg2000Header(bytes: Bytes): SampleHeader {
  const { width, height, components, deep } = readJpeg2000(bytes);
  return {
    shape: components === 1 ? [height, width] : [height, width, components],
    dtype: deep ? 'uint16' : 'uint8',
    info: { exif: {} },
  };
}
