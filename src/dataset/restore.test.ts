import { describe, expect, test, vi } from 'vitest';
import { failureOf } from '../chunk/chunk.contract.js';
import { FIRST_COMMIT } from '../format/keys.js';
import { classLabel, createDataset, type Dataset, generic, image, openDataset, sequence, text } from '../index.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';

vi.setConfig({ testTimeout: 30_000 }); // with a checker of the format

const options = { autoFlush: false, author: 'Ada' } as const;
const schema = {
  notes: text(),
  marks: generic({ dtype: 'int32', tilingThreshold: 64 }),
  labels: classLabel(),
  runs: sequence(generic({ dtype: 'uint8' })),
};
const row = (i: number) => ({
  notes: `row ${i}`,
  marks: { dtype: 'int32', shape: [3 * (i % 9), 1], data: new Int32Array(3 * (i % 9)).fill(i) } as const,
  labels: i % 2 ? 'odd' : 'even',
  runs: Array.from({ length: i % 3 }, () => [i]),
});

async function dataset() {
  const store = memoryStore();
  const ds = await createDataset(store, schema, options);
  await ds.extend([0, 1, 2, 8].map(row));
  const first = await ds.commit('four rows');
  return { store, ds, first };
}

/** All that a reader can see of the open state: hidden tensors too. */
async function contents(ds: object): Promise<unknown> {
  const set = ds as Dataset;
  const tensors: Record<string, unknown> = {};
  for (const name of [...set.tensors, ...set.tensors.flatMap((one) => [`_${one}_id`, `_${one}_shape`])]) {
    const tensor = await set.loadTensor(name).catch(() => undefined);
    if (!tensor) continue;
    const { htype, dtype, shapeInterval } = tensor;
    tensors[name] = { htype, dtype, shapeInterval, info: await tensor.info.get(), samples: await tensor.toArray() };
  }
  return { tensors, groups: set.groups, info: await set.info.get() };
}

async function at(store: ReturnType<typeof memoryStore>, address: string): Promise<unknown> {
  const ds = await openDataset(store, { at: address });
  const all = await contents(ds);
  await ds.close();
  return all;
}

async function keysOf(store: ReturnType<typeof memoryStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list('')) keys.push(key);
  return keys.sort();
}

const untouched = { created: false, cleared: false, infoUpdated: false, updated: [], removed: [] };

