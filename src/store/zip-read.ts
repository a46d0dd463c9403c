import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { concatBytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { checkKey, checkRange } from './check.js';
import { storageFailure } from './failure.js';
import { findRoot, rootPrefix } from './root.js';
import type { CallOptions, ListableStore } from './types.js';
import type { CentralEntry } from './zip-directory.js';
import { corruptZip, hex32, localHeaderLength, readDirectory } from './zip-directory.js';
import { fixedBytes, flagEncrypted, method } from './zip-format.js';

/** What {@link zipStore} needs of a `Blob` or `File`; anything that can be read by slices will do. */
export interface Sliceable {
  /** Length in bytes. */
  readonly size: number;
  /** The bytes `[start, end)`, to be read later. */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Options of {@link zipStore}. */
export interface ZipReadOptions extends CallOptions {
  /** Folder of the dataset in the zip; found by its `dataset_meta.json` when left out. */
  readonly root?: string;
  /** Name for messages; that of the file when left out. */
  readonly name?: string;
}

// Compressed bytes that are read at a time.
const pieceBytes = 1 << 20;

// Deflate's best case is 258 bytes for 2 bits (RFC 1951): a larger promise is a lie.
const maxDeflateRatio = 1032;

/**
 * Opens a zip file as a read-only store: reads its directory now and entries when they are asked for.
 *
 * Stored and deflated entries, zip64, and data put in front of the zip are understood. A range of a stored entry reads
 * only that range; a range of a deflated one decompresses from the beginning of the entry up to its end. The checksum
 * of an entry is checked when it is read as a whole. A dataset inside a folder of the zip is found.
 *
 * @throws {DatasetError} `corrupt` when the file is no zip, is cut off, or has a name that leads out of it.
 */
export async function zipStore(file: Sliceable, options: ZipReadOptions = {}): Promise<ListableStore> {
  const name = options.name ?? (typeof File !== 'undefined' && file instanceof File ? file.name : 'file');
  const address = `zip ${name}`;
  const source = new ZipSource(file, address);
  const directory = await readDirectory((start, end) => source.read(start, end, options), file.size, address);
  const root = options.root === undefined ? findRoot(directory.keys(), address) : rootPrefix(options.root);

  const find = (key: string, call?: CallOptions): CentralEntry | undefined => {
    checkKey(key);
    call?.signal?.throwIfAborted();
    return directory.get(root + key);
  };

  return {
    address,
    async get(key, call) {
      const entry = find(key, call);
      if (!entry) return undefined;
      const bytes = await source.readEntry(entry, 0, entry.size, call);
      const crc = crc32(bytes);
      if (crc === entry.crc) return bytes;
      throw corruptZip(address, `${entry.name} has a wrong checksum`, hex32(entry.crc), hex32(crc), key);
    },
    async getRange(key, start, end, call) {
      checkRange(start, end);
      const entry = find(key, call);
      return entry && source.readEntry(entry, Math.min(start, entry.size), Math.min(end, entry.size), call);
    },
    async *list(prefix, call) {
      for (const path of directory.keys()) {
        call?.signal?.throwIfAborted();
        if (path.startsWith(root + prefix)) yield path.slice(root.length);
      }
    },
  };
}

class ZipSource {
  readonly #file: Sliceable;
  readonly #address: string;
  readonly #dataStart = new Map<CentralEntry, number>(); // from the local headers that were read

  constructor(file: Sliceable, address: string) {
    this.#file = file;
    this.#address = address;
  }

  async read(start: number, end: number, call?: CallOptions): Promise<Bytes> {
    call?.signal?.throwIfAborted();
    let buffer: ArrayBuffer;
    try {
      buffer = await this.#file.slice(start, end).arrayBuffer();
    } catch (error) {
      call?.signal?.throwIfAborted();
      throw storageFailure(`Reading ${this.#address} (was the file changed or moved?)`, error);
    }
    call?.signal?.throwIfAborted();
    if (buffer.byteLength === end - start) return new Uint8Array(buffer);
    throw corruptZip(this.#address, `it ends within bytes ${start} to ${end}`, end - start, buffer.byteLength);
  }

  /** Bytes `[start, end)` of the content, where end is at most the size. */
  async readEntry(entry: CentralEntry, start: number, end: number, call?: CallOptions): Promise<Bytes> {
    const { name, size, packedSize } = entry;
    if (entry.flags & flagEncrypted) throw unsupportedEntry(this.#address, name, 'encrypted');
    if (entry.method !== method.stored && entry.method !== method.deflate) {
      throw unsupportedEntry(this.#address, name, `compressed by method ${entry.method}`);
    }
    const at = await this.#findData(entry, call);
    if (entry.method === method.stored) {
      if (packedSize !== size)
        throw corruptZip(this.#address, `${name} is stored, but has two sizes`, size, packedSize);
      return this.read(at + start, at + end, call);
    }
    if (size > packedSize * maxDeflateRatio) {
      const most = `at most ${packedSize * maxDeflateRatio} bytes`;
      throw corruptZip(this.#address, `${name} cannot be as long as it says`, most, `${size} bytes`);
    }
    return this.#inflate(entry, at, start, end, call);
  }

  async #findData(entry: CentralEntry, call?: CallOptions): Promise<number> {
    let at = this.#dataStart.get(entry);
    if (at === undefined) {
      const header = await this.read(entry.offset, entry.offset + fixedBytes.local, call);
      at = entry.offset + localHeaderLength(header, entry.name, this.#address);
      if (at + entry.packedSize > entry.limit) {
        const room = `at most ${Math.max(0, entry.limit - at)} bytes`;
        throw corruptZip(this.#address, `${entry.name} runs into what follows`, room, `${entry.packedSize} bytes`);
      }
      this.#dataStart.set(entry, at);
    }
    return at;
  }

  // Stops as soon as `end` bytes are there; without a range, one byte more than the size would be an error.
  async #inflate(entry: CentralEntry, at: number, start: number, end: number, call?: CallOptions): Promise<Bytes> {
    const { name, size, packedSize } = entry;
    let read = 0;
    const packed = new ReadableStream<Bytes>(
      {
        pull: async (controller) => {
          const next = Math.min(read + pieceBytes, packedSize);
          if (next > read) controller.enqueue(await this.read(at + read, at + next, call));
          read = next;
          if (read === packedSize) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const reader = packed.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
    const parts: Bytes[] = [];
    let length = 0;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const part = value.subarray(Math.max(0, start - length), Math.max(0, end - length));
        if (part.length > 0) parts.push(part);
        length += value.length;
        if (length > size) throw corruptZip(this.#address, `${name} is longer than it says`, size, `${length} or more`);
        if (length >= end && end < size) {
          await reader.cancel();
          return concatBytes(parts);
        }
      }
    } catch (error) {
      call?.signal?.throwIfAborted();
      if (error instanceof DatasetError) {
        await reader.cancel().catch(() => {}); // the first error is the one to tell
        throw error;
      }
      throw corruptZip(
        this.#address,
        `${name} cannot be decompressed`,
        `${size} bytes`,
        `an error after ${length}`,
        undefined,
        error,
      );
    }
    if (length !== size) throw corruptZip(this.#address, `${name} is shorter than it says`, size, length);
    return concatBytes(parts);
  }
}

function unsupportedEntry(address: string, name: string, what: string): DatasetError<'unsupported'> {
  const message = `${address}: ${name} is ${what}. Pack the folder again, as a plain zip.`;
  return new DatasetError('unsupported', message, { feature: `zip entries that are ${what}` });
}
