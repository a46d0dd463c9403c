/**
 * dcm: the stored values as pydicom gives them, neither scaled nor windowed, and in the colours of the file.
 *
 * Plain, deflated and big-endian pixels here, coded ones by the decoder of their transfer syntax. Of files of many frames
 * a part can be decoded. Source: DICOM PS3.5 §8 and annex A, PS3.3 §C.7.6.3.
 */
import { DatasetError, isDatasetError } from '../errors.js';
import { elementCount, itemSize, type NdArray, ndArrayFromBytes, newTypedArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { DecodeFrame, FrameForm, FrameValues } from './dcm-frame.js';
import { type DcmPixels, dcmPixels } from './dcm-header.js';
import { type DicomFile, readDicom } from './dicom-elements.js';
import { type CodedFrame, codedFrames } from './dicom-fragments.js';
import { fileError } from './file-view.js';
import { swapBytes } from './numbers.js';
import type { Codec, CodecConfig } from './types.js';

const BIG_ENDIAN = '1.2.840.10008.1.2.2';

// Greatest size of an array in bytes: below the 2^32 of browsers, with room for what it is made of.
const MAX_ARRAY = 2 ** 31;

/** Makes the codec; the decoders of coded pixels are loaded when a file needs them. */
export function createDcm(config: CodecConfig): Codec {
  return {
    async decode(bytes, { rows }, options = {}) {
      const dicom = readDicom(bytes);
      const pixels = dcmPixels(dicom);
      const { shape, dtype, frames, element } = pixels;
      const picture = shape.slice(-3);
      const [from, to] = frames > 1 && rows ? cut(rows, frames) : [0, frames];
      const size = (to - from) * elementCount(picture) * itemSize(dtype);
      const found = element.coded ? await framesOf(dicom, pixels, [from, to]) : undefined;
      if (size > MAX_ARRAY) throw tooLarge(size, frames);
      const values = found ? await decodeCoded(found, pixels, config, options) : decodePlain(dicom, pixels, from, to);
      const all = ndArrayFromBytes(
        values,
        dtype,
        frames > 1 ? [to - from, ...picture] : picture,
        'the pixels of the dcm file',
      );
      return frames === 1 && rows ? partOf(all, rows) : all;
    },
  };
}

/** A part of an axis, cut to what there is. */
function cut([start, end]: readonly [number, number], length: number): [number, number] {
  const to = Math.max(0, Math.min(end, length));
  return [Math.max(0, Math.min(start, to)), to];
}

function tooLarge(size: number, frames: number): DatasetError<'unsupported'> {
  const advice = frames > 1 ? ' Decode a part of its frames with array({ start, end }).' : '';
  return new DatasetError(
    'unsupported',
    `The dcm file decodes to ${size} bytes, more than ${MAX_ARRAY} at once.${advice}`,
    { feature: `arrays of more than ${MAX_ARRAY} bytes` },
  );
}

/** Rows of a single frame. */
function partOf({ dtype, shape, data }: NdArray, rows: readonly [number, number]): NdArray {
  const [height = 0, ...rest] = shape;
  const stride = elementCount(rest);
  const [from, to] = cut(rows, height);
  return { dtype, shape: [to - from, ...rest], data: data.slice(from * stride, to * stride) };
}

/** The bytes of frames `[from, to)`: little-endian, pixel by pixel. */
function decodePlain({ file, syntax }: DicomFile, pixels: DcmPixels, from: number, to: number): Bytes {
  const { shape, dtype, bits, photometric, element } = pixels;
  const size = itemSize(dtype);
  const each = elementCount(shape.slice(-3));
  const stored = file.bytes.subarray(element.at, element.end);
  let values: Bytes;
  if (bits === 1) values = readBits(stored, from * each, (to - from) * each);
  else {
    const isHalved = photometric.includes('422') && shape.at(-1) === 3;
    const length = isHalved ? Math.ceil((each * size * 2) / 3) : each * size;
    // Words are turned round as a whole: of frames of an odd length the first byte may be the second of its word.
    const first = (from * length) & ~1;
    values = stored.slice(first, to * length + ((to * length) & 1));
    if (syntax === BIG_ENDIAN) swapBytes(values, size === 1 && element.vr === 'OW' ? 2 : size);
    values = values.subarray(from * length - first, to * length - first);
    if (isHalved) values = widenColours(values, size);
  }
  return pixels.planar ? interleave(values, shape.at(-1) ?? 1, to - from, size) : values;
}

/** Values of a bit each, the first in the lowest bit. */
function readBits(stored: Bytes, start: number, count: number): Bytes {
  const values = new Uint8Array(count);
  for (let i = 0, bit = start; i < count; i++, bit++) values[i] = ((stored[bit >>> 3] ?? 0) >> (bit & 7)) & 1;
  return values;
}

/** YBR_FULL_422: two values of Y share the pair of colours that follows them. */
function widenColours(from: Bytes, size: number): Bytes {
  const to = new Uint8Array((from.length / 2) * 3);
  const order = [0, 2, 3, 1, 2, 3];
  for (let at = 0, out = 0; at + 4 * size <= from.length; at += 4 * size) {
    for (const value of order) {
      for (let byte = 0; byte < size; byte++) to[out++] = from[at + value * size + byte] ?? 0;
    }
  }
  return to;
}

/** Planes of each frame to pixels. */
function interleave(from: Bytes, channels: number, frames: number, size: number): Bytes {
  if (channels === 1) return from;
  const to = new Uint8Array(from.length);
  const plane = from.length / frames / channels / size;
  for (let frame = 0, at = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let i = 0; i < plane; i++) {
        const out = ((frame * plane + i) * channels + channel) * size;
        for (let byte = 0; byte < size; byte++) to[out + byte] = from[at++] ?? 0;
      }
    }
  }
  return to;
}

