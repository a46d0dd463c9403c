/**
 * Reads JPEG headers, and tells a whole file from one that is cut off, without decoding.
 *
 * A file is FF D8, then segments `FF marker u16 length (itself included) ...`, entropy-coded data after each SOS segment
 * (where FF is followed by 00 or a restart marker), and FF D9. Source: ITU-T T.81, annex B.
 */
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { readExif } from './exif.js';
import type { SampleHeader } from './types.js';

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;

/** Greatest number of pixels that is decoded: a header can promise more than memory holds. */
export const maxPixels = 2 ** 28;

// A block of 8 x 8 takes at least one bit in a file, so a byte holds at most 512 pixels; twice that, to be safe.
const maxPixelsPerByte = 1024;

/** What a JPEG file says before its pixels. */
export interface JpegFrame {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 1 gray, 3 colour, 4 CMYK. */
  readonly components: number;
  readonly progressive: boolean;
  /** Position of the first SOS marker. */
  readonly scanStart: number;
  /** The EXIF block from its byte order mark on, when there is one. */
  readonly exif: Bytes | undefined;
}

/** Makes the error of a JPEG file. `reason` completes "... cannot be read: ". */
export function jpegError(reason: string, cause?: unknown): DatasetError<'codec'> {
  return new DatasetError(
    'codec',
    `The jpeg file cannot be read: ${reason}. Export or download it again.`,
    {
      compression: 'jpeg',
      reason,
    },
    { cause },
  );
}

/** Walks the segments up to the first scan. @throws {DatasetError} `codec` when there is none, or nothing to decode. */
export function readJpegFrame(bytes: Bytes): JpegFrame {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) {
    throw jpegError(bytes.length === 0 ? 'it has 0 bytes' : 'it does not begin like a JPEG file');
  }
  let frame: Omit<JpegFrame, 'scanStart' | 'exif'> | undefined;
  let exif: Bytes | undefined;
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++; // fill bytes
    const marker = bytes[at + 1];
    if (marker === undefined) throw jpegError(`it is cut off in its header, after ${bytes.length} bytes`);
    if (bytes[at] !== 0xff) throw jpegError(`expected a marker at byte ${at}, got ${bytes[at]}`);
    if (marker === EOI) throw jpegError('it ends before its pixels');
    if (marker === 0 || marker === SOI || (marker >= 0xd0 && marker <= 0xd7))
      throw jpegError(`marker ${marker} in its header`);
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) throw jpegError(`expected ${end} bytes in its header, got ${bytes.length}`);
    if (marker === SOS) {
      if (!frame) throw jpegError('its pixels begin before their size is told');
      const { width, height } = frame;
      if (width * height > maxPixelsPerByte * bytes.length) {
        throw jpegError(`it promises ${width} x ${height} pixels, more than its ${bytes.length} bytes can hold`);
      }
      return { ...frame, scanStart: at, exif };
    }
    // SOF0...SOF15 without DHT (C4), JPG (C8) and DAC (CC).
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      frame = readFrame(bytes.subarray(at + 4, end), marker, frame !== undefined);
    } else if (marker === APP1 && !exif && isExif(bytes.subarray(at + 4, end))) {
      exif = bytes.subarray(at + 10, end);
    }
    at = end;
  }
}

function readFrame(segment: Bytes, marker: number, second: boolean): Omit<JpegFrame, 'scanStart' | 'exif'> {
  const [precision = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, components = 0] = segment;
  const height = (h1 << 8) | h0;
  const width = (w1 << 8) | w0;
  if (second) throw jpegError('it has two frame headers');
  if (marker > 0xc2) throw jpegError(`its coding (SOF${marker - 0xc0}) is neither baseline nor progressive`);
  if (segment.length < 6 + 3 * components) throw jpegError('its frame header is cut off');
  if (precision !== 8) throw jpegError(`it has ${precision} bits for a value, expected 8`);
  if (components !== 1 && components !== 3 && components !== 4)
    throw jpegError(`it has ${components} components, expected 1, 3 or 4`);
  if (width === 0 || height === 0) throw jpegError(`its size is ${width} x ${height}`);
  if (width * height > maxPixels)
    throw jpegError(`its size is ${width} x ${height}, expected at most ${maxPixels} pixels`);
  return { width, height, components, progressive: marker === 0xc2 };
}

function isExif(segment: Bytes): boolean {
  return segment.length > 14 && String.fromCharCode(...segment.subarray(0, 6)) === 'Exif\0\0';
}

/**
 * Checks that a file reaches its pixels and its end mark. Bytes after the end mark are tolerated.
 *
 * @throws {DatasetError} `codec` that says how it is damaged.
 */
export function checkJpeg(bytes: Bytes): JpegFrame {
  const frame = readJpegFrame(bytes);
  const { length } = bytes;
  // FF D9 cannot occur inside a scan, so a file that ends with it after its first SOS is complete.
  if (bytes[length - 2] === 0xff && bytes[length - 1] === EOI) return frame;
  let at = frame.scanStart;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const marker = at < 0 ? undefined : bytes[at + 1];
    if (marker === undefined) throw jpegError(`it is cut off after ${length} bytes: the end mark is missing`);
    if (marker === EOI) return frame;
    if (marker === 0xff) at++;
    else if (marker === 0 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + Math.max(2, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)); // between the scans of one image
  }
}

/**
 * Reads shape and EXIF of a complete JPEG file; see {@link checkJpeg}.
 *
 * @returns shape `[height, width]` for one component, else `[height, width, components]`; dtype uint8; info `{ exif }`.
 */
export function readJpegHeader(bytes: Bytes): SampleHeader {
  const { width, height, components, exif } = checkJpeg(bytes);
  return {
    shape: components === 1 ? [height, width] : [height, width, components],
    dtype: 'uint8',
    info: { exif: exif ? readExif(exif) : {} },
    ...(components === 4 && { colors: 'cmyk' }),
  };
}
