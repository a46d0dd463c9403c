/** Which bytes of a volume belong to a slice of it, and how they are read. */

import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';

/** Runs of bytes at equal distances. */
export interface Runs {
  /** Position of the first one. */
  readonly start: number;
  /** Bytes of each. */
  readonly length: number;
  /** From the begin of one to the begin of the next. */
  readonly stride: number;
  readonly count: number;
}

/**
 * The bytes of a slice of a volume whose first axis varies fastest: one run across the last axis, a line for each plane
 * across the middle one, single numbers across the first.
 *
 * @param at - position of the volume.
 */
export function sliceRuns(
  at: number,
  [nx, ny, nz]: readonly [number, number, number],
  size: number,
  axis: 0 | 1 | 2,
  index: number,
): Runs {
  const [line, plane] = [nx * size, nx * ny * size];
  if (axis === 2) return { start: at + index * plane, length: plane, stride: plane, count: 1 };
  if (axis === 1) return { start: at + index * line, length: line, stride: plane, count: nz };
  return { start: at + index * size, length: size, stride: line, count: ny * nz };
}

// Gaps up to this length are read with what is around them: 64 kB take less time than a request.
const SHORT_GAP = 65_536;
// Longer gaps are read, too, where there would be more requests than these.
const MAX_READS = 32;
// One read is no longer than this, unless a single run is.
const MAX_READ = 4 * 2 ** 20;

/** Reads runs one after another into one array. Beside the result at most 4 MiB, or one run, are in memory. */
export async function readRuns(source: ByteSource, runs: Runs, options?: CallOptions): Promise<Bytes> {
  const { start, length, stride, count } = runs;
  const result = new Uint8Array(count * length);
  const fitting = Math.max(1, Math.floor((MAX_READ - length) / stride) + 1);
  const wanted = stride - length <= SHORT_GAP ? fitting : Math.ceil(count / MAX_READS);
  const step = Math.min(fitting, wanted);
  for (let first = 0; first < count; first += step) {
    const last = Math.min(first + step, count) - 1;
    const from = start + first * stride;
    const bytes = await source.read(from, start + last * stride + length, options);
    pickRuns(bytes, from, runs, result);
  }
  return result;
}

/** Copies what a piece of the file has of some runs to its place in `result`. @param at - position of the piece. */
export function pickRuns(piece: Bytes, at: number, { start, length, stride, count }: Runs, result: Bytes): void {
  const end = at + piece.length;
  const first = Math.max(0, Math.floor((at - start - length) / stride) + 1);
  for (let i = first; i < count; i++) {
    const from = start + i * stride;
    if (from >= end) return;
    const skip = Math.max(0, at - from);
    if (skip >= length) continue;
    result.set(piece.subarray(from + skip - at, Math.min(from + length, end) - at), i * length + skip);
  }
}
