import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { contextWith, noCodecs, refusal } from './context.contract.js';
import { text } from './text.js';
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
  const value = text.parse(input, context);
  if (value instanceof Promise || value.kind !== 'bytes') throw new Error('no bytes');
  expect(value.shape).toEqual([1]);
  return utf8Decode(value.bytes);
}

describe('text', () => {
  test('is UTF-8; null is the empty text', async () => {
    expect([written('hé'), written(''), written(null), written(undefined)]).toEqual(['hé', '', '', '']);
    expect(await text.output(stored(utf8Encode('日本\0')), context)).toBe('日本\0');
    expect(await text.output(stored(new Uint8Array(0)), context)).toBe('');
  });

  test('takes strings only', async () => {
    for (const input of [5, ['a'], {}, new Uint8Array(2), true])
      expect(await refusal(() => text.parse(input, context))).toMatch(/Pass a string\.$/);
    expect(await refusal(() => text.parse(5, context))).toBe('got the number 5. Pass a string.');
  });

  test('stored bytes that are no UTF-8 are an error that names the chunk', async () => {
    const error: unknown = await Promise.resolve(text.output(stored(new Uint8Array([0xff])), context)).catch(
      (caught: unknown) => caught,
    );
    expect(isDatasetError(error, 'corrupt') && error.data).toEqual({
      key: 't/chunks/1',
      expected: 'UTF-8',
      got: 'other bytes',
    });
  });
});
