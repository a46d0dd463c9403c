/** What picks rows of a view. Loaded when a view is first searched, sorted or split. */
import { DatasetError } from '../errors.js';
import { isSample, isTrue, type Operand } from '../query/evaluate.js';
import type { Store } from '../store/types.js';
import { randomOf } from '../util/random.js';
import type { CopyOptions } from './copy.js';
import { partOf } from './part-tensor.js';
import type { RowSet } from './row-set.js';
import type { SaveViewOptions } from './saved-views.js';
import { evaluateRows, type SearchOptions } from './search.js';
import type { Session } from './session.js';
import type { Tensor } from './tensor.js';

/** What the operations know of a view. */
export interface ViewParts {
  readonly session: Session;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly rows: RowSet;
}

/** Options of {@link sampleRows}. */
export interface SampleOptions extends SearchOptions {
  /** Rows to draw; default: as many as there are. */
  readonly size?: number;
  /** Weight of each row, or an expression that gives it; default: all equal. */
  readonly weights?: string | ArrayLike<number>;
  /** Whether a row can be drawn more than once. Default true. */
  readonly replace?: boolean;
  /** Starts the random numbers: the same seed draws the same rows. Default: another one each time. */
  readonly seed?: number;
}

/** Rows for which an expression, or a function of the row, holds. */
export async function filterRows(
  view: ViewParts,
  predicate: string | ((row: never, index: number) => unknown),
  readRows: () => AsyncIterable<unknown>,
  options: SearchOptions,
): Promise<Uint32Array> {
  const { session, tensors, rows } = view;
  const kept = new Uint8Array(rows.length);
  if (typeof predicate === 'string') {
    await evaluateRows(session, tensors, predicate, rows, (i, value) => (kept[i] = isTrue(value) ? 1 : 0), options);
  } else {
    let index = 0;
    for await (const row of readRows()) {
      if (await predicate(row as never, index)) kept[index] = 1;
      index++;
      if (index % 256 === 0) options.onProgress?.({ done: index, total: rows.length });
    }
    options.onProgress?.({ done: index, total: rows.length });
  }
  const found: number[] = [];
  for (const [i, keep] of kept.entries()) if (keep) found.push(rows.at(i) ?? 0);
  const result = Uint32Array.from(found);
  if (typeof predicate === 'string') queries.set(result, { query: predicate, rows });
  return result;
}

/** The expressions that found rows, and the rows among which they looked. */
const queries = new WeakMap<RowSet, { readonly query: string; readonly rows: RowSet }>();

/** The expression that found exactly these rows. */
export function queryOf(rows: RowSet): { readonly query: string; readonly rows: RowSet } | undefined {
  return queries.get(rows);
}

/** Keeps a view in its dataset: see `saved-views.ts`. */
export async function saveView(view: ViewParts, options: SaveViewOptions | undefined): Promise<string> {
  return (await import('./saved-views.js')).saveView(view, options);
}

/** Copies a view elsewhere: see `copy.ts`. */
export async function copyView(
  { session, tensors, rows }: ViewParts,
  target: string | Store,
  options: CopyOptions | undefined,
): Promise<void> {
  refuseParts(tensors.values());
  return (await import('./copy.js')).copyView(session, [...tensors.keys()], rows, target, options);
}

/** @throws {DatasetError} `unsupported` for views of parts of samples, which are copied whole or not at all */
function refuseParts(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) {
    if (!partOf(tensor)) continue;
    throw new DatasetError(
      'unsupported',
      'This view shows parts of samples, and copies have whole ones. Read its rows, and write them to a new dataset.',
      { feature: 'copies of parts of samples' },
    );
  }
}

/** Rows in the order of what an expression gives for them. Rows of equal values keep their order. */
export async function sortRows(
  { session, tensors, rows }: ViewParts,
  key: string,
  descending: boolean,
  options: SearchOptions,
): Promise<Uint32Array> {
  const keys = new Array<number | bigint | string>(rows.length);
  await evaluateRows(session, tensors, key, rows, (i, value) => (keys[i] = sortKey(value, i)), options);
  const order = Uint32Array.from({ length: rows.length }, (_, i) => i);
  const sign = descending ? -1 : 1;
  order.sort((a, b) => sign * compare(keys[a] ?? 0, keys[b] ?? 0) || a - b);
  return order.map((i) => rows.at(i) ?? 0);
}

