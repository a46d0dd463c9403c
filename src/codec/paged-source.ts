/** Reads a file in pages that are kept for a while, so that many small reads of neighbours cost few large ones. */
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { Lru } from '../util/lru.js';

const PAGE = 65_536; // bytes
const HELD = 8_388_608; // bytes: some seconds of video

/** Makes a source that reads whole pages of another, those that lie side by side at once. */
export function pagedSource(source: ByteSource): ByteSource {
  const pages = new Lru<number, Promise<Bytes>>(HELD);
  /** Begins to read the pages `[first, end)`, none of which is held. */
  const load = (first: number, end: number): void => {
    const start = first * PAGE;
    const whole = Promise.resolve(source.read(start, Math.min(end * PAGE, source.size)));
    for (let page = first; page < end; page++) {
      const at = (page - first) * PAGE;
      const part = whole.then((bytes) => bytes.subarray(at, at + PAGE));
      pages.set(page, part, PAGE);
      part.catch(() => pages.delete(page)); // what failed may work the next time
    }
  };
  return {
    size: source.size,
    async read(start, end) {
      const [first, last] = [Math.floor(start / PAGE), Math.ceil(end / PAGE)];
      // What would push its own first pages out is not kept.
      if ((last - first) * PAGE > HELD / 2) return source.read(start, end);
      const parts: Promise<Bytes>[] = [];
      for (let page = first; page < last; page++) {
        if (!pages.get(page)) {
          let stop = page + 1;
          while (stop < last && !pages.get(stop)) stop++;
          load(page, stop);
        }
        const part = pages.get(page);
        if (part) parts.push(part);
      }
      const bytes = await Promise.all(parts);
      const whole = new Uint8Array(end - start);
      for (const [i, part] of bytes.entries()) {
        const at = (first + i) * PAGE - start;
        whole.set(part.subarray(Math.max(0, -at), Math.min(part.length, end - start - at)), Math.max(0, at));
      }
      return whole;
    },
  };
}
