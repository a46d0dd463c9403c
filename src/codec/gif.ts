/**
 * gif: the first picture of the file on its screen, as palette indices.
 *
 * ```
 * 0   6s   GIF87a or GIF89a
 * 6   u16  width, height of the screen
 * 10  u8   flags: 128 a palette follows, low 3 bits: its 2^(n+1) colours;  u8 background, u8 aspect
 * 13       palette, then blocks: '!' label sub-blocks (F9: transparent index), ',' picture, ';' end
 * ```
 * A picture is `u16 left, top, width, height, u8 flags` (128 own palette, 64 interlaced), palette, `u8 bits`, and LZW codes
 * in sub-blocks. A palette that is the gray ramp makes the mode L. Around a picture smaller than the screen Pillow shows
 * the transparent index, or 0. Source: GIF89a Specification (1990).
 */
import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import { checkSize, type Drawing, type Picture, pictureEncoder, pictureFormat } from './raster.js';

const maxCodes = 4096;

function open(file: FileView): Picture {
  file.expect(file.has('GIF87a', 0) || file.has('GIF89a', 0), 'a GIF file');
  const screen = file.u8(10);
  let at = 13;
  let palette: Bytes | undefined;
  const takePalette = (flags: number): Bytes | undefined => {
    if (!(flags & 128)) return palette;
    const colors = file.slice(at, at + (6 << (flags & 7)));
    at += colors.length;
    return colors;
  };
  palette = takePalette(screen);
  let transparent = 0;
  for (let kind = file.u8(at++); kind !== 0x2c; kind = file.u8(at++)) {
    if (kind === 0x3b) throw file.error('it has no picture');
    if (kind !== 0x21) continue; // Pillow skips what it does not know
    if (file.u8(at++) === 0xf9 && file.u8(at) >= 4 && file.u8(at + 1) & 1) transparent = file.u8(at + 4);
    at = skipBlocks(file, at);
  }
  const [left, top, w, h] = [file.u16(at), file.u16(at + 2), file.u16(at + 4), file.u16(at + 6)];
  const flags = file.u8(at + 8);
  at += 9;
  palette = takePalette(flags);
  const bits = file.u8(at++);
  const width = Math.max(file.u16(6), left + w);
  const height = Math.max(file.u16(8), top + h);
  if (bits < 1 || bits > 11) throw file.error(`its codes begin with ${bits} bits, expected 1 to 11`);
  checkSize(file, w, h, true);
  checkSize(file, width, height, true);
  skipBlocks(file, at);
  const colors = palette?.some((value, i) => value !== Math.floor(i / 3)) ? palette.slice() : undefined;
  const pixels = () => {
    const picture = unpackCodes(file, at, bits, w * h);
    const rows = flags & 64 ? interlaced(h) : undefined;
    if (!rows && w === width && h === height) return picture;
    const out = new Uint8Array(width * height).fill(transparent);
    for (let y = 0; y < h; y++) {
      out.set(picture.subarray(y * w, (y + 1) * w), (top + (rows?.[y] ?? y)) * width + left);
    }
    return out;
  };
  return { mode: colors ? 'P' : 'L', width, height, colors, coded: true, pixels };
}

/** Walks sub-blocks, `u8 length, bytes` up to length 0. @returns the position behind them. */
function skipBlocks(file: FileView, start: number): number {
  let at = start;
  for (let length = file.u8(at++); length > 0; length = file.u8(at++)) at += length;
  return at;
}

function interlaced(height: number): number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let y = first; y < height; y += step) rows.push(y);
  }
  return rows;
}

