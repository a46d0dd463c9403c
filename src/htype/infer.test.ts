import { expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { read } from './file-sample.js';
import { inferHtype } from './infer.js';

const circle: unknown[] = [1];
circle.push(circle);

test.each([
  [null, null],
  [undefined, null],
  [[], null],
  ['', 'text'],
  ['a', 'text'],
  [5, 'generic'],
  [true, 'generic'],
  [[[1, 2]], 'generic'],
  [new Float32Array(2), 'generic'],
  [{ data: new Uint8Array(2), shape: [2] }, 'generic'],
  [[1, new Uint8Array(2)], 'generic'],
  [{ a: 1 }, 'json'],
  [{}, 'json'],
  [Object.create(null), 'json'],
  [['a', 'b'], 'json'],
  [[1, 'a'], 'json'],
  [[1, null], 'json'],
  [[null, 1], 'json'],
  [[[1], [{}]], 'json'],
  [circle, 'json'],
])('%j is %s', (input, htype) => {
  expect(inferHtype(input, 't')).toBe(htype);
});

test.each([
  ['Blob', new Blob(['x'])],
  ['FileSample', read(new Uint8Array(3))],
  ['Date', new Date(0)],
  ['DataView', new DataView(new ArrayBuffer(1))],
])('a %s needs a declared htype', (name, input) => {
  let error: unknown;
  try {
    inferHtype(input, 't');
  } catch (caught) {
    error = caught;
  }
  expect(isDatasetError(error, 'sample-mismatch') && error.message).toMatch(
    new RegExp(`^Tensor "t" has no htype yet, and a ${name}.* does not tell one. Create it with one`),
  );
});
