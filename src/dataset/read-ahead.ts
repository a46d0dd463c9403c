/** Reads a range block by block while the blocks before it are consumed. */

// Rows of a block when nothing is known of their size, and the bounds as it adapts.
const FIRST_BLOCK = 16;
const MAX_BLOCK = 4096;
const BLOCK_MILLISECONDS = 10;

/** Options of {@link readAhead}. */
export interface ReadAheadOptions {
  /** Blocks that are read before they are asked for. */
  readonly prefetch: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields the items `[start, end)`.
 *
 * Blocks grow while reading one takes little time, so that small samples cost few requests and the first item of
 * large ones comes soon.
 *
 * @param read - reads the items of `[from, to)`.
 */
export async function* readAhead<T>(
  start: number,
  end: number,
  read: (from: number, to: number) => Promise<readonly T[]>,
  { prefetch, signal }: ReadAheadOptions,
): AsyncGenerator<T, void, undefined> {
  let size = FIRST_BLOCK;
  let next = start;
  const blocks: Promise<readonly T[]>[] = [];
  const begin = (): void => {
    const from = next;
    const to = Math.min(end, from + size);
    next = to;
    const began = performance.now();
    const block = read(from, to).then((items) => {
      const took = performance.now() - began;
      if (took < BLOCK_MILLISECONDS && to - from === size) size = Math.min(MAX_BLOCK, size * 2);
      return items;
    });
    block.catch(() => {}); // told when its turn comes; nobody asks for it when the loop ends before
    blocks.push(block);
  };
  while (next < end || blocks.length > 0) {
    signal?.throwIfAborted();
    while (next < end && blocks.length <= prefetch) begin();
    const block = await blocks.shift();
    for (const item of block ?? []) {
      signal?.throwIfAborted();
      yield item;
    }
  }
}
