import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { utf8Decode, utf8Encode } from '../util/bytes.js';
import { parseInfo, serializeInfo } from './info.js';
import { type JsonValue, parseJson, stringifyJson } from './json.js';
import { parseTensorMeta, serializeTensorMeta } from './tensor-meta.js';

// The worked example of the format: a generic tensor of 3 samples of shape (2,).
const example = {
  ...{ chunk_compression: null, dtype: 'int32', hidden: false, htype: 'generic' },
  ...{ is_link: false, is_sequence: false, length: 3 },
  links: {
    _a_id: { extend: 'extend_id', flatten_sequence: false },
    _a_shape: { extend: 'extend_shape', flatten_sequence: true, update: 'update_shape' },
  },
  ...{ max_chunk_size: null, max_shape: [2], min_shape: [2], name: 'a' },
  ...{ sample_compression: null, tiling_threshold: null, typestr: null },
  ...{ verify: true, version: '3.9.52' },
};
const bytesOf = (json: unknown) => utf8Encode(JSON.stringify(json));
const printed = (json: JsonValue) => stringifyJson(json, { indent: 4, sortKeys: true });

describe('tensor meta', () => {
  test('the worked example, both ways', () => {
    const meta = parseTensorMeta(bytesOf(example), 'k');
    expect(meta).toEqual({
      ...{ version: '3.9.52', name: 'a', htype: 'generic', dtype: 'int32', typestr: null, length: 3, hidden: false },
      ...{ minShape: [2], maxShape: [2], sampleCompression: null, chunkCompression: null, maxChunkSize: null },
      ...{ tilingThreshold: null, isSequence: false, isLink: false, verify: true, extras: {} },
      links: {
        _a_id: { extend: 'extend_id', flattenSequence: false },
        _a_shape: { extend: 'extend_shape', update: 'update_shape', flattenSequence: true },
      },
    });
    expect(utf8Decode(serializeTensorMeta(meta))).toBe(printed(example));
  });

  test('fields of the htype and unknown ones survive, and do not hide known ones', () => {
    const more = { ...example, class_names: ['a'], _info: ['class_names'], future: { a: [1, null] }, extras: 1 };
    const meta = parseTensorMeta(bytesOf(more), 'k');
    expect(meta.extras).toEqual({ class_names: ['a'], _info: ['class_names'], future: { a: [1, null] }, extras: 1 });
    expect(utf8Decode(serializeTensorMeta(meta))).toBe(printed(more));
    expect(utf8Decode(serializeTensorMeta({ ...meta, extras: { length: 99 } }))).toBe(printed(example));
  });

  test('an empty document gets all defaults, and all fields are written', () => {
    const meta = parseTensorMeta(bytesOf({}), 'k');
    expect(Object.keys(parseJson(serializeTensorMeta(meta), 'k') as object)).toEqual(Object.keys(example).sort());
    expect(meta).toMatchObject({ version: '3.9.52', length: 0, verify: true, name: null, links: {} });
  });

  test('old versions are brought up to date', () => {
    const old = (version: string, fields = {}) => parseTensorMeta(bytesOf({ version, ...fields }), 'k');
    const links = { _a_id: { append: 'append_id' }, _a_len: { append: 'append_len', update: 'update_len' } };
    expect(old('3.0.14', { links })).toMatchObject({
      version: '3.9.52',
      links: {
        _a_id: { extend: 'extend_id', flattenSequence: false },
        _a_len: { extend: 'extend_len', update: 'update_len', flattenSequence: true },
      },
    });
    expect(() => old('3.0.15', { links })).toThrow('field "extend"');
    expect([old('2.0.1').minShape, old('2.0.2').minShape, old('2.0.5').minShape, old('2.0.6').minShape]).toEqual([
      [],
      [1],
      [1],
      [],
    ]);
    expect(old('4.0.0').version).toBe('4.0.0');
    expect(() => old('')).toThrow('version');
  });

  test('looking up a companion finds only companions', () => {
    const { links } = parseTensorMeta(utf8Encode('{"links": {"__proto__": {"extend": "extend_id"}}}'), 'k');
    expect(links.toString).toBeUndefined();
    expect(Object.keys(links)).toEqual(['__proto__']);
  });

  test.each([
    ['length', -1],
    ['length', 1.5],
    ['length', '3'],
    ['htype', 3],
    ['min_shape', [2, 'x']],
    ['max_shape', [-2]],
    ['hidden', 0],
    ['links', []],
    ['links', { a: 1 }],
    ['links', { a: { extend: 1 } }],
    ['tiling_threshold', 'big'],
    ['max_chunk_size', -1],
    ['version', 'three'],
  ])('field %s: %j is refused by name', (name, value) => {
    try {
      parseTensorMeta(bytesOf({ ...example, [name]: value }), 'a/tensor_meta.json');
      expect.unreachable();
    } catch (error) {
      expect(isDatasetError(error, 'corrupt') && error.data.key).toBe('a/tensor_meta.json');
      if (name !== 'links') expect(String(error)).toContain(name);
    }
  });

  test('a document that is no object is refused', () => {
    for (const json of [[], null, 1]) expect(() => parseTensorMeta(bytesOf(json), 'k')).toThrow('a JSON object');
  });
});

test('an info holds any object and is printed sorted', () => {
  const info = parseInfo(utf8Encode('{"class_names": ["ä"], "a": NaN, "big": 12345678901234567890}'), 'k');
  expect(utf8Decode(serializeInfo(info))).toBe(
    '{\n    "a": NaN,\n    "big": 12345678901234567890,\n    "class_names": [\n        "\\u00e4"\n    ]\n}',
  );
  expect(() => parseInfo(utf8Encode('[]'), 'k')).toThrow('a JSON object');
});
