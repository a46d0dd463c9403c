/**
 * JPEG 2000 frames (high-throughput ones too) through OpenJPEG: the numbers as coded, of up to 16 bits, with their sign.
 *
 * A codestream is FF4F, FF51 (SIZ: sizes, tiles, components), other segments `marker, u16 length`, then tile-parts `FF90
 * u16 10, u16 tile, u32 length from FF90 on, u8, u8`, and FFD9. All big-endian. Source: ITU-T T.800, annex A.
 */
import type { Bytes } from '../util/bytes.js';
import {
  cannotDecode,
  checkFrame,
  type DecodeFrame,
  type FrameForm,
  type FrameValues,
  isWasmFailure,
  keptRunner,
  valuesFromBytes,
} from './dcm-frame.js';
import { frameError } from './dcm-jpeg-scans.js';
import { wasmForbidden } from './emscripten.js';
import { FileView } from './file-view.js';
import { createOpenJpegDecoder, type OpenJpeg } from './openjpeg.js';

const runnerOf = keptRunner<OpenJpeg>(createOpenJpegDecoder);

// Some frames stand in the boxes of a .jp2 file, which they should not: the codestream is looked for in their head.
const MAX_BOXES = 4096;

/** Decodes a frame. As pydicom does, unsigned values of fewer bits get a sign where the data set calls them signed. */
export const decodeDcmJpeg2000: DecodeFrame = async (frame, form, config) => {
  const stream = findStream(frame);
  const start = readStart(new FileView(stream, 'dcm', { bigEndian: true }));
  checkFrame(form, start);
  const { width, height, components, bits, signed } = start;
  if (components !== 1 && components !== 3) {
    throw cannotDecode(`JPEG 2000 of ${components} components`, `JPEG 2000 of ${components} components in dcm`);
  }
  const size = width * height * components * (bits > 8 ? 2 : 1);
  let bytes: Bytes | undefined;
  try {
    bytes = await runnerOf(config).run((openjpeg) => {
      const decoder = new openjpeg.J2KDecoder();
      decoder.getEncodedBuffer(stream.length).set(stream);
      decoder.decode();
      const found = decoder.getFrameInfo();
      const fits = found.width === width && found.height === height && found.componentCount === components;
      const out = fits && found.bitsPerSample === bits ? decoder.getDecodedBuffer().slice() : new Uint8Array(0);
      decoder.delete();
      return new Uint8Array(out.buffer, out.byteOffset, out.length);
    });
  } catch (error) {
    if (!isWasmFailure(error)) throw error;
    throw frameError('the pixels of a JPEG 2000 frame are damaged or cut off');
  }
  if (!bytes) throw wasmForbidden('Reading JPEG 2000');
  if (bytes.length !== size) throw frameError(`expected a frame of ${size} bytes, got ${bytes.length}`);
  return withSign(valuesFromBytes(bytes, bits), bits, signed, form);
};

function withSign(values: Uint8Array | Uint16Array, bits: number, coded: boolean, form: FrameForm): FrameValues {
  if (!form.signed) {
    // Signed numbers in a data set that calls them unsigned: Pillow moves them up, and pydicom keeps that.
    const middle = 1 << (bits - 1);
    const mask = 2 * middle - 1;
    return coded ? values.map((value) => (value + middle) & mask) : values;
  }
  const unused = 32 - bits;
  return Int16Array.from(values, (value) => (value << unused) >> unused);
}

function findStream(frame: Bytes): Bytes {
  for (let at = 0; at + 4 <= Math.min(frame.length, MAX_BOXES); at++) {
    at = frame.indexOf(0xff, at);
    if (at < 0) break;
    if (frame[at + 1] === 0x4f && frame[at + 2] === 0xff && frame[at + 3] === 0x51) return frame.subarray(at);
  }
  throw frameError('a frame does not begin like a JPEG 2000 codestream');
}

interface Start {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  readonly signed: boolean;
}

function readStart(file: FileView): Start {
  const words = Array.from({ length: 8 }, (_, i) => file.u32(8 + 4 * i));
  const [right = 0, bottom = 0, left = 0, top = 0, tileWidth = 0, tileHeight = 0, tileLeft = 0, tileTop = 0] = words;
  const components = file.u16(40);
  const depth = file.u8(42);
  for (let i = 0, at = 42; i < components; i++, at += 3) {
    if (file.u8(at) !== depth || file.u16(at + 1) !== 0x0101) {
      throw cannotDecode('JPEG 2000 with components of several sizes', 'JPEG 2000 with components of several sizes');
    }
  }
  const tiles = Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight);
  const seen = readTileParts(file);
  if (seen !== tiles) throw frameError(`expected ${tiles} tiles of a frame, got ${seen}`);
  return { width: right - left, height: bottom - top, components, bits: (depth & 127) + 1, signed: depth > 127 };
}

/** Walks to the end mark: OpenJPEG gives part of a picture of a file that is cut off. @returns the number of different tiles. */
function readTileParts(file: FileView): number {
  const tiles = new Set<number>();
  for (let at = 2; ; ) {
    const marker = file.u16(at);
    if (marker === 0xffd9) return tiles.size;
    if (marker !== 0xff90) {
      if (marker < 0xff00 || tiles.size > 0)
        throw frameError(`expected a marker at byte ${at} of a frame, got ${marker}`);
      at += 2 + Math.max(2, file.u16(at + 2));
      continue;
    }
    tiles.add(file.u16(at + 4));
    const length = file.u32(at + 6);
    if (length > 0 && length < 14) throw frameError(`a tile-part has ${length} bytes, expected at least 14`);
    if (length === 0) return tiles.size; // up to the end mark, which may have a byte of padding behind it
    at += length;
  }
}
