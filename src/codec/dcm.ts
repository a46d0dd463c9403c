/**
 * dcm: the stored values as pydicom gives them, neither scaled nor windowed, and in the colours of the file.
 *
 * Plain, deflated and big-endian pixels, RLE, and baseline JPEG. Other coded pictures are refused with the name of their
 * transfer syntax. Source: DICOM PS3.5 §8 and annexes A and G, PS3.3 §C.7.6.3.
 */
import { DatasetError } from '../errors.js';
import { elementCount, itemSize, type NdArray, ndArrayFromBytes } from '../format/dtypes.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { type DcmPixels, dcmPixels } from './dcm-header.js';
import { unpackRleFrame } from './dcm-rle.js';
import { type DicomFile, readDicom } from './dicom-elements.js';
import { swapBytes } from './numbers.js';
import type { Codec, CodecConfig } from './types.js';

const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const RLE = '1.2.840.10008.1.2.5';
const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';

const syntaxNames: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.51': 'JPEG Extended, 12 bits',
  '1.2.840.10008.1.2.4.57': 'JPEG Lossless',
  '1.2.840.10008.1.2.4.70': 'JPEG Lossless, first-order prediction',
  '1.2.840.10008.1.2.4.80': 'JPEG-LS Lossless',
  '1.2.840.10008.1.2.4.81': 'JPEG-LS Near-Lossless',
  '1.2.840.10008.1.2.4.90': 'JPEG 2000 Lossless',
  '1.2.840.10008.1.2.4.91': 'JPEG 2000',
};

// Pixels that one byte of a coded frame can stand for: PackBits makes 64, JPEG about 85 of its shortest codes.
const MAX_RATIO = 128;

/** Makes the codec; JPEG is loaded when a file needs it. */
export function createDcm(config: CodecConfig): Codec {
  return {
    async decode(bytes) {
      const dicom = readDicom(bytes);
      const pixels = dcmPixels(dicom);
      return pixels.element.coded ? decodeCoded(dicom, pixels, config) : decodePlain(dicom, pixels);
    },
  };
}

function decodePlain({ file, syntax }: DicomFile, pixels: DcmPixels): NdArray {
  const { shape, dtype, bits, photometric, element } = pixels;
  const size = bits === 1 ? 1 : itemSize(dtype);
  const count = elementCount(shape);
  const stored = file.bytes.subarray(element.at, element.end);
  let values: Bytes;
  if (bits === 1) values = Uint8Array.from({ length: count }, (_, i) => ((stored[i >> 3] ?? 0) >> (i & 7)) & 1);
  else {
    const isHalved = photometric.includes('422') && shape.at(-1) === 3;
    const length = isHalved ? Math.ceil((count * size * 2) / 3) : count * size;
    values = stored.slice(0, length + (length & 1));
    if (syntax === BIG_ENDIAN) swapBytes(values, size === 1 && element.vr === 'OW' ? 2 : size);
    values = values.length === length ? values : values.slice(0, length);
    if (isHalved) values = widenColours(values, size);
  }
  if (pixels.planar) values = interleave(values, pixels, size);
  return ndArray(values, pixels);
}

function ndArray(values: Bytes, { shape, dtype }: DcmPixels): NdArray {
  return ndArrayFromBytes(values, dtype, shape, 'the pixels of the dcm file');
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
function interleave(from: Bytes, { shape, frames }: DcmPixels, size: number): Bytes {
  const channels = shape.at(-1) ?? 1;
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

async function decodeCoded(dicom: DicomFile, pixels: DcmPixels, config: CodecConfig): Promise<NdArray> {
  const { file, syntax } = dicom;
  const { shape, dtype, bits, frames, element } = pixels;
  if (syntax !== RLE && syntax !== JPEG_BASELINE) {
    throw new DatasetError(
      'unsupported',
      `The pixels of the dcm file are coded as ${syntaxNames[syntax] ?? 'something else'} (transfer syntax ${syntax}), ` +
        'which cannot be decoded by this version. Read the file with encoded() or toBlob().',
      { feature: `decoding dcm of transfer syntax ${syntax}` },
    );
  }
  const count = elementCount(shape);
  const size = itemSize(dtype);
  if (bits < 8) throw file.error(`its coded pixels have ${bits} bits, expected 8 or more`);
  if (count * size > (element.end - element.at) * MAX_RATIO) {
    throw file.error(`it promises ${count * size} bytes of pixels in ${element.end - element.at} coded ones`);
  }
  const codedFrames = framesOf(dicom, pixels);
  const channels = shape.at(-1) ?? 1;
  const each = count / frames;
  const values = new Uint8Array(count * size);
  if (syntax === RLE) {
    codedFrames.forEach((frame, i) => {
      unpackRleFrame(frame, values.subarray(i * each * size, (i + 1) * each * size), channels, size);
    });
    return ndArray(values, pixels);
  }
  if (bits !== 8) throw file.error(`its JPEG pixels have ${bits} bits, expected 8`);
  const { decodeDcmJpeg } = await import('./dcm-jpeg.js');
  for (const [i, frame] of codedFrames.entries()) {
    values.set(await decodeDcmJpeg(frame, shape.slice(-3), pixels.photometric, config), i * each);
  }
  return ndArray(values, pixels);
}

/** The coded bytes of each frame. Fragments are items: the first holds where frames begin, or nothing. */
function framesOf({ file }: DicomFile, { element, frames }: DcmPixels): Bytes[] {
  const fragments: { readonly at: number; readonly bytes: Bytes }[] = [];
  for (let at = element.at; at + 8 <= element.end; ) {
    if (file.u16(at + 2) !== 0xe000) break; // the end of the items
    const start = at + 8;
    const end = file.need(start + file.u32(at + 4));
    fragments.push({ at, bytes: file.slice(start, end) });
    at = end;
  }
  const [table, first, ...more] = fragments;
  if (!table || !first) throw file.error('it has no coded frames');
  const parts = [first, ...more];
  if (frames === parts.length) return parts.map(({ bytes }) => bytes);
  if (frames === 1) return [concatBytes(parts.map(({ bytes }) => bytes))];
  // Offsets count from the first fragment's item on.
  const tableAt = table.at + 8;
  const offsets = Array.from({ length: table.bytes.length >> 2 }, (_, i) => first.at + file.u32(tableAt + 4 * i));
  if (offsets.length !== frames) throw file.error(`expected ${frames} coded frames, got ${parts.length} fragments`);
  return offsets.map((from, i) => {
    const to = offsets[i + 1] ?? Infinity;
    const own = parts.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes);
    if (own.length === 0) throw file.error(`frame ${i} of ${frames} has no coded bytes`);
    return concatBytes(own);
  });
}
