/** webp: pixels equal to Pillow's, through libwebp; always RGB or RGBA. */
import { elementCount, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { copyOut, type WasmRunner, wasmForbidden } from './emscripten.js';
import { fileError } from './file-view.js';
import { getKernels } from './kernels.js';
import { createWebpDecoder, createWebpEncoder, type WebpDecoder, type WebpEncoder, webpSettings } from './libwebp.js';
import { cannotHold } from './raster.js';
import type { Codec, CodecConfig, EncodeOptions } from './types.js';
import { readWebp } from './webp-header.js';

const defaultQuality = 80; // Pillow's, which Deep Lake 3.9.52 uses
const maxSide = 16383;

/** Makes the codec; its WebAssembly is loaded at the first decode or encode. */
export function createWebp(config: CodecConfig): Codec {
  const decoder = createWebpDecoder(config);
  const encoder = createWebpEncoder(config);
  return {
    decode: (bytes) => decodeWith(decoder, bytes),
    encode: (array, options) => encodeWith(encoder, array, options),
  };
}

async function decodeWith(runner: WasmRunner<WebpDecoder>, bytes: Bytes): Promise<NdArray> {
  const { width, height, alpha, still, part } = readWebp(bytes);
  let picture: { readonly rgba: Uint8ClampedArray | undefined } | undefined;
  try {
    picture = await runner.run((webp) => {
      const image = webp.decode(still);
      return { rgba: image?.width === part.width && image.height === part.height ? image.data : undefined };
    });
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    throw fileError('webp', 'its pixels are damaged or take too much memory', error);
  }
  if (!picture) throw wasmForbidden('Reading webp');
  const { rgba } = picture;
  if (!rgba) throw fileError('webp', 'its pixels are damaged or cut off');
  const channels = alpha ? 4 : 3;
  const data = new Uint8Array(width * height * channels); // what a frame leaves uncovered is 0
  const shape = [height, width, channels];
  if (part.width === width && part.height === height) {
    if (alpha) data.set(rgba);
    else getKernels().rgbaToRgb(rgba, data);
    return { dtype: 'uint8', shape, data };
  }
  for (let y = 0, from = 0; y < part.height; y++) {
    let to = ((part.top + y) * width + part.left) * channels;
    for (let x = 0; x < part.width; x++, from += 4, to += channels) {
      data[to] = rgba[from] ?? 0;
      data[to + 1] = rgba[from + 1] ?? 0;
      data[to + 2] = rgba[from + 2] ?? 0;
      if (alpha) data[to + 3] = rgba[from + 3] ?? 0;
    }
  }
  return { dtype: 'uint8', shape, data };
}

async function encodeWith(runner: WasmRunner<WebpEncoder>, array: NdArray, options: EncodeOptions): Promise<Bytes> {
  const { dtype, shape, data } = array;
  const [height = 0, width = 0, channels = 0] = shape;
  const quality = options.quality ?? defaultQuality;
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new RangeError(`The webp quality is a whole number from 1 to 100, got ${quality}.`);
  }
  const sized =
    Math.min(width, height) > 0 && Math.max(width, height) <= maxSide && data.length === elementCount(shape);
  if (dtype !== 'uint8' || shape.length !== 3 || (channels !== 3 && channels !== 4) || !sized) {
    throw cannotHold('webp', `uint8 [height, width, 3 or 4] with sides of 1 to ${maxSide}; got ${dtype} [${shape}]`);
  }
  const rgba = new Uint8Array(width * height * 4).fill(255);
  let opaque = true;
  for (let from = 0, to = 0; to < rgba.length; from += channels, to += 4) {
    for (let c = 0; c < channels; c++) rgba[to + c] = Number(data[from + c]);
    if (rgba[to + 3] !== 255) opaque = false;
  }
  // Its reader would give three channels.
  if (channels === 4 && opaque)
    throw cannotHold('webp', 'four channels only if some alpha is below 255; drop the fourth');
  const file = await runner.run((webp) => {
    const encoded = webp.encode(rgba, width, height, { ...webpSettings, quality });
    return encoded ? copyOut(encoded) : new Uint8Array(0);
  });
  if (!file) throw wasmForbidden('Writing webp');
  if (file.length === 0) throw cannotHold('webp', `no picture of ${width} x ${height} at quality ${quality}`);
  return file;
}
