/**
 * jpeg: pixels equal to Pillow's, through libjpeg-turbo; CMYK plane by plane.
 *
 * Where WebAssembly is not allowed, `jpeg-js` decodes (off by up to about 48 levels where chroma is subsampled, since
 * it does not interpolate) and nothing can be encoded.
 */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { copyOut } from './emscripten.js';
import { decodeCmyk } from './jpeg-cmyk.js';
import { jpegError, maxPixels, readJpegFrame } from './jpeg-header.js';
import { createTurboRunner, type Turbo, type TurboRunner } from './libjpeg-turbo.js';
import type { Codec, CodecConfig, EncodeOptions } from './types.js';

/** Decoded planes, interleaved: `[height, width, components]`. */
export interface JpegPixels {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly data: Bytes;
}

// Pillow's defaults, which Deep Lake 3.9.52 uses.
const defaultQuality = 75;
const turbo420 = 2; // TJSAMP_420
const turboGray = 3; // TJSAMP_GRAY
const maxSide = 65535;

/** Makes the codec; its WebAssembly is loaded at the first decode or encode. */
export function createJpeg(config: CodecConfig): Codec {
  const decoder = createTurboRunner('decode', config);
  const encoder = createTurboRunner('full', config);
  const decodePlain = (bytes: Bytes): Promise<JpegPixels> => decodeWith(decoder, bytes);
  return {
    async decode(bytes) {
      const { components } = readJpegFrame(bytes);
      const { width, height, data } = await (components === 4 ? decodeCmyk(bytes, decodePlain) : decodePlain(bytes));
      return { dtype: 'uint8', shape: components === 1 ? [height, width] : [height, width, components], data };
    },
    encode: (array, options) => encodeWith(encoder, array, options),
  };
}

async function decodeWith(runner: TurboRunner, bytes: Bytes): Promise<JpegPixels> {
  const { width, height, components } = readJpegFrame(bytes);
  let pixels: JpegPixels | undefined;
  try {
    pixels = await runner.run((turbo) => turboDecode(turbo, bytes));
  } catch (error) {
    // It throws a pointer to its message, and gives no way to read it.
    if (typeof error === 'number' || error instanceof WebAssembly.RuntimeError) {
      throw jpegError('its pixels are damaged or cut off', error);
    }
    throw error;
  }
  pixels ??= (await import('./jpeg-js.js')).decodeJpegJs(bytes);
  if (pixels.width !== width || pixels.height !== height || pixels.data.length !== width * height * components) {
    throw jpegError(`expected ${width * height * components} values, got ${pixels.data.length}`);
  }
  return pixels;
}

function turboDecode(turbo: Turbo, bytes: Bytes): JpegPixels {
  const decoder = new turbo.JPEGDecoder();
  decoder.getEncodedBuffer(bytes.length).set(bytes);
  decoder.decode();
  const { width, height, componentCount: components } = decoder.getFrameInfo();
  const data = copyOut(decoder.getDecodedBuffer());
  decoder.delete();
  return { width, height, components, data };
}

async function encodeWith(runner: TurboRunner, array: NdArray, options: EncodeOptions): Promise<Bytes> {
  const { dtype, data } = array;
  const [height = 0, width = 0, components = 1] = array.shape;
  const quality = options.quality ?? defaultQuality;
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new RangeError(`The jpeg quality is a whole number from 1 to 100, got ${quality}.`);
  }
  const rank = array.shape.length;
  const fits = dtype === 'uint8' && (rank === 2 || rank === 3) && (components === 1 || components === 3);
  if (
    !fits ||
    !(data instanceof Uint8Array) ||
    !(height > 0 && height <= maxSide) ||
    !(width > 0 && width <= maxSide)
  ) {
    throw cannotHold(`${dtype} [${array.shape}]`);
  }
  if (height * width > maxPixels) throw cannotHold(`${height * width} pixels, more than ${maxPixels}`);
  const size = height * width * components;
  if (data.length !== size) throw cannotHold(`[${array.shape}] with ${data.length} values, expected ${size}`);
  const encoded = await runner.run((turbo) => turboEncode(turbo, data, width, height, components, quality));
  if (encoded) return encoded;
  throw new DatasetError(
    'unsupported',
    'Writing jpeg needs WebAssembly, which this page forbids. Allow "wasm-unsafe-eval" or give JPEG files.',
    { feature: 'WebAssembly' },
  );
}

function cannotHold(got: string): DatasetError<'codec'> {
  const reason = `jpeg holds uint8 arrays [height, width], [height, width, 1] or [height, width, 3] of up to 65535 a side; got ${got}`;
  return new DatasetError('codec', `The array cannot be written as jpeg: ${reason}. Convert it, or use png.`, {
    compression: 'jpeg',
    reason,
  });
}

function turboEncode(
  turbo: Turbo,
  data: Bytes,
  width: number,
  height: number,
  components: number,
  quality: number,
): Bytes {
  // The encoder gives its output as many bytes as its input has and writes on beyond them, which small or noisy
  // pictures need. The declared depth multiplies the input's bytes without other effect, so it makes the room.
  const side = components === 1 ? 8 : 16; // of an MCU
  const full = (n: number): number => Math.ceil(n / side) * side;
  const worst = full(width) * full(height) * (components === 1 ? 2 : 3) + 2048; // tjBufSize of libjpeg-turbo
  // The smallest pictures need more than the 255 bits that can be declared: widen to what the MCUs hold anyway.
  const tiny = data.length * 31 < worst;
  const [w, h] = tiny ? [full(width), full(height)] : [width, height];
  const encoder = new turbo.JPEGEncoder();
  const bitsPerSample = 8 * Math.ceil(worst / (w * h * components));
  const input = encoder.getDecodedBuffer({
    width: w,
    height: h,
    bitsPerSample: Math.min(bitsPerSample, 255),
    componentCount: components,
    isSigned: false,
  });
  if (tiny) widen(data, width, height, components, input, w, h);
  else input.set(data);
  encoder.setQuality(quality);
  encoder.setSubSampling(components === 1 ? turboGray : turbo420);
  encoder.setProgressive(false);
  encoder.encode();
  const file = copyOut(encoder.getEncodedBuffer());
  encoder.delete();
  if (tiny) patchSize(file, width, height);
  return file;
}

// Repeats the last column and row, as the encoder itself fills up its last MCUs.
function widen(
  from: Bytes,
  width: number,
  height: number,
  components: number,
  to: Uint8Array,
  w: number,
  h: number,
): void {
  for (let y = 0, at = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const pixel = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * components;
      for (let c = 0; c < components; c++) to[at++] = from[pixel + c] ?? 0;
    }
  }
}

function patchSize(file: Bytes, width: number, height: number): void {
  const view = new DataView(file.buffer);
  let at = 2;
  while (view.getUint8(at + 1) !== 0xc0) at += 2 + view.getUint16(at + 2); // SOF0
  view.setUint16(at + 5, height);
  view.setUint16(at + 7, width);
}