function sortKey(value: Operand, position: number): number | bigint | string {
  if (isSample(value) && value.end - value.start === 1) {
    const item = value.data[value.start];
    if (item !== undefined) return typeof item === 'boolean' ? Number(item) : item;
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return Number(value);
  throw new TypeError(
    `Rows are sorted by one number or text each; at position ${position} there is none. Use .min, .max or an index.`,
  );
}

/** Numbers before texts, NaN last. */
function compare(a: number | bigint | string, b: number | bigint | string): number {
  if (typeof a === 'string' || typeof b === 'string')
    return typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === 'string' ? 1 : -1;
  const [left, right] = [Number.isNaN(a), Number.isNaN(b)];
  if (left || right) return Number(left) - Number(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Rows drawn at random. @throws {RangeError} for weights that are none */
export async function sampleRows({ session, tensors, rows }: ViewParts, options: SampleOptions): Promise<Uint32Array> {
  const { size = rows.length, replace = true, seed } = options;
  if (!Number.isSafeInteger(size) || size < 0 || (!replace && size > rows.length))
    throw new RangeError(`Option "size" is a number of rows, at most ${rows.length} without replacement; got ${size}.`);
  const weights = new Float64Array(rows.length).fill(1);
  const set = (i: number, weight: number): void => {
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new RangeError(`Weights are finite numbers from 0 up; row ${i} has ${weight}.`);
    weights[i] = weight;
  };
  if (typeof options.weights === 'string') {
    await evaluateRows(
      session,
      tensors,
      options.weights,
      rows,
      (i, value) => set(i, Number(sortKey(value, i))),
      options,
    );
  } else if (options.weights) {
    const given = options.weights;
    if (given.length !== rows.length)
      throw new RangeError(`Option "weights" has a number for each of ${rows.length} rows; got ${given.length}.`);
    for (let i = 0; i < rows.length; i++) set(i, Number(given[i]));
  }
  const random = randomOf(seed);
  const drawn = replace ? drawAgain(weights, size, random) : drawOnce(weights, size, random);
  return drawn.map((i) => rows.at(i) ?? 0);
}

function drawAgain(weights: Float64Array, size: number, random: () => number): Uint32Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (const [i, weight] of weights.entries()) sums[i] = sum += weight;
  if (!(sum > 0) && size > 0) throw new RangeError('All weights are 0: there is nothing to draw.');
  return Uint32Array.from({ length: size }, () => {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  });
}

/** The largest keys `u ** (1 / weight)` are a weighted draw without replacement (Efraimidis and Spirakis, 2006). */
function drawOnce(weights: Float64Array, size: number, random: () => number): Uint32Array {
  const keys = weights.map((weight) => (weight > 0 ? Math.log(1 - random()) / weight : Number.NEGATIVE_INFINITY));
  const possible = weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  if (possible < size) throw new RangeError(`Only ${possible} rows have a weight above 0; ${size} are to be drawn.`);
  const order = Uint32Array.from({ length: weights.length }, (_, i) => i);
  return order.sort((a, b) => (keys[b] ?? 0) - (keys[a] ?? 0)).slice(0, size);
}

/**
 * The rows of each part of a random split.
 *
 * @param parts - fractions that sum to 1, or numbers of rows that sum to all. @throws {RangeError} when they do not
 */
export function splitRows(rows: RowSet, parts: readonly number[], seed: number | undefined): Uint32Array[] {
  const sizes = sizesOf(parts, rows.length);
  const order = Uint32Array.from({ length: rows.length }, (_, i) => i);
  const random = randomOf(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  let start = 0;
  return sizes.map((size) => {
    const part = order.slice(start, start + size).sort();
    start += size;
    return part.map((i) => rows.at(i) ?? 0);
  });
}

function sizesOf(parts: readonly number[], length: number): number[] {
  const sum = parts.reduce((a, b) => a + b, 0);
  if (parts.length === 0 || !parts.every((part) => part >= 0)) throw new RangeError('A split has parts of 0 or more.');
  if (sum === length && parts.every(Number.isInteger)) return [...parts];
  if (Math.abs(sum - 1) > 1e-6) throw new RangeError(`Parts of a split sum to 1, or to ${length} rows; got ${sum}.`);
  const sizes = parts.map((part) => Math.floor(part * length + 1e-9));
  for (let i = 0, left = length - sizes.reduce((a, b) => a + b, 0); left > 0; i = (i + 1) % sizes.length, left--)
    sizes[i] = (sizes[i] ?? 0) + 1;
  return sizes;
}
