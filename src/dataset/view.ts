import { DatasetError } from '../errors.js';
import type { Row, Schema } from '../htype/schema.js';
import type { CallOptions, Store } from '../store/types.js';
import type { CopyOptions } from './copy.js';
import { type RowSet, runsOf, stepRows } from './row-set.js';
import type { SaveViewOptions } from './saved-views.js';
import type { SearchOptions } from './search.js';
import type { Session } from './session.js';
import type { Tensor } from './tensor.js';
import type { SampleOptions, ViewParts } from './view-operations.js';

/** Options of reads of many rows. */
export interface RowsOptions extends CallOptions {
  /** Blocks of rows that are read ahead; default 2. */
  readonly prefetch?: number;
}

const PREFETCH_BLOCKS = 2;

const operations = () => import('./view-operations.js');

/**
 * A selection of rows and tensors of a dataset. Nothing is read before it is asked for, and only the selected tensors
 * are read.
 *
 * It names its rows by number, and reads what the dataset has there then: rows that are removed or inserted later, and a
 * checkout, shift others under it. Search again after these; a view that was saved keeps to its commit.
 */
export class View<S extends Schema = Schema> implements AsyncIterable<Row<S>> {
  readonly #session: Session;
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #rows: RowSet;

  /** Views are made by datasets. */
  constructor(session: Session, tensors: ReadonlyMap<string, Tensor>, rows: RowSet) {
    this.#session = session;
    this.#tensors = tensors;
    this.#rows = rows;
  }

  /** Number of rows. */
  get length(): number {
    return this.#rows.length;
  }

  /** Number of each row in the dataset, in the order of the view. */
  get indices(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from({ length: this.length }, (_, i) => this.#rows.at(i) ?? 0);
  }

  /**
   * Reads one row. A negative index counts from the end.
   * @throws {RangeError} when there is no such row. @throws {DatasetError} as {@link Tensor.at}
   */
  async at(index: number, options?: CallOptions): Promise<Row<S>> {
    const row = this.#position(index);
    const [only] = await this.#read(row, row + 1, options);
    if (!only) throw new RangeError(`There is no row at ${index}.`);
    return only;
  }

  /** Rows `[start, end)` of this view, every `step`th; negative numbers count from the end. @throws {RangeError} for a step below 1 */
  slice(start = 0, end: number = this.length, step = 1): View<S> {
    if (!Number.isSafeInteger(step) || step < 1)
      throw new RangeError(`A step is a whole number from 1 up, got ${step}.`);
    const from = this.#clamp(start);
    const length = Math.ceil(Math.max(0, this.#clamp(end) - from) / step);
    return this.#with(stepRows(from, length, step, this.#rows));
  }

  /** Rows of this view by their positions, in that order, repeats included; negative numbers count from the end. @throws {RangeError} */
  pick(positions: ArrayLike<number>): View<S> {
    return this.#with(Array.from(positions, (position) => this.#rows.at(this.#position(position)) ?? 0));
  }

  /** The rows from the last to the first. */
  reverse(): View<S> {
    return this.#with(stepRows(this.length - 1, this.length, -1, this.#rows));
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
    return new View(this.#session, new Map(chosen), this.#rows);
  }

  /**
   * The rows for which an expression holds, or a function of the row.
   *
   * An expression is a small part of Python's: tensors by name (`group.name` in groups), `== != < <= > >= in not in`,
   * `and or not`, arithmetic, `[i]`, `.shape .size .min .max .mean .sample_info .contains(…)`. `==` asks whether a sample
   * contains a value; class labels are compared by name or number. Only the tensors that it names are read.
   * @throws {SyntaxError} naming the place. @throws {TypeError} naming the row where it has no meaning
   * @example const cats = await ds.filter("labels == 'cat' and boxes.shape[0] > 2");
   */
  async filter(
    predicate: string | ((row: Row<S>, index: number) => unknown),
    options: SearchOptions = {},
  ): Promise<View<S>> {
    const { filterRows } = await operations();
    return this.#with(await filterRows(this.#parts, predicate, () => this.rows(options), options));
  }

  /** The rows in rising (or falling) order of what an expression gives for each. Equal ones keep their order. */
  async sortBy(key: string, options: SearchOptions & { readonly descending?: boolean } = {}): Promise<View<S>> {
    const { sortRows } = await operations();
    return this.#with(await sortRows(this.#parts, key, options.descending === true, options));
  }

  /** Rows drawn at random, by weights if there are such. */
  async sample(options: SampleOptions = {}): Promise<View<S>> {
    const { sampleRows } = await operations();
    return this.#with(await sampleRows(this.#parts, options));
  }

  /**
   * Parts of the rows, chosen at random; each keeps the order of this view.
   * @param parts - fractions that sum to 1, or numbers of rows that sum to all. @throws {RangeError} when they do not
   */
  async split(parts: readonly number[], options: { readonly seed?: number } = {}): Promise<View<S>[]> {
    const { splitRows } = await operations();
    return splitRows(this.#rows, parts, options.seed).map((rows) => this.#with(rows));
  }

  /**
   * Saves this view in the dataset, for all branches and for Deep Lake: its row numbers, in their order and with repeats,
   * and the expression of {@link filter} that found them. It shows the commit that is open now, whatever comes after it.
   *
   * @returns its id, for `Dataset.loadView`.
   * @throws {DatasetError} `history` when there are changes without a commit, `exists`, `read-only`
   */
  async save(options?: SaveViewOptions): Promise<string> {
    return (await operations()).saveView(this.#parts, options);
  }

  /**
   * Makes a new dataset of these rows and tensors. Samples are copied as they are stored, without being decoded.
   * @throws {DatasetError} `exists`, `read-only`, `storage`
   */
  async copyTo(target: string | Store, options?: CopyOptions): Promise<void> {
    return (await operations()).copyView(this.#parts, target, options);
  }

  /** Reads row after row, the next ones ahead of their turn. */
  async *rows(options: RowsOptions = {}): AsyncGenerator<Row<S>, void, undefined> {
    const { prefetch = PREFETCH_BLOCKS, signal } = options;
    const { readAhead } = await import('./read-ahead.js');
    yield* readAhead(0, this.length, (from, to) => this.#read(from, to, options), { prefetch, signal });
  }

  /** Reads all rows in order. */
  [Symbol.asyncIterator](): AsyncIterator<Row<S>> {
    return this.rows()[Symbol.asyncIterator]();
  }

  get #parts(): ViewParts {
    return { session: this.#session, tensors: this.#tensors, rows: this.#rows };
  }

  #with(rows: RowSet): View<S> {
    return new View(this.#session, this.#tensors, rows);
  }

  #clamp(index: number): number {
    return Math.min(this.length, Math.max(0, index < 0 ? this.length + index : index));
  }

  #position(index: number): number {
    const position = index < 0 ? this.length + index : index;
    if (Number.isInteger(position) && position >= 0 && position < this.length) return position;
    throw new RangeError(`There are ${this.length} rows; there is none at ${index}.`);
  }

  async #read(from: number, to: number, options?: CallOptions): Promise<Row<S>[]> {
    const names = [...this.#tensors.keys()];
    const runs = [...runsOf(this.#rows, from, to)];
    const columns = await Promise.all(
      [...this.#tensors.values()].map(async (tensor) =>
        (await Promise.all(runs.map(([start, end]) => tensor.readRange(start, end, options)))).flat(1),
      ),
    );
    return Array.from(
      { length: to - from },
      (_, i) => Object.fromEntries(names.map((name, c) => [name, columns[c]?.[i]])) as Row<S>,
    );
  }
}
