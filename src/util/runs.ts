import { corrupt } from './byte-reader.js';

/** How a {@link RunTable} compares and derives its columns. */
export interface RunTableOptions {
  /** How many leading columns decide whether two rows have the same value. All when absent, 1 with `offsets`. */
  readonly compared?: number;
  /** Column 1 is the running sum of column 0 over all items before the row. It is kept right, never given. */
  readonly offsets?: boolean;
  /** Rows to start with, one after another without padding. Taken over, not copied, and not checked. */
  readonly rows?: Uint32Array<ArrayBuffer>;
}

const LIMIT = 2 ** 32; // all columns are unsigned 32-bit integers

/**
 * A run-length table: each row holds a value (`columns` numbers) and the index of the last item it covers.
 *
 * Items are numbered from 0. Appending is amortised O(1), finding O(log rows), changing in the middle O(rows).
 * Tables built by the methods here are canonical: no two neighbouring rows have the same value, except after `pop`,
 * which leaves rows apart that have become neighbours. Tables that were read need not be canonical.
 */
export class RunTable {
  /** Number of value columns; the column of the last index is not counted. */
  readonly columns: number;
  /** Whether column 1 is the running sum of column 0. */
  readonly offsets: boolean;
  readonly #compared: number;
  readonly #stride: number;
  #data: Uint32Array<ArrayBuffer>;
  #rows: number;

