/** Undoes the filters of PNG rows: in WebAssembly, or in JavaScript where that is refused. Source: PNG specification §9. */
import type { Bytes } from '../util/bytes.js';
import { type KernelInstance, kernelInstance } from './kernels-wasm.js';
import { pngError } from './png-header.js';

// Bytes of rows that are filtered at a time: what a second-level cache holds with the result.
const bandBytes = 2 ** 17;
const slack = 64; // what the kernel reads and writes beyond the end of its rows

/**
 * Undoes the filters of rows.
 *
 * @param raw - rows of a filter byte and `rowBytes` bytes each.
 * @param pixelBytes - bytes from a value to the same value of the next pixel, 1 for less than a byte.
 * @returns the rows without their filter bytes, in memory of their own.
 * @throws {DatasetError} `codec` on an unknown filter.
 */
export function unfilter(raw: Bytes, rows: number, rowBytes: number, pixelBytes: number): Bytes {
  const out = new Uint8Array(rows * rowBytes);
  const kernels = kernelInstance();
  const band = Math.max(1, Math.floor(bandBytes / (rowBytes + 1)));
  const fits = kernels && rowBytes + band * (2 * rowBytes + 1) + 2 * slack <= kernels.room;
  const bad = fits
    ? byBands(kernels, raw, rows, rowBytes, pixelBytes, band, out)
    : unfilterJs(raw, pixelBytes, rowBytes, out);
  if (bad >= 0) throw pngError(`row ${bad} has filter ${raw[bad * (rowBytes + 1)]}, expected 0 to 4`);
  return out;
}

/** The memory has the row above, then the rows of a band, then the same rows as they are filtered. */
function byBands(
  { bytes, call, start }: KernelInstance,
  raw: Bytes,
  rows: number,
  rowBytes: number,
  pixelBytes: number,
  band: number,
  out: Bytes,
): number {
  const to = start + rowBytes;
  const from = to + band * rowBytes + slack;
  bytes.fill(0, start, to);
  for (let row = 0; row < rows; row += band) {
    const count = Math.min(band, rows - row);
    const end = to + count * rowBytes;
    bytes.set(raw.subarray(row * (rowBytes + 1), (row + count) * (rowBytes + 1)), from);
    const bad = call.unfilter(from, to, count, rowBytes, pixelBytes);
    if (bad >= 0) return row + bad;
    out.set(bytes.subarray(to, end), row * rowBytes);
    bytes.copyWithin(start, end - rowBytes, end);
  }
  return -1;
}

/** The same in JavaScript. @returns -1, or the number of the row whose filter is unknown. */
export function unfilterJs(raw: Bytes, pixelBytes: number, rowBytes: number, out: Bytes): number {
  for (let to = 0, from = 0; to < out.length; ) {
    const filter = raw[from++] ?? 0;
    const end = to + rowBytes;
    const first = to + Math.min(pixelBytes, rowBytes); // pixels before this have no left neighbour
    const up = to > 0 ? rowBytes : 0;
    if (filter === 0 || (filter === 2 && up === 0)) {
      out.set(raw.subarray(from, from + rowBytes), to);
      from += rowBytes;
      to = end;
    } else if (filter === 1) {
      for (; to < first; to++) out[to] = raw[from++] ?? 0;
      for (; to < end; to++) out[to] = (raw[from++] ?? 0) + (out[to - pixelBytes] ?? 0);
    } else if (filter === 2) {
      for (; to < end; to++) out[to] = (raw[from++] ?? 0) + (out[to - up] ?? 0);
    } else if (filter === 3) {
      for (; to < first; to++) out[to] = (raw[from++] ?? 0) + (up ? (out[to - up] ?? 0) >> 1 : 0);
      for (; to < end; to++) {
        out[to] = (raw[from++] ?? 0) + (((out[to - pixelBytes] ?? 0) + (up ? (out[to - up] ?? 0) : 0)) >> 1);
      }
    } else if (filter === 4) {
      for (; to < first; to++) out[to] = (raw[from++] ?? 0) + (up ? (out[to - up] ?? 0) : 0);
      for (; to < end; to++) {
        const left = out[to - pixelBytes] ?? 0;
        const above = up ? (out[to - up] ?? 0) : 0;
        const corner = up ? (out[to - up - pixelBytes] ?? 0) : 0;
        const [a, b] = [above - corner, left - corner];
        const pa = a < 0 ? -a : a;
        const pb = b < 0 ? -b : b;
        const pc = a + b < 0 ? -a - b : a + b;
        out[to] = (raw[from++] ?? 0) + (pa <= pb && pa <= pc ? left : pb <= pc ? above : corner);
      }
    } else return to / rowBytes;
  }
  return -1;
}
