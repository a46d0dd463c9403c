/**
 * Reads PNG headers, and tells a whole file from one that is cut off, without decoding.
 *
 * A file is the 8-byte signature, then chunks `u32 BE length, 4 letters, bytes, u32 CRC`; IHDR first, IEND last.
 * Source: PNG specification (ISO/IEC 15948) §5, §11.2.2.
 */
import { DatasetError } from '../errors.js';
import type { Dtype } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { SampleHeader } from './types.js';

/** IHDR, and where the compressed pixels lie. */
export interface PngInfo {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bits of one stored value. */
  readonly depth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA. */
  readonly colorType: number;
  readonly interlaced: boolean;
  /** Stored values of a pixel. */
  readonly channels: number;
  /** Contents of the PLTE chunk, three bytes for each colour; a view of the file. */
  readonly palette: Bytes | undefined;
  /** Contents of the IDAT chunks in order; views of the file. */
  readonly data: readonly Bytes[];
}

// Greatest number of pixels that is decoded: a header can promise more than memory holds.
const maxPixels = 2 ** 28;
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Makes the error of a PNG file. `reason` completes "... cannot be read: ". */
export function pngError(reason: string, cause?: unknown): DatasetError<'codec'> {
  return new DatasetError(
    'codec',
    `The png file cannot be read: ${reason}. Export or download it again.`,
    {
      compression: 'png',
      reason,
    },
    { cause },
  );
}

/**
 * Walks all chunks up to IEND. Bytes after IEND are tolerated.
 *
 * @param checkChunk - is given type and contents together and the stored CRC of each chunk.
 * @throws {DatasetError} `codec` on a cut-off or disordered file, or one of more than 2^28 pixels.
 */
export function readPng(bytes: Bytes, checkChunk?: (chunk: Bytes, crc: number) => void): PngInfo {
  if (!signature.every((byte, i) => bytes[i] === byte)) {
    throw pngError(bytes.length === 0 ? 'it has 0 bytes' : 'it does not begin like a PNG file');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data: Bytes[] = [];
  let header: Omit<PngInfo, 'data' | 'palette'> | undefined;
  let palette: Bytes | undefined;
  let ended = false; // other chunks came after IDAT
  for (let at = 8; ; ) {
    const next = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : at + 12;
    if (next > bytes.length) throw pngError(`it is cut off: expected at least ${next} bytes, got ${bytes.length}`);
    checkChunk?.(bytes.subarray(at + 4, next - 4), view.getUint32(next - 4));
    const content = bytes.subarray(at + 8, next - 4);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if ((type === 'IHDR') !== (at === 8)) throw pngError('its header is not its first chunk, or comes twice');
    if (type === 'IHDR') header = readHeader(content);
    else if (type === 'PLTE') palette = content;
    else if (type === 'IDAT') {
      if (ended) throw pngError('its pixel chunks do not follow each other');
      data.push(content);
    } else if (type === 'IEND') break;
    if (type !== 'IDAT' && data.length > 0) ended = true;
    at = next;
  }
  if (!header || data.length === 0) throw pngError('it has no pixels');
  if (header.colorType === 3 && !palette) throw pngError('its palette is missing');
  return { ...header, palette, data };
}

function readHeader(content: Bytes): Omit<PngInfo, 'data' | 'palette'> {
  if (content.length !== 13) throw pngError(`expected a header of 13 bytes, got ${content.length}`);
  const view = new DataView(content.buffer, content.byteOffset, 13);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth = 0, colorType = 0, compression, filter, interlace] = content.subarray(8);
  const channels = channelsOf[colorType];
  if (
    channels === undefined ||
    !depthsOf[colorType]?.includes(depth) ||
    compression ||
    filter ||
    (interlace ?? 0) > 1
  ) {
    throw pngError(`its header is invalid: colour type ${colorType}, ${depth} bits`);
  }
  if (width === 0 || height === 0 || width * height > maxPixels) {
    throw pngError(`its size is ${width} x ${height}, expected 1 to ${maxPixels} pixels`);
  }
  return { width, height, depth, colorType, interlaced: interlace === 1, channels };
}

/**
 * Tells shape and dtype of the array that a PNG file decodes to, which is what Pillow makes of it.
 *
 * 1-bit gray is bool and 16-bit gray is int32; a palette stays indices; 16-bit gray with alpha becomes RGBA.
 */
export function pngLayout(info: PngInfo): { readonly shape: readonly number[]; readonly dtype: Dtype } {
  const { width, height, depth, colorType } = info;
  const channels = colorType === 4 && depth === 16 ? 4 : info.channels;
  const gray = colorType === 0;
  return {
    shape: channels === 1 ? [height, width] : [height, width, channels],
    dtype: gray && depth === 1 ? 'bool' : gray && depth === 16 ? 'int32' : 'uint8',
  };
}

/** Reads shape, dtype and palette of a complete PNG file. Chunk sums are left to the decoder. */
export function readPngHeader(bytes: Bytes): SampleHeader {
  const info = readPng(bytes);
  const { colorType, palette } = info;
  return { ...pngLayout(info), info: { exif: {} }, ...(colorType === 3 && palette && { colors: palette.slice() }) };
}
