import { describe, expect, test } from 'vitest';
import { parseChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { serializeLock } from '../format/lock.js';
import { createDataset, generic, isDatasetError, openDataset, sequence } from '../index.js';
import { type Finding, type FindingCode, repair, verify } from '../repair.js';
import type { WritableStore } from '../store/types.js';
import { memoryStore } from '../stores.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { copyOf, flipped, golden, keysOf, readable, sampleDataset } from './damage.contract.js';

const versioned = await sampleDataset();
const [tiled, creds, views] = await Promise.all(['tiled', 'links_creds', 'views'].map(golden));

type Damage = (bytes: Bytes) => Bytes | null;
const gone: Damage = () => null;
const cut: Damage = (bytes) => bytes.subarray(0, bytes.length - 3);
const noise: Damage = () => utf8Encode('\u0001not this');
const swap =
  (from: string | RegExp, to: string): Damage =>
  (bytes) => {
    const text = utf8Decode(bytes);
    expect(text).toMatch(from);
    return utf8Encode(text.replace(from, to));
  };
const withoutLastRow: Damage = (bytes) => {
  const { ids, lasts } = parseChunkIds(bytes, 'k');
  return serializeChunkIds({ ids: ids.slice(0, -1), lasts: lasts.slice(0, -1) });
};
const fewer: Damage = (bytes) => {
  const { ids, lasts } = parseChunkIds(bytes, 'k');
  return serializeChunkIds({ ids, lasts: [...lasts.slice(0, -1), (lasts.at(-1) ?? 0) - 1] });
};

/** The only key that fits. */
async function keyLike(store: WritableStore, pattern: RegExp): Promise<string> {
  const key = (await keysOf(store)).find((each) => pattern.test(each));
  if (key === undefined) throw new Error(`no key like ${pattern}`);
  return key;
}

async function damaged(good: WritableStore | undefined, pattern: RegExp, damage: Damage) {
  if (!good) throw new Error('the dataset is loaded');
  const store = await copyOf(good);
  const key = await keyLike(store, pattern);
  const bytes = await store.get(key);
  await store.write([{ key, bytes: bytes ? damage(bytes) : null }]);
  return { store, key };
}

const errors = (findings: readonly Finding[]) => findings.filter(({ level }) => level === 'error');

/** Of the sample dataset: damage that is mended, with the number of samples that must be readable afterwards. */
const mended: readonly [what: string, key: RegExp, damage: Damage, code: FindingCode][] = [
  ['no graph', /^version_control_info.json/, gone, 'graph-missing'],
  ['a damaged graph', /^version_control_info.json/, cut, 'graph-damaged'],
  [
    'a graph whose children are wrong',
    /^version_control_info.json/,
    swap(/"children": \["[^\]]*\]/, '"children": []'),
    'graph-inconsistent',
  ],
  ['a record of a commit that differs', /^commit_info.json/, swap('first', 'worst'), 'commit-info'],
  ['no record of a commit', /^versions\/[^/]*\/commit_info.json/, gone, 'commit-info'],
  ['a damaged record of a commit', /^versions\/[^/]*\/commit_info.json/, noise, 'commit-info'],
  ['a group that is not listed', /^dataset_meta.json/, swap('"group"\n', '\n'), 'dataset-meta'],
  [
    'another name in the metadata',
    /^notes\/tensor_meta.json/,
    swap('"name": "notes"', '"name": "nodes"'),
    'tensor-meta',
  ],
  ['a length that is too long', /^notes\/tensor_meta.json/, swap('"length": 6', '"length": 60'), 'length'],
  ['a length that is too short', /^notes\/tensor_meta.json/, swap('"length": 6', '"length": 2'), 'length'],
  ['a length of 0', /^boxes\/tensor_meta.json/, swap('"length": 6', '"length": 0'), 'length'],
  [
    'a range of shapes that is too narrow',
    /^boxes\/tensor_meta.json/,
    swap(/"min_shape": \[\s*0,/, '"min_shape": [1,'),
    'shape-range',
  ],
  ['a companion that is too short', /^_notes_id\/tensor_meta.json/, swap('"length": 6', '"length": 5'), 'length'],
  ['no chunk index, but a single chunk', /^notes\/chunks_index\/unsharded/, gone, 'chunk-index'],
  ['a damaged chunk index, but a single chunk', /^labels\/chunks_index\/unsharded/, cut, 'chunk-index'],
  ['a chunk index that is one short', /^packed\/chunks_index\/unsharded/, fewer, 'length'],
  ['a companion without its index', /^_labels_shape\/chunks_index\/unsharded/, gone, 'chunk-index'],
  [
    'a tensor that is said to be hidden',
    /^notes\/tensor_meta.json/,
    swap('"hidden": false', '"hidden": true'),
    'tensor-meta',
  ],
  ['a companion that does not exist', /^notes\/tensor_meta.json/, swap('"_notes_id": {', '"_gone_id": {'), 'companion'],
  ['no chunk set', /^versions\/[^/]*\/notes\/chunk_set/, gone, 'chunk-set'],
  ['a damaged chunk set', /^versions\/[^/]*\/labels\/chunk_set/, noise, 'chunk-set'],
  ['no list of tiles, but no tiles', /^notes\/tiles_index\/unsharded/, noise, 'tiles'],
  ['a record of changes that is damaged', /^notes\/commit_diff/, noise, 'commit-diff'],
  ['no record of changes in a later commit', /^versions\/[^/]*\/notes\/commit_diff/, gone, 'commit-diff'],
  ['no record of changes', /^boxes\/commit_diff/, gone, 'commit-diff'],
  ['a record of changes that ends early', /^boxes\/commit_diff/, (bytes) => flipped(bytes, 18, 1), 'commit-diff'],
];

describe('damage that is mended', () => {
  test.each(mended)('%s', async (_what, pattern, damage, code) => {
    const whole = await readable(versioned);
    const { store, key } = await damaged(versioned, pattern, damage);
    const before = await verify(store);
    expect(before.ok).toBe(false);
    const finding = before.findings.find((each) => each.code === code);
    expect(finding).toMatchObject({ level: 'error', repairable: true });
    const dry = await repair(store, { dryRun: true });
    expect(dry.actions.length).toBeGreaterThan(0);
    expect((await verify(store)).findings).toEqual(before.findings); // nothing was written
    const { actions } = await repair(store);
    expect(actions).toHaveLength(dry.actions.length);
    const after = await verify(store, { deep: true });
    expect(errors(after.findings)).toEqual([]);
    expect(await readable(store)).toEqual(whole); // every sample is back
    expect(key).toMatch(pattern);
  });
});

const reported: readonly [what: string, key: RegExp, damage: Damage, code: FindingCode][] = [
  ['no dataset metadata', /^dataset_meta.json/, gone, 'dataset-missing'],
  ['damaged dataset metadata', /^dataset_meta.json/, cut, 'dataset-meta'],
  ['no tensor metadata', /^notes\/tensor_meta.json/, gone, 'tensor-meta'],
  ['damaged tensor metadata', /^notes\/tensor_meta.json/, cut, 'tensor-meta'],
  ['an unknown htype', /^notes\/tensor_meta.json/, swap('"htype": "text"', '"htype": "texture"'), 'htype'],
  ['an unknown dtype', /^boxes\/tensor_meta.json/, swap('"float32"', '"float31"'), 'dtype'],
  ['info that is no JSON', /^labels\/tensor_info.json/, cut, 'tensor-info'],
  ['info that is gone', /^labels\/tensor_info.json/, gone, 'tensor-info'],
  ['text that is not UTF-8', /^notes\/chunks\//, (bytes) => flipped(bytes, -1, 0xff), 'sample'],
  ['JSON that is none', /^facts\/chunks\//, (bytes) => flipped(bytes, -1, 0x1), 'sample'],
  ['a damaged chunk header', /^notes\/chunks\//, (bytes) => flipped(bytes, 8, 0xff), 'chunk-damaged'],
  ['a chunk that is cut off', /^boxes\/chunks\//, cut, 'chunk-damaged'],
  ['a damaged LZ4 block', /^packed\/chunks\//, cut, 'chunk-damaged'],
  ['tiles that are not listed', /^group\/big\/tiles_index\/unsharded/, gone, 'tiles'],
  ['no sequences', /^tracks\/sequence_index\/unsharded/, cut, 'sequences'],
  ['a commit without files', /^versions\/[^/]*\/dataset_meta.json/, gone, 'commit-missing'],
];

describe('damage that needs a decision or a copy', () => {
  test.each(reported)('%s', async (_what, pattern, damage, code) => {
    const { store } = await damaged(versioned, pattern, damage);
    const report = await verify(store);
    expect(report.ok).toBe(false);
    expect(report.findings.find((each) => each.code === code && !each.repairable)).toMatchObject({ level: 'error' });
    const before = await readable(store);
    const { remaining } = await repair(store);
    expect(errors(remaining).some((each) => each.code === code)).toBe(true);
    expect(errors(remaining).filter(({ repairable }) => repairable)).toEqual([]);
    const after = await readable(store);
    for (const [sample, value] of before) expect(`${sample} ${after.get(sample)}`).toBe(`${sample} ${value}`);
  });
});

describe('chunks', () => {
  test('that are missing at the end take their rows with them, and companions follow', async () => {
    const store = await copyOf(versioned);
    const ds = await openDataset(store, { at: 'main' });
    await ds.close();
    const head = (await keysOf(store)).filter((key) => /^versions\/.*\/labels\/chunks\//.test(key));
    expect(head.length).toBeGreaterThan(0);
    await store.write(head.map((key) => ({ key, bytes: null })));
    const report = await verify(store);
    expect(report.findings.some(({ code, repairable }) => code === 'chunk-missing' && repairable)).toBe(true);
    await repair(store);
    expect(errors((await verify(store)).findings)).toEqual([]);
    const again = await openDataset(store);
    expect(again.tensor('labels').length).toBe(6);
    expect((await again.loadTensor('_labels_id')).length).toBe(6);
    expect(again.tensor('notes').length).toBe(8);
  });

  test('that are missing in the middle are told, and nothing is given up', async () => {
    const store = await copyOf(versioned);
    const key = await keyLike(store, /^labels\/chunks\//);
    await store.write([{ key, bytes: null }]);
    const { remaining } = await repair(store);
    expect(remaining.filter(({ code }) => code === 'chunk-missing').length).toBeGreaterThan(0);
    expect((await openDataset(store)).tensor('labels').length).toBe(8);
  });

  test('of sequences are not given up while a sequence after them can be read', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { tracks: sequence(generic({ dtype: 'uint8', maxChunkSize: 4 })) });
    for (const tracks of [[[1]], [[2]], [[3]], []]) await ds.append({ tracks });
    await ds.close();
    const { ids } = parseChunkIds((await store.get('tracks/chunks_index/unsharded')) ?? new Uint8Array(0), 'k');
    expect(ids).toHaveLength(2);
    const key = `tracks/chunks/${ids[1]?.toString(16)}`;
    await store.write([{ key, bytes: null }]);
    const { actions, remaining } = await repair(store);
    expect(actions).toEqual([]);
    expect(remaining).toMatchObject([
      { code: 'chunk-missing', repairable: false },
      { code: 'chunk-missing', key },
    ]);
    expect(await (await openDataset(store)).tensor('tracks').at(3)).toEqual([]);
  });

  test('that an index does not name are cut out of it with its rows', async () => {
    const { store } = await damaged(versioned, /^versions\/[^/]*\/labels\/chunks_index\/unsharded/, withoutLastRow);
    const { actions } = await repair(store);
    expect(actions.length).toBeGreaterThan(0);
    expect(errors((await verify(store)).findings)).toEqual([]);
  });

  test('that nothing refers to are kept, unless they are to be deleted', async () => {
    const store = await copyOf(versioned);
    await store.write([
      { key: 'labels/chunks/abc', bytes: new Uint8Array(20) },
      { key: 'versions/unknown/labels/tensor_meta.json', bytes: new Uint8Array(20) },
      { key: 'notes.md', bytes: new Uint8Array(20) },
    ]);
    const report = await verify(store);
    expect(report.ok).toBe(true);
    expect(report.findings.map(({ code, key, repairable }) => [code, key, repairable])).toEqual([
      ['orphan', 'labels/chunks/abc', false],
      ['orphan', 'versions/unknown/labels/tensor_meta.json', false],
      ['orphan', 'notes.md', false],
    ]);
    expect((await repair(store)).changed).toBe(0);
    const { changed, remaining } = await repair(store, { orphans: 'delete' });
    expect(changed).toBe(2);
    expect(remaining.map(({ key }) => key)).toEqual(['notes.md']); // may be the user's own
  });
});

describe('locks', () => {
  const lock = (expiry: number) => serializeLock({ node: 1, expiry, tag: new Uint8Array(4) });

  test('that have expired or are damaged are removed', async () => {
    for (const bytes of [lock(1000), new Uint8Array(5)]) {
      const store = await copyOf(versioned);
      await store.write([{ key: 'dataset_lock.lock', bytes }]);
      expect((await verify(store)).findings).toMatchObject([
        { code: 'lock', key: 'dataset_lock.lock', repairable: true },
      ]);
      await repair(store);
      expect((await verify(store)).findings).toEqual([]);
    }
  });

  test('that are valid keep repair from writing', async () => {
    const store = await copyOf(versioned);
    await store.write([{ key: 'dataset_lock.lock', bytes: lock(Date.now() / 1000 + 100) }]);
    const error = await repair(store).catch((reason: unknown) => reason);
    expect(isDatasetError(error, 'read-only')).toBe(true);
    expect((await repair(store, { dryRun: true })).changed).toBe(0);
  });
});

describe('datasets of Deep Lake', () => {
  test('a damaged list of tiles is told', async () => {
    const { store } = await damaged(tiled, /arr\/tiles_index\/unsharded/, gone);
    expect(errors((await verify(store)).findings).map(({ code }) => code)).toContain('tiles');
  });

  test('a table of credentials that is too short is told', async () => {
    const { store, key } = await damaged(creds, /creds_index\/unsharded/, (bytes) => bytes.subarray(0, -8));
    expect(errors((await verify(store)).findings)).toMatchObject([{ code: 'creds', key }]);
  });

  test('views without a dataset, and without an entry, are told', async () => {
    const first = await damaged(views, /^\.queries\/optimized\/dataset_meta.json/, gone);
    expect(errors((await verify(first.store)).findings)).toMatchObject([{ code: 'view', key: '.queries/optimized/' }]);
    const second = await damaged(views, /^queries.json/, gone);
    expect((await verify(second.store)).findings.some(({ code }) => code === 'view')).toBe(true);
    const third = await damaged(views, /^\.queries\/optimized\/txt\/commit_diff/, noise);
    expect((await verify(third.store)).findings[0]).toMatchObject({
      code: 'commit-diff',
      key: third.key,
      repairable: true,
    });
    await repair(third.store);
    expect(errors((await verify(third.store)).findings)).toEqual([]);
  });
});

test('a check can be stopped and tells how far it is', async () => {
  const controller = new AbortController();
  const told: number[] = [];
  const onProgress = ({ done }: { done: number }) => {
    told.push(done);
    controller.abort(new Error('enough'));
  };
  await expect(verify(versioned, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
  const { checked } = await verify(versioned, { onProgress: ({ done }) => told.push(done) });
  expect(told.at(-1)).toBe(checked.keys);
});

test('a store that fails is an error, not a finding', async () => {
  const store = {
    ...versioned,
    address: 'x',
    get: () => Promise.reject(new Error('network')),
    list: versioned.list.bind(versioned),
  };
  await expect(verify(store)).rejects.toThrow('network');
});
