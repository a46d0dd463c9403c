/**
 * jpeg: pixels equal to Pillow's, through libjpeg-turbo; CMYK plane by plane.
 *
 * Where WebAssembly is not allowed, `jpeg-js` decodes (off by up to about 48 levels where chroma is subsampled, since
 * it does not interpolate) and nothing can be encoded.
 */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { WasmRunner } from './emscripten.js';
import { decodeCmyk } from './jpeg-cmyk.js';
import { jpegError, maxPixels, readJpegFrame } from './jpeg-header.js';
import {
  createTurboDecoder,
  createTurboEncoder,
  type JpegPixels,
  reasonOfFault,
  type TurboDecoder,
  type TurboEncoder,
} from './libjpeg-turbo.js';
import type { Codec, CodecConfig, EncodeOptions } from './types.js';

// Pillow's defaults, which Deep Lake 3.9.52 uses.
const defaultQuality = 75;
const maxSide = 65535;

/** Makes the codec; its WebAssembly is loaded at the first decode or encode. */
export function createJpeg(config: CodecConfig): Codec {
  const decoder = createTurboDecoder(config);
  const encoder = createTurboEncoder(config);
  const decodePlain = (bytes: Bytes, into?: ArrayBuffer): Promise<JpegPixels> => decodeWith(decoder, bytes, into);
  return {
    async decode(bytes, { into }) {
      const { components } = readJpegFrame(bytes);
      const { width, height, data } = await (components === 4
        ? decodeCmyk(bytes, decodePlain)
        : decodePlain(bytes, into));
      return { dtype: 'uint8', shape: components === 1 ? [height, width] : [height, width, components], data };
    },
    encode: (array, options) => encodeWith(encoder, array, options),
  };
}

async function decodeWith(
  runner: WasmRunner<TurboDecoder>,
  bytes: Bytes,
  into: ArrayBuffer | undefined,
): Promise<JpegPixels> {
  const { width, height, components } = readJpegFrame(bytes);
  let pixels: JpegPixels | undefined;
  try {
    pixels = await runner.run((turbo) => turbo.decode(bytes, into));
  } catch (error) {
    const reason = reasonOfFault(error);
    throw reason === undefined ? error : jpegError(reason, error);
  }
  pixels ??= (await import('./jpeg-js.js')).decodeJpegJs(bytes);
  if (pixels.width !== width || pixels.height !== height || pixels.data.length !== width * height * components) {
    throw jpegError(`expected ${width * height * components} values, got ${pixels.data.length}`);
  }
  return pixels;
}

async function encodeWith(runner: WasmRunner<TurboEncoder>, array: NdArray, options: EncodeOptions): Promise<Bytes> {
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
  const encoded = await runner.run((turbo) => turbo.encode({ data, width, height, components }, quality));
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
