/**
 * Unpacks the first bytes of a gzip file, or all of it in pieces.
 *
 * A file is 1F 8B, method 8, flags, 6 bytes, the optional parts that the flags name, a DEFLATE stream, then its CRC and
 * length. Source: RFC 1952 §2.3.
 */

import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { FileView } from './file-view.js';
import { InflateError, inflatePart } from './inflate.js';

/**
 * Unpacks at most `length` bytes. Some packers (bgzip) make a file of many streams, one after another; the check sum of
 * each that ends before `length` is checked.
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
      const stream = unpacked.subarray(out, out + written);
      out += written;
      at = end + TRAILER;
      if (out < length && file.u32(end) !== crc32(stream))
        throw file.error('the check sum of its unpacked bytes is wrong');
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

// Of the file: a few bytes first, for headers; then parts that are worth a request.
const FIRST_READ = 16_384;
const READ = 1_048_576;
// What is given to the platform at once: DEFLATE makes at most 1032 bytes of one, so 17 MB of them.
const WRITE = 16_384;

/**
 * Unpacks a gzip file piece by piece with the platform's `DecompressionStream`, reading no more of it than is needed for
 * the pieces that are taken. At most 17 MB are unpacked ahead, beside 1 MB of the file.
 *
 * @throws {InflateError} when the file is damaged, or (in some browsers) has more than one stream: {@link gunzipStart} tells
 */
export async function* gunzipPieces(source: ByteSource, { signal }: CallOptions = {}): AsyncGenerator<Bytes> {
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  let failure: unknown; // of the source
  let stopped = false;
  const feed = async (): Promise<void> => {
    for (let at = 0, part = FIRST_READ; at < source.size && !stopped; part = READ) {
      const end = Math.min(at + part, source.size);
      const bytes = await Promise.resolve(source.read(at, end, signal && { signal })).catch((error: unknown) => {
        failure = error;
        throw error;
      });
      for (let from = 0; from < bytes.length && !stopped; from += WRITE) {
        await writer.ready;
        await writer.write(bytes.subarray(from, from + WRITE));
      }
      at = end;
    }
    await writer.close();
  };
  const feeding = feed().catch((error: unknown) => writer.abort(error).catch(() => undefined));
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw failure ?? new InflateError(error instanceof Error ? error.message : 'the stream is damaged');
      });
      if (done) return;
      yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    }
  } finally {
    stopped = true;
    await reader.cancel().catch(() => undefined);
    await feeding;
  }
}
