/** What expressions mean (`spec/behaviour` §8): `==` asks whether a sample contains a value, `<` compares single numbers. */
import { arithmetic, numberOf } from './arithmetic.js';
import type { Comparison, Expression, Field } from './parse.js';

/** One sample, as a window on the numbers or texts of many: moved from row to row, and never changed otherwise. */
export interface SampleWindow {
  readonly kind: 'sample';
  readonly data: ArrayLike<number | bigint | string | boolean>;
  /** Items `[start, end)` of `data`, in C order of `shape`. */
  readonly start: number;
  readonly end: number;
  readonly shape: readonly number[];
  /** Names that the numbers stand for, for class labels. */
  readonly names?: readonly string[] | undefined;
  /** Facts of the file that the sample came from. */
  readonly info?: Operand | undefined;
}

/** What an expression can be of. */
export type Operand =
  | number
  | bigint
  | string
  | boolean
  | null
  | readonly Operand[]
  | { readonly [key: string]: Operand; readonly kind?: never }
  | SampleWindow;

/** Gives the value of an expression for the row that the columns stand at. */
export type Evaluate = () => Operand;

/** Gives the sample of a tensor in the current row. */
export type Column = () => Operand;

/**
 * Makes a function of an expression.
 *
 * @param columns - of the tensors that it speaks of, by name.
 */
export function compile(expression: Expression, columns: ReadonlyMap<string, Column>): Evaluate {
  const make = (node: Expression): Evaluate => compile(node, columns);
  switch (expression.kind) {
    case 'value': {
      const { value } = expression;
      return () => value;
    }
    case 'list': {
      const items = expression.items.map(make);
      return () => items.map((item) => item());
    }
    case 'tensor': {
      const column = columns.get(expression.name);
      if (!column) throw new RangeError(`There is no tensor "${expression.name}".`);
      return column;
    }
    case 'not': {
      const of = make(expression.of);
      return () => !isTrue(of());
    }
    case 'negate': {
      const of = make(expression.of);
      return () => arithmetic('-', 0, of());
    }
    case 'and': {
      const [left, right] = [make(expression.left), make(expression.right)];
      return () => isTrue(left()) && isTrue(right());
    }
    case 'or': {
      const [left, right] = [make(expression.left), make(expression.right)];
      return () => isTrue(left()) || isTrue(right());
    }
    case 'compare': {
      const [left, right] = [make(expression.left), make(expression.right)];
      const holds = comparers[expression.operator];
      return () => holds(left(), right());
    }
    case 'arithmetic': {
      const { operator } = expression;
      const [left, right] = [make(expression.left), make(expression.right)];
      return () => arithmetic(operator, left(), right());
    }
    case 'item': {
      const [of, at] = [make(expression.of), make(expression.at)];
      return () => itemOf(of(), at());
    }
    case 'field': {
      const { field } = expression;
      const of = make(expression.of);
      return () => fieldOf(of(), field);
    }
    case 'contains': {
      const [of, what] = [make(expression.of), make(expression.what)];
      return () => contains(of(), what());
    }
  }
}

/** Whether a value holds as a condition, as in Python. @throws {TypeError} for samples of several items */
export function isTrue(value: Operand): boolean {
  if (isSample(value)) {
    const only = single(value);
    return only !== 0 && only !== 0n && only !== '' && only !== false;
  }
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

const comparers: Readonly<Record<Comparison, (left: Operand, right: Operand) => boolean>> = {
  '==': equals,
  '!=': (left, right) => !equals(left, right),
  '<': (left, right) => order(left, right, '<') < 0,
  '<=': (left, right) => order(left, right, '<=') <= 0,
  '>': (left, right) => order(left, right, '>') > 0,
  '>=': (left, right) => order(left, right, '>=') >= 0,
  in: (left, right) => contains(right, left),
  'not in': (left, right) => !contains(right, left),
};

function equals(left: Operand, right: Operand): boolean {
  if (isSample(left)) {
    if (isSample(right)) return sameSamples(left, right);
    return Array.isArray(right) ? sameSet(left, right) : holdsItem(left, right);
  }
  if (isSample(right)) return equals(right, left);
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, i) => equals(item, right[i] ?? null));
  return sameItem(left, right);
}

/** Whether a sample has an item that equals a value; texts are names where the sample has such. */
function holdsItem(sample: SampleWindow, value: Operand): boolean {
  const { data, start, end, names } = sample;
  const wanted = names && typeof value === 'string' ? names.indexOf(value) : value;
  if (wanted === -1 && typeof value === 'string') return false;
  for (let i = start; i < end; i++) if (sameItem(data[i] ?? null, wanted)) return true;
  return false;
}

