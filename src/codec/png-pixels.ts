/** From inflated PNG rows to values: filters, interlace, bit depths. Source: PNG specification §7, §8, §9. */
import type { Bytes } from '../util/bytes.js';
import { getKernels } from './kernels.js';
import { unfilter } from './png-filters.js';
import type { PngInfo } from './png-header.js';

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

/** Bytes from a value to the same value of the next pixel, 1 for less than a byte. */
export function pixelBytes({ channels, depth }: PngInfo): number {
  return Math.ceil((channels * depth) / 8);
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
 * @param raw - inflated bytes, {@link inflatedSize} of them.
 * @returns memory of its own.
 * @throws {DatasetError} `codec` on an unknown filter.
 */
export function pngValues(info: PngInfo, raw: Bytes): Bytes | Int32Array<ArrayBuffer> {
  const { width, height, channels } = info;
  let at = 0;
  let values: Bytes | Int32Array<ArrayBuffer> | undefined;
  for (const { pass, columns, rows, rowBytes } of passesOf(info)) {
    const size = rows * (1 + rowBytes);
    const part = widen(
      info,
      unfilter(raw.subarray(at, at + size), rows, rowBytes, pixelBytes(info)),
      rows,
      columns * channels,
    );
    at += size;
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

/**
 * Widens unfiltered rows of `perRow` values to one value per element. Rows of 8 bits are returned as they are.
 *
 * @param rows - `height` rows without gaps.
 */
export function widen(info: PngInfo, rows: Bytes, height: number, perRow: number): Bytes | Int32Array<ArrayBuffer> {
  const { depth, colorType } = info;
  if (depth === 8) return rows;
  const count = height * perRow;
  if (depth === 16 && colorType === 0) {
    const values = new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = ((rows[2 * i] ?? 0) << 8) | (rows[2 * i + 1] ?? 0);
    return values;
  }
  const values = new Uint8Array(count);
  if (depth === 16) {
    for (let i = 0; i < count; i++) values[i] = rows[2 * i] ?? 0;
    return values;
  }
  if (depth === 1) {
    getKernels().unpackBits(rows, { width: perRow, height }, values);
    return values;
  }
  const rowBytes = rows.length / height;
  const mask = (1 << depth) - 1;
  const scale = colorType === 0 ? 255 / mask : 1;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * depth;
      values[to++] = (((rows[y * rowBytes + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & mask) * scale;
    }
  }
  return values;
}
