/**
 * jpeg2000: gray and RGB through OpenJPEG, equal to Pillow's; pictures with alpha in plain JavaScript, which OpenJPEG's
 * build refuses: equal where lossless, else off by up to 1. Written without loss.
 */
import { elementCount, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { copyOut, type WasmRunner, wasmForbidden } from './emscripten.js';
import { fileError } from './file-view.js';
import { type Jpeg2000Info, readJpeg2000 } from './jpeg2000-header.js';
import { createOpenJpegDecoder, createOpenJpegEncoder, type OpenJpeg } from './openjpeg.js';
import { cannotHold } from './raster.js';
import type { Codec, CodecConfig } from './types.js';

const maxPixels = 2 ** 28;

/** Makes the codec; its WebAssembly is loaded at the first decode or encode. */
export function createJpeg2000(config: CodecConfig): Codec {
  const decoder = createOpenJpegDecoder(config);
  const encoder = createOpenJpegEncoder(config);
  return {
    async decode(bytes) {
      const info = readJpeg2000(bytes);
      const { width, height, components, bits, deep } = info;
      const size = width * height * components;
      const values =
        components === 1 || components === 3
          ? await decodeWith(decoder, info)
          : (await import('./jpeg2000-js.js')).decodeJpeg2000Js(info);
      if (values?.length !== size) throw fileError('jpeg2000', `expected ${size} values, got ${values?.length ?? 0}`);
      const shape = components === 1 ? [height, width] : [height, width, components];
      if (deep) return { dtype: 'uint16', shape, data: Uint16Array.from(values, (value) => value << (16 - bits)) };
      if (bits === 8) return { dtype: 'uint8', shape, data: Uint8Array.from(values) };
      // Pillow rounds without a limit, so that the greatest values become 0.
      const narrow = (value: number): number =>
        bits < 8 ? value << (8 - bits) : (value + (1 << (bits - 9))) >> (bits - 8);
      return { dtype: 'uint8', shape, data: Uint8Array.from(values, narrow) };
    },
    encode: (array) => encodeWith(encoder, array),
  };
}

async function decodeWith(
  runner: WasmRunner<OpenJpeg>,
  { stream, width, height, components, bits }: Jpeg2000Info,
): Promise<Uint8Array | Uint16Array> {
  let values: Uint8Array | Uint16Array | undefined;
  try {
    values = await runner.run((openjpeg) => {
      const decoder = new openjpeg.J2KDecoder();
      decoder.getEncodedBuffer(stream.length).set(stream);
      decoder.decode();
      const frame = decoder.getFrameInfo();
      const fits =
        frame.width === width &&
        frame.height === height &&
        frame.componentCount === components &&
        frame.bitsPerSample === bits;
      const bytes = fits ? copyOut(decoder.getDecodedBuffer()) : new Uint8Array(0);
      decoder.delete();
      return bits > 8 ? new Uint16Array(bytes.buffer) : bytes;
    });
  } catch (error) {
    // It throws a pointer to its message, and gives no way to read it.
    if (typeof error !== 'number' && !(error instanceof WebAssembly.RuntimeError)) throw error;
    throw fileError('jpeg2000', 'its pixels are damaged or cut off', error);
  }
  if (!values) throw wasmForbidden('Reading jpeg2000');
  return values;
}

async function encodeWith(runner: WasmRunner<OpenJpeg>, { dtype, shape, data }: NdArray): Promise<Bytes> {
  const [height = 0, width = 0, components = 1] = shape;
  const flat = shape.length === 2 || (shape.length === 3 && [1, 3, 4].includes(components));
  const pixels = width * height;
  if (
    !flat ||
    !(data instanceof Uint8Array) ||
    dtype !== 'uint8' ||
    data.length !== elementCount(shape) ||
    pixels === 0 ||
    pixels > maxPixels
  ) {
    throw cannotHold('jpeg2000', `uint8 [height, width], or with 1, 3 or 4 channels; got ${dtype} [${shape}]`);
  }
  let file: Bytes | undefined;
  try {
    file = await runner.run((openjpeg) => {
      const encoder = new openjpeg.J2KEncoder();
      const frame = { width, height, bitsPerSample: 8, componentCount: components, isSigned: false };
      encoder.getDecodedBuffer(frame).set(data);
      encoder.setDecompositions(Math.min(5, Math.floor(Math.log2(Math.min(width, height))))); // it refuses more
      encoder.setQuality(true, 0);
      encoder.encode();
      const encoded = copyOut(encoder.getEncodedBuffer());
      encoder.delete();
      return encoded;
    });
  } catch (error) {
    if (typeof error !== 'number' && !(error instanceof WebAssembly.RuntimeError)) throw error;
    throw cannotHold('jpeg2000', `no picture of ${width} x ${height} that takes so much room`);
  }
  if (!file) throw wasmForbidden('Writing jpeg2000');
  return file;
}
