import { expect, test } from 'vitest';
import display from '../../e2e/fixtures/media/display.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import { elementCount, type NdArray } from '../format/dtypes.js';
import { readEpsHeader } from './eps-wmf-header.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';

const pool = createCodecPool();

/** The pixels that make_display_expectations.py gave Pillow. */
function picture(shape: readonly number[]): NdArray<'uint8'> {
  const length = elementCount(shape);
  return { dtype: 'uint8', shape, data: Uint8Array.from({ length }, (_, i) => i * 7 + length) };
}

test.each(Object.entries(display.eps))('%s is written as Pillow writes it', async (name, sum) => {
  const shape = name.split('x').map(Number);
  const file = await pool.encode('eps', picture(shape));
  expect(await sha256(file)).toBe(sum);
  expect(readEpsHeader(file)).toEqual({ shape, dtype: 'uint8', info: { exif: {} } });
});

test('one channel is gray', async () => {
  const { data } = picture([2, 5]);
  const [flat, deep] = [
    [2, 5],
    [2, 5, 1],
  ].map((shape) => pool.encode('eps', { dtype: 'uint8', shape, data }));
  expect(await deep).toEqual(await flat);
});

test('what Pillow does not write is refused, and nothing is decoded', async () => {
  const wrong: NdArray[] = [
    picture([2, 5, 4]),
    picture([2, 5, 2]),
    picture([0, 5]),
    { dtype: 'bool', shape: [1, 2], data: new Uint8Array(2) },
    { dtype: 'uint16', shape: [1, 2], data: new Uint16Array(2) },
  ];
  for (const array of wrong) await expect(pool.encode('eps', array)).rejects.toThrow('eps holds');
  const file = await pool.encode('eps', picture([2, 2]));
  await expect(pool.decode('eps', file)).rejects.toSatisfy((error) => isDatasetError(error, 'unsupported'));
  await expect(pool.decode('eps', file)).rejects.toThrow('Ghostscript');
});
