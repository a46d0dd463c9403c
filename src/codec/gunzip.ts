/**
 * Unpacks the first bytes of a gzip file.
 *
 * A file is 1F 8B, method 8, flags, 6 bytes, the optional parts that the flags name, a DEFLATE stream, then its CRC and
 * length. Source: RFC 1952 §2.3.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { InflateError, inflateRaw } from './inflate.js';

/** Unpacks at most `length` bytes. @throws {DatasetError} `codec` when the file is damaged before them. */
export function gunzipStart(bytes: Bytes, compression: string, length: number): Bytes {
  const file = new FileView(bytes, compression);
  file.expect(file.has('\x1f\x8b\x08', 0), 'a gzip file');
  const flags = file.u8(3);
  let at = 10;
  if (flags & 4) at += 2 + file.u16(at); // extra fields
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue; // name, comment: up to a NUL
    at = bytes.indexOf(0, at) + 1;
    if (at === 0) throw file.error('it is cut off in its header');
  }
  if (flags & 2) at += 2; // CRC of the header
  file.need(at + 8);
  const unpacked = new Uint8Array(length);
  try {
    return unpacked.subarray(0, inflateRaw(bytes, at, unpacked));
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw file.error(error.message, error);
  }
}
