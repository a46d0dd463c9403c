/** Chunks in IndexedDB that change a little: what is stored whole, and the deltas beside it. */
import type { Bytes } from '../util/bytes.js';
import { totalLength } from '../util/bytes.js';
import { nearRuns } from '../util/near-runs.js';
import { applyDelta, type Delta, deltaOf, follow, type Piece, piecesWithin, usefulRuns } from './pieces.js';

// So many deltas are read in about a millisecond; then one takes the place of all.
const MAX_DELTAS = 32;
// With more pieces than that, putting a value together takes as long as storing it anew.
const MAX_PIECES = 4096;
// Parts of a value that are read together although bytes between them are not wanted: a read costs as much as 64 KiB.
const READ_GAP = 65536;

// Shorter tables are stored anew; longer ones are not kept in memory to be compared.
const MIN_HEAD = 2048;
const MAX_HEAD = 4_000_000;

/** What is known of a value that lies in the database as a Blob, with its deltas. */
export interface HeldValue {
  /** Tells what was stored whole from what was stored before and after it. */
  readonly stamp: string;
  /** What was stored whole; undefined while it was written here and not read yet. */
  readonly blob: Blob | undefined;
  /** What the value is made of: parts of the Blob, and bytes of deltas. */
  readonly pieces: readonly Piece[];
  /** Size of the value in bytes. */
  readonly size: number;
  /** Number of the next delta. */
  readonly next: number;
  /** How many deltas there are. */
  readonly deltas: number;
  /** Where in the value the bytes of a buffer lie that held it once, or parts of it: pieces, by place in the buffer. */
  readonly places: WeakMap<ArrayBuffer, readonly Piece[]>;
  /** How the value began, while that is in memory: tables, which are written anew with every change. */
  readonly head: { bytes?: Bytes; buffer?: WeakRef<ArrayBuffer> };
}

/** A change of a value that is stored beside it. */
export interface Change {
  readonly delta: Delta;
  /** Whether it takes the place of the deltas before it. */
  readonly replaces: boolean;
  /** The value afterwards. */
  readonly after: HeldValue;
}

/** A value that has been stored whole. @param parts - of which it was made, when they never change */
export function wholeValue(stamp: string, parts: readonly Bytes[]): HeldValue {
  const size = totalLength(parts);
  const pieces = [{ at: 0, from: 0, length: size }];
  return { stamp, blob: undefined, pieces, size, next: 0, deltas: 0, places: placesOf(parts), head: headOf(parts) };
}

/** A value that was read: its Blob, and what lies beside it in the order of the numbers. */
export function readValue(blob: Blob, beside: readonly Delta[]): HeldValue {
  const stamp = blob.type;
  const own = beside.filter(({ of }) => of === stamp);
  let pieces: Piece[] = [{ at: 0, from: 0, length: blob.size }];
  for (const delta of own) pieces = applyDelta(pieces, delta);
  const last = own.at(-1);
  const size = last?.size ?? blob.size;
  return {
    stamp,
    blob,
    pieces,
    size,
    next: (last?.number ?? -1) + 1,
    deltas: own.length,
    places: new WeakMap(),
    head: {},
  };
}

/**
 * Plans to store the part of a value that has changed. Bytes are the same when they lie at the same place of a buffer.
 * @param parts - the new value. @returns undefined when it is better stored whole.
 */
export function planChange(held: HeldValue, parts: readonly Bytes[]): Change | undefined {
  const size = totalLength(parts);
  if (size >= 2 ** 32) return undefined;
  const kept = keptRuns(held, parts);
  const runs = usefulRuns(follow(held.pieces, kept).filter(({ bytes }) => bytes === undefined));
  // What differs from the Blob; with the deltas it is read and kept in memory wherever the value is read.
  const changed = runs.reduce((left, { length }) => left - length, size);
  if (changed > size / 4 || runs.length > MAX_PIECES) return undefined;
  const replaces = held.deltas >= MAX_DELTAS;
  const delta = deltaOf(held.stamp, held.next, replaces ? runs : kept, parts);
  const pieces = applyDelta(replaces ? [{ at: 0, from: 0, length: Infinity }] : held.pieces, delta);
  const after: HeldValue = {
    ...held,
    pieces,
    size,
    next: held.next + 1,
    deltas: replaces ? 1 : held.deltas + 1,
    places: placesOf(parts),
    head: headOf(parts),
  };
  return { delta, replaces, after };
}

