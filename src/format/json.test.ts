import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { utf8Encode } from '../util/bytes.js';
import { decodeTagged, encodeTagged, type JsonValue, parseJson, stringifyJson, type TaggedValue } from './json.js';

const anyJson = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.double().map(Math.round),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 90n }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;

describe('parseJson', () => {
  test('reads what Python prints: NaN, infinities, integers of any size', () => {
    const text =
      '{"a": [NaN, Infinity, -Infinity, -12345678901234567890, 9007199254740991, 9007199254740992], "b": 1e400}';
    expect(parseJson(text, 'k')).toEqual({
      a: [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        -12345678901234567890n,
        2 ** 53 - 1,
        2n ** 53n,
      ],
      b: Number.POSITIVE_INFINITY,
    });
  });

  test('long digits that are no long integers stay numbers', () => {
    expect(
      parseJson('[0.1234567890123456789, 1234567890123456789.5, 1234567890123456789e2, "12345678901234567"]', 'k'),
    ).toEqual([0.12345678901234568, 1234567890123456800, 123456789012345680000, '12345678901234567']);
  });

  test('agrees with the platform where it can tell', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        fc.pre(!/(^|[^.\d])\d{16}/.test(text)); // the platform rounds long integers
        expect(parseJson(text, 'k')).toEqual(JSON.parse(text));
        // A long integer forces the slow way.
        expect(parseJson(`[ 12345678901234567890 ,\n${text}\t]`, 'k')).toEqual([
          12345678901234567890n,
          JSON.parse(text),
        ]);
      }),
    );
  });

  test('the key __proto__ is a key like others, on both ways', () => {
    for (const number of ['1', 'NaN']) {
      const value = parseJson(`{"__proto__": {"x": ${number}}}`, 'k');
      expect(Object.keys(value as object)).toEqual(['__proto__']);
      expect((value as { x?: unknown }).x).toBeUndefined();
      expect(stringifyJson(encodeTagged(decodeTagged(value)))).toBe(`{"__proto__": {"x": ${number}}}`);
    }
  });

  test.each([
    ['', 0],
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['[1', 2],
    ['{"a" 1}', 5],
    ['{a: 1}', 1],
    ['"abc', 0],
    ['"a\nb"', 0],
    ['"\\x"', 0],
    ['01', 1],
    ['-', 0],
    ['nul', 0],
    ['[NaN, nan]', 6],
    ['1 1', 2],
    ['\ufeff1', 0],
    ['[1e]', 2],
  ])('%j is refused at position %i', (text, position) => {
    expect(() => parseJson(text, 'k')).toThrow(`Cannot read k: JSON at position ${position}`);
  });

  test('nesting and digits are bounded', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(Array.isArray(parseJson(nested(512), 'k'))).toBe(true);
    expect(() => parseJson(nested(513), 'k')).toThrow('at most 512 levels');
    expect(() => parseJson('{"a":['.repeat(1e5), 'k')).toThrow('at most 512 levels');
    expect(parseJson(JSON.stringify('['.repeat(1000)), 'k')).toBe('['.repeat(1000));
    expect(parseJson(`["\\"${'['.repeat(600)}", "\\\\", []]`, 'k')).toHaveLength(3);
    expect(() => parseJson('9'.repeat(5000), 'k')).toThrow('at most 4300 digits');
  });

  test('bytes must be UTF-8', () => {
    expect(parseJson(utf8Encode('"größe"'), 'k')).toBe('größe');
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'k')).toThrow('Cannot read k: text: expected UTF-8');
  });
});

