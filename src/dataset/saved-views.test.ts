import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { serializeLock } from '../format/lock.js';
import { classLabel, createDataset, generic, isDatasetError, openDataset, type Store, text } from '../index.js';
import { folderStore } from '../node.js';
import { memoryStore, zipStore } from '../stores.js';

const folder = mkdtempSync(join(tmpdir(), 'lakelet-views-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema = { n: generic({ dtype: 'int32' }), lab: classLabel(['cat', 'dog']), txt: text() };

async function dataset(store: Store = memoryStore(), rows = 12) {
  const ds = await createDataset(store, schema);
  await ds.extend(
    Array.from({ length: rows }, (_, i) => ({ n: i, lab: i % 2 ? 'dog' : 'cat', txt: `t${i}` }) as const),
  );
  return { ds, store };
}

async function failure(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isDatasetError(error)) return String(error);
  return { code: error.code, message: error.message };
}

describe('saved views', () => {
  test('keep rows, order, repeats and the expression, at their commit', async () => {
    const { ds } = await dataset();
    await ds.commit('twelve rows');
    expect(await ds.views()).toEqual([]);
    expect(await (await ds.filter("lab == 'cat' and n > 3")).save({ id: 'cats', message: 'only cats' })).toBe('cats');
    await ds.pick([9, 0, 3, 3]).save({ id: 'list' });
    await ds.slice(2, 8, 2).save({ id: 'slice' });
    await ds.pick([-1]).save({ id: 'last' });
    await ds.slice(0, 0).save({ id: 'none' });
    await ds.tensor('txt').set(3, 'changed');
    await ds.append({ n: 12, lab: 'cat', txt: 't12' });
    const cats = await ds.loadView('cats');
    expect([...cats.indices]).toEqual([4, 6, 8, 10]);
    expect((await cats.at(0)).txt).toBe('t4');
    const list = await ds.loadView('list');
    const texts: unknown[] = [];
    for await (const row of list) texts.push(row.txt);
    expect(texts).toEqual(['t9', 't0', 't3', 't3']); // as it was committed
    expect([...(await ds.loadView('slice')).indices]).toEqual([2, 4, 6]);
    expect([...(await ds.loadView('last')).indices]).toEqual([11]);
    expect((await ds.loadView('none')).length).toBe(0);
    const [first] = await ds.views();
    expect(first).toMatchObject({ id: 'cats', message: 'only cats', query: "lab == 'cat' and n > 3", virtual: true });
    expect(first?.commit).toBe(ds.commitId);
    expect(Math.abs(Date.now() - (first?.createdAt?.getTime() ?? 0))).toBeLessThan(60_000);
    await ds.close();
  });

  test('with copies are read without the source, in the order of the view', async () => {
    const { ds, store } = await dataset();
    await ds.commit();
    const id = await ds.pick([5, 1, 1]).select('txt', 'n').save({ copy: true });
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const view = await ds.loadView(id);
    expect(await view.at(0)).toMatchObject({ txt: 't5' });
    expect(Object.keys(await view.at(2)).sort()).toEqual(['n', 'txt']);
    expect(view.length).toBe(3);
    const own = await openDataset((await import('../store/prefixed.js')).withPrefix(store, `.queries/${id}`));
    expect((await own.loadTensor('VDS_INDEX')).length).toBe(3);
    expect(await own.tensor('txt').toArray()).toEqual(['t5', 't1', 't1']);
    await ds.close();
  });

  test('are refused with changes that are not committed, and with ids that are taken or no names', async () => {
    const { ds } = await dataset();
    expect(await failure(ds.slice(1).save())).toMatchObject({ code: 'history' });
    await ds.commit();
    await ds.slice(1).save({ id: 'a' });
    expect(await failure(ds.slice(2).save({ id: 'a' }))).toMatchObject({ code: 'exists' });
    expect(await failure(ds.slice(2).save({ id: '../a' }))).toMatch(/^RangeError/);
    await ds.append({ n: 1, lab: 0, txt: '' });
    const refused = await failure(ds.slice(2).save({ id: 'b' }));
    expect(refused).toMatchObject({ code: 'history', message: expect.stringContaining('commit()') });
    expect(await failure(ds.loadView('b'))).toMatchObject({ code: 'not-found' });
    await ds.close();
  });

  test('are deleted with everything that belongs to them', async () => {
    const { ds, store } = await dataset();
    await ds.commit();
    await ds.slice(1).save({ id: 'a', copy: true });
    await ds.slice(1).save({ id: 'ab' });
    await ds.deleteView('a');
    expect((await ds.views()).map(({ id }) => id)).toEqual(['ab']);
    const keys: string[] = [];
    for await (const key of store.list?.('.queries/') ?? []) keys.push(key);
    expect(keys.every((key) => key.startsWith('.queries/ab/'))).toBe(true);
    expect(keys.length).toBeGreaterThan(0);
    expect(await failure(ds.deleteView('a'))).toMatchObject({ code: 'not-found' });
    await ds.close();
    const reader = await openDataset(store);
    expect(await failure(reader.deleteView('ab'))).toMatchObject({ code: 'read-only' });
    expect(await failure(reader.slice(1).save())).toMatchObject({ code: 'read-only' });
    expect((await reader.loadView('ab')).length).toBe(11);
    await reader.close();
  });

  test("wait for no other program's lock: they say that it is there", async () => {
    const store = folderStore(join(folder, 'locked'));
    const { ds } = await dataset(store, 3);
    await ds.commit();
    const bytes = serializeLock({ node: 7, expiry: Date.now() / 1000 + 100, tag: new Uint8Array(4) });
    await store.write([{ key: 'queries.lock', bytes }]);
    expect(await failure(ds.slice(1).save({ id: 'a' }))).toMatchObject({ code: 'read-only' });
    expect(await ds.views()).toEqual([]);
    await store.write([{ key: 'queries.lock', bytes: null }]);
    await ds.slice(1).save({ id: 'a' });
    expect(await store.get('queries.lock')).toBeUndefined();
    await ds.close();
  });

  test('of Deep Lake are loaded with the right rows', async () => {
    const at = new URL('../../e2e/fixtures/golden/', import.meta.url);
    const expected = JSON.parse(readFileSync(new URL('views.expected.json', at), 'utf8'));
    const ds = await openDataset(await zipStore(new Blob([readFileSync(new URL('views.zip', at))])));
    const saved = await ds.views();
    expect(saved.map(({ id, query }) => [id, query])).toEqual([
      ['cats', "a > 6 and lab == 'cat'"],
      ['slice', null],
      ['list', null],
      ['single', null],
      ['optimized', null],
    ]);
    for (const { id, virtual } of saved) {
      const view = await ds.loadView(id);
      const { indices, tensors } = expected.views[id];
      expect(view.length).toBe(indices.length);
      if (virtual) expect([...view.indices]).toEqual(indices);
      const texts: unknown[] = [];
      for await (const row of view) texts.push(row.txt);
      expect(texts).toEqual([tensors.txt.values].flat());
    }
    await ds.close();
  });
});
