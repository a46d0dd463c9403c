import { DatasetError } from '../errors.js';
import type { Row, Schema } from '../htype/schema.js';
import type { CallOptions } from '../store/types.js';
import { readAhead } from './read-ahead.js';
import type { Tensor } from './tensor.js';

/** Options of reads of many rows. */
export interface RowsOptions extends CallOptions {
  /** Blocks of rows that are read ahead; default 2. */
  readonly prefetch?: number;
}

const PREFETCH_BLOCKS = 2;

/**
 * A selection of rows and tensors of a dataset. Nothing is read before it is asked for, and only the selected tensors
 * are read.
 */
export class View<S extends Schema = Schema> implements AsyncIterable<Row<S>> {
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #start: number;
  readonly #end: number;

  /** Views are made by datasets. */
  constructor(tensors: ReadonlyMap<string, Tensor>, start: number, end: number) {
    this.#tensors = tensors;
    this.#start = start;
    this.#end = end;
  }

  /** Number of rows. */
  get length(): number {
    return this.#end - this.#start;
  }

  /**
   * Reads one row. A negative index counts from the end.
   * @throws {RangeError} when there is no such row. @throws {DatasetError} as {@link Tensor.at}
   */
  async at(index: number, options?: CallOptions): Promise<Row<S>> {
    const row = index < 0 ? this.length + index : index;
    if (!Number.isInteger(row) || row < 0 || row >= this.length)
      throw new RangeError(`There are ${this.length} rows; there is none at ${index}.`);
    const [only] = await this.#read(this.#start + row, this.#start + row + 1, options);
    if (!only) throw new RangeError(`There is no row at ${index}.`);
    return only;
  }

  /** Rows `[start, end)` of this view; negative numbers count from the end. */
  slice(start = 0, end: number = this.length): View<S> {
    const from = this.#clamp(start);
    return new View(this.#tensors, this.#start + from, this.#start + Math.max(from, this.#clamp(end)));
  }

  /** This view with fewer tensors. @throws {DatasetError} `not-found` for a name that it does not have. */
  select<const K extends readonly (keyof S & string)[]>(...names: K): View<Pick<S, K[number]>> {
    const chosen = names.map((name) => {
      const tensor = this.#tensors.get(name);
      if (!tensor) {
        throw new DatasetError(
          'not-found',
          `There is no tensor "${name}". Tensors are ${[...this.#tensors.keys()].join(', ')}.`,
          { what: 'tensor', name },
        );
      }
      return [name, tensor] as const;
    });
    return new View(new Map(chosen), this.#start, this.#end);
  }

  /** Reads row after row, the next ones ahead of their turn. */
  rows(options: RowsOptions = {}): AsyncIterable<Row<S>> {
    const { prefetch = PREFETCH_BLOCKS, signal } = options;
    return readAhead(this.#start, this.#end, (from, to) => this.#read(from, to, options), { prefetch, signal });
  }

  /** Reads all rows in order. */
  [Symbol.asyncIterator](): AsyncIterator<Row<S>> {
    return this.rows()[Symbol.asyncIterator]();
  }

  #clamp(index: number): number {
    return Math.min(this.length, Math.max(0, index < 0 ? this.length + index : index));
  }

  async #read(start: number, end: number, options?: CallOptions): Promise<Row<S>[]> {
    const names = [...this.#tensors.keys()];
    const columns = await Promise.all(
      [...this.#tensors.values()].map((tensor) => tensor.readRange(start, end, options)),
    );
    return Array.from(
      { length: end - start },
      (_, i) => Object.fromEntries(names.map((name, c) => [name, columns[c]?.[i]])) as Row<S>,
    );
  }
}
