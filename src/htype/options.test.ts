import { describe, expect, test } from 'vitest';
import { bbox, bboxCoords } from './bbox.js';
import { classLabel } from './class-label.js';
import { generic } from './generic.js';
import { image } from './image.js';
import { json } from './json.js';
import { coordsOption, nameList, refuseUnknown } from './options.js';
import { htypes, loadHtype, requireHtype } from './table.js';
import { text } from './text.js';

test('options that an htype does not have are refused, undefined ones are not there', () => {
  expect(() => refuseUnknown('x', { a: 1 }, [])).toThrow('"a" is not an option of htype "x", which has no options');
  expect(() => refuseUnknown('x', { a: 1, b: 2 }, ['a', 'c'])).toThrow(
    'Option "b" is not an option of htype "x", which has a, c.',
  );
  refuseUnknown('x', { a: undefined }, []);
  for (const spec of [generic, image, classLabel, bbox, text, json]) {
    expect(() => spec.initialInfo({ colour: 'red' })).toThrow(TypeError);
  }
});

test('names are a list of different strings', () => {
  expect(nameList('n', undefined)).toEqual([]);
  expect(nameList('n', ['b', '', 'a'])).toEqual(['b', '', 'a']);
  for (const wrong of ['ab', null, [1], { 0: 'a' }])
    expect(() => nameList('n', wrong)).toThrow('must be an array of strings');
  expect(() => nameList('n', ['a', 'b', 'a'])).toThrow('Option "n" holds "a" twice.');
});

describe('coords', () => {
  test('keep what is given', () => {
    expect(coordsOption(undefined, bboxCoords)).toEqual({});
    expect(coordsOption({}, bboxCoords)).toEqual({});
    expect(coordsOption({ type: 'pixel', mode: undefined }, bboxCoords)).toEqual({ type: 'pixel' });
    expect(bbox.initialInfo({ coords: { type: 'fractional', mode: 'CCWH' } })).toEqual({
      coords: { type: 'fractional', mode: 'CCWH' },
    });
  });

  test('refuse other keys and values', () => {
    for (const wrong of [null, 'pixel', ['pixel']])
      expect(() => coordsOption(wrong, bboxCoords)).toThrow('must be an object');
    expect(() => coordsOption({ unit: 'pixel' }, bboxCoords)).toThrow('no key "unit"; it has type and mode');
    expect(() => coordsOption({ constructor: 'x' }, bboxCoords)).toThrow('no key "constructor"');
    expect(() => coordsOption({ mode: 'ltwh' }, bboxCoords)).toThrow('must be one of LTRB, LTWH, CCWH; got ltwh');
  });
});

test('intrinsics are a 3 x 3 matrix of numbers', () => {
  const matrix = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  expect(image.initialInfo({ intrinsics: matrix })).toEqual({ intrinsics: matrix });
  expect(image.initialInfo({})).toEqual({ intrinsics: null });
  expect(image.initialInfo({ intrinsics: null })).toEqual({ intrinsics: null });
  for (const wrong of [
    1,
    [],
    [[1, 2, 3]],
    [
      ['a', 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  ]) {
    expect(() => image.initialInfo({ intrinsics: wrong })).toThrow('3 x 3 matrix');
  }
});

test('the table knows its htypes and names the others', async () => {
  for (const name of htypes) {
    const spec = await loadHtype(name, 't');
    expect(spec.htype).toBe(name);
    expect(requireHtype(name, 't')).toBe(spec);
  }
  expect(requireHtype(null, 't')).toBe(generic);
  expect(() => requireHtype('hologram', 't')).toThrow('Tensor "t" holds htype "hologram", which is not known');
});

test('what an htype stands for in the metadata', () => {
  expect(classLabel.metaFields).toEqual({ class_names: [], _info: ['class_names'], _disable_temp_transform: false });
  expect(image.metaFields).toEqual({ intrinsics: null, _info: ['intrinsics'] });
  expect(bbox.metaFields).toEqual({ coords: {}, _info: ['coords'] });
  expect(text.metaFields).toEqual({ vdb_indexes: [] });
  expect([generic, image, classLabel, bbox, text, json].map(({ dtype }) => dtype)).toEqual([
    null,
    null,
    'uint32',
    'float32',
    'str',
    'Any',
  ]);
});
