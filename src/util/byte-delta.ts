/**
 * What turns one value into another: bytes of the first that are kept, and bytes that are new.
 *
 * | offset | size | meaning                                                            |
 * | ------ | ---- | ------------------------------------------------------------------ |
 * | 0      | 1    | version, 1                                                         |
 * | 1      | 4    | length of the first value (all numbers unsigned, little-endian)    |
 * | 5      | 4    | its CRC-32                                                         |
 * | 9      | 4    | length of the second value                                         |
 * | 13     | 4    | its CRC-32                                                         |
 * | 17     |      | until the end: number of new bytes (4), these bytes, then where in |
 * |        |      | the first value bytes are copied from (4) and how many (4)         |
 */
import { ByteReader, corrupt } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { Bytes } from './bytes.js';
import { crc32, joinCrc32 } from './crc32.js';
import { type SameRun, sameRuns } from './same-runs.js';

const version = 1;
const headBytes = 17;
const partBytes = 12; // the numbers of one part
const leastRun = 16; // bytes; shorter runs cost what they save
const longest = 2 ** 32 - 1; // bytes; lengths have 32 bits

/**
 * Describes `next` as a change of `base`, for {@link applyDelta}.
 *
 * Never longer than `next` by more than 30 bytes. The result shares no memory with either.
 * @throws {RangeError} for values of 4 GB and more.
 */
export function encodeDelta(base: Uint8Array, next: Uint8Array): Bytes {
  if (Math.max(base.length, next.length) > longest) throw new RangeError('Values of a delta have less than 4 GB.');
  const found = sameRuns(base, next);
  const runs = found.filter(({ length }) => length >= leastRun);
  const [before, after] = checksums(base, next, found);
  const kept = runs.reduce((sum, { length }) => sum + length, 0);
  const size = headBytes + (runs.length + 1) * partBytes + next.length - kept;
  const writer = new ByteWriter({ size }).u8(version);
  writer.u32(base.length).u32(before).u32(next.length).u32(after);
  let done = 0;
  for (const { from, at, length } of runs) {
    writer.u32(at - done).bytes(next.subarray(done, at));
    writer.u32(from).u32(length);
    done = at + length;
  }
  if (done < next.length) {
    writer.u32(next.length - done).bytes(next.subarray(done));
    writer.u32(0).u32(0);
  }
  return writer.finish();
}

/** CRC-32 of both values; what both begin and end with is looked at once. */
function checksums(base: Uint8Array, next: Uint8Array, runs: readonly SameRun[]): [number, number] {
  const [first, last] = [runs[0], runs.at(-1)];
  const start = first?.at === 0 && first.from === 0 ? first.length : 0;
  const isEnd = last && last.at + last.length === next.length && last.from + last.length === base.length;
  const end = isEnd && (last !== first || start === 0) ? last.length : 0;
  const shared = crc32(base.subarray(0, start));
  const tail = crc32(base.subarray(base.length - end));
  const whole = (bytes: Uint8Array): number =>
    joinCrc32(crc32(bytes.subarray(start, bytes.length - end), shared), tail, end);
  return [whole(base), whole(next)];
}

/**
 * Makes the second value of a delta from the first.
 *
 * @param key - what the error names. @returns bytes of their own.
 * @throws {DatasetError} `corrupt` when the delta is damaged, or was made for another first value.
 */
export function applyDelta(base: Uint8Array, delta: Bytes, key = 'a delta'): Bytes {
  const { reader, ends } = open(delta, key);
  if (base.length !== ends.base.length) throw corrupt(key, 'value to change', ends.base.length, base.length);
  checkSum(key, 'CRC-32 of the value to change', ends.base.crc, crc32(base));
  checkParts(delta, key, ends);
  const next = new Uint8Array(ends.next.length);
  let done = 0;
  while (reader.left > 0) {
    const fresh = reader.take(reader.u32());
    next.set(fresh, done);
    done += fresh.length;
    const from = reader.u32();
    const length = reader.u32();
    next.set(base.subarray(from, from + length), done);
    done += length;
  }
  checkSum(key, 'CRC-32 of the changed value', ends.next.crc, crc32(next));
  return next;
}

/** Lengths and CRC-32 of the values that a delta lies between. */
export interface DeltaEnds {
  readonly base: { readonly length: number; readonly crc: number };
  readonly next: { readonly length: number; readonly crc: number };
}

/** Tells what values a delta lies between. @throws {DatasetError} `corrupt` */
export function deltaEnds(delta: Bytes, key = 'a delta'): DeltaEnds {
  return open(delta, key).ends;
}

function open(delta: Bytes, key: string): { reader: ByteReader; ends: DeltaEnds } {
  const reader = new ByteReader(delta, key);
  const got = reader.u8();
  if (got !== version) throw corrupt(key, 'version of the delta', String(version), String(got));
  const base = { length: reader.u32(), crc: reader.u32() };
  const next = { length: reader.u32(), crc: reader.u32() };
  return { reader, ends: { base, next } };
}

/** Looks at all parts before anything is allocated for them. */
function checkParts(delta: Bytes, key: string, { base, next }: DeltaEnds): void {
  const { reader } = open(delta, key);
  let length = 0;
  while (reader.left > 0) {
    length += reader.take(reader.u32()).length;
    const from = reader.u32();
    const copied = reader.u32();
    if (from + copied > base.length) throw corrupt(key, 'end of copied bytes', base.length, from + copied);
    length += copied;
  }
  if (length !== next.length) throw corrupt(key, 'changed value', next.length, length);
}

function checkSum(key: string, what: string, expected: number, got: number): void {
  if (expected !== got) throw corrupt(key, what, expected.toString(16), got.toString(16));
}
