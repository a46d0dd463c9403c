import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { utf8Decode } from '../util/bytes.js';
import { checkKey } from './check.js';
import { fixedBytes, flagUtf8, max16, max32, signature, zip64Extra } from './zip-format.js';

/** What the central directory says of an entry. Only positions were checked, not the content. */
export interface CentralEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  /** Length of the content, in bytes. */
  readonly size: number;
  /** Length as it lies in the file, in bytes. */
  readonly packedSize: number;
  /** Position of the local header in the file. */
  readonly offset: number;
  /** Position in the file that the content must not pass. */
  readonly limit: number;
}

type Read = (start: number, end: number) => Promise<Bytes>;

/** The error of a zip whose records contradict each other or the file. */
export function corruptZip(
  address: string,
  what: string,
  expected: number | string,
  got: number | string,
  key?: string,
  cause?: unknown,
): DatasetError<'corrupt'> {
  const message = `${address} is damaged: ${what}: expected ${expected}, got ${got}. Get the file again from where it came.`;
  return new DatasetError('corrupt', message, { expected, got, ...(key !== undefined && { key }) }, { cause });
}

/**
 * Reads the central directory of a zip: name to entry, folders left out; of a name that comes twice the last.
 *
 * @param read - gives exactly the bytes `[start, end)` of the file, with end at most `size`.
 * @throws {DatasetError} `corrupt` when there is none, when it is cut off, or when a name could lead out of a folder.
 */
export async function readDirectory(read: Read, size: number, address: string): Promise<Map<string, CentralEntry>> {
  const { count, start, end, base } = await findDirectory(read, size, address);
  const bytes = await read(start, end);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = new Map<string, CentralEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const left = bytes.length - at;
    if (left < fixedBytes.central || view.getUint32(at, true) !== signature.central) {
      throw corruptZip(address, `entry ${i} of its directory is missing`, `${count} entries`, i);
    }
    const nameEnd = at + fixedBytes.central + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw corruptZip(address, `entry ${i} of its directory is cut off`, next, bytes.length);
    const flags = view.getUint16(at + 8, true);
    const name = decodeName(bytes.subarray(at + fixedBytes.central, nameEnd), flags, address);
    const extra = bytes.subarray(nameEnd, extraEnd);
    const [contentSize, packedSize, offset] = largeNumbers(
      [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)],
      extra,
      `${address}, entry ${name}`,
    );
    if (base + offset + fixedBytes.local > start) {
      throw corruptZip(address, `entry ${name} lies outside`, `before byte ${start}`, `byte ${base + offset}`);
    }
    if (!name.endsWith('/')) {
      entries.set(name, {
        name,
        flags,
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        size: contentSize,
        packedSize,
        offset: base + offset,
        limit: start,
      });
    }
    at = next;
  }
  return entries;
}

/**
 * Length of a local header, name and extra field included, in bytes.
 *
 * @param header - its first 30 bytes.
 * @throws {DatasetError} `corrupt` when it is none.
 */
export function localHeaderLength(header: Bytes, name: string, address: string): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const found = view.getUint32(0, true);
  if (found !== signature.local) {
    throw corruptZip(address, `the header of ${name} is not where it should be`, hex32(signature.local), hex32(found));
  }
  return fixedBytes.local + view.getUint16(26, true) + view.getUint16(28, true);
}

/** A 32-bit number as messages show it. */
export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

interface Found {
  readonly count: number;
  /** Where the directory lies in the file: `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** What to add to the positions that it names: the length of anything put in front of the zip. */
  readonly base: number;
}

async function findDirectory(read: Read, size: number, address: string): Promise<Found> {
  const tailStart = Math.max(0, size - fixedBytes.end - max16); // the comment has at most 65535 bytes
  const tail = await read(tailStart, size);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  let at = tail.length - fixedBytes.end;
  const isEnd = (): boolean =>
    view.getUint32(at, true) === signature.end && at + fixedBytes.end + view.getUint16(at + 20, true) === tail.length;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0)
    throw corruptZip(address, 'it is no zip, or its end is missing', 'an end record', `none in ${size} bytes`);
  let end = tailStart + at;
  let count = view.getUint16(at + 10, true);
  let bytes = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  const locator = at - fixedBytes.locator64;
  if (locator >= 0 && view.getUint32(locator, true) === signature.locator64) {
    const place = tailStart + locator;
    // Where it says, or, when something was put in front of the zip, right before the locator.
    for (const position of [toNumber(view, locator + 8), place - fixedBytes.end64]) {
      if (position < 0 || position + fixedBytes.end64 > place) continue;
      const record = await read(position, position + fixedBytes.end64);
      const large = new DataView(record.buffer, record.byteOffset, record.byteLength);
      if (large.getUint32(0, true) !== signature.end64) continue;
      end = position;
      count = toNumber(large, 32);
      bytes = toNumber(large, 40);
      offset = toNumber(large, 48);
      break;
    }
  }
  const start = end - bytes;
  const base = start - offset;
  if (base < 0) throw corruptZip(address, 'its beginning is missing', `a directory at byte ${offset}`, `at ${start}`);
  if (count * fixedBytes.central > bytes) {
    throw corruptZip(address, 'its directory is too short', `${count * fixedBytes.central} bytes or more`, bytes);
  }
  return { count, start, end, base };
}

/** Takes those of three numbers that do not fit 32 bits from the zip64 extra field, where they lie in this order. */
function largeNumbers(small: readonly [number, number, number], extra: Bytes, where: string): [number, number, number] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  let at = 0;
  let end = 0;
  for (let field = 0; field + 4 <= extra.length; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== zip64Extra) continue;
    at = field + 4;
    end = Math.min(extra.length, at + view.getUint16(field + 2, true));
    break;
  }
  const take = (number: number): number => {
    if (number !== max32) return number;
    if (at + 8 > end) throw corruptZip(where, 'its zip64 sizes are missing', '8 bytes', Math.max(0, end - at));
    at += 8;
    return toNumber(view, at - 8);
  };
  return [take(small[0]), take(small[1]), take(small[2])];
}

// Above 2^53 a number loses its last bits; no file is that long, so that it fails the comparison that follows.
function toNumber(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function decodeName(bytes: Bytes, flags: number, address: string): string {
  let name: string;
  try {
    name = utf8Decode(bytes); // also without the flag: macOS leaves it out
  } catch (error) {
    if (flags & flagUtf8) throw corruptZip(address, 'a name is no UTF-8', 'UTF-8', hexOf(bytes), undefined, error);
    name = String.fromCharCode(...bytes); // some old code page: any letter will do, for keys are ASCII
  }
  try {
    checkKey(name.replace(/\/$/, ''));
    if (/^[a-z]:/i.test(name)) throw new RangeError('a drive letter');
  } catch (error) {
    throw corruptZip(address, 'a name leads out of the zip', 'a relative path', JSON.stringify(name), undefined, error);
  }
  return name;
}

function hexOf(bytes: Bytes): string {
  return Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
