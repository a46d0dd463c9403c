import { describe, expect, test } from 'vitest';
import { utf8Decode, utf8Encode } from '../util/bytes.js';
import { emptyDatasetMeta, jsonFromIndex, parseDatasetMeta, parseIndex, serializeDatasetMeta } from './dataset-meta.js';
import { parseLinkedCreds, serializeLinkedCreds } from './linked-creds.js';
import { parseQueries, serializeQueries } from './queries.js';

const bytesOf = (json: unknown) => utf8Encode(JSON.stringify(json));

describe('dataset meta', () => {
  test('an empty dataset, as the original prints it', () => {
    const text = `{
    "allow_delete": true,
    "default_index": [
        {
            "start": null,
            "step": null,
            "stop": null
        }
    ],
    "groups": [],
    "hidden_tensors": [],
    "tensor_names": {},
    "tensors": [],
    "version": "3.9.52"
}`;
    expect(utf8Decode(serializeDatasetMeta(emptyDatasetMeta()))).toBe(text);
    expect(parseDatasetMeta(utf8Encode(text), 'k')).toEqual(emptyDatasetMeta());
    expect(parseDatasetMeta(bytesOf({}), 'k')).toEqual(emptyDatasetMeta());
  });

  test('names and keys are apart; without names, keys are names', () => {
    const meta = { ...emptyDatasetMeta(), tensors: ['a', '_a_id'], tensorNames: { b: 'a', _b_id: '_a_id' } };
    expect(parseDatasetMeta(serializeDatasetMeta(meta), 'k')).toEqual(meta);
    expect(parseDatasetMeta(bytesOf({ tensors: ['x/y'] }), 'k').tensorNames).toEqual({ 'x/y': 'x/y' });
    expect(parseDatasetMeta(bytesOf({ tensors: ['a'] }), 'k').tensorNames.constructor).toBeUndefined();
  });

  test('unknown fields are dropped, an older version is raised', () => {
    const meta = parseDatasetMeta(bytesOf({ version: '3.8.0', future: 1 }), 'k');
    expect(meta).toEqual(emptyDatasetMeta());
  });

  test('contradictions are refused', () => {
    const wrong = [
      { tensors: 'a' },
      { tensors: ['../a'] },
      { tensors: [''] },
      { tensors: ['a'], tensor_names: { b: 'c' } },
      { tensors: ['a'], tensor_names: { b: 1 } },
      { groups: [1] },
      { allow_delete: 1 },
      { default_index: 7 },
      { version: 'x' },
    ];
    for (const json of wrong)
      expect(() => parseDatasetMeta(bytesOf(json), 'k'), JSON.stringify(json)).toThrow('read k');
  });

  test('an index is positions, lists and slices', () => {
    const index = [4, [9, 0, 3, 3], { start: 2, stop: 8, step: null }];
    expect(parseIndex(index, 'k')).toEqual(index);
    expect(jsonFromIndex(parseIndex(index, 'k'))).toEqual(index);
    for (const json of [1, [null], [[0.5]], [{ start: 'a', stop: 1, step: 1 }], [{ start: 1 }]]) {
      expect(() => parseIndex(json as never, 'k')).toThrow('index');
    }
  });
});

describe('linked creds', () => {
  test('both ways, in the original order', () => {
    const text = '{"creds_keys": ["A", "B"], "managed_creds_keys": [], "used_creds_keys": ["A"]}';
    const creds = parseLinkedCreds(utf8Encode(text), 'k');
    expect(creds).toEqual({ credsKeys: ['A', 'B'], managedCredsKeys: [], usedCredsKeys: ['A'] });
    expect(utf8Decode(serializeLinkedCreds(creds))).toBe(text);
  });

  test('ENV that is used but not listed comes first', () => {
    expect(parseLinkedCreds(bytesOf({ creds_keys: ['A'], used_creds_keys: ['ENV'] }), 'k').credsKeys).toEqual([
      'ENV',
      'A',
    ]);
    expect(() => parseLinkedCreds(bytesOf({ creds_keys: [1] }), 'k')).toThrow('field "creds_keys"');
  });
});

describe('saved views', () => {
  test('known fields are typed, unknown ones survive', () => {
    const text =
      '[{"id": "v", "virtual-datasource": true, "source-dataset": "d", "source-dataset-version": "c", "created_at": 1795333313.5, ' +
      '"message": null, "query": "a > 6", "tql_query": "select *", "source-dataset-index": [{"start": 2, "stop": 8, "step": 2}], ' +
      '"sub-sample-index": [[1, 2]], "first-index-subscriptable": false, "path": "p", "future": [1]}, ' +
      '{"id": "w", "virtual-datasource": false, "source-dataset": "d", "source-dataset-version": "c", "created_at": 1, "source-dataset-index": null}]';
    const views = parseQueries(utf8Encode(text), 'k');
    expect(views[0]).toMatchObject({
      id: 'v',
      isVirtual: true,
      sourceIndex: [{ start: 2, stop: 8, step: 2 }],
      path: 'p',
    });
    expect(views[0]?.extras).toEqual({ future: [1] });
    expect(views[1]?.firstIndexSubscriptable).toBeUndefined();
    expect(utf8Decode(serializeQueries(views))).toBe(text);
  });

  test('contradictions are refused', () => {
    const wrong = [{}, [1], [{}], [{ id: 1 }], [{ id: 'a', 'source-dataset-index': [null] }], [{ id: 'a', query: 1 }]];
    for (const json of wrong)
      expect(() => parseQueries(bytesOf(json), 'k'), JSON.stringify(json)).toThrow('Cannot read k');
  });
});
