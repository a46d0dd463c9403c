/**
 * Unpacks frames of the DICOM RLE transfer syntax.
 *
 * A frame is 16 numbers of 4 bytes (little-endian): how many segments, and where each begins. A segment is one byte of
 * all values of one channel, the highest first, in PackBits. Source: DICOM PS3.5 annex G.
 */
import type { Bytes } from '../util/bytes.js';
import type { DecodeFrame } from './dcm-frame.js';
import { FileView } from './file-view.js';

const HEAD = 64;

/** Unpacks a frame: the bytes of its values, little-endian. The caller has checked that it can hold so many. */
export const decodeRle: DecodeFrame = (frame, { rows, columns, channels, bits }) => {
  const values = new Uint8Array((rows * columns * channels * bits) / 8);
  unpackRleFrame(frame, values, channels, bits / 8);
  return values;
};

/**
 * Unpacks one frame into `to`, pixel by pixel and little-endian.
 *
 * @param size - bytes of one number. @throws {DatasetError} `codec` when a segment is missing, damaged or too short.
 */
function unpackRleFrame(frame: Bytes, to: Bytes, channels: number, size: number): void {
  const file = new FileView(frame, 'dcm');
  file.need(HEAD);
  const segments = channels * size;
  if (file.u32(0) !== segments) throw file.error(`expected a frame of ${segments} segments, got ${file.u32(0)}`);
  for (let segment = 0; segment < segments; segment++) {
    const start = file.u32(4 + 4 * segment);
    const end = segment + 1 < segments ? file.u32(8 + 4 * segment) : frame.length;
    if (start < HEAD || end < start) throw file.error(`segment ${segment} of ${segments} lies at [${start}, ${end})`);
    const channel = Math.floor(segment / size);
    unpackBits(file.slice(start, end), to, channel * size + size - 1 - (segment % size), segments, file);
  }
}

/** Writes every `step`-th byte of `to`, beginning with `out`. */
function unpackBits(from: Bytes, to: Bytes, out: number, step: number, file: FileView): void {
  for (let at = 0; out < to.length; ) {
    const code = from[at++];
    if (code === 128) continue; // says nothing
    const length = code === undefined ? 0 : code < 128 ? code + 1 : 257 - code;
    const isRun = length > 0 && code !== undefined && code > 128;
    if (code === undefined || at + (isRun ? 1 : length) > from.length) {
      throw file.error(`a segment is cut off: expected ${Math.ceil(to.length / step)} values in ${from.length} bytes`);
    }
    for (let i = 0; i < length && out < to.length; i++, out += step) to[out] = from[isRun ? at : at + i] ?? 0;
    at += isRun ? 1 : length;
  }
}
