/** png: values in Pillow's modes, and lossless writing. */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { InflateError, inflate } from './inflate.js';
import { getKernels } from './kernels.js';
import { fastCrc32 } from './kernels-crc.js';
import { kernelInstance } from './kernels-wasm.js';
import { type PngInfo, pngError, pngLayout, readPng } from './png-header.js';
import { inflatedSize, pixelBytes, pngValues, widen } from './png-pixels.js';
import { inflateRows } from './png-rows.js';
import { writePng } from './png-write.js';
import type { Codec } from './types.js';

const maxSide = 2 ** 31 - 1;
// The greatest ratio of deflate: 258 bytes for 2 bits.
const maxRatio = 1032;

/** png as a codec. */
export const png: Codec = { decode, encode };

function decode(bytes: Bytes): NdArray {
  const info = readPng(bytes, (chunk, crc) => {
    const got = fastCrc32(chunk);
    if (got !== crc) throw pngError(`the check sum of a chunk is wrong: expected ${crc}, got ${got}`);
  });
  const { shape, dtype } = pngLayout(info);
  const values = readValues(info);
  if (dtype === 'int32') return { dtype, shape, data: values as Int32Array<ArrayBuffer> };
  // Pillow opens 16-bit gray with alpha as RGBA.
  const data = info.colorType === 4 && info.depth === 16 ? grayToRgba(values) : (values as Bytes);
  return { dtype: dtype === 'bool' ? 'bool' : 'uint8', shape, data };
}

function readValues(info: PngInfo): Bytes | Int32Array<ArrayBuffer> {
  const size = inflatedSize(info);
  const data = concatBytes(info.data);
  if (size > data.length * maxRatio) {
    throw pngError(`it promises ${size} bytes of pixels, more than its ${data.length} compressed bytes can hold`);
  }
  try {
    const kernels = info.interlaced ? undefined : kernelInstance();
    const rowBytes = size / info.height - 1; // without the filter byte, where there is one pass
    const rows = kernels && inflateRows(kernels, data, info.height, rowBytes, pixelBytes(info));
    if (rows) {
      checkSize(size, rows.written);
      return widen(info, rows.values, info.height, info.width * info.channels);
    }
    const raw = new Uint8Array(size);
    checkSize(size, inflate(data, raw));
    return pngValues(info, raw);
  } catch (error) {
    throw error instanceof InflateError ? pngError(error.message, error) : error;
  }
}

function checkSize(expected: number, got: number): void {
  if (got !== expected) throw pngError(`expected ${expected} bytes of pixels, got ${got}`);
}

function grayToRgba(values: ArrayLike<number>): Bytes {
  const rgba = new Uint8Array(values.length * 2);
  for (let i = 0, o = 0; i < values.length; i += 2, o += 4) {
    rgba.fill(values[i] ?? 0, o, o + 3);
    rgba[o + 3] = values[i + 1] ?? 0;
  }
  return rgba;
}

async function encode(array: NdArray): Promise<Bytes> {
  const { dtype, data, shape } = array;
  const [height = 0, width = 0, channels = 1] = shape;
  const flat = shape.length === 2;
  const fits =
    (dtype === 'uint8' && (flat || shape.length === 3) && channels >= 1 && channels <= 4) ||
    ((dtype === 'bool' || dtype === 'uint16') && (flat || (shape.length === 3 && channels === 1)));
  if (!fits || !(height > 0 && height <= maxSide) || !(width > 0 && width <= maxSide))
    throw cannotHold(`${dtype} [${shape}]`);
  if (data.length !== height * width * channels) {
    throw cannotHold(`[${shape}] with ${data.length} values, expected ${height * width * channels}`);
  }
  const depth = dtype === 'bool' ? 1 : dtype === 'uint16' ? 16 : 8;
  const rows = depth === 8 ? (data as Bytes) : pack(data as Bytes | Uint16Array, height, width);
  return writePng({ width, height, depth, channels, rows });
}

// Rows as PNG has them: 8 pixels in a byte, or big-endian.
function pack(data: Bytes | Uint16Array, height: number, width: number): Bytes {
  if (data instanceof Uint8Array) {
    const bits = new Uint8Array(((width + 7) >> 3) * height);
    getKernels().packBits(data, { width, height }, bits);
    return bits;
  }
  const rows = new Uint8Array(2 * data.length);
  data.forEach((value, i) => {
    rows[2 * i] = value >> 8;
    rows[2 * i + 1] = value;
  });
  return rows;
}

function cannotHold(got: string): DatasetError<'codec'> {
  const reason = `png holds uint8 arrays [height, width] or [height, width, 1 to 4], and bool or uint16 [height, width]; got ${got}`;
  return new DatasetError('codec', `The array cannot be written as png: ${reason}. Convert it, or use lz4.`, {
    compression: 'png',
    reason,
  });
}
