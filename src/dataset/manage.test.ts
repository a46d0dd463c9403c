import { describe, expect, test } from 'vitest';
import { parseDatasetDiff } from '../format/dataset-diff.js';
import { datasetDiffKey } from '../format/keys.js';
import {
  classLabel,
  createDataset,
  DatasetError,
  generic,
  image,
  isDatasetError,
  openDataset,
  text,
} from '../index.js';
import type { Put, Store } from '../store/types.js';
import { memoryStore } from '../stores.js';

const schema = {
  labels: classLabel(['cat', 'dog']),
  notes: text(),
  'train/images': image({ sampleCompression: 'png' }),
};
const pixels = { dtype: 'uint8' as const, shape: [2, 2, 3], data: new Uint8Array(12).fill(7) };

async function dataset({ commits = false } = {}) {
  const store = memoryStore();
  const ds = await createDataset(store, schema, { autoFlush: false });
  for (const note of ['a', 'b']) await ds.append({ labels: 'cat', notes: note, 'train/images': pixels });
  if (commits) await ds.commit('one');
  return { store, ds };
}

async function keysOf(store: ReturnType<typeof memoryStore>, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys.sort();
}

async function code(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    return isDatasetError(error) ? error.code : error instanceof RangeError ? 'range' : String(error);
  }
}

describe('renaming a tensor', () => {
  test('changes names only, those of companions too', async () => {
    const { store, ds } = await dataset();
    const old = ds.tensor('notes');
    await ds.tensor('notes').append('unstored');
    await ds.renameTensor('notes', 'remarks');
    expect((await keysOf(store)).filter((key) => key.includes('remarks'))).toEqual([]);
    expect(ds.tensors).toEqual(['labels', 'remarks', 'train/images']);
    expect(await ds.tensor('remarks' as 'notes').toArray()).toEqual(['a', 'b', 'unstored']);
    expect((await ds.loadTensor('_remarks_id')).length).toBe(3);
    expect(await code(() => ds.tensor('notes'))).toBe('not-found');
    await old.append('through the old handle');
    expect([old.length, ds.tensor('remarks' as 'notes').length]).toEqual([4, 4]);
    await ds.close();
    const again = await openDataset(store);
    expect(await again.tensor('remarks').at(3)).toBe('through the old handle');
  });

  test('lets another tensor take the old name under a key of its own', async () => {
    const { store, ds } = await dataset();
    await ds.renameTensor('notes', 'remarks');
    const other = await ds.createTensor('notes', generic({ dtype: 'int32' }));
    await other.extend([1, 2]);
    await ds.close();
    const again = await openDataset(store);
    expect(again.tensors).toEqual(['labels', 'remarks', 'train/images', 'notes']);
    expect(await again.tensor('remarks').at(0)).toBe('a');
    expect(again.tensor('notes').dtype).toBe('int32');
    expect((await keysOf(store)).some((key) => /^notes_[0-9a-f]{4}\/tensor_meta.json$/.test(key))).toBe(true);
  });

  test('is recorded once, and not at all when it leads back', async () => {
    const { store, ds } = await dataset({ commits: true });
    await ds.renameTensor('notes', 'b');
    await ds.renameTensor('b', 'c');
    await ds.createTensor('new', text());
    await ds.renameTensor('new', 'newer');
    expect((await ds.diff()).renamed).toEqual({ notes: 'c' });
    expect(await ds.hasChanges()).toBe(true);
    await ds.renameTensor('c', 'notes');
    expect((await ds.diff()).renamed).toEqual({});
    await ds.renameTensor('notes', 'final');
    const second = await ds.commit('two');
    expect(await ds.tensor('final' as 'notes').at(1)).toBe('b');
    expect(parseDatasetDiff((await store.get(datasetDiffKey(second))) ?? new Uint8Array(), 'diff').renamed).toEqual(
      new Map([['notes', 'final']]),
    );
    await ds.checkout((await ds.log())[1]?.id ?? '');
    expect(ds.tensors).toContain('notes');
  });

  test('is refused for names that are taken, in another group, or of companions', async () => {
    const { ds } = await dataset();
    const wrong: [string, string, string][] = [
      ['notes', 'labels', 'exists'],
      ['notes', 'train', 'exists'],
      ['nothing', 'x', 'not-found'],
      ['notes', 'train/notes', 'range'],
      ['notes', 'append', 'range'],
      ['_notes_id', '_x_id', 'range'],
    ];
    for (const [from, to, expected] of wrong)
      expect([from, to, await code(() => ds.renameTensor(from, to))]).toEqual([from, to, expected]);
    await ds.createTensor('_y_id', { htype: 'text', createIdTensor: false });
    expect(await code(() => ds.renameTensor('notes', 'y'))).toBe('exists');
    expect(ds.tensors).toContain('notes');
    await ds.close();
    expect(await code(() => ds.renameTensor('notes', 'z'))).toBe('closed');
  });
});

