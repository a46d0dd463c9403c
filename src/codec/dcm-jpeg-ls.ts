/** JPEG-LS frames through CharLS. Source: ITU-T T.87, annex C. */
import type { Bytes } from '../util/bytes.js';
import { type CharLs, createCharLsDecoder } from './dcm-charls.js';
import { checkFrame, type DecodeFrame, isWasmFailure, keptRunner, valuesFromBytes } from './dcm-frame.js';
import { frameError } from './dcm-jpeg-scans.js';
import { copyOut, wasmForbidden } from './emscripten.js';

const runnerOf = keptRunner<CharLs>(createCharLsDecoder);

/** Decodes a frame. Values are as coded, also where the data set calls them signed. */
export const decodeJpegLs: DecodeFrame = async (frame, form, config) => {
  const start = readStart(frame);
  checkFrame(form, start);
  const { width, height, components, bits } = start;
  const size = width * height * components * (bits > 8 ? 2 : 1);
  let bytes: Bytes | 'damaged' | undefined;
  try {
    bytes = await runnerOf(config).run((charls) => {
      const decoder = new charls.JpegLSDecoder();
      try {
        decoder.getEncodedBuffer(frame.length).set(frame);
        decoder.decode();
        const found = decoder.getFrameInfo();
        const fits = found.width === width && found.height === height && found.componentCount === components;
        const out = fits && found.bitsPerSample === bits ? copyOut(decoder.getDecodedBuffer()) : new Uint8Array(0);
        decoder.delete();
        return out;
      } catch (error) {
        // An exception of C++ leaves the instance in order; a crash does not, and is thrown on.
        if (typeof error !== 'number') throw error;
        decoder.delete();
        return 'damaged';
      }
    });
  } catch (error) {
    if (!isWasmFailure(error)) throw error;
    bytes = 'damaged';
  }
  if (bytes === 'damaged') throw frameError('the pixels of a JPEG-LS frame are damaged or cut off');
  if (!bytes) throw wasmForbidden('Reading JPEG-LS');
  if (bytes.length !== size) throw frameError(`expected a frame of ${size} bytes, got ${bytes.length}`);
  const values = valuesFromBytes(bytes, bits);
  if (start.interleaved || components === 1) return values;
  const pixels = width * height;
  return values.map((_, i) => values[(i % components) * pixels + Math.floor(i / components)] ?? 0);
};

interface Start {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  /** Whether the components come together. */
  readonly interleaved: boolean;
}

/** Walks the segments up to the first scan. */
function readStart(bytes: Bytes): Start {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw frameError('a frame does not begin like a JPEG-LS file');
  let start: Omit<Start, 'interleaved'> | undefined;
  for (let at = 2; ; ) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    const end = at + 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
    if (bytes[at] !== 0xff || marker === undefined || end < at + 4 || end > bytes.length) {
      throw frameError(`the segments of a frame are damaged at byte ${at} of ${bytes.length}`);
    }
    const segment = bytes.subarray(at + 4, end);
    at = end;
    if (marker === 0xf7) {
      const [bits = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, components = 0] = segment;
      start = { width: (w1 << 8) | w0, height: (h1 << 8) | h0, components, bits };
    } else if (marker === 0xda) {
      if (!start) throw frameError('the pixels of a frame begin before their size is told');
      // Behind the components: how far values may be off, then how components are interleaved.
      return { ...start, interleaved: (segment[2 + 2 * (segment[0] ?? 0)] ?? 0) > 0 };
    }
  }
}
