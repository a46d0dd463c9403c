import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextWith, refusal } from './context.contract.js';
import { checkSchema, parseSchema } from './json-schema.js';

const check = (dtype: string, value: unknown) => refusal(() => checkSchema(value, contextWith({ dtype })));

describe('parseSchema', () => {
  test.each(['Any', 'Dict', 'List', 'List[int]', 'Dict[str, int]', 'Optional[str]', 'Union[int, str]', 'list', 'dict'])(
    '%s',
    (text) => {
      expect(parseSchema(text)).toBeDefined();
    },
  );

  test('takes what is nested apart', () => {
    expect(parseSchema('Dict[str, Union[int, List[str]]]')).toEqual({
      name: 'Dict',
      inner: [
        { name: 'str', inner: [] },
        {
          name: 'Union',
          inner: [
            { name: 'int', inner: [] },
            { name: 'List', inner: [{ name: 'str', inner: [] }] },
          ],
        },
      ],
    });
    expect(parseSchema(' List [ ndarray ]')).toEqual({ name: 'List', inner: [{ name: 'ndarray', inner: [] }] });
  });

  test.each([
    '',
    'Set',
    'List[]',
    'List[int',
    'List[int]]',
    'List[int] int',
    'List[int, int]',
    'Dict[str]',
    'Union',
    'Optional',
    'int[str]',
    'constructor',
    'List[__proto__]',
    `${'List['.repeat(1000)}int${']'.repeat(1000)}`,
  ])('refuses %s', (text) => expect(parseSchema(text)).toBeUndefined());

  test('no text is too much for it', () => {
    const piece = fc.constantFrom('List', 'Dict', '[', ']', ',', 'int', ' ', 'x');
    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (parts) => void parseSchema(parts.join(''))));
  });
});

describe('checkSchema', () => {
  test('what fits', async () => {
    for (const [dtype, value] of [
      ['Any', () => 1],
      ['int', 5],
      ['int', 5n],
      ['float', 5],
      ['float', 0.5],
      ['bool', true],
      ['str', 'a'],
      ['List', [1, 'a']],
      ['List[Any]', [1, null]],
      ['list', [1]],
      ['dict', { a: 1 }],
      ['Dict[int, str]', { 1: 'a' }],
      ['Dict[Any, Any]', { a: 1 }],
      ['Optional[int]', 1],
      ['List[Optional[int]]', [null, 1]],
      ['List[ndarray]', [{ dtype: 'uint8', shape: [1], data: new Uint8Array(1) }]],
      ['List[Sample]', [{ bytes: new Uint8Array(1), compression: 'jpeg' }]],
      ['of an unknown name', 5],
    ] as const)
      expect(await check(dtype, value), dtype).toBe('no error');
  });

  test('nothing at all fits everything, as in the original', async () => {
    for (const value of [null, undefined, 0, '', false, [], {}])
      expect(await check('Dict[str, int]', value)).toBe('no error');
  });

  test('what does not fit is named with its place', async () => {
    expect(await check('List[int]', [1, 'a'])).toBe('got the string "a" at [1]. Pass what fits List[int].');
    expect(await check('Dict[str, List[str]]', { a: ['b', 5] })).toMatch('got the number 5 at ["a"][1]');
    expect(await check('Dict[int, str]', { a: 'b' })).toMatch('got the string "a"');
    expect(await check('int', 0.5)).toMatch('the number 0.5');
    expect(await check('int', true)).toMatch('got true');
    expect(await check('bool', 1)).toMatch('the number 1');
    expect(await check('Union[int, str]', [1])).toMatch('an array of 1');
    expect(await check('Dict', { dtype: 'uint8', shape: [1], data: new Uint8Array(1) })).toMatch('got a');
    expect(await check('ndarray', [1])).toMatch('an array of 1');
    expect(await check('Sample', new Uint8Array(3))).toMatch('a Uint8Array');
  });
});
