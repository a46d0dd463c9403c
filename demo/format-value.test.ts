import { expect, it } from 'vitest';
import { formatValue } from './format-value.js';

const values: [name: string, value: unknown, text: string][] = [
  ['an empty text', '', '(empty)'],
  ['nothing', undefined, '—'],
  ['a long text', 'x'.repeat(500), `${'x'.repeat(160)}…`],
  ['JSON with a big integer', { a: [1, 2n], b: null }, '{"a":[1,"2"],"b":null}'],
  [
    'a matrix',
    { dtype: 'float32', shape: [2, 4], data: new Float32Array([1, 2, 0.1, 4, 5, 6, 7, 8]) },
    '(2, 4) float32 · 1, 2, 0.1, 4, 5, 6, …',
  ],
  ['one number', { dtype: 'int64', shape: [1], data: new BigInt64Array([7n]) }, '7 int64'],
  ['an empty array', { dtype: 'uint8', shape: [0, 3], data: new Uint8Array() }, '(0, 3) uint8'],
  ['labels', { dtype: 'uint32', shape: [2], data: new Uint32Array([0, 9]), names: ['cat', undefined] }, 'cat, #9'],
  ['no labels', { dtype: 'uint32', shape: [0], data: new Uint32Array(), names: [] }, '(none)'],
];

it.each(values)('describes %s', (_, value, text) => expect(formatValue(value)).toBe(text));