/** Coded frames that are wanted, with what decodes them. */
interface Coded {
  readonly frames: readonly CodedFrame[];
  /** Number of the first one. */
  readonly first: number;
  readonly load: () => Promise<DecodeFrame>;
}

/** Finds frames `[from, to)`, and checks that the file can hold so many values. */
async function framesOf(dicom: DicomFile, pixels: DcmPixels, [from, to]: readonly [number, number]): Promise<Coded> {
  const { file, syntax } = dicom;
  const { shape, dtype, bits, frames, element } = pixels;
  const { codedSyntax } = await import('./dcm-syntaxes.js');
  const { ratio, believed = 0, load } = codedSyntax(syntax);
  if (bits < 8) throw file.error(`its coded pixels have ${bits} bits, expected 8 or more`);
  const coded = element.end - element.at;
  const count = elementCount(shape.slice(-3)) * (to - from);
  if (count > Math.max(coded * ratio, believed)) {
    throw file.error(`it promises ${count * itemSize(dtype)} bytes of pixels in ${coded} coded ones`);
  }
  return { frames: codedFrames(dicom, element, frames).slice(from, to), first: from, load };
}

async function decodeCoded(
  { frames, first, load }: Coded,
  pixels: DcmPixels,
  config: CodecConfig,
  { signal }: CallOptions,
): Promise<Bytes> {
  const { shape, dtype, bits, photometric } = pixels;
  const [rows = 0, columns = 0, channels = 0] = shape.slice(-3);
  const form: FrameForm = { rows, columns, channels, bits, signed: dtype.startsWith('int'), photometric };
  const each = rows * columns * channels;
  const decode = await load();
  const values = new Uint8Array(frames.length * each * itemSize(dtype));
  for (const [i, frame] of frames.entries()) {
    signal?.throwIfAborted();
    try {
      values.set(widened(await decode(frame(), form, config), each, pixels), i * each * itemSize(dtype));
    } catch (error) {
      // Those of other codecs call it a file of their own format.
      if (!isDatasetError(error, 'codec') || error.data.compression === 'dcm') throw error;
      throw fileError('dcm', `frame ${first + i} of ${pixels.frames}: ${error.data.reason}`, error);
    }
  }
  return values;
}

/** The bytes of a frame's values, as wide as the data set has them. */
function widened(frame: FrameValues, each: number, { dtype }: DcmPixels): Uint8Array {
  const size = each * itemSize(dtype);
  if (frame.byteLength === size) return new Uint8Array(frame.buffer, frame.byteOffset, size);
  if (frame.length !== each) throw fileError('dcm', `expected ${each} values of a frame, got ${frame.length}`);
  const wide = newTypedArray(dtype, each);
  if (wide instanceof BigInt64Array || wide instanceof BigUint64Array) {
    throw fileError('dcm', 'its coded pixels have 64 bits, expected 8 to 32');
  }
  wide.set(frame);
  return new Uint8Array(wide.buffer);
}
