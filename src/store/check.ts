import type { Bytes } from '../util/bytes.js';
import type { Put } from './types.js';

// A lone surrogate has no UTF-8; NUL, backslash and `.`/`..`/empty segments mean other things on a disk or in a zip.
const badKey = /(^|\/)(\.{0,2})(\/|$)|[\\\0]|[\ud800-\udfff]/u;

/**
 * Checks that a key names the same thing in every store.
 *
 * @throws {RangeError} when the key is empty, has an empty, `.` or `..` segment (a leading or trailing slash too),
 * a backslash, a NUL or half a surrogate pair.
 */
export function checkKey(key: string): void {
  if (badKey.test(key)) {
    throw new RangeError(
      `Key ${JSON.stringify(key)} cannot be stored: use non-empty segments joined by "/", without "." , ".." or "\\".`,
    );
  }
}

/**
 * Checks the range `[start, end)` of a read.
 *
 * @throws {RangeError} unless both are whole numbers and 0 <= start <= end.
 */
export function checkRange(start: number, end: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new RangeError(`Range [${start}, ${end}) cannot be read: pass whole numbers with 0 <= start <= end.`);
  }
}

/** The parts of a new value, in order. */
export function partsOf(bytes: Bytes | readonly Bytes[]): readonly Bytes[] {
  return ArrayBuffer.isView(bytes) ? [bytes] : bytes;
}

/**
 * Checks a list of changes before any of them is applied, and keeps the last change of each key.
 *
 * @returns key to parts, or to null for a delete; in the order of the last mention.
 * @throws {RangeError} when a key cannot be stored.
 * @throws {TypeError} when a value is no `Uint8Array` and no list of them.
 */
export function checkPuts(puts: readonly Put[]): Map<string, readonly Bytes[] | null> {
  const changes = new Map<string, readonly Bytes[] | null>();
  for (const { key, bytes } of puts) {
    checkKey(key);
    const parts = bytes === null ? null : partsOf(bytes);
    if (parts !== null && !isListOfBytes(parts)) {
      throw new TypeError(`The value of key ${key} must be a Uint8Array, a list of them, or null to delete.`);
    }
    changes.delete(key);
    changes.set(key, parts);
  }
  return changes;
}

function isListOfBytes(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => part instanceof Uint8Array);
}
