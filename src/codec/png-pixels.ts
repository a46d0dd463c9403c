/** From inflated PNG rows to values: filters, interlace, bit depths. Source: PNG specification §7, §8, §9. */
import type { Bytes } from '../util/bytes.js';
import { type PngInfo, pngError } from './png-header.js';

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

const whole: readonly Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
// Adam7: the seven reduced images of an interlaced file.
const adam7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

interface Rows {
  readonly pass: Pass;
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row without its filter byte. */
  readonly rowBytes: number;
}

function passesOf(info: PngInfo): Rows[] {
  return (info.interlaced ? adam7 : whole)
    .map((pass) => {
      const columns = Math.ceil((info.width - pass.x) / pass.stepX);
      const rows = Math.ceil((info.height - pass.y) / pass.stepY);
      return { pass, columns, rows, rowBytes: Math.ceil((columns * info.channels * info.depth) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Number of bytes that the pixels of a file inflate to. */
export function inflatedSize(info: PngInfo): number {
  let size = 0;
  for (const { rows, rowBytes } of passesOf(info)) size += rows * (1 + rowBytes);
  return size;
}

/**
 * Undoes filters and interlace and widens to one value per element, `[height, width, channels]` in C order.
 *
 * 16-bit gray keeps its 16 bits, other 16-bit values give their high byte; gray of 2 and 4 bits is stretched to 0-255.
 *
 * @param raw - inflated bytes, {@link inflatedSize} of them; changed in place.
 * @throws {DatasetError} `codec` on an unknown filter.
 */
export function pngValues(info: PngInfo, raw: Bytes): Bytes | Int32Array<ArrayBuffer> {
  const { width, height, channels } = info;
  const pixelBytes = Math.ceil((channels * info.depth) / 8);
  let at = 0;
  let values: Bytes | Int32Array<ArrayBuffer> | undefined;
  for (const { pass, columns, rows, rowBytes } of passesOf(info)) {
    unfilter(raw, at, rows, rowBytes, pixelBytes);
    const part = widen(info, raw.subarray(at, at + rows * rowBytes), rows, columns * channels, rowBytes);
    at += rows * (1 + rowBytes);
    if (!info.interlaced) return part;
    values ??= part instanceof Int32Array ? new Int32Array(width * height) : new Uint8Array(width * height * channels);
    for (let y = 0, from = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const to = ((pass.y + y * pass.stepY) * width + pass.x + x * pass.stepX) * channels;
        for (let c = 0; c < channels; c++) values[to + c] = part[from++] ?? 0;
      }
    }
  }
  return values ?? new Uint8Array(0);
}

// In place: rows move towards `start`, since each loses its filter byte.
function unfilter(raw: Bytes, start: number, rows: number, rowBytes: number, pixelBytes: number): void {
  for (let y = 0; y < rows; y++) {
    let from = start + y * (rowBytes + 1);
    const filter = raw[from++] ?? 0;
    let to = start + y * rowBytes;
    const end = to + rowBytes;
    const first = to + Math.min(pixelBytes, rowBytes); // pixels before this have no left neighbour
    const up = y > 0 ? rowBytes : 0;
    if (filter === 0 || (filter === 2 && up === 0)) {
      raw.copyWithin(to, from, from + rowBytes);
    } else if (filter === 1) {
      raw.copyWithin(to, from, from + pixelBytes);
      from += first - to;
      for (to = first; to < end; to++) raw[to] = (raw[from++] ?? 0) + (raw[to - pixelBytes] ?? 0);
    } else if (filter === 2) {
      for (; to < end; to++) raw[to] = (raw[from++] ?? 0) + (raw[to - up] ?? 0);
    } else if (filter === 3) {
      for (; to < first; to++) raw[to] = (raw[from++] ?? 0) + (up ? (raw[to - up] ?? 0) >> 1 : 0);
      for (; to < end; to++) {
        raw[to] = (raw[from++] ?? 0) + (((raw[to - pixelBytes] ?? 0) + (up ? (raw[to - up] ?? 0) : 0)) >> 1);
      }
    } else if (filter === 4) {
      for (; to < first; to++) raw[to] = (raw[from++] ?? 0) + (up ? (raw[to - up] ?? 0) : 0);
      for (; to < end; to++) {
        const left = raw[to - pixelBytes] ?? 0;
        const above = up ? (raw[to - up] ?? 0) : 0;
        const corner = up ? (raw[to - up - pixelBytes] ?? 0) : 0;
        const [a, b] = [above - corner, left - corner];
        const pa = a < 0 ? -a : a;
        const pb = b < 0 ? -b : b;
        const pc = a + b < 0 ? -a - b : a + b;
        raw[to] = (raw[from++] ?? 0) + (pa <= pb && pa <= pc ? left : pb <= pc ? above : corner);
      }
    } else throw pngError(`row ${y} has filter ${filter}, expected 0 to 4`);
  }
}

function widen(
  info: PngInfo,
  rows: Bytes,
  height: number,
  perRow: number,
  rowBytes: number,
): Bytes | Int32Array<ArrayBuffer> {
  const { depth, colorType } = info;
  if (depth === 8) return rows.slice();
  const count = height * perRow;
  if (depth === 16) {
    if (colorType !== 0) return Uint8Array.from({ length: count }, (_, i) => rows[2 * i] ?? 0);
    return Int32Array.from({ length: count }, (_, i) => ((rows[2 * i] ?? 0) << 8) | (rows[2 * i + 1] ?? 0));
  }
  const values = new Uint8Array(count);
  const mask = (1 << depth) - 1;
  const scale = colorType === 0 && depth > 1 ? 255 / mask : 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * depth;
      values[to++] = (((rows[y * rowBytes + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & mask) * scale;
    }
  }
  return values;
}
