import { describe, expect, test } from 'vitest';
import { checkTensorName, companionName, groupsOf } from './tensor-names.js';

test('companions and groups', () => {
  expect(companionName('a', 'id')).toBe('_a_id');
  expect(companionName('x/y/a', 'shape')).toBe('x/y/_a_shape');
  expect(groupsOf('a')).toEqual([]);
  expect(groupsOf('a/b/c')).toEqual(['a', 'a/b']);
});

describe('checkTensorName', () => {
  test('slashes are normalised', () => {
    expect(checkTensorName('/a//b/')).toBe('a/b');
  });

  test.each(['images', 'id', '_x', 'chunks', 'my tensor', 'größe', 'a.b', 'a?*', 'group/versions', 'info/x'])(
    '%s is accepted',
    (name) => expect(checkTensorName(name)).toBe(name),
  );

  test.each([
    ...[
      '',
      '/',
      '.',
      '..',
      'a/../b',
      'a\u0001',
      'a\\b',
      'a,b',
      'a:b',
      '__temp_x',
      'g/__temp',
      'versions',
      'versions/a',
    ],
    ...[
      'append',
      'g/info',
      'tensors',
      'commit',
      'query',
      '.queries/a',
      '.lakelet/a',
      'queries.json',
      'dataset_meta.json/a',
      'x.lock',
    ],
  ])('%j is refused', (name) => {
    expect(() => checkTensorName(name)).toThrow(RangeError);
    expect(() => checkTensorName(name)).toThrow('choose another name');
  });
});