/** What the parts of a new value take from the value as it is. */
function keptRuns({ places, head }: HeldValue, parts: readonly Bytes[]): Piece[] {
  const runs: Piece[] = [];
  const [first] = parts;
  if (first && first.length >= MIN_HEAD && !places.has(first.buffer)) {
    const buffer = head.buffer?.deref();
    const before = head.bytes ?? (buffer && new Uint8Array(buffer));
    if (before) runs.push(...nearRuns(before, first));
  }
  let start = 0;
  for (const { buffer, byteOffset, length } of parts) {
    for (const piece of piecesWithin(places.get(buffer) ?? [], byteOffset, byteOffset + length))
      runs.push({ at: start + piece.at - byteOffset, from: piece.from, length: piece.length });
    start += length;
  }
  return usefulRuns(runs);
}

function headOf([first]: readonly Bytes[]): HeldValue['head'] {
  return first && first.length >= MIN_HEAD && first.length <= MAX_HEAD ? { bytes: first } : {};
}

function placesOf(parts: readonly Bytes[]): WeakMap<ArrayBuffer, readonly Piece[]> {
  const byBuffer = new Map<ArrayBuffer, Piece[]>();
  let from = 0;
  for (const { buffer, byteOffset: at, length } of parts) {
    const pieces = byBuffer.get(buffer) ?? [];
    byBuffer.set(buffer, pieces);
    pieces.push({ at, from, length });
    from += length;
  }
  const places = new WeakMap<ArrayBuffer, readonly Piece[]>();
  for (const [buffer, pieces] of byBuffer) places.set(buffer, pieces.length === 1 ? pieces : withoutOverlap(pieces));
  return places;
}

/** Sorts pieces, and drops those whose bytes are in another one already. */
function withoutOverlap(pieces: readonly Piece[]): Piece[] {
  const sorted = [...pieces].sort((a, b) => a.at - b.at);
  let end = 0;
  return sorted.filter(({ at, length }) => {
    if (at < end) return false;
    end = at + length;
    return true;
  });
}

/** Notes that a buffer holds the whole value, which whoever has read it may write again with changes. */
export function noteRead({ places, head, size }: HeldValue, buffer: ArrayBuffer): void {
  places.set(buffer, [{ at: 0, from: 0, length: size }]);
  head.buffer = new WeakRef(buffer);
}

/** Bytes in memory that a held value keeps. */
export function heldBytes({ pieces, head }: HeldValue): number {
  let bytes = head.bytes?.length ?? 0;
  for (const piece of pieces) if (piece.bytes) bytes += piece.length;
  return bytes;
}

/** Reads bytes `[start, end)` of a value; of the Blob only what they need, in few reads. */
export async function readHeld({ pieces, size }: HeldValue, blob: Blob, start: number, end: number): Promise<Bytes> {
  const wanted = piecesWithin(pieces, start, Math.min(end, size));
  const [only] = wanted;
  if (wanted.length === 1 && only && !only.bytes) return readBlob(blob, only.from, only.from + only.length);
  const out = new Uint8Array(Math.max(Math.min(end, size) - start, 0));
  const reads: { start: number; end: number; pieces: Piece[] }[] = [];
  for (const piece of wanted) {
    const { at, from, length, bytes } = piece;
    if (bytes) {
      out.set(bytes.subarray(from, from + length), at - start);
      continue;
    }
    const read = reads.at(-1);
    if (read && from >= read.end && from - read.end <= READ_GAP) {
      read.end = from + length;
      read.pieces.push(piece);
    } else reads.push({ start: from, end: from + length, pieces: [piece] });
  }
  await Promise.all(
    reads.map(async (read) => {
      const base = await readBlob(blob, read.start, read.end);
      for (const { at, from, length } of read.pieces)
        out.set(base.subarray(from - read.start, from - read.start + length), at - start);
    }),
  );
  return out;
}

async function readBlob(blob: Blob, start: number, end: number): Promise<Bytes> {
  return new Uint8Array(await blob.slice(start, end).arrayBuffer());
}
