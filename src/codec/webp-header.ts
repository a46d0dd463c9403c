/**
 * Reads WebP headers, and tells a whole file from one that is cut off, without decoding.
 *
 * A file is `RIFF u32 size WEBP`, then chunks `4 letters, u32 length, bytes, padding to an even length`: one `VP8 ` (lossy)
 * or `VP8L` (lossless), or first `VP8X` (flags, size of the canvas) and then metadata and pictures; an animation has its
 * pictures in `ANMF` chunks, of which the first is read. Source: RFC 9649.
 */
import type { Bytes } from '../util/bytes.js';
import { readExif } from './exif.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** What a WebP file says before its pixels. */
export interface WebpInfo {
  /** Pixels of the canvas. */
  readonly width: number;
  /** Pixels of the canvas. */
  readonly height: number;
  /** Whether Pillow gives it four channels. */
  readonly alpha: boolean;
  /** A file of the one picture to decode: the given one, or one made of the first frame of an animation. */
  readonly still: Bytes;
  /** Size of that picture and its place on the canvas. */
  readonly part: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly exif: Bytes | undefined;
}

// Greatest number of pixels that is decoded, at 8 bytes of memory each: a single colour takes no bits in a file.
const maxPixels = 2 ** 27;
// Greatest canvas for each byte of a file whose first frame leaves some of it bare: real ones are far below it.
const maxBarePixels = 4096;
const chunkHead = 8;
const alphaFlag = 0x10;
const animationFlag = 0x02;

/** Walks the chunks. @throws {DatasetError} `codec` on a cut-off or disordered file, or one of more than 2^27 pixels. */
export function readWebp(bytes: Bytes): WebpInfo {
  const whole = new FileView(bytes, 'webp');
  whole.expect(whole.has('RIFF', 0) && whole.has('WEBP', 8), 'a WebP file');
  const file = new FileView(whole.slice(0, chunkHead + whole.u32(4)), 'webp');
  let canvas: { readonly flags: number; readonly width: number; readonly height: number } | undefined;
  let picture: Picture | undefined;
  let frame: { readonly left: number; readonly top: number; readonly still: Bytes } | undefined;
  let exif: Bytes | undefined;
  for (let at = 12; at + chunkHead <= file.length; ) {
    const name = file.text(at, 4);
    const start = at + chunkHead;
    const end = file.need(start + file.u32(at + 4));
    if (name === 'VP8X' && at === 12) {
      canvas = { flags: file.u8(start), width: u24(file, start + 4) + 1, height: u24(file, start + 7) + 1 };
    } else if (name === 'ANMF' && !picture) {
      const { width, height, still } = cutFrame(file, start, end);
      picture = readPicture(still, 30);
      if (picture.width !== width || picture.height !== height) throw file.error('its first frame has two sizes');
      frame = { left: 2 * u24(file, start), top: 2 * u24(file, start + 3), still };
    } else if ((name === 'VP8 ' || name === 'VP8L' || name === 'ALPH') && !picture) {
      picture = readPicture(file, at);
    } else if (name === 'EXIF') exif ??= file.slice(start, end);
    if (!canvas && picture) break; // nothing else counts in the simple form
    at = end + (end & 1);
  }
  if (!picture) throw file.error('it has no picture');
  const { width, height } = canvas ?? picture;
  const { left, top, still } = frame ?? { left: 0, top: 0, still: file.bytes };
  const part = { left, top, width: picture.width, height: picture.height };
  const animated = canvas !== undefined && (canvas.flags & animationFlag) !== 0;
  const fits = frame
    ? left + part.width <= width && top + part.height <= height
    : part.width === width && part.height === height;
  if (!fits || animated !== (frame !== undefined)) throw file.error('its picture does not fit its canvas');
  if (width * height > maxPixels)
    throw file.error(`its size is ${width} x ${height}, expected at most ${maxPixels} pixels`);
  const isFilled = part.width === width && part.height === height;
  if (!isFilled && width * height > maxBarePixels * bytes.length)
    throw file.error(`it promises ${width} x ${height} pixels, more than its ${bytes.length} bytes are for`);
  const flagged = canvas !== undefined && (canvas.flags & alphaFlag) !== 0;
  const alpha = animated || !picture.lossless ? flagged || (picture.alpha && !animated) : picture.alpha;
  return { width, height, alpha, still, part, exif };
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly lossless: boolean;
  readonly alpha: boolean;
}

function u24(file: FileView, at: number): number {
  return file.u16(at) | (file.u8(at + 2) << 16);
}

/** Reads the size of the picture whose chunk, or alpha chunk before it, is at a position. */
function readPicture(from: FileView | Bytes, start: number): Picture {
  const file = from instanceof FileView ? from : new FileView(from, 'webp');
  let at = start;
  let alpha = false;
  for (; file.has('ALPH', at); alpha = true) at += chunkHead + file.u32(at + 4) + (file.u32(at + 4) & 1);
  const data = at + chunkHead;
  file.need(data + file.u32(at + 4));
  if (file.has('VP8L', at) && file.u8(data) === 0x2f) {
    const bits = file.u32(data + 1); // 14 width - 1, 14 height - 1, 1 alpha, 3 version
    return {
      width: (bits & 0x3fff) + 1,
      height: ((bits >>> 14) & 0x3fff) + 1,
      lossless: true,
      alpha: (bits >>> 28) % 2 === 1,
    };
  }
  const key = file.has('VP8 ', at) && (file.u8(data) & 1) === 0 && file.has('\x9d\x01\x2a', data + 3);
  const width = key ? file.u16(data + 6) & 0x3fff : 0;
  const height = key ? file.u16(data + 8) & 0x3fff : 0;
  if (width === 0 || height === 0) throw file.error('its picture does not begin like VP8 or VP8L');
  return { width, height, lossless: false, alpha };
}

/** Makes a file of the picture of an ANMF chunk: its chunks behind a VP8X that allows alpha. */
function cutFrame(file: FileView, start: number, end: number): { width: number; height: number; still: Bytes } {
  const chunks = file.slice(Math.min(start + 16, end), end);
  const still = new Uint8Array(30 + chunks.length);
  still.set(file.slice(0, 12));
  still.set(
    [...'VP8X'].map((letter) => letter.charCodeAt(0)),
    12,
  );
  const view = new DataView(still.buffer);
  view.setUint32(4, still.length - chunkHead, true);
  view.setUint32(16, 10, true);
  still[20] = alphaFlag;
  still.set(file.slice(start + 6, start + 12), 24);
  still.set(chunks, 30);
  return { width: u24(file, start + 6) + 1, height: u24(file, start + 9) + 1, still };
}

/** Reads shape and EXIF of a complete WebP file. */
export function readWebpHeader(bytes: Bytes): SampleHeader {
  const { width, height, alpha, exif } = readWebp(bytes);
  const prefixed = exif && String.fromCharCode(...exif.subarray(0, 6)) === 'Exif\0\0';
  return {
    shape: [height, width, alpha ? 4 : 3],
    dtype: 'uint8',
    info: { exif: exif ? readExif(prefixed ? exif.subarray(6) : exif) : {} },
  };
}
