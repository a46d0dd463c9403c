/**
 * What a write changed, so that it can be taken back: for each key its value before, as a change of the value after.
 *
 * | size | meaning                                                                              |
 * | ---- | ------------------------------------------------------------------------------------ |
 * | 1    | version, 1                                                                           |
 * | 4    | number of keys (all numbers unsigned, little-endian); then for each of them:         |
 * | 4, n | length of the key in bytes, and the key in UTF-8                                     |
 * | 1    | 1 when the key is there after the write, plus 2 when it was there before             |
 * | 4, 4 | when that is 1: length of the value after the write, and its CRC-32                  |
 * | 4, n | when that is 2 or 3: length of a delta and the delta (see `byte-delta.ts`), from the |
 * |      | value after the write (no bytes when it is not there) to the one before              |
 */
import { isSafeKey } from '../format/keys.js';
import { isPrivateKey } from '../store/private-keys.js';
import type { Put } from '../store/types.js';
import { applyDelta, deltaEnds, encodeDelta } from '../util/byte-delta.js';
import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import { type Bytes, concatBytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';

const version = 1;
const none = new Uint8Array();

/** How one key gets back what it was. */
export interface KeyChange {
  readonly key: string;
  /** What is there before that; undefined when nothing is. */
  readonly now: { readonly length: number; readonly crc: number } | undefined;
  /** Leads from what is there to what it was; undefined when nothing was there. */
  readonly delta: Bytes | undefined;
}

/** The way back of one key; undefined when nothing has changed. @param after - what a write leaves there */
export function changeBack(key: string, before: Bytes | undefined, after: Put['bytes']): KeyChange | undefined {
  if (after === null) return before && { key, now: undefined, delta: encodeDelta(none, before) };
  if (!before) {
    const parts = after instanceof Uint8Array ? [after] : after;
    const [length, crc] = parts.reduce(([sum, so], part) => [sum + part.length, crc32(part, so)], [0, 0]);
    return { key, now: { length, crc }, delta: undefined };
  }
  const delta = encodeDelta(after instanceof Uint8Array ? after : concatBytes(after), before);
  const { base, next } = deltaEnds(delta);
  if (base.length === next.length && base.crc === next.crc) return undefined;
  return { key, now: base, delta };
}

/** Whether a key holds what a change leads back from. */
export function isAfter(change: KeyChange, value: Bytes | undefined): boolean {
  const { now } = change;
  if (!now || !value) return !now && !value;
  return value.length === now.length && crc32(value) === now.crc;
}

/** What a key was before. @param value - what it holds, see {@link isAfter} @throws {DatasetError} `corrupt` */
export function goneBack({ key, delta }: KeyChange, value: Bytes | undefined): Bytes | undefined {
  return delta && applyDelta(value ?? none, delta, `the earlier value of ${key}`);
}

/** About what a change takes in a record, in bytes. */
export function changeBytes({ key, delta }: KeyChange): number {
  return key.length + 13 + (delta?.length ?? 0);
}

/** Bytes of a record. */
export function serializeRecord(changes: readonly KeyChange[]): Bytes {
  const size = changes.reduce((sum, change) => sum + changeBytes(change), 5);
  const writer = new ByteWriter({ size }).u8(version).u32(changes.length);
  for (const { key, now, delta } of changes) {
    const name = utf8Encode(key);
    writer.u32(name.length).bytes(name);
    writer.u8((now ? 1 : 0) + (delta ? 2 : 0));
    if (delta) writer.u32(delta.length).bytes(delta);
    else if (now) writer.u32(now.length).u32(now.crc);
  }
  return writer.finish();
}

/** Reads a record. @param at - its key @throws {DatasetError} `corrupt` */
export function parseRecord(bytes: Bytes, at: string): KeyChange[] {
  const reader = new ByteReader(bytes, at);
  const got = reader.u8();
  if (got !== version) throw corrupt(at, 'version of the record', String(version), String(got));
  const changes: KeyChange[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const key = parseKey(reader.take(reader.u32()), at);
    const flags = reader.u8();
    if (flags < 1 || flags > 3) throw corrupt(at, 'flags of a key', '1 to 3', String(flags));
    if (flags === 1) {
      changes.push({ key, now: { length: reader.u32(), crc: reader.u32() }, delta: undefined });
    } else {
      const delta = reader.take(reader.u32());
      const { base } = deltaEnds(delta, at);
      if (flags === 2 && base.length > 0) throw corrupt(at, 'value that a delta begins with', 0, base.length);
      changes.push({ key, now: flags === 3 ? base : undefined, delta });
    }
  }
  if (reader.left > 0) throw corrupt(at, 'end of the record', reader.at, bytes.length);
  return changes;
}

function parseKey(bytes: Bytes, at: string): string {
  try {
    const key = utf8Decode(bytes);
    if (isSafeKey(key) && !isPrivateKey(key)) return key;
  } catch {} // said below, as for a key that cannot be one
  throw corrupt(at, 'key', 'the key of a file', 'something else');
}
