import { describe, expect, test } from 'vitest';
import { bbox, classLabel, createDataset, isDatasetError, openDataset, text } from '../index.js';
import { memoryStore } from '../stores.js';

const schema = { labels: classLabel(['cat', 'dog']), notes: text(), boxes: bbox() };
const row = (label: 'cat' | 'dog', note: string) => ({ labels: label, notes: note, boxes: [[1, 2, 3, 4]] as const });

async function dataset(rows = 2) {
  const store = memoryStore();
  const ds = await createDataset(store, schema, { author: 'Ada' });
  for (let i = 0; i < rows; i++) await ds.append(row('cat', `row ${i}`));
  return { store, ds };
}

async function code(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'fine',
    (reason: unknown) => reason,
  );
  return isDatasetError(error) ? error.code : String(error);
}

describe('commits', () => {
  test('are read forever, whatever comes after them', async () => {
    const { store, ds } = await dataset();
    const first = await ds.commit('two rows');
    expect(first).toBe('firstdbf9474d461a19e9333c2fd19b46115348f');
    expect(ds.commitId).toBe(first);
    await ds.append(row('dog', 'row 2'));
    await ds.tensor('notes').set(0, 'changed');
    expect(await ds.hasChanges()).toBe(true);
    const second = await ds.commit();
    expect(await ds.hasChanges()).toBe(false);
    await ds.append(row('dog', 'row 3'));
    await ds.close();
    const notes = async (at: string) => (await openDataset(store, { schema, at })).tensor('notes').toArray();
    expect(await notes(first)).toEqual(['row 0', 'row 1']);
    expect(await notes(second)).toEqual(['changed', 'row 1', 'row 2']);
    expect(await notes('main')).toEqual(['changed', 'row 1', 'row 2', 'row 3']);
    const again = await openDataset(store, { schema });
    expect((await again.log()).map(({ id, author, message, branch }) => [id, author, message, branch])).toEqual([
      [second, 'Ada', null, 'main'],
      [first, 'Ada', 'two rows', 'main'],
    ]);
    await again.close();
  });

  test('of nothing are an error, unless they are asked for', async () => {
    const { ds } = await dataset();
    await ds.commit('one', { author: 'Grace' });
    expect(await code(ds.commit('two'))).toBe('history');
    await ds.commit('two', { allowEmpty: true });
    expect((await ds.log()).map(({ message, author }) => [message, author])).toEqual([
      ['two', 'Ada'],
      ['one', 'Grace'],
    ]);
    await ds.close();
  });

  test('keep handles, class names and encoder settings usable', async () => {
    const { ds } = await dataset();
    const labels = ds.tensor('labels');
    await ds.commit();
    await labels.append('dog');
    await ds.tensor('notes').append('x');
    await ds.tensor('boxes').append(null);
    expect((await labels.at(2)).names).toEqual(['dog']);
    expect(ds.length).toBe(3);
    await ds.close();
  });
});