describe('groups', () => {
  test('are renamed with all that lies in them', async () => {
    const { store, ds } = await dataset({ commits: true });
    await ds.createGroup('train/deep');
    await ds.renameGroup('train', 'test');
    expect([ds.tensors, ds.groups]).toEqual([
      ['labels', 'notes', 'test/images'],
      ['test', 'test/deep'],
    ]);
    expect((await ds.diff()).renamed).toEqual({ 'train/images': 'test/images' });
    expect((await ds.loadTensor('test/_images_shape')).length).toBe(2);
    await ds.renameGroup('test/deep', 'test/deeper');
    expect(await code(() => ds.renameGroup('test', 'notes'))).toBe('exists');
    expect(await code(() => ds.renameGroup('nothing', 'x'))).toBe('not-found');
    await ds.close();
    expect((await openDataset(store)).tensor('test/images').length).toBe(2);
  });

  test('are deleted with all that lies in them', async () => {
    const { store, ds } = await dataset({ commits: true });
    await ds.createTensor('train/more', text());
    await ds.renameTensor('train/images', 'train/pictures');
    await ds.deleteGroup('/train/');
    expect([ds.tensors, ds.groups]).toEqual([['labels', 'notes'], []]);
    expect((await ds.diff()).deleted).toEqual(['train/images', 'train']);
    expect((await ds.diff()).renamed).toEqual({});
    await ds.createGroup('empty');
    await ds.deleteGroup('empty');
    expect((await ds.diff()).deleted).toEqual(['train/images', 'train']);
    await ds.commit('two');
    expect((await keysOf(store, 'versions/')).filter((key) => /train\/.*json$/.test(key))).toEqual([]);
    await ds.checkout('firstdbf9474d461a19e9333c2fd19b46115348f');
    expect(await ds.tensor('train/images').length).toBe(2);
  });
});

describe('deleting a tensor', () => {
  test('removes its files and companions, but not those of a group in its folder', async () => {
    const { store, ds } = await dataset();
    await ds.renameTensor('notes', 'x');
    await (await ds.createTensor('notes/chunks', text())).extend(['in a group', 'of the old name']);
    const [handle, view] = [ds.tensor('x' as 'notes'), ds.slice(0, 1)];
    await ds.deleteTensor('x');
    expect([ds.tensors, ds.length]).toEqual([['labels', 'train/images', 'notes/chunks'], 2]);
    for (const read of [() => handle.at(0), () => handle.length, () => handle.append('x'), () => handle.info.get()])
      expect(await code(read)).toBe('not-found');
    expect(await code(() => view.at(0))).toBe('not-found');
    expect(
      (await keysOf(store)).filter(
        (key) => /^_?notes/.test(key) && !key.startsWith('notes/chunks/') && !key.startsWith('notes/_chunks'),
      ),
    ).toEqual([]);
    await ds.close();
    const again = await openDataset(store, { mode: 'rw' });
    expect(await again.tensor('notes/chunks').toArray()).toEqual(['in a group', 'of the old name']);
    await again.close();
  });

  test('leaves commits as they are, and is recorded under the name that they know', async () => {
    const { store, ds } = await dataset({ commits: true });
    await ds.append({ labels: 'dog', notes: 'c', 'train/images': null });
    await ds.renameTensor('notes', 'x');
    await ds.deleteTensor('x');
    await ds.createTensor('brief', text());
    await ds.deleteTensor('brief');
    expect(await ds.diff()).toMatchObject({ deleted: ['notes'], renamed: {} });
    const again = await ds.createTensor('notes', text());
    await again.extend(['new', 'newer', 'newest']);
    await ds.commit('two');
    expect((await keysOf(store, 'versions/')).filter((key) => key.includes('brief'))).toEqual([]);
    expect(await ds.tensor('notes').at(2)).toBe('newest');
    await ds.checkout('firstdbf9474d461a19e9333c2fd19b46115348f');
    expect(await ds.tensor('notes').toArray()).toEqual(['a', 'b']);
    expect(await code(() => ds.deleteTensor('notes'))).toBe('read-only');
  });

  test('forgets that the class names were closed', async () => {
    const { ds } = await dataset();
    await ds.deleteTensor('labels');
    const labels = await ds.createTensor('labels', { htype: 'class_label' });
    await labels.append('anything');
    expect(await code(() => ds.deleteTensor('_labels_id'))).toBe('range');
  });
});

describe('hiding a tensor', () => {
  test('takes it out of rows, and is kept by a commit', async () => {
    const { store, ds } = await dataset({ commits: true });
    await ds.setHidden('notes');
    expect(ds.tensors).toEqual(['labels', 'train/images']);
    await ds.commit('hidden');
    await ds.close();
    const again = await openDataset(store, { mode: 'rw' });
    expect(await (await again.loadTensor('notes')).at(0)).toBe('a');
    await again.setHidden('notes', false);
    expect(again.tensors).toEqual(['labels', 'notes', 'train/images']);
    expect(await code(() => again.setHidden('_notes_id', false))).toBe('range');
    await again.close();
  });
});

test('a change that cannot be stored changes nothing, and deletions come last', async () => {
  const inner = memoryStore();
  const writes: (readonly Put[])[] = [];
  let fails = false;
  const store: Store = {
    address: 'memory',
    get: (key) => inner.get(key),
    list: (prefix) => inner.list(prefix),
    lock: async () => () => {},
    async write(puts) {
      if (fails) throw new DatasetError('storage', 'full', { reason: 'quota' });
      writes.push(puts);
      await inner.write(puts);
    },
  };
  const ds = await createDataset(store, schema, { autoFlush: false });
  await ds.append({ labels: 'cat', notes: 'a', 'train/images': pixels });
  await ds.flush();
  fails = true;
  expect(await code(() => ds.renameTensor('labels', 'x'))).toBe('storage');
  expect(await code(() => ds.deleteGroup('train'))).toBe('storage');
  expect([ds.tensors, ds.groups]).toEqual([['labels', 'notes', 'train/images'], ['train']]);
  fails = false;
  await ds.append({ labels: 'dog', notes: 'b', 'train/images': null });
  expect(await code(() => ds.tensor('labels').append('bird' as 'cat'))).toBe('sample-mismatch');
  writes.length = 0;
  await ds.deleteTensor('notes');
  const puts = writes.at(-1) ?? [];
  const first = puts.findIndex(({ bytes }) => bytes === null);
  expect(first).toBeGreaterThan(0);
  expect(puts.slice(first).every(({ bytes }) => bytes === null)).toBe(true);
  expect(ds.length).toBe(2);
  await ds.close();
});