describe('restore', () => {
  test('brings back samples, tables and infos of a commit, as changes that are not committed', async () => {
    const { store, ds, first } = await dataset();
    await ds.info.update({ stage: 2 });
    await ds.update(3, { notes: 'changed', marks: row(4).marks, labels: 'neither' });
    await ds.pop(0);
    await ds.extend([5, 6].map(row));
    const second = await ds.commit('changed');
    const [old, newer] = [await at(store, first), await at(store, second)];
    await ds.restore(first);
    expect(await contents(ds)).toEqual(old);
    expect(await ds.hasChanges()).toBe(true);
    expect((await ds.log()).map(({ message }) => message)).toEqual(['changed', 'four rows']);
    const all = { ...untouched, cleared: true, added: [0, 4] };
    expect(await ds.diff()).toMatchObject({
      infoUpdated: true,
      renamed: {},
      deleted: [],
      tensors: { notes: all, marks: all, runs: all, labels: { ...all, infoUpdated: true } },
    });
    await checkFormat(store);
    // What follows writes to the head as ever, and to no commit.
    await ds.append(row(7));
    await ds.tensor('notes').set(0, 'again');
    const third = await ds.commit('restored');
    expect(await ds.tensor('notes').toArray()).toEqual(['again', 'row 1', 'row 2', 'row 8', 'row 7']);
    expect([await at(store, first), await at(store, second)]).toEqual([old, newer]);
    await ds.restore(second);
    expect(await contents(ds)).toEqual(newer);
    await ds.restore(third); // not committed, and committed on the way
    expect((await ds.log()).map(({ message }) => message)[0]).toBe(`Auto commit before restoring ${third}`);
    expect(await ds.tensor('notes').at(0)).toBe('again');
    await ds.close();
    await checkFormat(store);
    const again = await openDataset(store, { schema });
    expect(await contents(again)).toEqual(await at(store, third));
    await again.close();
  });

  test('writes no chunk, and is taken back by reset', async () => {
    const { store, ds, first } = await dataset();
    await ds.extend([3, 4].map(row));
    const second = await ds.commit();
    const before = await contents(ds);
    const written = ds.stats.bytesWritten;
    const keys = async () => (await keysOf(store)).filter((key) => key.includes('/chunks/'));
    const chunks = await keys();
    await ds.restore(first);
    expect(await keys()).toEqual(chunks);
    expect(ds.stats.bytesWritten - written).toBeLessThan(40_000);
    await ds.reset();
    expect(await contents(ds)).toEqual(before);
    expect([await ds.hasChanges(), ds.commitId]).toEqual([false, second]);
    await ds.close();
    await checkFormat(store);
  });

  test('of the last commit is nothing to do; changes without a commit are committed before', async () => {
    const { store, ds, first } = await dataset();
    const head = async () => (await keysOf(store)).filter((key) => key.endsWith('dataset_meta.json'));
    const heads = await head();
    await ds.restore(first);
    await ds.restore('main');
    expect([await head(), await ds.hasChanges()]).toEqual([heads, false]);
    await ds.append(row(9));
    await ds.restore('main'); // the last commit at the time of the call
    expect((await ds.log()).map(({ message }) => message)).toEqual(['Auto commit before restoring main', 'four rows']);
    expect(ds.length).toBe(4);
    await ds.reset();
    expect(ds.length).toBe(5);
    await ds.close();
  });

  test('records tensors that only one of the two has, and those with another name', async () => {
    const { store, ds } = await dataset();
    const set = ds as unknown as Dataset;
    await set.createTensor('old/group/one', { htype: 'generic' });
    await set.createTensor('twice', { htype: 'text' });
    await (set.tensor('twice') as { append(x: string): Promise<void> }).append('before');
    const first = await ds.commit();
    const old = await at(store, first);
    await ds.renameTensor('notes', 'remarks');
    await ds.deleteGroup('old');
    await ds.deleteTensor('twice');
    await set.createTensor('twice', { htype: 'generic', dtype: 'int8' });
    await set.createTensor('new/two', { htype: 'text' });
    await set.createTensor('three', { htype: 'text' });
    await ds.setHidden('marks');
    await ds.commit();
    await ds.restore(first);
    expect(await contents(ds)).toEqual(old);
    const diff = await ds.diff();
    expect({ ...diff.renamed }).toEqual({ remarks: 'notes' });
    expect([...diff.deleted].sort()).toEqual(['new', 'three', 'twice']);
    expect(diff.tensors).toEqual({
      'old/group/one': { ...untouched, created: true, added: [0, 0] },
      twice: { ...untouched, created: true, added: [0, 1] },
    });
    expect(await ds.hasChanges()).toBe(true); // `marks` is shown again, which the format records without a word
    await checkFormat(store);
    await ds.commit();
    await ds.close();
    await checkFormat(store);
  });

  test('records names that were swapped', async () => {
    const { store, ds, first } = await dataset();
    await ds.renameTensor('notes', 'spare');
    await ds.renameTensor('marks', 'notes');
    await ds.renameTensor('spare', 'marks');
    await ds.commit();
    await ds.restore(first);
    expect({ ...(await ds.diff()).renamed }).toEqual({ notes: 'marks', marks: 'notes' });
    expect(await contents(ds)).toEqual(await at(store, first));
    await ds.close();
    await checkFormat(store);
  });

  test('reaches commits of other branches, which are then kept', async () => {
    const { store, ds } = await dataset();
    await ds.checkout('side', { create: true });
    await ds.update(1, { notes: 'of side' });
    await ds.extend([row(5)]);
    const side = await ds.commit();
    await ds.append(row(6)); // not committed: left out
    await ds.checkout('main');
    await ds.restore('side');
    expect(await contents(ds)).toEqual(await at(store, side));
    expect((await failureOf(ds.deleteBranch('side'))).data).toMatchObject({ reason: 'branch-in-use' });
    await ds.commit();
    await ds.append(row(7));
    await ds.close();
    await checkFormat(store);
  });

  test('refuses what is no commit, and where nothing can be written', async () => {
    const { store, ds, first } = await dataset();
    await ds.append(row(1));
    expect((await failureOf(ds.restore('nowhere'))).code).toBe('not-found');
    expect((await ds.log()).length).toBe(1); // nothing was committed
    await ds.commit();
    await ds.checkout(first);
    expect(await failureOf(ds.restore('main'))).toMatchObject({ code: 'read-only', data: { reason: 'detached' } });
    await ds.close();
    const reader = await openDataset(store, { mode: 'r' });
    expect((await failureOf(reader.restore(first))).code).toBe('read-only');
    await reader.close();
    const empty = await createDataset(memoryStore(), { images: image({ sampleCompression: 'png' }) });
    expect((await failureOf(empty.restore('main'))).code).toBe('not-found');
    expect((await failureOf(empty.restore(FIRST_COMMIT))).code).toBe('not-found');
    await empty.close();
  });

  test('counts in merges: what it changed, brought back and took away', async () => {
    const { store, ds, first } = await dataset();
    await ds.tensor('notes').set(1, 'a mistake');
    await ds.pop(0);
    await ds.append(row(5));
    await ds.commit('mistakes');
    await ds.checkout('side', { create: true });
    await ds.tensor('notes').set(0, 'of side'); // the sample with the mistake
    await ds.append(row(6));
    await ds.commit('side');
    await ds.checkout('main');
    await ds.restore(first);
    // Sample 1 was changed by both: here back to what it was. Those that restore left as they were are no conflict.
    expect((await failureOf(ds.merge('side'))).data).toMatchObject({
      conflicts: [{ tensor: 'notes', ours: 1, theirs: 0 }],
    });
    await ds.checkout('other', { create: true });
    expect(await ds.merge('side', { onConflict: 'ours' })).toMatchObject({ added: 1, updated: 0 });
    expect(await ds.tensor('notes').toArray()).toEqual(['row 0', 'row 1', 'row 2', 'row 8', 'row 6']);
    await ds.checkout('side');
    expect(await ds.merge('main', { onConflict: 'theirs' })).toMatchObject({ added: 1, updated: 1 });
    // Nothing is removed by a merge: row 5 stays.
    expect(await ds.tensor('notes').toArray()).toEqual(['row 1', 'row 2', 'row 8', 'row 5', 'row 6', 'row 0']);
    await ds.close();
    await checkFormat(store);
  });
});
