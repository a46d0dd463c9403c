import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { contextWith, noCodecs, refusal } from './context.contract.js';
import { json } from './json.js';
import type { StoredSample } from './types.js';

const context = contextWith();

function stored(bytes: Bytes): StoredSample {
  const refuse = () => {
    throw new Error('not asked for');
  };
  return {
    key: 't/chunks/1',
    codecs: noCodecs,
    shape: [1],
    dtype: 'float64',
    encoded: () => undefined,
    raw: () => bytes,
    array: refuse,
  };
}

function written(input: unknown): string {
  const value = json.parse(input, context);
  if (value instanceof Promise || value.kind !== 'bytes') throw new Error('no bytes');
  expect(value.shape).toEqual([1]);
  return utf8Decode(value.bytes);
}

const roundTrip = (input: unknown) => json.output(stored(utf8Encode(written(input))), context);

describe('json', () => {
  test('keeps any JSON value; null becomes {}, [] stays', async () => {
    for (const value of [{}, [], '', 0, false, 'a', { a: [1, { b: null }], é: '\n' }])
      expect(await roundTrip(value)).toEqual(value);
    expect([written(null), written(undefined)]).toEqual(['{}', '{}']);
    expect(written({ b: 1, a: 'é' })).toBe('{"b": 1, "a": "\\u00e9"}');
  });

  test('NaN, infinities and long integers survive', async () => {
    expect(written([Number.NaN, Infinity, -Infinity, 2n ** 70n])).toBe(
      '[NaN, Infinity, -Infinity, 1180591620717411303424]',
    );
    expect(await roundTrip([Number.NaN, Infinity, 2n ** 70n])).toEqual([Number.NaN, Infinity, 2n ** 70n]);
  });

  test('arrays, bytes and files inside a value survive', async () => {
    const value = {
      mask: { dtype: 'int16', shape: [1, 2], data: new Int16Array([1, -2]) },
      raw: new Uint8Array([1, 2]),
      file: { bytes: new Uint8Array([3]), compression: 'jpeg' },
    };
    expect(await roundTrip(value)).toEqual(value);
    expect(written(value.mask)).toBe(
      '{"_hub_custom_type": "ndarray", "data": "AQD+/w==", "shape": [1, 2], "dtype": "<i2"}',
    );
  });

  test('what JSON cannot hold is refused, with the reason', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(await refusal(() => json.parse(circle, context))).toBe(
      'got a Object (nested too deeply, or in a circle). Pass a value that JSON can hold.',
    );
    expect(await refusal(() => json.parse({ at: new Date(0) }, context))).toMatch(
      'got a Object (Expected a JSON value, got [object Date])',
    );
    expect(await refusal(() => json.parse([undefined], context))).toMatch('Pass a value that JSON can hold');
    expect(await refusal(() => json.parse(() => 1, context))).toMatch('got a function');
  });

  test('stored bytes that are no JSON are an error that names the chunk', async () => {
    for (const bytes of ['{"a":', '', '{"_hub_custom_type": "bytes", "data": "?"}']) {
      const error: unknown = await Promise.resolve(json.output(stored(utf8Encode(bytes)), context)).catch(
        (caught: unknown) => caught,
      );
      expect(isDatasetError(error, 'corrupt') && error.data.key).toBe('t/chunks/1');
    }
  });
});
