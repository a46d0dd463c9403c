/** Writes PNG files: one value per channel, no palette, no interlace. Source: PNG specification §9, §11. */
import { type Bytes, concatBytes, utf8Encode } from '../util/bytes.js';
import { fastCrc32 } from './kernels-crc.js';

/** Rows of pixels as PNG stores them: 1-bit values packed, 16-bit values big-endian, no gaps between the rows. */
export interface PngRows {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 8 | 16;
  readonly channels: number;
  readonly rows: Bytes;
}

// Gray, gray and alpha, RGB, RGBA.
const colorTypes = [0, 0, 4, 2, 6];

/** Makes a file of rows. Filters are chosen row by row by the least sum of absolute differences, as libpng does. */
export async function writePng({ width, height, depth, channels, rows }: PngRows): Promise<Bytes> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = depth;
  header[9] = colorTypes[channels] ?? 0;
  const rowBytes = Math.ceil((width * channels * depth) / 8);
  const filtered = filter(rows, height, rowBytes, depth === 1 ? 0 : (channels * depth) / 8);
  const stream = new Blob([filtered]).stream().pipeThrough(new CompressionStream('deflate'));
  return concatBytes([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(await new Response(stream).arrayBuffer())),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, content: Bytes): Bytes {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(utf8Encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, fastCrc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}

// pixelBytes 0: packed pixels gain nothing from filters.
function filter(rows: Bytes, height: number, rowBytes: number, pixelBytes: number): Bytes {
  const out = new Uint8Array(height * (rowBytes + 1));
  const tries = Array.from({ length: pixelBytes ? 5 : 1 }, () => new Uint8Array(rowBytes));
  let above = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * rowBytes, (y + 1) * rowBytes);
    let best = 0;
    if (pixelBytes) best = tryFilters(row, above, pixelBytes, tries);
    else tries[0]?.set(row);
    out[y * (rowBytes + 1)] = best;
    out.set(tries[best] ?? row, y * (rowBytes + 1) + 1);
    above = row;
  }
  return out;
}

function tryFilters(row: Bytes, above: Bytes, pixelBytes: number, tries: readonly Bytes[]): number {
  const [none, sub, up, average, paeth] = tries;
  if (!none || !sub || !up || !average || !paeth) return 0;
  let [s0, s1, s2, s3, s4] = [0, 0, 0, 0, 0];
  for (let x = 0; x < row.length; x++) {
    const value = row[x] ?? 0;
    const b = above[x] ?? 0;
    const inside = x >= pixelBytes;
    const a = inside ? (row[x - pixelBytes] ?? 0) : 0;
    const c = inside ? (above[x - pixelBytes] ?? 0) : 0;
    const pa = Math.abs(b - c);
    const pb = Math.abs(a - c);
    const pc = Math.abs(a + b - 2 * c);
    const d1 = (value - a) & 255;
    const d2 = (value - b) & 255;
    const d3 = (value - ((a + b) >> 1)) & 255;
    const d4 = (value - (pa <= pb && pa <= pc ? a : pb <= pc ? b : c)) & 255;
    none[x] = value;
    sub[x] = d1;
    up[x] = d2;
    average[x] = d3;
    paeth[x] = d4;
    s0 += value < 128 ? value : 256 - value;
    s1 += d1 < 128 ? d1 : 256 - d1;
    s2 += d2 < 128 ? d2 : 256 - d2;
    s3 += d3 < 128 ? d3 : 256 - d3;
    s4 += d4 < 128 ? d4 : 256 - d4;
  }
  const sums = [s0, s1, s2, s3, s4];
  return sums.indexOf(Math.min(...sums));
}
