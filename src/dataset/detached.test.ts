import { expect, test } from 'vitest';
import { classLabel, createDataset, type Dataset, isDatasetError, openDataset, text } from '../index.js';
import { memoryStore } from '../stores.js';

// Deep Lake 3.9.52 begins a branch of its own name when a commit is written to; here nothing happens that was not asked for.
test('nothing changes a commit that is open, and every try says what to do', async () => {
  const store = memoryStore();
  const schema = { notes: text(), labels: classLabel(['a', 'b']) };
  const ds = await createDataset(store, schema, { autoFlush: false });
  const row = (notes: string) => ({ notes, labels: 'a' }) as const;
  await ds.append(row('one'));
  const first = await ds.commit('first');
  await ds.append(row('two'));
  const second = await ds.commit('second');
  await ds.append(row('three'));
  await ds.flush();
  const all = async () => {
    const bytes: Record<string, string> = {};
    for await (const key of store.list('')) bytes[key] = Buffer.from((await store.get(key)) ?? []).toString('base64');
    return bytes;
  };
  const before = await all();
  for (const commit of [first, second]) {
    await ds.checkout(commit);
    const notes = ds.tensor('notes');
    const changes: Record<string, () => Promise<unknown>> = {
      append: () => ds.append(row('x')),
      extend: () => ds.extend([row('x')]),
      insert: () => ds.insert(0, [row('x')]),
      update: () => ds.update(0, { notes: 'x' }),
      pop: () => ds.pop(),
      rechunk: () => ds.rechunk(),
      set: () => notes.set(0, 'x'),
      setRegion: () => ds.tensor('labels').setRegion(0, [0], 1),
      clear: () => notes.clear(),
      changeHtype: () => (ds as unknown as Dataset).tensor('labels').changeHtype('generic' as never),
      createTensor: () => ds.createTensor('more', { htype: 'text' }),
      createGroup: () => ds.createGroup('group'),
      renameTensor: () => ds.renameTensor('notes', 'remarks'),
      deleteTensor: () => ds.deleteTensor('notes'),
      setHidden: () => ds.setHidden('notes'),
      info: () => ds.info.update({ stage: 1 }),
      'info of a tensor': () => notes.info.update({ stage: 1 }),
      commit: () => ds.commit('again', { allowEmpty: true }),
      merge: () => ds.merge('main'),
      restore: () => ds.restore(first),
      reset: () => ds.reset(),
    };
    for (const [name, change] of Object.entries(changes)) {
      const error = await change().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect([name, isDatasetError(error, 'read-only') && error.data.reason]).toEqual([name, 'detached']);
      expect((error as Error).message).toContain(`Commit ${commit} of memory://`);
      expect((error as Error).message).toContain('checkout(name, { create: true })');
    }
    expect(await ds.hasChanges()).toBe(false);
  }
  expect(await all()).toEqual(before);
  await ds.checkout('later', { create: true }); // what the message says
  await ds.append(row('of later'));
  expect(await ds.tensor('notes').toArray()).toEqual(['one', 'two', 'of later']);
  await ds.close();
  await expect(openDataset(store, { mode: 'rw', at: first })).rejects.toMatchObject({ data: { reason: 'detached' } });
});
