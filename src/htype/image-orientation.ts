/**
 * The EXIF orientation of image files: how a camera was held. Arrays ignore it, as Pillow does; browsers apply it, whatever
 * option they are given.
 *
 * It is a number of 16 bits in the first directory of the EXIF block, which lies in a JPEG's APP1 segment, a PNG's `eXIf`
 * chunk or a WebP's `EXIF` chunk. Sources: Exif 2.3 §4.6.4; PNG third edition §11.3.4.5; RFC 9649 §2.7.
 */
import type { Bytes } from '../util/bytes.js';
import type { EncodedSample } from './types.js';

/** Orientation of a picture that is shown as it lies. */
export const UPRIGHT = 1;

const ORIENTATION_TAG = 0x0112;
const TYPE_U16 = 3;
const EXIF = 0x45786966; // "Exif"
const PNG_EXIF = 0x65584966; // "eXIf"
const WEBP_EXIF = 0x45584946; // "EXIF"
const LITTLE_ENDIAN = 0x4949; // "II"

/** Where the orientation of a file stands. */
interface Place {
  /** Position of its 16 bits. */
  readonly at: number;
  readonly little: boolean;
  /** The chunk or segment that it is in, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

/** The EXIF orientation of a file, 1 to 8; 1 where it has none, or one that means nothing. */
export function orientationOf(file: EncodedSample): number {
  const place = findOrientation(file);
  const value = place ? viewOf(file.bytes).getUint16(place.at, place.little) : UPRIGHT;
  return value >= 1 && value <= 8 ? value : UPRIGHT;
}

/**
 * The bytes of a file without what makes browsers turn it, in parts. Files without an orientation are given as they are.
 *
 * The tag is set to upright in a copy; a PNG loses the chunk, which has a check sum.
 */
export function neutralOrientation(file: EncodedSample): Bytes[] {
  const { bytes, compression } = file;
  const place = findOrientation(file);
  if (!place || viewOf(bytes).getUint16(place.at, place.little) === UPRIGHT) return [bytes];
  if (compression === 'png') return [bytes.subarray(0, place.start), bytes.subarray(place.end)];
  const copy = bytes.slice();
  viewOf(copy).setUint16(place.at, UPRIGHT, place.little);
  return [copy];
}

function viewOf(bytes: Bytes): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function findOrientation({ bytes, compression }: EncodedSample): Place | undefined {
  const view = viewOf(bytes);
  if (compression === 'png') return findInPng(view);
  if (compression === 'webp') return findInWebp(view);
  return compression === 'jpeg' || compression === 'mpo' ? findInJpeg(view) : undefined;
}

/** Segments are: FF, marker, length (its own two bytes included), content. */
function findInJpeg(view: DataView): Place | undefined {
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xff; ) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (marker === 0xda) return undefined; // entropy-coded data: no headers behind it
    const end = at + 2 + view.getUint16(at + 2);
    if (marker === 0xe1 && at + 18 <= view.byteLength && view.getUint32(at + 4) === EXIF)
      return findInExif(view, at + 10, at, end);
    at = end;
  }
  return undefined;
}

/** Chunks are: length, type, content, check sum. */
function findInPng(view: DataView): Place | undefined {
  for (let at = 8; at + 12 <= view.byteLength; ) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) === PNG_EXIF) return findInExif(view, at + 8, at, end);
    at = end;
  }
  return undefined;
}

/** Chunks are: type, length (little-endian), content, padding to an even length. The block may have a JPEG's prefix. */
function findInWebp(view: DataView): Place | undefined {
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length & 1);
    if (view.getUint32(at) === WEBP_EXIF) {
      const prefixed = at + 14 <= view.byteLength && view.getUint32(at + 8) === EXIF;
      return findInExif(view, at + (prefixed ? 14 : 8), at, end);
    }
    at = end;
  }
  return undefined;
}

/** Byte order, 42, offset of the directory; there a count, and entries of tag, type, count, value. */
function findInExif(view: DataView, tiff: number, start: number, end: number): Place | undefined {
  const limit = Math.min(end, view.byteLength);
  if (tiff + 8 > limit) return undefined;
  const little = view.getUint16(tiff) === LITTLE_ENDIAN;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > limit) return undefined;
  const entries = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= limit; i++, at += 12) {
    const isOrientation = view.getUint16(at, little) === ORIENTATION_TAG && view.getUint16(at + 2, little) === TYPE_U16;
    if (isOrientation) return { at: at + 8, little, start, end };
  }
  return undefined;
}
