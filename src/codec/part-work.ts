/**
 * Work on a file of which parts can be read: one reader for files in memory and for files that lie elsewhere.
 *
 * The work is a generator. It asks for bytes `[start, end)` of the file by yielding them, and is given exactly those.
 */

import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';

/** Work that ends in a `T`. */
export type PartWork<T> = Generator<readonly [start: number, end: number], T, Bytes>;

// What is asked for one after another mostly lies close together; a request costs more than so many bytes.
const AT_ONCE = 8192;

function checkEnd(end: number, size: number, compression: string): void {
  if (end > size) throw fileError(compression, `it is cut off: expected at least ${end} bytes, got ${size}`);
}

/** Does the work on a file in memory. @throws {DatasetError} `codec` when it asks for more than there is */
export function workOnBytes<T>(bytes: Bytes, compression: string, work: PartWork<T>): T {
  let step = work.next();
  while (!step.done) {
    const [start, end] = step.value;
    checkEnd(end, bytes.length, compression);
    step = work.next(bytes.subarray(start, end));
  }
  return step.value;
}

/** Does the work on a source, which is read in pieces of at least 8 kB. @throws as {@link workOnBytes}, and as the source */
export async function workOnSource<T>(
  source: ByteSource,
  compression: string,
  work: PartWork<T>,
  options?: CallOptions,
): Promise<T> {
  let held: { readonly at: number; readonly bytes: Bytes } = { at: 0, bytes: new Uint8Array(0) };
  let step = work.next();
  while (!step.done) {
    const [start, end] = step.value;
    checkEnd(end, source.size, compression);
    if (start < held.at || end > held.at + held.bytes.length) {
      const until = Math.max(end, Math.min(start + AT_ONCE, source.size));
      held = { at: start, bytes: await source.read(start, until, options) };
    }
    step = work.next(held.bytes.subarray(start - held.at, end - held.at));
  }
  return step.value;
}
