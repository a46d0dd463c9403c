/**
 * Memory that travels with jobs to workers and back, so that not every job takes fresh pages from the system: for a
 * JPEG file of 50 kB that cost as much as all else that the page does for it.
 */
import type { Bytes } from '../util/bytes.js';

const smallJob = 2 ** 14; // a copy of its own takes four pages and less
const leastBytes = 2 ** 16;
const mostBytes = 2 ** 19; // of one buffer; what is larger takes long enough to decode

/** Buffers that wait for the next job. */
export class SpareBuffers {
  readonly #most: number;
  #spares: ArrayBuffer[] = [];

  /** @param most - number of buffers to keep, of up to 512 KiB each. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Copies bytes: to a spare buffer or a new one of a power of two, or to one of their own length when small or huge. */
  copy(bytes: Bytes): Bytes {
    const { length } = bytes;
    if (length < smallJob || length > mostBytes) return bytes.slice();
    const at = this.#spares.findIndex(({ byteLength }) => byteLength >= length);
    const [found] = at < 0 ? [] : this.#spares.splice(at, 1);
    const copy = new Uint8Array(
      found ?? new ArrayBuffer(Math.max(leastBytes, 2 ** Math.ceil(Math.log2(length)))),
      0,
      length,
    );
    copy.set(bytes);
    return copy;
  }

  /** Takes a buffer back. The largest ones are kept. */
  put(buffer: ArrayBuffer): void {
    if (buffer.byteLength < leastBytes || buffer.byteLength > mostBytes) return;
    this.#spares.push(buffer);
    if (this.#spares.length <= this.#most) return;
    this.#spares.sort((a, b) => b.byteLength - a.byteLength).pop();
  }

  /** Forgets all. */
  clear(): void {
    this.#spares = [];
  }
}
