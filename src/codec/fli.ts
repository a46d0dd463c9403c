/**
 * fli: Autodesk's animations, of which the first frame is the picture. Read only, as in Deep Lake.
 *
 * | offset | type | meaning                                                            |
 * |--------|------|--------------------------------------------------------------------|
 * | 4      | u16  | 0xaf11 (fli) or 0xaf12 (flc)                                       |
 * | 8      | u16  | width, height                                                      |
 * | 14     | u16  | flags: 0 or 3                                                      |
 * | 128    |      | chunks: u32 bytes of it, u16 type; 0xf1fa is a frame, 0xf100 is no |
 *
 * A frame is such a chunk of 16 bytes (u16 at 6: how many chunks it holds) and the chunks in it.
 * Source: Jim Kent, "The FLIC file format", Dr. Dobb's Journal, March 1993.
 */
import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';
import { checkSize, type Picture, pictureFormat } from './raster.js';

const headerSize = 128;
const chunkHeader = 6;

interface Chunk {
  readonly type: number;
  /** Its contents, header excluded. */
  readonly at: number;
  readonly end: number;
}

function open(file: FileView): Picture {
  file.need(headerSize);
  const isFli = [0xaf11, 0xaf12].includes(file.u16(4)) && [0, 3].includes(file.u16(14)) && file.u16(20) === 0;
  file.expect(isFli, 'an FLI file');
  const width = file.u16(8);
  const height = file.u16(10);
  checkSize(file, width, height, true);
  const chunks = frameChunks(file);
  const pixels = (): Bytes => {
    const frame = { file, width, height, out: new Uint8Array(width * height) };
    for (const chunk of chunks) drawChunk(frame, chunk);
    return frame.out;
  };
  return { mode: 'P', width, height, colors: readPalette(file, chunks), coded: true, pixels };
}

function frameChunks(file: FileView): Chunk[] {
  let at = headerSize;
  if (file.u16(at + 4) === 0xf100) at += file.u32(at);
  const end = file.need(at + Math.max(16, file.u32(at) - 1)); // a byte of padding may be missing
  if (file.u16(at + 4) !== 0xf1fa) throw file.error('it does not begin with a frame');
  const chunks: Chunk[] = [];
  const count = file.u16(at + 6);
  at += 16;
  for (let i = 0; i < count; i++) {
    const size = file.u32(at);
    if (size < chunkHeader || at + size > end + 1) throw file.error(`chunk ${i} of its frame has ${size} bytes`);
    chunks.push({ type: file.u16(at + 4), at: at + chunkHeader, end: Math.min(at + size, file.length) });
    at += size;
  }
  return chunks;
}

// Before the first colours are set, and where none are, the palette is a ramp of grays. Values of 6 bits are 11, of 8 bits 4.
function readPalette(file: FileView, chunks: readonly Chunk[]): Bytes {
  const colors = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const chunk = chunks.find(({ type }) => type === 4 || type === 11);
  if (!chunk) return colors;
  const shift = chunk.type === 11 ? 2 : 0;
  let at = chunk.at + 2;
  let color = 0;
  for (let left = file.u16(chunk.at); left > 0; left--) {
    color += file.u8(at);
    const count = file.u8(at + 1) || 256;
    const given = file.slice(at + 2, at + 2 + 3 * count);
    if (color + count > 256) throw file.error(`it sets colour ${color + count - 1}, expected 0 to 255`);
    for (const [i, value] of given.entries()) colors[3 * color + i] = value << shift;
    color += count;
    at += 2 + 3 * count;
  }
  return colors;
}

interface Frame {
  readonly file: FileView;
  readonly width: number;
  readonly height: number;
  readonly out: Bytes;
}

function drawChunk(frame: Frame, chunk: Chunk): void {
  const { file, out } = frame;
  const { type, at } = chunk;
  if (type === 7) drawWords(frame, chunk);
  else if (type === 12) drawLines(frame, chunk);
  else if (type === 13) out.fill(0);
  else if (type === 15) drawRuns(frame, chunk);
  else if (type === 16) {
    // Some writers count only the contents in the length of this chunk.
    out.set(file.slice(at, at + out.length));
  } else if (type !== 4 && type !== 11 && type !== 18) throw file.error(`a chunk of type ${type} is not known`);
}

/** Puts values in row y from x on, after checking that they fit. Returns where the next pixel is. */
function put({ file, width, height, out }: Frame, y: number, x: number, count: number, values: Bytes): number {
  if (y >= height || x + count > width) throw file.error(`pixels go beyond the end of row ${y}`);
  const from = y * width + x;
  for (let i = 0; i < count; i += values.length) out.set(values, from + i);
  return x + count;
}

// Whole rows: a count above 127 is a number of single pixels (256 less it), else a run.
function drawRuns(frame: Frame, { at }: Chunk): void {
  const { file, width, height } = frame;
  for (let y = 0; y < height; y++) {
    at++; // number of packets, which overflows in wide pictures
    for (let x = 0; x < width; ) {
      const count = file.u8(at);
      const singles = count > 127;
      const size = singles ? 256 - count : count;
      x = put(frame, y, x, size, file.slice(at + 1, at + 1 + (singles ? size : 1)));
      at += 1 + (singles ? size : 1);
    }
  }
}

// Parts of rows that follow each other: a count above 127 is a run (256 less it), else single pixels.
function drawLines(frame: Frame, { at }: Chunk): void {
  const { file } = frame;
  const first = file.u16(at);
  const end = first + file.u16(at + 2);
  at += 4;
  for (let y = first; y < end; y++) {
    let packets = file.u8(at++);
    for (let x = 0; packets > 0; packets--) {
      const count = file.u8(at + 1);
      const run = count > 127;
      const size = run ? 256 - count : count;
      x = put(frame, y, x + file.u8(at), size, file.slice(at + 2, at + 2 + (run ? 1 : size)));
      at += 2 + (run ? 1 : size);
    }
  }
  if (end > frame.height) throw file.error(`it has ${frame.height} rows, but a chunk sets ${end}`);
}

// The same in pairs of pixels, with words before a row: skip rows, or set the last pixel.
function drawWords(frame: Frame, { at }: Chunk): void {
  const { file, width } = frame;
  let y = 0;
  let lines = file.u16(at);
  at += 2;
  for (; lines > 0; lines--, y++) {
    let word = file.u16(at);
    at += 2;
    for (; word & 0x8000; at += 2) {
      if (word & 0x4000) y += 65536 - word;
      else put(frame, y, width - 1, 1, Uint8Array.of(word));
      word = file.u16(at);
    }
    if (y >= frame.height) throw file.error(`it has ${frame.height} rows, but a chunk sets row ${y}`);
    for (let x = 0; word > 0; word--) {
      const count = file.u8(at + 1);
      const run = count > 127;
      const size = 2 * (run ? 256 - count : count);
      x = put(frame, y, x + file.u8(at), size, file.slice(at + 2, at + 2 + (run ? 2 : size)));
      at += 2 + (run ? 2 : size);
    }
  }
}

/** fli as a codec, which does not write. */
export const fli = pictureFormat('fli', open);
