/** Bytes that two values have in common. */
export interface SameRun {
  /** Where they lie in the first value, in bytes. */
  readonly from: number;
  /** Where they lie in the second value, in bytes. Rises from run to run. */
  readonly at: number;
  /** How many they are. */
  readonly length: number;
}

const leastBlock = 32; // bytes; what describes a run costs about a third of it
const mostBlocks = 2 ** 14; // bounds the tables below to 400 kB, which caches hold
const multiplier = 0x01000193; // of the rolling hash: odd, so that no byte is lost
const spread = 0x9e3779b1; // 2^32 / golden ratio, which spreads hashes over the slots

/**
 * Finds runs of bytes of `base` that `next` has too, also where they have moved: what both begin and end with by plain
 * comparing, what lies between by the hashes of blocks of `base` that a window slides over `next` for.
 *
 * Takes time in proportion to the lengths and at most 400 kB of tables; not all that could be found is. Runs of `next` do
 * not overlap; what lies between them is new.
 */
export function sameRuns(base: Uint8Array, next: Uint8Array): SameRun[] {
  const pair = new Pair(base, next);
  const shorter = Math.min(base.length, next.length);
  const start = pair.sameFrom(0, 0, shorter);
  const end = pair.sameBefore(base.length, next.length, shorter - start);
  const runs: SameRun[] = start > 0 ? [{ from: 0, at: 0, length: start }] : [];
  const [baseEnd, nextEnd] = [base.length - end, next.length - end];
  if (Math.min(baseEnd, nextEnd) - start >= leastBlock) findMoved(pair, start, baseEnd, nextEnd, runs);
  if (end > 0) runs.push({ from: baseEnd, at: nextEnd, length: end });
  return runs;
}

/** Adds the runs of `[start, nextEnd)` of the second value that lie anywhere in `[start, baseEnd)` of the first. */
function findMoved(pair: Pair, start: number, baseEnd: number, nextEnd: number, runs: SameRun[]): void {
  const { base, next } = pair;
  let block = leastBlock;
  while ((baseEnd - start) / block > mostBlocks) block *= 2;
  const count = Math.floor((baseEnd - start) / block);
  const slotBits = Math.max(4, 33 - Math.clz32(count)); // twice as many slots as blocks
  const slots = new Int32Array(2 ** slotBits);
  const hashes = new Int32Array(count);
  const slotOf = (hash: number): number => Math.imul(hash, spread) >>> (32 - slotBits);
  let leaving = 1; // weight of the byte that the window leaves
  for (let i = 1; i < block; i++) leaving = Math.imul(leaving, multiplier);
  const hashAt = (bytes: Uint8Array, at: number): number => {
    let hash = 0;
    for (let i = at; i < at + block; i++) hash = (Math.imul(hash, multiplier) + (bytes[i] ?? 0)) | 0;
    return hash;
  };
  for (let i = count - 1; i >= 0; i--) {
    const hash = hashAt(base, start + i * block);
    hashes[i] = hash;
    slots[slotOf(hash)] = i + 1; // the first block of a kind is found
  }

  let known = start; // end of the last run in `next`
  let shift = 0; // of the last run: where it lies in `base` less where it lies in `next`
  let at = start;
  let hash = at + block <= nextEnd ? hashAt(next, at) : 0;
  while (at + block <= nextEnd) {
    const slot = slots[slotOf(hash)] ?? 0;
    if (slot > 0 && hashes[slot - 1] === hash) {
      const most = nextEnd - at;
      let from = at + shift; // what goes on as before is likely, and cheaper to tell than the first of many equal blocks
      let length = from >= start && from < baseEnd ? pair.sameFrom(from, at, Math.min(most, baseEnd - from)) : 0;
      if (length < block) {
        from = start + (slot - 1) * block;
        length = pair.sameFrom(from, at, Math.min(most, baseEnd - from));
      }
      if (length >= block) {
        const before = pair.sameBefore(from, at, Math.min(at - known, from - start));
        runs.push({ from: from - before, at: at - before, length: length + before });
        shift = from - at;
        at += length;
        known = at;
        if (at + block <= nextEnd) hash = hashAt(next, at);
        continue;
      }
    }
    hash = (Math.imul(hash - Math.imul(next[at] ?? 0, leaving), multiplier) + (next[at + block] ?? 0)) | 0;
    at++;
  }
}

/** Two values, compared four bytes at a time. */
class Pair {
  readonly base: Uint8Array;
  readonly next: Uint8Array;
  readonly #base: DataView;
  readonly #next: DataView;

  constructor(base: Uint8Array, next: Uint8Array) {
    this.base = base;
    this.next = next;
    this.#base = new DataView(base.buffer, base.byteOffset, base.byteLength);
    this.#next = new DataView(next.buffer, next.byteOffset, next.byteLength);
  }

  /** How many of the next `most` bytes are the same. */
  sameFrom(from: number, at: number, most: number): number {
    const [a, b] = [this.#base, this.#next];
    let same = 0;
    while (same + 4 <= most && a.getInt32(from + same) === b.getInt32(at + same)) same += 4;
    while (same < most && this.base[from + same] === this.next[at + same]) same++;
    return same;
  }

  /** How many of the `most` bytes before are the same. */
  sameBefore(from: number, at: number, most: number): number {
    const [a, b] = [this.#base, this.#next];
    let same = 0;
    while (same + 4 <= most && a.getInt32(from - same - 4) === b.getInt32(at - same - 4)) same += 4;
    while (same < most && this.base[from - same - 1] === this.next[at - same - 1]) same++;
    return same;
  }
}