// A code stands for a string: the string of an earlier code and one value more. Strings are written back to front.
function unpackCodes(file: FileView, start: number, bits: number, size: number): Bytes {
  const { bytes } = file;
  const out = new Uint8Array(size);
  const clear = 1 << bits;
  const prefix = new Uint16Array(maxCodes);
  const last = Uint8Array.from({ length: maxCodes }, (_, code) => code);
  const lengths = new Uint16Array(maxCodes).fill(1);
  let at = start;
  let left = 0; // of the sub-block
  let held = 0;
  let heldBits = 0;
  let width = bits + 1;
  let next = clear + 2;
  let previous = -1;
  for (let to = 0; to < size; ) {
    for (; heldBits < width; heldBits += 8) {
      if (left === 0) left = bytes[at++] ?? 0;
      if (left === 0) throw file.error(`its codes end after ${to} of ${size} pixels`);
      held |= (bytes[at++] ?? 0) << heldBits;
      left--;
    }
    const code = held & ((1 << width) - 1);
    held >>>= width;
    heldBits -= width;
    if (code === clear) {
      width = bits + 1;
      next = clear + 2;
      previous = -1;
      continue;
    }
    if (code === clear + 1) throw file.error(`its pixels end after ${to} of ${size}`);
    const known = code < next;
    if (previous < 0 ? code > clear : code > next || (code === next && next === maxCodes)) {
      throw file.error(`code ${code} comes before it has a meaning`);
    }
    // The code that is about to be made: the previous string and its own first value.
    const length = known ? (lengths[code] ?? 1) : (lengths[previous] ?? 1) + 1;
    let step = known ? code : previous;
    for (let i = to + (known ? length : length - 1); i-- > to; step = prefix[step] ?? 0) {
      if (i < size) out[i] = last[step] ?? 0;
    }
    if (!known && to + length <= size) out[to + length - 1] = out[to] ?? 0;
    if (previous >= 0 && next < maxCodes) {
      prefix[next] = previous;
      last[next] = out[to] ?? 0;
      lengths[next] = (lengths[previous] ?? 1) + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }
    previous = code;
    to += length;
  }
  return out;
}

function write({ width, height, data }: Drawing): Bytes {
  const out = [...'GIF87a'].map((letter) => letter.charCodeAt(0));
  const put16 = (...values: number[]): number => {
    for (const value of values) out.push(value & 255, value >> 8);
    return out.length;
  };
  put16(width, height);
  out.push(0xf7, 0, 0); // a palette of 256 colours
  for (let i = 0; i < 256; i++) out.push(i, i, i);
  out.push(0x2c);
  put16(0, 0, width, height);
  out.push(0, 8);
  let held = 0;
  let heldBits = 0;
  let block: number[] = [];
  const flush = (): void => {
    if (block.length > 0) out.push(block.length, ...block);
    block = [];
  };
  const clear = 256;
  let bits = 9;
  let next = clear + 2;
  const put = (code: number): void => {
    held |= code << heldBits;
    for (heldBits += bits; heldBits >= 8; heldBits -= 8, held >>>= 8) {
      block.push(held & 255);
      if (block.length === 255) flush();
    }
  };
  let codes = new Map<number, number>(); // by code of a string << 8 | value that follows it
  put(clear);
  let string = data[0] ?? 0;
  for (let i = 1; i < data.length; i++) {
    const value = data[i] ?? 0;
    const longer = codes.get((string << 8) | value);
    if (longer !== undefined) {
      string = longer;
      continue;
    }
    put(string);
    if (next === maxCodes) {
      put(clear);
      codes = new Map();
      bits = 9;
      next = clear + 2;
    } else {
      codes.set((string << 8) | value, next);
      if (next === 1 << bits) bits++; // the reader learns a code one step later
      next++;
    }
    string = value;
  }
  put(string);
  if (next === 1 << bits && bits < 12) bits++;
  put(clear + 1);
  if (heldBits > 0) block.push(held & 255);
  flush();
  out.push(0, 0x3b);
  return Uint8Array.from(out);
}

/** gif as a codec: reads palette indices or gray, writes gray. */
export const gif = pictureFormat('gif', open, pictureEncoder('gif', ['L'], 65535, write));
