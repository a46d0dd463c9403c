/** Numbers and texts at any place of a media file, each checked against the bytes at hand. */
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';

/** Makes the error of a media file. `reason` completes "... cannot be read: ". */
export function fileError(compression: string, reason: string, cause?: unknown): DatasetError<'codec'> {
  const message = `The ${compression} file cannot be read: ${reason}. Export or download it again.`;
  return new DatasetError('codec', message, { compression, reason }, { cause });
}

/**
 * A media file by positions. Little-endian unless told otherwise.
 *
 * Every method throws `DatasetError` `codec` when the file ends too early.
 */
export class FileView {
  readonly bytes: Bytes;
  readonly length: number;
  readonly compression: string;
  readonly #view: DataView;
  readonly #little: boolean;

  /** Views a file. @throws {DatasetError} `codec` when it has no bytes. */
  constructor(bytes: Bytes, compression: string, options: { readonly bigEndian?: boolean } = {}) {
    this.bytes = bytes;
    this.length = bytes.length;
    this.compression = compression;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#little = !options.bigEndian;
    if (bytes.length === 0) throw this.error('it has 0 bytes');
  }

  /** Makes the error that a file of this compression is damaged. */
  error(reason: string, cause?: unknown): DatasetError<'codec'> {
    return fileError(this.compression, reason, cause);
  }

  /** Checks that the file reaches a position. @returns `end` */
  need(end: number): number {
    if (end <= this.length) return end;
    throw this.error(`it is cut off: expected at least ${end} bytes, got ${this.length}`);
  }

  /** Checks that the file begins as its format does. */
  expect(good: boolean, name: string): void {
    if (!good) throw this.error(`it does not begin like ${name}`);
  }

  #at(at: number, size: number): number {
    this.need(at + size);
    return at;
  }

  /** The unsigned byte at a position. */
  u8(at: number): number {
    return this.#view.getUint8(this.#at(at, 1));
  }

  /** The unsigned 16-bit integer at a position. */
  u16(at: number): number {
    return this.#view.getUint16(this.#at(at, 2), this.#little);
  }

  /** The signed 16-bit integer at a position. */
  i16(at: number): number {
    return this.#view.getInt16(this.#at(at, 2), this.#little);
  }

  /** The unsigned 32-bit integer at a position. */
  u32(at: number): number {
    return this.#view.getUint32(this.#at(at, 4), this.#little);
  }

  /** The signed 32-bit integer at a position. */
  i32(at: number): number {
    return this.#view.getInt32(this.#at(at, 4), this.#little);
  }

  /** The unsigned 64-bit integer at a position, rounded to a number where it is above 2^53. */
  u64(at: number): number {
    return Number(this.#view.getBigUint64(this.#at(at, 8), this.#little));
  }

  /** The signed 64-bit integer at a position, rounded to a number where it is beyond 2^53. */
  i64(at: number): number {
    return Number(this.#view.getBigInt64(this.#at(at, 8), this.#little));
  }

  /** The IEEE single at a position. */
  f32(at: number): number {
    return this.#view.getFloat32(this.#at(at, 4), this.#little);
  }

  /** The IEEE double at a position. */
  f64(at: number): number {
    return this.#view.getFloat64(this.#at(at, 8), this.#little);
  }

  /** Bytes `[start, end)`, not copied. */
  slice(start: number, end: number): Bytes {
    return this.bytes.subarray(start, this.need(end));
  }

  /** `length` bytes as text, one character for each (latin-1). */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.slice(at, at + length));
  }

  /** The same up to the first NUL. */
  cString(at: number, length: number): string {
    return this.text(at, length).split('\0', 1)[0] ?? '';
  }

  /** Whether a text stands at a position; false beyond the end. */
  has(text: string, at: number): boolean {
    return at + text.length <= this.length && this.text(at, text.length) === text;
  }
}
