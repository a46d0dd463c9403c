import { DatasetError } from '../errors.js';
import type { Bytes } from './bytes.js';

/**
 * Makes the error for stored bytes that contradict the format.
 *
 * `key` says where, `what` which part of it. Numbers are byte counts; anything else comes as a string.
 */
export function corrupt(
  key: string,
  what: string,
  expected: number | string,
  got: number | string,
): DatasetError<'corrupt'> {
  const unit = typeof expected === 'number' ? ' bytes' : '';
  return new DatasetError(
    'corrupt',
    `Cannot read ${key}: ${what}: expected ${expected}${unit}, got ${got}. Restore the file from a copy of the dataset.`,
    { key, expected, got },
  );
}

/**
 * Reads numbers from bytes one after another, checking each step against the bytes that are left.
 *
 * Little-endian unless told otherwise. Every method throws `DatasetError` `corrupt` when the bytes end too early.
 */
export class ByteReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  readonly #little: boolean;
  /** Storage key of the bytes, for messages. */
  readonly key: string;
  #at = 0;

  constructor(bytes: Bytes, key: string, options: { bigEndian?: boolean } = {}) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = !options.bigEndian;
    this.key = key;
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  /** Bytes left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Steps over `n` bytes and returns where they start. */
  #step(n: number): number {
    const at = this.#at;
    if (!(n <= this.left)) throw corrupt(this.key, `${n} bytes at offset ${at}`, at + n, this.#bytes.length);
    this.#at = at + n;
    return at;
  }

  /** Next byte. */
  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  /** Next unsigned 16-bit integer. */
  u16(): number {
    return this.#view.getUint16(this.#step(2), this.#little);
  }

  /** Next unsigned 32-bit integer. */
  u32(): number {
    return this.#view.getUint32(this.#step(4), this.#little);
  }

  /** Next signed 32-bit integer. */
  i32(): number {
    return this.#view.getInt32(this.#step(4), this.#little);
  }

  /** Next IEEE double. */
  f64(): number {
    return this.#view.getFloat64(this.#step(8), this.#little);
  }

  /** Next unsigned 64-bit integer. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#step(8), this.#little);
  }

  /** Next unsigned 64-bit integer as a number; `corrupt` beyond 2^53 - 1. */
  count(): number {
    const value = this.u64();
    if (value > Number.MAX_SAFE_INTEGER) throw corrupt(this.key, 'count', 'less than 2^53', String(value));
    return Number(value);
  }

  /** Next `n` bytes, not copied. */
  take(n: number): Bytes {
    const at = this.#step(n);
    return this.#bytes.subarray(at, at + n);
  }

  /** All bytes that are left, not copied. */
  rest(): Bytes {
    return this.take(this.left);
  }

  /** Next `n` unsigned 32-bit integers, copied. Little-endian only. */
  u32s(n: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.take(n * 4).slice().buffer);
  }

  /** Length-prefixed version string, such as `3.9.52`. */
  version(): string {
    const text = String.fromCharCode(...this.take(this.u8()));
    if (!/^[\w.+-]+$/.test(text)) throw corrupt(this.key, 'version string', 'such as "3.9.52"', JSON.stringify(text));
    return text;
  }
}
