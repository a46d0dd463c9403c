import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { utf8Encode } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import type { OnProgress } from '../util/progress.js';
import { progressReporter } from '../util/progress.js';
import { checkKey, partsOf } from './check.js';
import { isPrivateKey } from './private-keys.js';
import type { CallOptions, Store } from './types.js';
import type { Written } from './zip-format.js';
import { centralHeader, endRecords, localHeader } from './zip-format.js';

/** A file to be put into a zip. */
export interface ZipEntry {
  /** Path inside the zip, with `/` and without a leading slash. */
  readonly name: string;
  /** Content; a Blob is read in pieces, twice (once for its checksum), and never lies in memory as a whole. */
  readonly bytes: Bytes | readonly Bytes[] | Blob;
  /** Time shown by unpackers; the time of the call when left out. */
  readonly modified?: Date;
}

/** Options of {@link zipStream}. */
export interface ZipWriteOptions extends CallOptions {
  /** Units are entries. */
  readonly onProgress?: OnProgress;
  /** Number of entries, for `onProgress`. */
  readonly total?: number;
}

// Of a Blob at a time: long enough that the number of reads does not count, short enough to be nothing in memory.
const pieceBytes = 1 << 20;

/**
 * Writes a zip as a stream: entries stored without compression, zip64 where a number needs it.
 *
 * Nothing is read ahead: an entry is asked for when the stream is. Cancelling the stream closes the iterator of
 * `entries`. Chunks of the stream may be the very arrays of the entries.
 *
 * @throws {RangeError} (the stream fails) when a name cannot be a key, see `checkKey`, or comes twice.
 */
export function zipStream(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
  options: ZipWriteOptions = {},
): ReadableStream<Bytes> {
  const pieces = zipPieces(entries, options);
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Options of {@link storeToZip}. */
export interface StoreToZipOptions extends CallOptions {
  /** Only keys that start so. */
  readonly prefix?: string;
  /** Top folder in the zip, such as `pets`; none when left out. */
  readonly folder?: string;
  /** Units are keys. */
  readonly onProgress?: OnProgress;
}

/**
 * Writes all keys of a store as a zip, in the order of their names, without what is kept for undoing.
 *
 * What a dataset holds in its draft is not in the store: flush it first.
 *
 * @throws {DatasetError} `unsupported` when the store cannot be listed.
 */
export async function storeToZip(store: Store, options: StoreToZipOptions = {}): Promise<ReadableStream<Bytes>> {
  const { prefix = '', folder, signal, onProgress } = options;
  const call = signal ? { signal } : {};
  if (!store.list) {
    const message = `${store.address} cannot be saved as a zip: it cannot list its keys. Copy the dataset to another store first.`;
    throw new DatasetError('unsupported', message, { feature: 'list' });
  }
  const keys: string[] = [];
  for await (const key of store.list(prefix, call)) if (!isPrivateKey(key)) keys.push(key);
  keys.sort();
  async function* entries(): AsyncGenerator<ZipEntry> {
    for (const key of keys) {
      const bytes = await store.get(key, call);
      if (bytes) yield { name: folder ? `${folder}/${key}` : key, bytes }; // else deleted meanwhile
    }
  }
  return zipStream(entries(), { ...call, ...(onProgress && { onProgress }), total: keys.length });
}

async function* zipPieces(
  entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>,
  { signal, onProgress, total }: ZipWriteOptions,
): AsyncGenerator<Bytes, void> {
  const written: Written[] = [];
  const names = new Set<string>();
  const report = progressReporter(onProgress);
  const progress = () => ({ done: written.length, bytes: offset, ...(total !== undefined && { total }) });
  let offset = 0;
  for await (const { name, bytes, modified = new Date() } of entries) {
    signal?.throwIfAborted();
    checkKey(name);
    if (names.has(name)) throw new RangeError(`Entry ${name} comes twice; a zip can hold it only once.`);
    names.add(name);
    let size = 0;
    let crc = 0;
    for await (const piece of piecesOf(bytes)) {
      signal?.throwIfAborted();
      size += piece.length;
      crc = crc32(piece, crc);
    }
    const entry: Written = { name: utf8Encode(name), size, crc, time: dosTime(modified), offset };
    written.push(entry);
    const header = localHeader(entry);
    offset += header.length + size;
    yield header;
    let copied = 0;
    for await (const piece of piecesOf(bytes)) {
      signal?.throwIfAborted();
      copied += piece.length;
      if (piece.length > 0) yield piece;
    }
    if (copied !== size)
      throw new RangeError(`Entry ${name} changed while it was read: expected ${size} bytes, got ${copied}.`);
    report(progress());
  }
  const start = offset;
  for (const entry of written) {
    const header = centralHeader(entry);
    offset += header.length;
    yield header;
  }
  yield endRecords(written.length, start, offset);
  report(progress(), true);
}

async function* piecesOf(bytes: ZipEntry['bytes']): AsyncGenerator<Bytes> {
  if (!(bytes instanceof Blob)) {
    yield* partsOf(bytes);
    return;
  }
  for (let at = 0; at < bytes.size; at += pieceBytes) {
    yield new Uint8Array(await bytes.slice(at, at + pieceBytes).arrayBuffer());
  }
}

// Two-second steps from 1980 to 2107, in local time (4.4.6).
function dosTime(date: Date): number {
  const year = Math.min(Math.max(date.getFullYear() - 1980, 0), 127);
  const day = (year << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}
