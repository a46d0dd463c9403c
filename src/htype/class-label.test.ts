import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../format/json.js';
import { classLabel, withNames } from './class-label.js';
import { classNames } from './class-names.js';
import { contextWith, refusal } from './context.contract.js';
import type { TensorContext } from './types.js';

const fields = { htype: 'class_label', dtype: 'uint32' };
const open = (...names: string[]) => contextWith(fields, { class_names: names });
const closed = (...names: string[]) => contextWith(fields, { class_names: names }, true);

/** Labels and class names after an append. */
function settle(input: unknown, context: TensorContext) {
  const value = classLabel.parse(input, context);
  if (value instanceof Promise || value.kind !== 'unsettled') throw new Error('must be settled');
  const settled = classLabel.settle?.(value.input, context);
  if (settled?.value.kind !== 'array') throw new Error('no array');
  const { array } = settled.value;
  classLabel.checkShape?.(array.shape, context);
  const info: JsonObject = settled.info ?? context.info;
  return {
    dtype: array.dtype,
    labels: Array.from(array.data as Uint32Array),
    names: classNames(info),
    isSame: info === context.info,
  };
}

describe('names', () => {
  test('are looked up, and new ones are added in the order in which they come', () => {
    expect(settle('b', open('a', 'b'))).toEqual({ dtype: 'uint32', labels: [1], names: ['a', 'b'], isSame: true });
    expect(settle(['z', 'a', 'y', 'z', ''], open('a'))).toEqual({
      dtype: 'uint32',
      labels: [1, 0, 2, 1, 3],
      names: ['a', 'z', 'y', ''],
      isSame: false,
    });
  });

  test('the info keeps its other keys, and the old list is left alone', () => {
    const context = contextWith(fields, { class_names: ['a'], note: 'x' });
    expect(classLabel.settle?.('b', context).info).toEqual({ class_names: ['a', 'b'], note: 'x' });
    expect(context.info).toEqual({ class_names: ['a'], note: 'x' });
  });

  test('a closed list takes no others', async () => {
    expect(settle(['b', 'a'], closed('a', 'b')).labels).toEqual([1, 0]);
    expect(await refusal(() => settle('cta', closed('cat', 'dog')))).toBe(
      'Tensor "t" (class_label), row 7: got the string "cta". Pass one of cat, dog, or open the dataset without the list of names to add it.',
    );
  });

  test('strings and numbers may be mixed; a number may name a class added beside it', () => {
    expect(settle(['b', 1, 0], open('a')).labels).toEqual([1, 1, 0]);
  });
});

describe('numbers', () => {
  test('of every kind that fits', () => {
    const names = open('a', 'b', 'c');
    const inputs = [2, 2n, true, [2], [2n, true], new Uint8Array([2]), new BigInt64Array([2n]), new Float64Array([2])];
    expect(inputs.map((input) => settle(input, names).labels)).toEqual([[2], [2], [1], [2], [2, 1], [2], [2], [2]]);
    expect(settle({ data: new Int32Array([1, 2]), shape: [2] }, names)).toMatchObject({
      dtype: 'uint32',
      labels: [1, 2],
    });
  });

  test('beyond the class names are refused, unless there are none', async () => {
    expect(await refusal(() => settle([0, 3], open('a', 'b', 'c')))).toMatch(
      'got label 3. Pass a label below the 3 class names (a, b, c), or add its name with info.update first.',
    );
    expect(settle([0, 70_000], open()).labels).toEqual([0, 70_000]);
    expect(settle(5, contextWith(fields)).labels).toEqual([5]);
  });

  test('that are no label are refused', async () => {
    expect(await refusal(() => settle(-1, open()))).toMatch('got -1 at position 0. Pass whole numbers from 0');
    expect(await refusal(() => settle([0, 0.5], open()))).toMatch('got 0.5 at position 1');
    expect(await refusal(() => settle(2 ** 32, open()))).toMatch('got 4294967296');
    expect(await refusal(() => settle(300, contextWith({ ...fields, dtype: 'uint8' })))).toMatch(
      'got 300 at position 0',
    );
  });
});

describe('forms', () => {
  test('null and [] are empty samples', () => {
    for (const input of [null, undefined, []]) expect(classLabel.parse(input, open())).toEqual({ kind: 'empty' });
  });

  test('anything but a flat list is refused, and adds no names', async () => {
    const context = open('a');
    expect(await refusal(() => settle([['a'], ['b']], context))).toMatch(
      'got an array of 2. Pass a label number, a class name',
    );
    expect(await refusal(() => settle(['a', ['b']], context))).toMatch('got an array of 1 at position 1');
    expect(await refusal(() => settle([[0], [0]], context))).toMatch('got shape (2, 1). Pass a flat list of labels');
    expect(await refusal(() => settle({ name: 'a' }, context))).toMatch('got a Object');
    expect(await refusal(() => settle([null], context))).toMatch('got an array of 1');
    const circle: unknown[] = ['a'];
    circle.push(circle);
    expect(await refusal(() => settle(circle, context))).toMatch('got an array of 2 at position 1');
    expect(classNames(context.info)).toEqual(['a']);
  });
});

test('read labels carry their names; beyond the list there is none', () => {
  const array = { dtype: 'uint32' as const, shape: [3], data: new Uint32Array([1, 5, 0]) };
  expect(withNames(array, open('a', 'b'))).toEqual({ ...array, names: ['b', undefined, 'a'] });
  const big = { dtype: 'int64' as const, shape: [1], data: new BigInt64Array([1n]) };
  expect(withNames(big, open('a', 'b')).names).toEqual(['b']);
  expect(withNames(array, contextWith(fields, { class_names: 'ab' })).names).toEqual([undefined, undefined, undefined]);
});
