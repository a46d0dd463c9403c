/**
 * Makes a source of numbers in [0, 1), the same ones for the same seed; another seed each time when none is given.
 *
 * The generator is mulberry32 (public domain): 32 bits of state, good enough for drawing rows, not for secrets.
 */
export function randomOf(seed: number | undefined): () => number {
  let state = (seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
