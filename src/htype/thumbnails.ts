/** Small bitmaps that were shown lately. */

import type { CallOptions } from '../store/types.js';
import { SharedWork } from '../util/abort.js';
import type { Bytes } from '../util/bytes.js';
import { Lru } from '../util/lru.js';
import type { EncodedSample } from './types.js';

const DEFAULT_BYTES = 32 * 2 ** 20; // 800 thumbnails of 100 x 100 pixels
const BYTES_PER_PIXEL = 4;

interface Made {
  readonly bitmap: ImageBitmap;
  /** Whether the cache closes it. */
  readonly isKept: boolean;
}

/**
 * A cache of bitmaps, bounded in bytes; what was not shown for longest goes first and is closed.
 *
 * One belongs to each open dataset. Callers get bitmaps of their own, which they close.
 */
export class Thumbnails {
  readonly #kept: Lru<string, ImageBitmap>;
  readonly #making = new Map<string, SharedWork<Made>>();
  readonly #maxBytes: number;
  #closed = false;

  /** @param maxBytes - bound on the pixels kept, 4 bytes each; default 32 MB. */
  constructor(maxBytes = DEFAULT_BYTES) {
    this.#maxBytes = maxBytes;
    this.#kept = new Lru(maxBytes, (_, bitmap) => bitmap.close());
  }

  /** Bytes of the bitmaps that are kept. */
  get bytes(): number {
    return this.#kept.weight;
  }

  /**
   * Gives a copy of the bitmap of a key, made at need; callers that ask at the same time wait for one making, which is
   * stopped when all of them have given up.
   *
   * @param key - tells everything that the bitmap depends on: see {@link thumbnailKey}.
   * @param make - makes the bitmap, which becomes the cache's.
   */
  async get(
    key: string,
    make: (options: CallOptions) => Promise<ImageBitmap>,
    signal?: AbortSignal,
  ): Promise<ImageBitmap> {
    const kept = this.#kept.get(key);
    if (kept) return createImageBitmap(kept);
    let work = this.#making.get(key);
    if (!work || work.stopped) {
      const begun: SharedWork<Made> = new SharedWork(async (shared) =>
        this.#keep(await make({ signal: shared }), key, begun),
      );
      work = begun;
      this.#making.set(key, work);
    }
    let made: Made | undefined;
    try {
      made = await work.join(signal);
      // Others may have pushed it out and closed it at once.
      return await createImageBitmap(made.bitmap).catch(() => make(signal ? { signal } : {}));
    } finally {
      if (work.stopped) {
        if (this.#making.get(key) === work) this.#making.delete(key);
        if (made && !made.isKept) made.bitmap.close(); // this was the last to wait for it
      }
    }
  }

  #keep(bitmap: ImageBitmap, key: string, work: SharedWork<Made>): Made {
    const weight = bitmap.width * bitmap.height * BYTES_PER_PIXEL;
    const isKept = !this.#closed && !work.stopped && weight <= this.#maxBytes;
    if (isKept) this.#kept.set(key, bitmap, weight);
    else if (work.stopped) bitmap.close(); // nobody waits any more
    return { bitmap, isKept };
  }

  /** Closes all bitmaps; nothing is kept any more. */
  close(): void {
    this.#closed = true;
    this.#kept.clear();
  }
}

/**
 * Names a thumbnail by what it is made of: a hash over all bytes of its file, their number, the format, and how it is
 * shown. Storage keys would not do, since chunks are stored anew under the same key.
 *
 * @param settings - numbers that tell the size and form of the thumbnail.
 */
export function thumbnailKey({ bytes, compression }: EncodedSample, settings: readonly number[]): string {
  return [compression, bytes.length, ...hash64(bytes), ...settings].join(' ');
}

/** Two hashes of 32 bits by FNV-1a's step, on words, with multipliers of their own. High bits are brought to the low ones. */
function hash64(bytes: Bytes): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = bytes.length & ~3;
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < bytes.length; ) {
    const isWord = at < words;
    const value = isWord ? view.getInt32(at, true) : view.getUint8(at);
    at += isWord ? 4 : 1;
    a = Math.imul(a ^ value, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b ^ value, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a >>> 0, b >>> 0];
}
