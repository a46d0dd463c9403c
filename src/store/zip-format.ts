import type { Bytes } from '../util/bytes.js';
import { concatBytes } from '../util/bytes.js';

/**
 * The records of a zip file, as APPNOTE 6.3.10 of PKWARE numbers them. All integers are little-endian.
 *
 * | record | signature | fixed bytes | here |
 * |---|---|---|---|
 * | local file header (4.3.7) | 0x04034b50 | 30 | before each entry |
 * | central directory header (4.3.12) | 0x02014b50 | 46 | one for each entry, at the end |
 * | zip64 end record (4.3.14) | 0x06064b50 | 56 | when a number below does not fit |
 * | zip64 end locator (4.3.15) | 0x07064b50 | 20 | tells where that is |
 * | end record (4.3.16) | 0x06054b50 | 22 | the last one, then up to 65535 bytes of comment |
 */

/** Signatures of the records. */
export const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  end: 0x06054b50,
} as const;

/** Fixed lengths of the records, in bytes. */
export const fixedBytes = { local: 30, central: 46, end64: 56, locator64: 20, end: 22 } as const;

/** In a 32-bit field: the number is in the zip64 extra field. */
export const max32 = 0xffffffff;

/** In a 16-bit field: the number is in the zip64 record. */
export const max16 = 0xffff;

/** Id of the zip64 extra field (4.5.3). */
export const zip64Extra = 1;

/** Flag bit 0: encrypted. */
export const flagEncrypted = 1;

/** Flag bit 11: the name is UTF-8. */
export const flagUtf8 = 1 << 11;

/** Compression methods: as it is, and deflate. */
export const method = { stored: 0, deflate: 8 } as const;

/** What a zip says of a stored entry. */
export interface Written {
  /** UTF-8. */
  readonly name: Bytes;
  readonly size: number;
  readonly crc: number;
  /** DOS date and time. */
  readonly time: number;
  /** Position of its local header in the file. */
  readonly offset: number;
}

/** One field of a record: its width in bytes and its value. */
type Field = readonly [bytes: 2 | 4 | 8, value: number];

function record(...fields: readonly Field[]): Bytes {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

// The part that a local and a central header share, from the version to the length of the extra field.
function sharedFields({ name, size, crc, time }: Written, zip64: boolean, extraBytes: number): readonly Field[] {
  const shown = size >= max32 ? max32 : size;
  return [
    [2, zip64 ? 45 : 20], // version needed: 4.5 knows zip64
    [2, flagUtf8],
    [2, 0], // stored
    [4, time],
    [4, crc],
    [4, shown],
    [4, shown],
    [2, name.length],
    [2, extraBytes],
  ];
}

/** The record before an entry's content; in zip64 form when the size needs it. */
export function localHeader(entry: Written): Bytes {
  const zip64 = entry.size >= max32;
  const extra = zip64 ? record([2, zip64Extra], [2, 16], [8, entry.size], [8, entry.size]) : new Uint8Array(0);
  const fixed = record([4, signature.local], ...sharedFields(entry, zip64, extra.length));
  return concatBytes([fixed, entry.name, extra]);
}

/** The record of an entry in the central directory; in zip64 form when size or position need it. */
export function centralHeader(entry: Written): Bytes {
  const { size, offset } = entry;
  const large: Field[] =
    size >= max32
      ? [
          [8, size],
          [8, size],
        ]
      : []; // size and packed size
  if (offset >= max32) large.push([8, offset]);
  const extra = large.length > 0 ? record([2, zip64Extra], [2, large.length * 8], ...large) : new Uint8Array(0);
  const fixed = record(
    [4, signature.central],
    [2, (3 << 8) | 45], // made by: Unix, so that unpackers take the mode below
    ...sharedFields(entry, extra.length > 0, extra.length),
    [2, 0], // comment
    [2, 0], // disk
    [2, 0], // internal attributes
    [4, (0o100644 << 16) >>> 0], // a plain file, rw-r--r--
    [4, Math.min(offset, max32)],
  );
  return concatBytes([fixed, entry.name, extra]);
}

/**
 * What ends a zip: the end record, with those of zip64 before it when needed.
 *
 * @param start - where the central directory lies in the file: `[start, end)`.
 */
export function endRecords(count: number, start: number, end: number): Bytes {
  const size = end - start;
  const last = record(
    [4, signature.end],
    [2, 0], // this disk
    [2, 0], // disk of the directory
    [2, Math.min(count, max16)],
    [2, Math.min(count, max16)],
    [4, Math.min(size, max32)],
    [4, Math.min(start, max32)],
    [2, 0], // comment
  );
  if (count < max16 && size < max32 && start < max32) return last;
  const end64 = record(
    [4, signature.end64],
    [8, fixedBytes.end64 - 12], // without the signature and this field
    [2, (3 << 8) | 45],
    [2, 45],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, start],
  );
  return concatBytes([end64, record([4, signature.locator64], [4, 0], [8, end], [4, 1]), last]);
}