describe('branches', () => {
  test('begin after a commit of what has changed, and go their own ways', async () => {
    const { store, ds } = await dataset();
    await ds.checkout('review', { create: true });
    expect([ds.branch, ds.branches]).toEqual(['review', ['main', 'review']]);
    expect((await ds.log()).map(({ message }) => message)).toEqual(['auto commit before checkout to review']);
    await ds.tensor('labels').set(1, 'dog');
    await ds.append(row('dog', 'of the branch'));
    await ds.checkout('main');
    expect(ds.length).toBe(2);
    await ds.append(row('cat', 'of main'));
    expect((await ds.tensor('labels').at(1)).names).toEqual(['cat']);
    await ds.checkout('review');
    expect((await ds.tensor('labels').toArray()).map(({ names }) => names[0])).toEqual(['cat', 'dog', 'dog']);
    await ds.close();
    const other = await openDataset(store, { schema, at: 'review' });
    expect(await other.tensor('notes').at(2)).toBe('of the branch');
    await other.close();
  });

  test('begin at an old commit, which itself can only be read', async () => {
    const { ds } = await dataset();
    const first = await ds.commit();
    await ds.append(row('dog', 'later'));
    await ds.checkout(first);
    expect([ds.length, ds.readOnly]).toEqual([2, true]);
    expect(await code(ds.append(row('dog', 'x')))).toBe('read-only');
    await ds.checkout('again', { create: true });
    await ds.append(row('dog', 'x'));
    expect([ds.length, ds.readOnly, ds.branch]).toEqual([3, false, 'again']);
    await ds.checkout('main');
    expect(await ds.tensor('notes').at(2)).toBe('later');
    await ds.close();
  });

  test('are refused under a name that is taken or cannot be stored', async () => {
    const { ds } = await dataset();
    expect(await code(ds.checkout('main', { create: true }))).toBe('exists');
    expect(await code(ds.checkout('nowhere'))).toBe('not-found');
    await expect(ds.checkout('a b', { create: true })).rejects.toThrow(RangeError);
    expect(ds.branch).toBe('main');
    await ds.close();
  });

  test('are deleted with their files, but not while something needs them', async () => {
    const { store, ds } = await dataset();
    await ds.checkout('a', { create: true });
    await ds.append(row('dog', 'a'));
    await ds.checkout('b', { create: true });
    await ds.checkout('main');
    for (const name of ['main', 'a']) expect(await code(ds.deleteBranch(name))).toBe('history');
    expect(await code(ds.deleteBranch('c'))).toBe('not-found');
    await ds.deleteBranch('b');
    await ds.deleteBranch('a');
    expect(ds.branches).toEqual(['main']);
    const left: string[] = [];
    for await (const key of store.list('versions/')) left.push(key.split('/')[1] ?? '');
    expect(new Set(left).size).toBe(1); // the head of main
    expect(ds.length).toBe(2);
    await ds.close();
  });
});

describe('what has changed', () => {
  test('is told of the head, and of both sides of two states', async () => {
    const { ds } = await dataset();
    expect(await ds.diff()).toMatchObject({ commitId: undefined, tensors: { labels: { created: true } } });
    const first = await ds.commit('one');
    expect((await ds.diff()).tensors).toEqual({});
    await ds.tensor('notes').set(1, 'new');
    await ds.append(row('dog', 'more'));
    await ds.info.update({ seen: 1 });
    await ds.checkout('side', { create: true });
    await ds.append(row('dog', 'side'));
    await ds.flush();
    const { ancestor, left, right } = await ds.diff('main', 'side');
    const second = (await ds.log())[0]?.id;
    expect([ancestor, left.length, right.length]).toEqual([second, 1, 1]);
    expect(right[0]?.tensors.notes).toMatchObject({ added: [3, 4], updated: [] });
    const since = await ds.diff(first);
    expect([since.ancestor, since.left]).toEqual([first, []]);
    expect(since.right[1]).toMatchObject({
      commitId: second,
      infoUpdated: true,
      message: 'auto commit before checkout to side',
      tensors: { notes: { added: [2, 3], updated: [1], removed: [] }, labels: { added: [2, 3], updated: [] } },
    });
    await ds.close();
  });

  test('is thrown away by a reset', async () => {
    const { store, ds } = await dataset();
    const first = await ds.commit();
    await ds.append(row('dog', 'flushed'));
    await ds.flush();
    await ds.append(row('dog', 'not flushed'));
    await ds.reset();
    expect([ds.length, ds.commitId, await ds.hasChanges()]).toEqual([2, first, false]);
    await ds.append(row('dog', 'after'));
    await ds.close();
    const again = await openDataset(store, { schema, mode: 'rw' });
    expect(await again.tensor('notes').toArray()).toEqual(['row 0', 'row 1', 'after']);
    await again.close();
  });

  test('before the first commit is the whole dataset', async () => {
    const { ds } = await dataset();
    await ds.reset();
    expect([ds.tensors, ds.length]).toEqual([[], 0]);
    await ds.createTensor('x', { htype: 'text' });
    await ds.close();
  });
});
