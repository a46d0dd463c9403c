/** Inflates PNG rows and undoes their filters in one go, in the memory of the kernels: filtered rows are never stored. */
import type { Bytes } from '../util/bytes.js';
import { inflatePieces, inflateRoom, zlibStart } from './inflate.js';
import type { KernelInstance } from './kernels-wasm.js';
import { pngError } from './png-header.js';

const slack = 64; // what the kernel reads and writes beyond the end of its rows

/**
 * Reads the rows of a zlib stream that holds `rows` of them, each a filter byte and `rowBytes` bytes.
 *
 * @param pixelBytes - bytes from a value to the same value of the next pixel, 1 for less than a byte.
 * @returns the rows without their filter bytes, in memory of their own, and the number of bytes that were inflated; or
 *   undefined when a row is too long for the memory of the kernels.
 * @throws {InflateError} when the stream is damaged.
 * @throws {DatasetError} `codec` on an unknown filter.
 */
export function inflateRows(
  kernels: KernelInstance,
  stream: Bytes,
  rows: number,
  rowBytes: number,
  pixelBytes: number,
): { readonly values: Bytes; readonly written: number } | undefined {
  const { bytes, call, start, room } = kernels;
  const filteredBytes = rowBytes + 1;
  const band = Math.min(rows, Math.floor((room - inflateRoom - rowBytes - 3 * slack) / (rowBytes + filteredBytes)));
  if (band < 1) return undefined;
  // Behind what inflating uses: the row above, the rows of a band, the same rows as they are filtered.
  const above = start + inflateRoom + slack;
  const to = above + rowBytes;
  const from = to + band * rowBytes + slack;
  const values = new Uint8Array(rows * rowBytes);
  let row = 0; // first row of the band
  let have = 0; // bytes of the band
  bytes.fill(0, above, to);
  const { written } = inflatePieces(
    kernels,
    stream,
    zlibStart(stream),
    rows * filteredBytes,
    (pieceStart, pieceEnd) => {
      for (let at = pieceStart; at < pieceEnd; ) {
        const count = Math.min(band, rows - row);
        const end = Math.min(pieceEnd, at + count * filteredBytes - have);
        bytes.copyWithin(from + have, at, end);
        have += end - at;
        at = end;
        if (have < count * filteredBytes) return;
        const bad = call.unfilter(from, to, count, rowBytes, pixelBytes);
        if (bad >= 0)
          throw pngError(`row ${row + bad} has filter ${bytes[from + bad * filteredBytes]}, expected 0 to 4`);
        const last = to + count * rowBytes;
        values.set(bytes.subarray(to, last), row * rowBytes);
        bytes.copyWithin(above, last - rowBytes, last);
        row += count;
        have = 0;
      }
    },
  );
  return { values, written };
}
