/** Values that are put together from parts of another value and bytes of their own. Pure. */
import { type Bytes, concatBytes } from '../util/bytes.js';

/** A run of bytes that a value has in common with where they come from. */
export interface Piece {
  /** Where it begins in the value. */
  readonly at: number;
  /** Where it begins in what it is taken from. */
  readonly from: number;
  /** Number of bytes. */
  readonly length: number;
  /** What it is taken from; undefined for the value that all pieces of this kind share. */
  readonly bytes?: Bytes | undefined;
}

/** A change of a value as it is stored: what it keeps, and the bytes between. */
export interface Delta {
  /** What the value was stored as when it was last stored whole. */
  readonly of: string;
  /** Deltas of a value are applied in the order of their numbers. */
  readonly number: number;
  /** Size of the new value in bytes. */
  readonly size: number;
  /** Three numbers for each run that is kept, in order: where it is now, where it was, its length. */
  readonly runs: Uint32Array<ArrayBuffer>;
  /** What lies between the runs and around them, one after another. */
  readonly bytes: Bytes;
}

// A run costs 12 bytes in a delta, and a step of every later read.
const MIN_RUN = 32;

/** The pieces that touch bytes `[start, end)` of a value, cut off there. Pieces lie in order and do not overlap. */
export function piecesWithin(pieces: readonly Piece[], start: number, end: number): Piece[] {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const piece = pieces[middle];
    if (piece && piece.at + piece.length <= start) low = middle + 1;
    else high = middle;
  }
  const found: Piece[] = [];
  for (let i = low; i < pieces.length; i++) {
    const piece = pieces[i];
    if (!piece || piece.at >= end) break;
    const cut = Math.max(start - piece.at, 0);
    const length = Math.min(piece.at + piece.length, end) - piece.at - cut;
    if (length === piece.length) found.push(piece);
    else if (length > 0) found.push({ at: piece.at + cut, from: piece.from + cut, length, bytes: piece.bytes });
  }
  return found;
}

/** What `runs` of a value take from it is taken from where its own pieces come from. */
export function follow(pieces: readonly Piece[], runs: readonly Piece[]): Piece[] {
  const taken: Piece[] = [];
  for (const { at, from, length } of runs) {
    for (const piece of piecesWithin(pieces, from, from + length))
      taken.push(at === from ? piece : { ...piece, at: at + piece.at - from });
  }
  return taken;
}

/** Joins neighbours that continue each other. */
export function joinPieces(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  let last: (Piece & { length: number }) | undefined; // a copy, which may grow
  for (const piece of pieces) {
    const before = last ?? joined.at(-1);
    const continues =
      before &&
      before.bytes === piece.bytes &&
      before.at + before.length === piece.at &&
      before.from + before.length === piece.from;
    if (!continues) {
      joined.push(piece);
      last = undefined;
      continue;
    }
    last ??= { ...before };
    last.length += piece.length;
    joined[joined.length - 1] = last;
  }
  return joined;
}

/** Joins runs that a delta keeps, and leaves out those that are too short to be of use. */
export function usefulRuns(runs: readonly Piece[]): Piece[] {
  return joinPieces(runs).filter(({ length }) => length >= MIN_RUN);
}

/** Makes the delta of a value. @param runs - what it keeps. @param parts - all of the value */
export function deltaOf(of: string, number: number, runs: readonly Piece[], parts: readonly Bytes[]): Delta {
  const numbers = new Uint32Array(3 * runs.length);
  for (const [i, { at, from, length }] of runs.entries()) numbers.set([at, from, length], 3 * i);
  const own: Bytes[] = [];
  let size = 0;
  let next = 0; // the first run that does not end before what is looked at
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      let run = runs[next];
      while (run && run.at + run.length <= size + at) run = runs[++next];
      const start = run ? run.at - size : part.length;
      if (start > at) own.push(part.subarray(at, Math.min(start, part.length)));
      at = run ? start + run.length : part.length;
    }
    size += part.length;
  }
  return { of, number, size, runs: numbers, bytes: own.length === 1 ? concatBytes(own).slice() : concatBytes(own) };
}

/** The pieces of a value after a change. @param pieces - those before */
export function applyDelta(pieces: readonly Piece[], { size, runs, bytes }: Delta): Piece[] {
  const after: Piece[] = [];
  let used = 0;
  let done = 0;
  const fill = (end: number): void => {
    if (end > done) after.push({ at: done, from: used, length: end - done, bytes });
    used += Math.max(end - done, 0);
  };
  for (let i = 0; i < runs.length; i += 3) {
    const run = { at: runs[i] ?? 0, from: runs[i + 1] ?? 0, length: runs[i + 2] ?? 0 };
    fill(run.at);
    for (const piece of follow(pieces, [run])) after.push(piece);
    done = run.at + run.length;
  }
  fill(size);
  return joinPieces(after);
}
