import type { Operand, SampleWindow } from './evaluate.js';
import type { Arithmetic } from './parse.js';

/** The number that an operand is by itself; undefined for what is none. True is 1, as in Python. */
export function numberOf(value: Operand): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

const operations: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b), // the sign of the divisor, as in Python
  '**': (a, b) => a ** b,
};

/**
 * Computes with numbers, and with samples item by item. 64-bit integers are rounded to doubles.
 *
 * @throws {TypeError} for what is no number. @throws {RangeError} for samples of different sizes
 */
export function arithmetic(operator: Arithmetic, left: Operand, right: Operand): Operand {
  const work = operations[operator];
  const [a, b] = [windowOf(left), windowOf(right)];
  if (!a && !b) {
    if (operator === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
    return work(scalar(left, operator), scalar(right, operator));
  }
  if (!a) return mapped(b, (value) => work(scalar(left, operator), value));
  if (!b) return mapped(a, (value) => work(value, scalar(right, operator)));
  const [one, other] = [a.end - a.start, b.end - b.start];
  if (one !== other) throw new RangeError(`"${operator}" takes samples of one size, got ${one} and ${other} items.`);
  return mapped(a, (value, i) => work(value, Number(b.data[b.start + i])));
}

function windowOf(value: Operand): SampleWindow | undefined {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'sample'
    ? (value as SampleWindow)
    : undefined;
}

function scalar(value: Operand, operator: Arithmetic): number {
  const number = numberOf(value);
  if (number === undefined) throw new TypeError(`"${operator}" computes with numbers, got ${JSON.stringify(value)}.`);
  return Number(number);
}

function mapped(window: SampleWindow | undefined, work: (value: number, i: number) => number): Operand {
  if (!window) return null;
  const { data, start, end, shape } = window;
  const values = Float64Array.from({ length: end - start }, (_, i) => work(Number(data[start + i]), i));
  return { kind: 'sample', data: values, start: 0, end: values.length, shape };
}
