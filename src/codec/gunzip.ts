/**
 * Unpacks the first bytes of a gzip file.
 *
 * A file is 1F 8B, method 8, flags, 6 bytes, the optional parts that the flags name, a DEFLATE stream, then its CRC and
 * length. Source: RFC 1952 §2.3.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { InflateError, inflatePart } from './inflate.js';

/**
 * Unpacks at most `length` bytes. Some packers (bgzip) make a file of many streams, one after another.
 *
 * @throws {DatasetError} `codec` when the file is damaged before them.
 */
export function gunzipStart(bytes: Bytes, compression: string, length: number): Bytes {
  const file = new FileView(bytes, compression);
  file.expect(file.has(MARK, 0), 'a gzip file');
  const unpacked = new Uint8Array(length);
  let out = 0;
  try {
    for (let at = 0; ; ) {
      const { written, end } = inflatePart(bytes, streamStart(file, at), unpacked.subarray(out));
      out += written;
      at = end + TRAILER;
      if (out === length || !file.has(MARK, at)) return unpacked.subarray(0, out);
    }
  } catch (error) {
    if (!(error instanceof InflateError)) throw error;
    throw file.error(error.message, error);
  }
}

const MARK = '\x1f\x8b\x08';
const TRAILER = 8; // check sum and length

/** Where the DEFLATE stream behind a gzip header begins. */
function streamStart(file: FileView, start: number): number {
  const flags = file.u8(start + 3);
  let at = start + 10;
  if (flags & 4) at += 2 + file.u16(at); // extra fields
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue; // name, comment: up to a NUL
    at = file.bytes.indexOf(0, at) + 1;
    if (at === 0) throw file.error('it is cut off in its header');
  }
  if (flags & 2) at += 2; // CRC of the header
  file.need(at + TRAILER);
  return at;
}