  constructor(columns: number, options: RunTableOptions = {}) {
    this.columns = columns;
    this.offsets = options.offsets ?? false;
    this.#compared = options.compared ?? (this.offsets ? 1 : columns);
    this.#stride = columns + 1;
    this.#data = options.rows ?? new Uint32Array(4 * this.#stride);
    this.#rows = options.rows ? options.rows.length / this.#stride : 0;
    if (!Number.isInteger(this.#rows))
      throw new RangeError(`Rows of ${this.#stride} numbers, got ${options.rows?.length}`);
  }

  /** Number of rows. */
  get rows(): number {
    return this.#rows;
  }

  /** Number of items that the rows cover. */
  get items(): number {
    return this.last(this.#rows - 1) + 1;
  }

  /** Sum of column 0 over all items: where the next item of a table with `offsets` starts. */
  get total(): number {
    const row = this.#rows - 1;
    return row < 0 ? 0 : this.value(row, 1) + this.value(row, 0) * (this.last(row) - this.last(row - 1));
  }

  /** The row that covers an item. @throws {RangeError} when the table has no such item. */
  find(item: number): number {
    if (!(item >= 0 && item < this.items)) throw new RangeError(`Item ${item} of a table of ${this.items} items`);
    let low = 0;
    let high = this.#rows - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last(middle) < item) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first item that a row covers. */
  first(row: number): number {
    return this.last(row - 1) + 1;
  }

  /** The last item that a row covers; -1 before the first row. */
  last(row: number): number {
    return row < 0 ? -1 : (this.#data[row * this.#stride + this.columns] ?? 0);
  }

  /** One number of a row's value. */
  value(row: number, column: number): number {
    return this.#data[row * this.#stride + column] ?? 0;
  }

  /**
   * Adds `count` items of one value at the end. `values` holds the columns; with `offsets` only column 0 is read.
   * @throws {RangeError} when a number does not fit 32 bits; the table is then unchanged.
   */
  append(values: ArrayLike<number>, count = 1): void {
    if (count === 0) return;
    this.#check(values);
    const row = this.#rows;
    const last = this.items - 1 + count;
    const start = this.offsets ? this.total : 0;
    if (!(last < LIMIT && count > 0) || start + (values[0] ?? 0) * (this.offsets ? count : 0) >= LIMIT) {
      throw new RangeError('A table holds less than 2^32 items and bytes: start a new chunk');
    }
    if (row > 0 && this.#equal(row - 1, values)) {
      this.#data[(row - 1) * this.#stride + this.columns] = last;
      return;
    }
    this.#reserve(row + 1);
    this.#set(row, values, last);
    if (this.offsets) this.#data[row * this.#stride + 1] = start;
    this.#rows = row + 1;
  }

  /** Gives one item another value, joining and splitting rows as needed. @throws {RangeError} as `find` and `append`. */
  update(item: number, values: ArrayLike<number>): void {
    const row = this.find(item);
    this.#check(values);
    if (this.#equal(row, values)) return;
    if (this.offsets && this.total - this.value(row, 0) + (values[0] ?? 0) >= LIMIT) {
      throw new RangeError('A table holds less than 2^32 bytes: start a new chunk');
    }
    const first = this.first(row);
    const last = this.last(row);
    const above = item === first && row > 0 && this.#equal(row - 1, values);
    const below = item === last && row + 1 < this.#rows && this.#equal(row + 1, values);
    // The row becomes: what is before the item, the item unless a neighbour takes it, what is after it.
    const before = item > first ? 1 : 0;
    const after = item < last ? 1 : 0;
    const own = above || below ? 0 : 1;
    const both = above && below ? 1 : 0; // the row above takes the items of the row below, too
    const old = this.#data.slice(row * this.#stride, (row + 1) * this.#stride);
    const end = this.last(row + 1);
    this.#splice(row, 1 + both, before + own + after);
    if (above) this.#setLast(row - 1, both ? end : item);
    if (before) this.#set(row, old, item - 1);
    if (own) this.#set(row + before, values, item);
    if (after) this.#set(row + before + own, old, last);
    this.#restart(row);
  }

  /** Takes one item out; the items after it move up. @throws {RangeError} when there is no such item. */
  pop(item: number): void {
    const row = this.find(item);
    if (this.first(row) === this.last(row)) this.#splice(row, 1, 0);
    for (let r = row; r < this.#rows; r++) this.#setLast(r, this.last(r) - 1);
    this.#restart(row);
  }

  /** Keeps the first `items` items. @throws {RangeError} when there are fewer. */
  truncate(items: number): void {
    if (items === this.items) return;
    this.#rows = items === 0 ? 0 : this.find(items - 1) + 1;
    if (items > 0) this.#setLast(this.#rows - 1, items - 1);
  }

  /** An independent copy. */
  clone(): RunTable {
    return new RunTable(this.columns, { compared: this.#compared, offsets: this.offsets, rows: this.toArray() });
  }

  /** A copy of the rows as they are stored: `rows * (columns + 1)` numbers. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#data.slice(0, this.#rows * this.#stride);
  }

  #check(values: ArrayLike<number>): void {
    for (let c = 0; c < this.#compared; c++) {
      const value = values[c] ?? Number.NaN;
      if (value >>> 0 !== value) throw new RangeError(`Expected an integer in [0, 2^32), got ${value}`);
    }
  }

  #equal(row: number, values: ArrayLike<number>): boolean {
    const at = row * this.#stride;
    for (let c = 0; c < this.#compared; c++) if (this.#data[at + c] !== values[c]) return false;
    return true;
  }

  #setLast(row: number, last: number): void {
    this.#data[row * this.#stride + this.columns] = last;
  }

  #set(row: number, values: ArrayLike<number>, last: number): void {
    const at = row * this.#stride;
    for (let c = 0; c < this.columns; c++) this.#data[at + c] = values[c] ?? 0;
    this.#data[at + this.columns] = last;
  }

  #reserve(rows: number): void {
    if (rows * this.#stride <= this.#data.length) return;
    const old = this.#data;
    this.#data = new Uint32Array(Math.max(4, 2 * rows) * this.#stride);
    this.#data.set(old);
  }

  /** Makes `count` rows of `old` ones; what they hold is set afterwards. */
  #splice(row: number, old: number, count: number): void {
    const rows = this.#rows + count - old;
    this.#reserve(rows);
    this.#data.copyWithin((row + count) * this.#stride, (row + old) * this.#stride, this.#rows * this.#stride);
    this.#rows = rows;
  }

  /** Derives the running sums again, from a row to the end. */
  #restart(from: number): void {
    if (!this.offsets) return;
    const first = Math.max(from - 1, 0);
    let start = first === 0 ? 0 : this.value(first, 1);
    for (let row = first; row < this.#rows; row++) {
      this.#data[row * this.#stride + 1] = start;
      start += this.value(row, 0) * (this.last(row) - this.last(row - 1));
    }
  }
}

/**
 * Checks a table that was read: its last indices rise, and its running sums are right.
 * @throws {DatasetError} `corrupt`, naming `what` and the row.
 */
export function checkRuns(table: RunTable, key: string, what: string): RunTable {
  let start = 0;
  for (let row = 0; row < table.rows; row++) {
    const items = table.last(row) - table.last(row - 1);
    if (items <= 0)
      throw corrupt(key, `${what}, row ${row}`, `last index above ${table.last(row - 1)}`, table.last(row));
    if (!table.offsets) continue;
    if (table.value(row, 1) !== start) throw corrupt(key, `${what}, row ${row}`, `start ${start}`, table.value(row, 1));
    start += items * table.value(row, 0);
  }
  return table;
}