describe('stringifyJson', () => {
  test('prints as Python does', () => {
    const value = {
      b: [1, 'ä🙂\u007f\n"\\', null, true],
      a: {},
      c: [],
      n: Number.NaN,
      i: -Infinity,
      z: -0,
      big: 2n ** 70n,
    };
    expect(stringifyJson(value)).toBe(
      '{"b": [1, "\\u00e4\\ud83d\\ude42\\u007f\\n\\"\\\\", null, true], "a": {}, "c": [], "n": NaN, "i": -Infinity, "z": -0.0, "big": 1180591620717411303424}',
    );
    expect(stringifyJson({ b: [1, { x: [] }], _a: {} }, { indent: 4, sortKeys: true })).toBe(
      '{\n    "_a": {},\n    "b": [\n        1,\n        {\n            "x": []\n        }\n    ]\n}',
    );
    expect(stringifyJson([1e15, 2 ** 53, -1e17, 1e300])).toBe(
      '[1000000000000000, 9007199254740992.0, -100000000000000000.0, 1e+300]',
    );
    expect(stringifyJson(null, { indent: 4 })).toBe('null');
    expect(stringifyJson('\ud800')).toBe('"\\ud800"');
  });

  test('what is printed reads back', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom({}, { indent: 4, sortKeys: true }), (value, options) => {
        expect(parseJson(utf8Encode(stringifyJson(value, options)), 'k')).toEqual(value);
      }),
    );
  });

  test('what is no JSON is refused', () => {
    const wrong: unknown[] = [
      undefined,
      [undefined],
      new Date(0),
      new Map(),
      () => 1,
      Symbol('x'),
      { a: new Uint8Array(1) },
    ];
    for (const value of wrong) expect(() => stringifyJson(value as JsonValue)).toThrow(TypeError);
    expect(stringifyJson({ a: undefined, b: 1 } as unknown as JsonValue)).toBe('{"b": 1}');
    const circle: JsonValue[] = [];
    circle.push(circle);
    expect(() => stringifyJson(circle)).toThrow(RangeError);
  });
});

describe('tagged objects', () => {
  const value: TaggedValue = {
    array: { dtype: 'int16', shape: [2, 1], data: Int16Array.of(1, -2) },
    deep: [{ bytes: Uint8Array.of(1, 2, 255) }],
    sample: { bytes: Uint8Array.of(9), compression: 'jpeg' },
    plain: { dtype: 'int16', shape: [1] },
    complex: { dtype: 'complex64', shape: [1], data: Float32Array.of(1, 2) },
  };
  const json: JsonValue = {
    array: { _hub_custom_type: 'ndarray', data: 'AQD+/w==', shape: [2, 1], dtype: '<i2' },
    deep: [{ bytes: { _hub_custom_type: 'bytes', data: 'AQL/' } }],
    sample: { _hub_custom_type: 'Sample', data: 'CQ==', compression: 'jpeg' },
    plain: { dtype: 'int16', shape: [1] },
    complex: { _hub_custom_type: 'ndarray', data: 'AACAPwAAAEA=', shape: [1], dtype: '<c8' },
  };

  test('arrays, bytes and files, both ways', () => {
    expect(encodeTagged(value)).toEqual(json);
    expect(decodeTagged(json)).toEqual(value);
  });

  test('big-endian arrays are turned', () => {
    const big = (dtype: string, data: string) => decodeTagged({ _hub_custom_type: 'ndarray', data, shape: [1], dtype });
    expect(big('>i2', 'AQA=')).toEqual({ dtype: 'int16', shape: [1], data: Int16Array.of(256) });
    expect(big('>c8', 'P4AAAEAAAAA=')).toEqual({ dtype: 'complex64', shape: [1], data: Float32Array.of(1, 2) });
  });

  test('unknown tags stay as they are', () => {
    for (const tag of ['set', 'ndarray', 'bytes', 7, null]) {
      expect(decodeTagged({ _hub_custom_type: tag, data: 1 })).toEqual({ _hub_custom_type: tag, data: 1 });
    }
    for (const odd of [{ dtype: '<U1' }, { shape: [-1, -1] }, { shape: [0.5, 2] }, { shape: null }]) {
      const json = { _hub_custom_type: 'ndarray', data: 'AQA=', shape: [1], dtype: '<i2', ...odd };
      expect(decodeTagged(json)).toEqual(json);
    }
  });

  test('contradictions are refused', () => {
    const wrong: JsonValue[] = [
      { _hub_custom_type: 'bytes', data: '%' },
      { _hub_custom_type: 'ndarray', data: 'AQA=', shape: [2], dtype: '<i2' },
    ];
    for (const one of wrong) {
      try {
        decodeTagged(one, 'k');
        expect.unreachable();
      } catch (error) {
        expect(isDatasetError(error, 'corrupt')).toBe(true);
      }
    }
  });

  test('long bytes survive', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
    expect(decodeTagged(encodeTagged(bytes))).toEqual(bytes);
  });
});
