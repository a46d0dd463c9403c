import type { Bytes } from './bytes.js';

/** Writes numbers one after another into bytes that grow as needed. The mirror of `ByteReader`. */
export class ByteWriter {
  #bytes: Bytes;
  #view: DataView;
  readonly #little: boolean;
  #at = 0;

  /** `size` is the expected length in bytes; it saves copying when it is right. */
  constructor(options: { bigEndian?: boolean; size?: number } = {}) {
    this.#bytes = new Uint8Array(options.size ?? 64);
    this.#view = new DataView(this.#bytes.buffer);
    this.#little = !options.bigEndian;
  }

  /** Makes room for `n` bytes and returns where they start. */
  #step(n: number): number {
    const at = this.#at;
    this.#at = at + n;
    if (this.#at > this.#bytes.length) {
      const old = this.#bytes;
      this.#bytes = new Uint8Array(Math.max(this.#at, 2 * old.length));
      this.#bytes.set(old);
      this.#view = new DataView(this.#bytes.buffer);
    }
    return at;
  }

  /** Appends one byte. */
  u8(value: number): this {
    const at = this.#step(1);
    this.#view.setUint8(at, value);
    return this;
  }

  /** Appends an unsigned 16-bit integer. */
  u16(value: number): this {
    const at = this.#step(2);
    this.#view.setUint16(at, value, this.#little);
    return this;
  }

  /** Appends an unsigned 32-bit integer. */
  u32(value: number): this {
    const at = this.#step(4);
    this.#view.setUint32(at, value, this.#little);
    return this;
  }

  /** Appends an IEEE double. */
  f64(value: number): this {
    const at = this.#step(8);
    this.#view.setFloat64(at, value, this.#little);
    return this;
  }

  /** Appends an unsigned 64-bit integer. */
  u64(value: bigint): this {
    const at = this.#step(8);
    this.#view.setBigUint64(at, value, this.#little);
    return this;
  }

  /** Appends a number as an unsigned 64-bit integer. @throws {RangeError} when it is not a safe integer from 0. */
  count(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Expected an integer from 0, got ${value}`);
    return this.u64(BigInt(value));
  }

  /** Appends bytes. */
  bytes(bytes: Uint8Array): this {
    const at = this.#step(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Appends unsigned 32-bit integers. Little-endian only. */
  u32s(values: Uint32Array): this {
    return this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Appends a length-prefixed ASCII version string. */
  version(text: string): this {
    this.u8(text.length);
    for (let i = 0; i < text.length; i++) this.u8(text.charCodeAt(i));
    return this;
  }

  /** The bytes written so far; the writer must not be used afterwards. */
  finish(): Bytes {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
  }
}
