/** The codings of strips and tiles in TIFF files: LZW, PackBits, and differences. Source: TIFF 6.0 §9, §13, §14. */
import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import { InflateError, inflate } from './inflate.js';

const clear = 256;
const maxCodes = 4096;

/** Decodes a strip into the whole of `out`. @throws {DatasetError} `codec` when it holds fewer bytes or is damaged. */
export function unpackStrip(file: FileView, compression: number, from: Bytes, out: Bytes): void {
  let got: number;
  if (compression === 5) got = unpackLzw(file, from, out);
  else if (compression === 32773) got = unpackBits(from, out);
  else {
    try {
      got = inflate(from, out);
    } catch (error) {
      if (error instanceof InflateError) throw file.error(error.message, error);
      throw error;
    }
  }
  if (got < out.length) throw file.error(`a strip ends too early: expected ${out.length} bytes, got ${got}`);
}

// A code stands for a string that is already in the output: its start and length there. Codes begin at their high bit.
function unpackLzw(file: FileView, from: Bytes, out: Bytes): number {
  const starts = new Uint32Array(maxCodes);
  const lengths = new Uint16Array(maxCodes);
  let held = 0;
  let heldBits = 0;
  let width = 9;
  let next = clear + 2;
  let previous = -1; // start of the previous string in the output
  let to = 0;
  for (let at = 0; to < out.length; ) {
    for (; heldBits < width; heldBits += 8) {
      const byte = from[at++];
      if (byte === undefined) return to;
      held = ((held << 8) | byte) & 0xffffff;
    }
    heldBits -= width;
    const code = (held >>> heldBits) & ((1 << width) - 1);
    if (code === clear + 1) return to;
    if (code === clear) {
      width = 9;
      next = clear + 2;
      previous = -1;
      continue;
    }
    if (previous >= 0 && next < maxCodes) {
      // The previous string and the value behind it, which this code is about to write.
      starts[next] = previous;
      lengths[next] = to - previous + 1;
      next++;
      if (next === (1 << width) - 1 && width < 12) width++;
    }
    if (code >= clear && (previous < 0 || code >= next)) throw file.error(`code ${code} comes before it has a meaning`);
    previous = to;
    if (code < clear) out[to++] = code;
    else {
      const start = starts[code] ?? 0;
      const end = Math.min(to + (lengths[code] ?? 0), out.length);
      for (let i = start; to < end; i++) out[to++] = out[i] ?? 0;
    }
  }
  return to;
}

/** A count n below 128: n + 1 bytes follow; above: one byte, 257 - n times. */
function unpackBits(from: Bytes, out: Bytes): number {
  let to = 0;
  for (let at = 0; to < out.length && at + 1 < from.length; ) {
    const count = from[at++] ?? 0;
    if (count < 128) {
      const part = from.subarray(at, Math.min(at + count + 1, at + out.length - to));
      out.set(part, to);
      to += part.length;
      at += count + 1;
    } else if (count > 128) {
      const end = Math.min(to + 257 - count, out.length);
      out.fill(from[at++] ?? 0, to, end);
      to = end;
    }
  }
  return to;
}

/** Adds up the differences of each row, of values of 8, 16 or 32 bits; `step` values lie between those of a channel. */
export function addDifferences(bytes: Bytes, rowBytes: number, bits: number, step: number, bigEndian: boolean): void {
  const size = bits / 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let at = row + step * size; at < row + rowBytes; at += size) {
      const before = at - step * size;
      if (size === 1) bytes[at] = (bytes[at] ?? 0) + (bytes[before] ?? 0);
      else if (size === 2)
        view.setUint16(at, view.getUint16(at, !bigEndian) + view.getUint16(before, !bigEndian), !bigEndian);
      else view.setUint32(at, view.getUint32(at, !bigEndian) + view.getUint32(before, !bigEndian), !bigEndian);
    }
  }
}

/** The same for floats, whose bytes of equal weight lie together, the highest first. Leaves them in the file's order. */
export function addFloatDifferences(bytes: Bytes, rowBytes: number, step: number, bigEndian: boolean): void {
  addDifferences(bytes, rowBytes, 8, step, bigEndian);
  const values = rowBytes / 4;
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    const planes = bytes.slice(row, row + rowBytes);
    for (let i = 0; i < values; i++) {
      for (let weight = 0; weight < 4; weight++) {
        bytes[row + 4 * i + (bigEndian ? weight : 3 - weight)] = planes[weight * values + i] ?? 0;
      }
    }
  }
}
