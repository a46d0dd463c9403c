import { ByteReader } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import { type Bytes, equalBytes } from '../util/bytes.js';

/** Content of a lock file. */
export interface Lock {
  /** Host: an unsigned 48-bit number. */
  readonly node: number;
  /** End of validity, in seconds since 1970. */
  readonly expiry: number;
  /** Process on that host; 4 bytes in the original, any length elsewhere. */
  readonly tag: Bytes;
}

/** Parses a lock file; undefined when it is empty, which means unlocked. @throws {DatasetError} `corrupt`. */
export function parseLock(bytes: Bytes, key: string): Lock | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new ByteReader(bytes, key);
  const low = reader.u32();
  return { node: low + reader.u16() * 2 ** 32, expiry: reader.f64(), tag: reader.rest() };
}

/** Prints a lock file. */
export function serializeLock(lock: Lock): Bytes {
  const { node, expiry, tag } = lock;
  return new ByteWriter()
    .u32(node % 2 ** 32)
    .u16(Math.floor(node / 2 ** 32))
    .f64(expiry)
    .bytes(tag)
    .finish();
}

/** Whether two locks belong to the same process. */
export function isSameOwner(a: Lock, b: Lock): boolean {
  return a.node === b.node && equalBytes(a.tag, b.tag);
}
