import { newBytePositions, spanAt } from '../format/byte-positions.js';
import { type Bytes, concatBytes, equalBytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';

// Samples from this size on are kept as parts of their own instead of being copied together.
const OWN_PART_BYTES = 16_384;
const FIRST_BUFFER_BYTES = 1024;
// Samples up to this size are compared before they are replaced: rows of companions mostly stay as they are.
const SHORT_BYTES = 64;
// Each replaced sample cuts the data up once more; with more parts than that, a copy now and then costs less.
const MAX_PARTS = 1024;

/**
 * A chunk that is being filled: its two tables, and its data before chunk compression.
 *
 * Adding is synchronous and cannot fail. Bytes that were handed out by {@link parts} stay valid when more is added.
 */
export class OpenChunk {
  readonly id: bigint;
  /** Number of samples. */
  count = 0;
  /** Bytes of data. */
  dataBytes = 0;
  /** Rises with every change. */
  revision = 0;
  /** The two tables as they are stored, once they were; undefined again when they change. */
  header: Bytes | undefined;
  #shapes: RunTable | undefined;
  readonly #positions: RunTable;
  readonly #parts: Bytes[] = [];
  readonly #starts: number[] = []; // start of each part in the data
  #buffer: Bytes = new Uint8Array(0);
  #used = 0;

  constructor(id: bigint, start?: { readonly shapes: RunTable; readonly positions: RunTable; readonly data: Bytes }) {
    this.id = id;
    this.#positions = start?.positions ?? newBytePositions();
    if (!start) return;
    if (start.shapes.rows > 0) this.#shapes = start.shapes;
    this.count = start.positions.items;
    if (start.data.length > 0) this.#push(start.data);
  }

  /** Byte positions of the samples in the data. */
  get positions(): RunTable {
    return this.#positions;
  }

  /** Shapes of the samples; undefined while none has one. */
  get shapes(): RunTable | undefined {
    return this.#shapes;
  }

  /**
   * Adds a sample of bytes `[start, end)` of `source`.
   *
   * @param source - kept without a copy when the sample is large: the caller gives it away.
   * @param shape - undefined for an empty sample while the tensor's dimensionality is unknown.
   */
  add(source: Bytes, shape: readonly number[] | undefined, start = 0, end = source.length): void {
    const length = end - start;
    if (shape) this.#addShape(shape, 1);
    this.#positions.append([length]);
    this.count++;
    this.revision++;
    this.header = undefined;
    if (length > 0) this.#addData(source, start, end);
  }

  /**
   * Adds `count` samples of one shape and `itemBytes` bytes each, which lie one after another from `start`.
   * @param source - kept without a copy when it is large: the caller gives it away.
   */
  addRun(source: Bytes, shape: readonly number[], itemBytes: number, count: number, start = 0): void {
    this.#addShape(shape, count);
    this.#positions.append([itemBytes], count);
    this.count += count;
    this.revision++;
    this.header = undefined;
    if (itemBytes > 0) this.#addData(source, start, start + count * itemBytes);
  }

  #addShape(shape: readonly number[], count: number): void {
    if (!this.#shapes) {
      this.#shapes = new RunTable(shape.length);
      if (this.count > 0) this.#shapes.append(new Array<number>(shape.length).fill(0), this.count);
    }
    this.#shapes.append(shape, count);
  }

  #addData(source: Bytes, start: number, end: number): void {
    const length = end - start;
    if (length >= OWN_PART_BYTES) {
      this.#closeBuffer();
      this.#push(start === 0 && end === source.length ? source : source.subarray(start, end));
      return;
    }
    if (this.#used + length > this.#buffer.length) this.#grow(length);
    const buffer = this.#buffer;
    if (length <= 64) for (let i = start, to = this.#used; i < end; i++, to++) buffer[to] = source[i] ?? 0;
    else buffer.set(source.subarray(start, end), this.#used);
    this.#used += length;
    this.dataBytes += length;
  }

  /** Whether a sample is short and has these bytes and this shape already; undefined leaves the shape as it is. */
  holds(local: number, bytes: Bytes, shape: readonly number[] | undefined): boolean {
    const { start, end } = spanAt(this.#positions, local);
    if (end - start !== bytes.length || bytes.length > SHORT_BYTES) return false;
    return this.#hasShape(local, shape) && equalBytes(this.read(start, end), bytes);
  }

  #hasShape(local: number, shape: readonly number[] | undefined): boolean {
    const shapes = this.#shapes;
    if (!shape) return true;
    if (!shapes || local >= shapes.items) return false;
    const row = shapes.find(local);
    return shape.every((size, i) => shapes.value(row, i) === size);
  }

  /**
   * Replaces a sample. Bytes that were handed out by {@link parts} keep the old one, and all others stay in the buffers
   * in which they are: stores tell by them what has changed.
   * @param bytes - kept without a copy when the sample is large: the caller gives it away.
   * @param shape - has as many dimensions as the shapes before it.
   */
  replace(local: number, bytes: Bytes, shape: readonly number[] | undefined): void {
    const { start, end } = spanAt(this.#positions, local);
    this.#closeBuffer();
    const sample = bytes.length >= OWN_PART_BYTES ? bytes : bytes.slice();
    const parts = [...this.#within(0, start), sample, ...this.#within(end, this.dataBytes)];
    if (end - start !== bytes.length || !this.#hasShape(local, shape)) {
      this.#positions.update(local, [bytes.length]);
      if (shape) this.#setShape(local, shape);
      this.header = undefined;
    }
    this.#parts.length = 0;
    this.#starts.length = 0;
    this.dataBytes = 0;
    for (const part of parts.length > MAX_PARTS ? [concatBytes(parts)] : parts) if (part.length > 0) this.#push(part);
    this.revision++;
  }

  /** Views of data bytes `[start, end)`, once the buffer is closed. */
  #within(start: number, end: number): Bytes[] {
    const found: Bytes[] = [];
    for (let i = this.#partAt(start); i < this.#parts.length; i++) {
      const part = this.#parts[i];
      const at = this.#starts[i] ?? 0;
      if (!part || at >= end) break;
      const isWhole = at >= start && at + part.length <= end;
      found.push(isWhole ? part : part.subarray(Math.max(start - at, 0), Math.min(end - at, part.length)));
    }
    return found;
  }

  #setShape(local: number, shape: readonly number[]): void {
    this.#shapes ??= new RunTable(shape.length);
    const missing = this.count - this.#shapes.items;
    if (missing > 0) this.#shapes.append(new Array<number>(shape.length).fill(0), missing);
    this.#shapes.update(local, shape);
  }

  /** The data so far, in parts; empty parts are left out. */
  parts(): Bytes[] {
    return this.#used > 0 ? [...this.#parts, this.#buffer.subarray(0, this.#used)] : [...this.#parts];
  }

  /** A copy of data bytes `[start, end)`. */
  read(start: number, end: number): Bytes {
    const out = new Uint8Array(end - start);
    const parts = this.#used > 0 ? this.parts() : this.#parts;
    for (
      let i = this.#partAt(start), at = this.#starts[i] ?? this.dataBytes - this.#used;
      i < parts.length && at < end;
      i++
    ) {
      const part = parts[i] ?? out;
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, part.length);
      out.set(part.subarray(from, to), Math.max(at - start, 0));
      at += part.length;
    }
    return out;
  }

  #partAt(byte: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= byte) low = middle + 1;
      else high = middle;
    }
    // The byte lies in the part before; behind the last part it lies in the buffer.
    const part = low - 1;
    const inBuffer = byte >= this.dataBytes - this.#used;
    return inBuffer ? this.#starts.length : Math.max(part, 0);
  }

  #push(part: Bytes): void {
    this.#starts.push(this.dataBytes);
    this.#parts.push(part);
    this.dataBytes += part.length;
  }

  #closeBuffer(): void {
    if (this.#used === 0) return;
    this.#starts.push(this.dataBytes - this.#used);
    this.#parts.push(this.#buffer.subarray(0, this.#used));
    this.#buffer = new Uint8Array(0);
    this.#used = 0;
  }

  #grow(length: number): void {
    const bigger = new Uint8Array(Math.max(FIRST_BUFFER_BYTES, 2 * this.#buffer.length, this.#used + length));
    bigger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = bigger;
  }
}