function sameSet(sample: SampleWindow, values: readonly Operand[]): boolean {
  if (!values.every((value) => holdsItem(sample, value))) return false;
  const { data, start, end, names } = sample;
  for (let i = start; i < end; i++) {
    const item = data[i] ?? null;
    const name = names?.[Number(item)];
    if (!values.some((value) => sameItem(item, value) || (name !== undefined && name === value))) return false;
  }
  return true;
}

function sameSamples(left: SampleWindow, right: SampleWindow): boolean {
  if (left.end - left.start !== right.end - right.start) return false;
  for (let i = 0; i < left.end - left.start; i++)
    if (!sameItem(left.data[left.start + i] ?? null, right.data[right.start + i] ?? null)) return false;
  return true;
}

/** Equality of single values: numbers by value, whatever their type. */
function sameItem(left: Operand, right: Operand): boolean {
  if (left === right) return true;
  const [a, b] = [numberOf(left), numberOf(right)];
  return a !== undefined && b !== undefined && a >= b && a <= b;
}

/** Below 0, 0 or above, for single numbers or texts. NaN is neither. @throws {TypeError} */
function order(left: Operand, right: Operand, operator: string): number {
  const [a, b] = [comparable(left), comparable(right)];
  const names = (isSample(left) && left.names) || (isSample(right) && right.names);
  if (names && (typeof a === 'string' || typeof b === 'string'))
    throw new TypeError(`Class names have no order: "${operator}" compares numbers. Use == or in.`);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x === undefined || y === undefined)
    throw new TypeError(
      `"${operator}" compares two numbers or two texts, got ${describe(left)} and ${describe(right)}.`,
    );
  return x < y ? -1 : x > y ? 1 : x >= y ? 0 : Number.NaN;
}

function comparable(value: Operand): Operand {
  return isSample(value) ? single(value) : value;
}

function contains(where: Operand, what: Operand): boolean {
  if (isSample(where)) return isSample(what) ? holdsItem(where, single(what)) : holdsItem(where, what);
  if (Array.isArray(where)) return where.some((item) => equals(what, item));
  if (typeof where === 'string') {
    if (typeof what === 'string') return where.includes(what);
    if (isSample(what)) return where.includes(String(single(what)));
  }
  if (typeof where === 'object' && where !== null) return typeof what === 'string' && Object.hasOwn(where, what);
  throw new TypeError(`"in" looks into a sample, a list or a text, got ${describe(where)}.`);
}

function itemOf(of: Operand, at: Operand): Operand {
  if (typeof of === 'object' && of !== null && !Array.isArray(of) && !isSample(of)) {
    if (typeof at === 'string' && Object.hasOwn(of, at)) return (of as Readonly<Record<string, Operand>>)[at] ?? null;
    throw new RangeError(`There is no key ${JSON.stringify(at)}.`);
  }
  const index = numberOf(at);
  const size = isSample(of) ? (of.shape[0] ?? 0) : Array.isArray(of) || typeof of === 'string' ? of.length : undefined;
  if (size === undefined) throw new TypeError(`${describe(of)} has no items.`);
  const i = Number(index) < 0 ? Number(index) + size : Number(index);
  if (!Number.isInteger(i) || i < 0 || i >= size)
    throw new RangeError(`There are ${size} items; there is none at ${String(index)}.`);
  if (!isSample(of)) return (of as readonly Operand[])[i] ?? null;
  const stride = (of.end - of.start) / size;
  const start = of.start + i * stride;
  if (of.shape.length <= 1 && !of.names) return of.data[start] ?? null;
  return { ...of, start, end: start + stride, shape: of.shape.slice(1) };
}

function fieldOf(of: Operand, field: Field): Operand {
  if (!isSample(of)) throw new TypeError(`Only samples have .${field}, got ${describe(of)}.`);
  if (field === 'shape') return of.shape;
  if (field === 'size') return of.end - of.start;
  if (field === 'sample_info') return of.info ?? {};
  let [lowest, highest, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = of.start; i < of.end; i++) {
    const value = Number(of.data[i]);
    if (Number.isNaN(value)) return Number.NaN;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    sum += value;
  }
  if (of.end === of.start) return Number.NaN; // an empty sample has none: every comparison with it fails
  return field === 'min' ? lowest : field === 'max' ? highest : sum / (of.end - of.start);
}

/** Whether an operand is a sample. */
export function isSample(value: Operand): value is SampleWindow {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'sample';
}

/** The only item of a sample. @throws {TypeError} when it has several, or none */
function single({ data, start, end }: SampleWindow): number | bigint | string | boolean {
  const item = data[start];
  if (end - start === 1 && item !== undefined) return item;
  throw new TypeError(
    `A sample has ${end - start} items where one is compared. Use .min, .max, .mean, .size or an index.`,
  );
}

function describe(value: Operand): string {
  if (isSample(value)) return `a sample of shape (${value.shape.join(', ')})`;
  return value === null ? 'None' : Array.isArray(value) ? 'a list' : `${typeof value} ${String(value)}`;
}
