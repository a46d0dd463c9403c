import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { utf8Decode, utf8Encode } from '../util/bytes.js';
import { contextWith, noCodecs } from './context.contract.js';
import { list } from './list.js';
import { tag } from './tag.js';
import type { HtypeSpec, StoredSample } from './types.js';

const context = contextWith({ dtype: 'List' });

function written(spec: HtypeSpec, input: unknown): { text: string; shape: readonly number[] } {
  const value = spec.parse(input, context);
  if (value instanceof Promise || value.kind !== 'bytes') throw new Error('no bytes');
  return { text: utf8Decode(value.bytes), shape: value.shape };
}

async function readBack(spec: HtypeSpec, text: string): Promise<unknown> {
  const refuse = () => {
    throw new Error('not asked for');
  };
  const sample: StoredSample = {
    key: 't/chunks/1',
    codecs: noCodecs,
    shape: [1],
    dtype: 'float64',
    encoded: () => undefined,
    raw: () => utf8Encode(text),
    array: refuse,
  };
  return spec.output(sample, context);
}

describe('tag', () => {
  test('is a list of strings; one string is a list of one', () => {
    expect(written(tag, 'verified')).toEqual({ text: '["verified"]', shape: [1] });
    expect(written(tag, ['a', 'é', 'a'])).toEqual({ text: '["a", "\\u00e9", "a"]', shape: [3] });
    for (const none of [null, undefined, []]) expect(written(tag, none)).toEqual({ text: '[]', shape: [0] });
  });

  test('what the original left instead of strings is read, too', async () => {
    expect(await readBack(tag, '["a", "b"]')).toEqual(['a', 'b']);
    expect(await readBack(tag, '[null]')).toEqual([]);
    expect(await readBack(tag, '[["a"], [["b"]]]')).toEqual(['a', 'b']);
    expect(await readBack(tag, '[5, {"a": NaN}]')).toEqual(['5', '{"a": NaN}']);
  });
});

describe('list', () => {
  test('keeps any list; no sample is the empty list', async () => {
    for (const value of [[], [1, 'a', null], [[1], { a: [] }]]) {
      const { text, shape } = written(list, value);
      expect(shape).toEqual([value.length]);
      expect(await readBack(list, text)).toEqual(value);
    }
    for (const none of [null, undefined]) expect(written(list, none)).toEqual({ text: '[]', shape: [0] });
  });

  test('arrays of numbers become lists of lists', () => {
    expect(written(list, new Uint8Array([1, 2])).text).toBe('[1, 2]');
    expect(written(list, { data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [3, 1, 2] })).toEqual({
      text: '[[[1, 2]], [[3, 4]], [[5, 6]]]',
      shape: [3],
    });
    expect(written(list, { data: new Int8Array(0), shape: [0, 4] })).toEqual({ text: '[]', shape: [0] });
    expect(written(list, { data: new BigInt64Array([2n ** 60n]), shape: [1] }).text).toBe('[1152921504606846976]');
  });

  test('arrays inside a list stay arrays', async () => {
    const value = [{ dtype: 'int16', shape: [1, 2], data: new Int16Array([1, -2]) }, new Uint8Array([7])];
    expect(await readBack(list, written(list, value).text)).toEqual(value);
  });
});

test('stored bytes that are no list are an error that names the chunk', async () => {
  for (const spec of [tag, list]) {
    for (const text of ['{}', '"a"', '[1', '', 'null']) {
      const error: unknown = await readBack(spec, text).catch((caught: unknown) => caught);
      expect(isDatasetError(error, 'corrupt') && error.data.key).toBe('t/chunks/1');
    }
  }
});
