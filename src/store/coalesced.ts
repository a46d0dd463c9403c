import { SharedWork } from '../util/abort.js';
import type { Bytes } from '../util/bytes.js';
import { checkKey, checkRange } from './check.js';
import type { CallOptions, Store } from './types.js';
import { wrapStore } from './wrap.js';

/** Options of {@link withRangeCoalescing}. */
export interface CoalescingOptions {
  /** Ranges of one key are joined when at most so many unwanted bytes lie between them; 32768 when left out. */
  readonly gap?: number;
  /** A joined request asks for at most so many bytes (a single range may be longer); 16 MiB when left out. */
  readonly maxBytes?: number;
}

interface Waiting {
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (bytes: Promise<Bytes | undefined>) => void;
}

/**
 * Joins ranges of one key that are asked for in the same tick into fewer, longer requests.
 *
 * Worth it where a request costs more than some unwanted bytes: over the network. One caller's abort rejects that
 * caller alone; the joined request stops when all its callers have aborted. A store without ranges is returned as it is.
 */
export function withRangeCoalescing(inner: Store, options: CoalescingOptions = {}): Store {
  const getRange = inner.getRange?.bind(inner);
  if (!getRange) return inner;
  // 32 KiB: a request to a nearby server takes about as long as so many bytes of an ordinary connection.
  const { gap = 32768, maxBytes = 16 * 1024 * 1024 } = options;
  let waiting = new Map<string, Waiting[]>();

  const flush = (): void => {
    const batch = waiting;
    waiting = new Map();
    for (const [key, all] of batch) {
      // Who has aborted meanwhile is answered, too, but makes no request longer.
      for (const one of all) if (one.signal?.aborted) one.resolve(Promise.reject(one.signal.reason));
      const ranges = all.filter((one) => !one.signal?.aborted);
      for (const group of planGroups(ranges, gap, maxBytes)) fetchGroup(key, group);
    }
  };

  const fetchGroup = (key: string, group: readonly Waiting[]): void => {
    const start = Math.min(...group.map((one) => one.start));
    const end = Math.max(...group.map((one) => one.end));
    const work = new SharedWork(async (signal) => getRange(key, start, end, { signal }));
    for (const one of group) {
      const part = (bytes: Bytes | undefined): Bytes | undefined =>
        // A copy, so that a small part kept in a cache does not keep the whole request in memory.
        group.length === 1 ? bytes : bytes?.slice(one.start - start, one.end - start);
      one.resolve(work.join(one.signal).then(part));
    }
  };

  return wrapStore(inner, {
    async getRange(key: string, start: number, end: number, options?: CallOptions): Promise<Bytes | undefined> {
      checkKey(key);
      checkRange(start, end);
      const { signal } = options ?? {};
      signal?.throwIfAborted();
      return new Promise((resolve) => {
        if (waiting.size === 0) afterThisTick(flush);
        const same = waiting.get(key);
        const one: Waiting = { start, end, signal, resolve };
        if (same) same.push(one);
        else waiting.set(key, [one]);
      });
    },
  });
}

/** Sorts ranges and splits them where the gap or the whole becomes too long. Pure. */
function planGroups<R extends { readonly start: number; readonly end: number }>(
  ranges: readonly R[],
  gap: number,
  maxBytes: number,
): readonly R[][] {
  const groups: R[][] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const range of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const group = groups.at(-1);
    const joinedEnd = Math.max(end, range.end);
    const joins = range.end <= end || (range.start - end <= gap && joinedEnd - start <= maxBytes);
    if (group && joins) {
      group.push(range);
      end = joinedEnd;
    } else {
      groups.push([range]);
      ({ start, end } = range);
    }
  }
  return groups;
}

// A task of its own, after all microtasks; unlike a timer it is not slowed down in a hidden tab.
function afterThisTick(work: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    work();
  };
  port2.postMessage(null);
}
