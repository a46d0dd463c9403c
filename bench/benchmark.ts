/** What a benchmark is, and how its rounds become one figure. */

/** Who does the work: the library, or what a user would pick instead. */
export type Side = 'ours' | 'peer';

/** Unit of a figure. Less is better for `ms` and `kB`, more for the others. */
export type Unit = 'MB/s' | 'rows/s' | 'files/s' | 'frames/s' | 'ms' | 'kB';

/** One comparison. Each side checks what it has stored or read, outside of the time that it measures. */
export interface Benchmark {
  /** What is measured, for the table. */
  readonly title: string;
  /** What the peer does, for the table. */
  readonly peerTitle: string;
  readonly unit: Unit;
  /** Rounds in which both sides are measured once; at least 5. */
  readonly rounds: number;
  /** Whether the page is loaded anew before each measurement. */
  readonly reload?: boolean;
  /** Makes what all rounds share, before the first one. */
  prepare?(): Promise<void>;
  /** Measures one side once, in the benchmark's unit. @throws {Error} when what was stored or read is wrong. */
  measure(side: Side, round: number): Promise<number>;
  /** Deletes what {@link prepare} stored. */
  cleanUp?(): Promise<void>;
}

/** The result of a benchmark: medians, and how many times better ours is than the peer. */
export interface Figure {
  readonly ours: number;
  readonly peer: number;
  /** Above 1, ours is better. */
  readonly ratio: number;
  readonly unit: Unit;
}

/** Middle value; the mean of the two middle ones of an even number. @throws {RangeError} without values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (low === undefined || high === undefined) throw new RangeError('A median needs values');
  return (low + high) / 2;
}

/** Makes the figure of the values of all rounds. */
export function figureOf(ours: readonly number[], peer: readonly number[], unit: Unit): Figure {
  const [a, b] = [median(ours), median(peer)];
  return { ours: a, peer: b, ratio: unit === 'ms' || unit === 'kB' ? b / a : a / b, unit };
}

/** Times asynchronous work, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Throws when a fact about a result does not hold. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`Wrong result: ${what}`);
}

/** Whole numbers in [0, bound), the same ones for the same seed: a 32-bit linear congruential generator. */
export function seededIndexes(seed: number): (bound: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // factors of Numerical Recipes
    return Math.floor((state / 2 ** 32) * bound);
  };
}
