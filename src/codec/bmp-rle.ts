/** Unpacks the run-length codes of bmp. Source: the Windows documentation of BI_RLE8 and BI_RLE4. */

import type { Bytes } from '../util/bytes.js';
import type { FileView } from './file-view.js';

/**
 * Unpacks RLE8 or RLE4 pixels to one index in a byte, in the order of the file, as Pillow reads them: what is jumped
 * over is 0, a run ends with its row, an odd number of single 4-bit pixels loses the last, and a jump is measured by the
 * two bytes behind its own (Pillow 9.4 skips those; by the documentation they count).
 *
 * @param at - where the codes begin; single pixels are padded to an even position in the file.
 * @throws {DatasetError} `codec` when the codes end before the last pixel.
 */
export function unpackBmpRle(file: FileView, at: number, width: number, height: number, half: boolean): Bytes {
  const { bytes } = file;
  const out = new Uint8Array(width * height);
  let done = 0; // may run past the end: writes beyond an array do nothing
  let x = 0;
  while (done < out.length) {
    const count = bytes[at];
    const value = bytes[at + 1];
    if (count === undefined || value === undefined) break;
    at += 2;
    if (count > 0) {
      const run = Math.min(count, Math.max(0, width - x));
      if (half) for (let i = 0; i < run; i++) out[done + i] = i % 2 ? value & 15 : value >> 4;
      else out.fill(value, done, done + run);
      done += run;
      x += run;
    } else if (value === 0) {
      done = Math.ceil(done / width) * width;
      x = 0;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      done += file.u8(at + 2) + file.u8(at + 3) * width;
      x = done % width;
      at += 4;
    } else {
      const singles = file.slice(at, at + (half ? value >> 1 : value));
      if (half) {
        for (const pair of singles) {
          out[done++] = pair >> 4;
          out[done++] = pair & 15;
        }
      } else {
        for (const single of singles) out[done++] = single;
      }
      x += value;
      at += singles.length;
      at += at % 2;
    }
  }
  if (done < out.length) throw file.error(`its pixels end too early: expected ${out.length} pixels, got ${done}`);
  return out;
}
