import { describe, expect, test, vi } from 'vitest';
import { failureOf } from '../chunk/chunk.contract.js';
import { parsePads, serializePads } from '../format/pads.js';
import {
  classLabel,
  createDataset,
  type Dataset,
  generic,
  image,
  json,
  link,
  openDataset,
  type Tensor,
  text,
} from '../index.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';

vi.setConfig({ testTimeout: 30_000 }); // with a checker of the format

const options = { autoFlush: false, author: 'Ada' } as const;
const schema = { notes: text(), marks: generic({ dtype: 'int32' }) };
const row = (note: string, mark: number) => ({ notes: note, marks: [mark] });

/** Two branches of three rows: `main` is open. */
async function branches() {
  const store = memoryStore();
  const ds = await createDataset(store, schema, options);
  await ds.extend([row('a', 1), row('b', 2), row('c', 3)]);
  await ds.checkout('side', { create: true });
  return { store, ds };
}

async function graph(store: ReturnType<typeof memoryStore>): Promise<{ branches: Record<string, string> }> {
  return JSON.parse(new TextDecoder().decode(await store.get('version_control_info.json')));
}

const notes = (ds: Dataset<typeof schema>) => ds.tensor('notes').toArray();
const marks = async (ds: Dataset<typeof schema>) => (await ds.tensor('marks').toArray()).map(({ data }) => data[0]);

/** A tensor that the type of the dataset does not know. */
const tensor = (ds: object, name: string): Tensor => (ds as Dataset).tensor(name) as unknown as Tensor;

async function ids(ds: object, name: string): Promise<bigint[]> {
  const all = await (await (ds as Dataset).loadTensor(`_${name}_id`)).toArray();
  return all.map((one) => (one as { data: BigUint64Array }).data[0] ?? 0n);
}

describe('rows', () => {
  test('that are new are appended with their ids, those changed there are overwritten', async () => {
    const { store, ds } = await branches();
    await ds.append(row('of side', 10));
    await ds.tensor('notes').set(1, 'changed there');
    await ds.commit('work');
    const theirs = await ids(ds, 'notes');
    await ds.checkout('main');
    await ds.append(row('of main', 20));
    await ds.tensor('marks').set(0, [100]);
    const done = await ds.merge('side');
    expect(done).toMatchObject({ added: 1, updated: 1, conflicts: [], tensors: { created: [], deleted: [] } });
    expect(await notes(ds)).toEqual(['a', 'changed there', 'c', 'of main', 'of side']);
    expect(await marks(ds)).toEqual([100, 2, 3, 20, 10]);
    const ours = await ids(ds, 'notes');
    expect([ours[1], ours[4]]).toEqual([theirs[1], theirs[3]]);
    const log = await ds.log();
    expect(log[0]).toMatchObject({
      id: done.commit,
      message: expect.stringMatching(/^Merge \S{40} into main$/),
      author: 'Ada',
    });
    expect(log[1]?.message).toBe('Auto commit before merging into main');
    expect((await ds.diff(log[1]?.id ?? '')).right[1]?.tensors.notes).toMatchObject({ added: [4, 5], updated: [1] });
    expect([await ds.hasChanges(), ds.branch]).toEqual([false, 'main']);
    await ds.append(row('after', 0));
    await ds.close();
    await checkFormat(store);
    const again = await openDataset(store, { schema });
    expect(await notes(again)).toEqual(['a', 'changed there', 'c', 'of main', 'of side', 'after']);
    await again.close();
  });

  test('that were not committed there are committed first', async () => {
    const { store, ds } = await branches();
    await ds.append(row('open', 4));
    await ds.checkout('main');
    await ds.merge('side', { message: 'Take what Grace did', author: 'Grace' });
    expect(await notes(ds)).toEqual(['a', 'b', 'c', 'open']);
    const [last] = await ds.log();
    expect([last?.author, last?.message]).toEqual([
      'Grace',
      expect.stringMatching(/^Take what Grace did\n\nMerge \S+ into main$/),
    ]);
    await ds.checkout('side');
    expect((await ds.log())[0]?.message).toBe('Auto commit before merging into main');
    expect([await ds.hasChanges(), ds.length]).toEqual([false, 4]);
    await ds.append(row('goes on', 5));
    await ds.close();
    await checkFormat(store);
  });

  test('are merged again without repeating, and both ways', async () => {
    const { ds } = await branches();
    await ds.append(row('one', 4));
    await ds.tensor('notes').set(0, 'A');
    await ds.checkout('main');
    await ds.merge('side');
    expect(await ds.merge('side')).toMatchObject({ commit: undefined, added: 0, updated: 0 });
    await ds.tensor('notes').set(0, 'AA'); // of a sample that was merged: no conflict, theirs is older
    await ds.checkout('side');
    await ds.append(row('two', 5));
    await ds.tensor('notes').set(2, 'C');
    await ds.checkout('main');
    expect(await ds.merge('side')).toMatchObject({ added: 1, updated: 1, conflicts: [] });
    expect(await notes(ds)).toEqual(['AA', 'b', 'C', 'one', 'two']);
    await ds.checkout('side');
    expect(await ds.merge('main')).toMatchObject({ added: 0, conflicts: [] });
    expect(await notes(ds)).toEqual(['AA', 'b', 'C', 'one', 'two']);
    await ds.tensor('notes').set(1, 'B');
    await ds.checkout('main');
    await ds.tensor('notes').set(0, 'AAA'); // side has the one before
    expect(await ds.merge('side')).toMatchObject({ updated: 1, conflicts: [] });
    expect(await notes(ds)).toEqual(['AAA', 'B', 'C', 'one', 'two']);
    await ds.close();
  });

  test('of an ancestor, or of the branch itself, change nothing', async () => {
    const { ds } = await branches();
    const [first] = await ds.log();
    await ds.append(row('more', 4));
    for (const target of ['main', 'side', first?.id ?? '']) {
      expect(await ds.merge(target)).toEqual({
        commit: undefined,
        added: 0,
        updated: 0,
        conflicts: [],
        tensors: { created: [], deleted: [] },
      });
    }
    expect((await ds.log()).length).toBe(1);
    expect((await failureOf(ds.merge('nowhere'))).code).toBe('not-found');
    await ds.checkout(first?.id ?? '');
    expect((await failureOf(ds.merge('side'))).code).toBe('read-only');
    await ds.close();
  });

  test('that are padding in all tensors are left out, also those of earlier commits', async () => {
    const { store, ds } = await branches();
    await ds.tensor('notes').set(5, 'd'); // rows 3 and 4 are padding
    await ds.tensor('marks').set(5, [4]);
    await ds.commit();
    await ds.tensor('notes').set(8, 'e'); // rows 6 and 7
    await ds.tensor('marks').set(7, [5]); // row 6
    await ds.tensor('marks').set(8, [6]);
    await ds.tensor('notes').set(4, 'assigned later');
    await ds.checkout('main');
    const { added, commit } = await ds.merge('side');
    expect(added).toBe(4);
    const expected = [
      ['a', 'b', 'c', 'assigned later', 'd', '', 'e'],
      [1, 2, 3, undefined, 4, 5, 6],
    ];
    expect([await notes(ds), await marks(ds)]).toEqual(expected);
    // Padding of one tensor stays that, for merges to come.
    const padsOf = async (name: string) =>
      parsePads((await store.get(`versions/${commit}/${name}/pad_index/unsharded`)) ?? new Uint8Array(0), name);
    expect([await padsOf('notes'), await padsOf('marks')]).toEqual([[{ start: 5, end: 6 }], [{ start: 3, end: 4 }]]);
    await ds.close();
    await checkFormat(store);
  });

  test('that a record calls padding, but which hold something, are taken', async () => {
    const { store, ds } = await branches();
    await ds.extend([row('', 0), row('full', 1)]);
    await ds.flush();
    const head = (await graph(store)).branches.side;
    for (const name of ['notes', 'marks']) {
      const bytes = serializePads([{ start: 3, end: 4_000_000_000 }]);
      await store.write([{ key: `versions/${head}/${name}/pad_index/unsharded`, bytes }]);
    }
    await ds.checkout('main');
    expect(await ds.merge('side')).toMatchObject({ added: 2 });
    expect([await notes(ds), await marks(ds)]).toEqual([
      ['a', 'b', 'c', '', 'full'],
      [1, 2, 3, 0, 1],
    ]);
    await ds.close();
  });
});

describe('samples that both sides changed', () => {
  async function conflicting() {
    const { store, ds } = await branches();
    await ds.tensor('notes').set(0, 'theirs');
    await ds.tensor('marks').set(1, [222]);
    await ds.tensor('marks').set(2, [333]);
    await ds.append(row('new', 4));
    await ds.checkout('main');
    await ds.tensor('notes').set(0, 'ours');
    await ds.tensor('marks').set(1, [-2]);
    await ds.tensor('marks').set(2, [333]); // to the same: no conflict
    return { store, ds };
  }

  test('are listed, and nothing changes', async () => {
    const { ds } = await conflicting();
    const error = await failureOf(ds.merge('side'));
    expect(error).toMatchObject({
      code: 'history',
      data: {
        reason: 'conflict',
        conflicts: [
          { tensor: 'notes', id: String((await ids(ds, 'notes'))[0]), ours: 0, theirs: 0 },
          { tensor: 'marks', id: String((await ids(ds, 'marks'))[1]), ours: 1, theirs: 1 },
        ],
      },
    });
    expect(JSON.parse(JSON.stringify(error)).data.conflicts.length).toBe(2);
    expect([await notes(ds), (await ds.log()).length]).toEqual([['ours', 'b', 'c'], 1]);
    await ds.checkout('side');
    expect(await ds.hasChanges()).toBe(true);
    await ds.close();
  });

  test.each([
    ['ours', 'ours', -2],
    ['theirs', 'theirs', 222],
  ] as const)('are those of one side with %s', async (onConflict, note, mark) => {
    const { store, ds } = await conflicting();
    const { conflicts } = await ds.merge('side', { onConflict });
    expect(conflicts.map(({ tensor, taken }) => [tensor, taken])).toEqual([
      ['notes', onConflict],
      ['marks', onConflict],
    ]);
    expect([await notes(ds), await marks(ds)]).toEqual([
      [note, 'b', 'c', 'new'],
      [1, mark, 333, 4],
    ]);
    await ds.close();
    await checkFormat(store);
  });

  test('are decided one by one', async () => {
    const { ds } = await conflicting();
    const seen: unknown[] = [];
    await ds.merge('side', {
      onConflict: async ({ tensor, ours, theirs }) => {
        seen.push(tensor === 'notes' ? [ours, theirs] : tensor);
        return tensor === 'notes' ? 'theirs' : 'ours';
      },
    });
    expect(seen).toEqual([['ours', 'theirs'], 'marks']);
    expect([await notes(ds), await marks(ds)]).toEqual([
      ['theirs', 'b', 'c', 'new'],
      [1, -2, 333, 4],
    ]);
    await expect(ds.merge('side', { onConflict: 'mine' as never })).resolves.toMatchObject({ commit: undefined });
    await ds.close();
  });

  test('leave all as it was when the decision fails', async () => {
    const { ds } = await conflicting();
    await expect(ds.merge('side', { onConflict: () => Promise.reject(new Error('no')) })).rejects.toThrow('no');
    await expect(ds.merge('side', { onConflict: 'mine' as never })).rejects.toThrow(TypeError);
    await expect(ds.merge('side', { onConflict: 'ours', signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    expect([await notes(ds), (await ds.log()).length]).toEqual([['ours', 'b', 'c'], 1]);
    await ds.close();
  });
});

test('rows that an insertion has moved were not changed: no conflict, and those deleted here stay deleted', async () => {
  const { store, ds } = await branches();
  await ds.insert(1, [row('inserted', 9)]);
  await ds.checkout('main');
  await ds.append(row('d', 4));
  await ds.tensor('notes').set(1, 'B');
  await ds.pop(2);
  expect(await ds.merge('side')).toMatchObject({ added: 1, conflicts: [] });
  expect([await notes(ds), await marks(ds)]).toEqual([
    ['a', 'B', 'd', 'inserted'],
    [1, 2, 4, 9],
  ]);
  await ds.close();
  await checkFormat(store);
});

describe('samples of all kinds', () => {
  test('are carried over as they are stored', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, options);
    const pixels = (value: number) => ({
      data: new Uint8Array(4 * 5 * 3).fill(value),
      shape: [4, 5, 3],
      dtype: 'uint8' as const,
    });
    await ds.createTensor('pictures', image({ sampleCompression: 'png' }));
    await ds.createTensor('chunked', image({ chunkCompression: 'png' }));
    await ds.createTensor('words', { htype: 'sequence[text]' });
    await ds.createTensor('packed', json({ chunkCompression: 'lz4' }));
    await ds.createTensor('squeezed', generic({ dtype: 'int16', sampleCompression: 'lz4' }));
    await ds.createTensor('big', generic({ dtype: 'uint8', tilingThreshold: 20 }));
    await ds.createTensor('open', {});
    await ds.createTensor('links', { htype: 'link[image]', sampleCompression: 'jpg', verify: false });
    await ds.addCredsKey('key');
    const cells = (value: number) => ({
      pictures: pixels(value),
      chunked: pixels(value),
      words: ['x', `y${value}`],
      packed: { value },
      squeezed: [value, value],
      big: pixels(value),
      open: value,
      links: link(`s3://bucket/${value}.jpg`, { credsKey: 'key' }),
    });
    const nothing = Object.fromEntries(Object.keys(cells(0)).map((name) => [name, null]));
    await ds.extend([nothing, { ...cells(1), big: [[[1]]], open: null }] as never);
    await ds.checkout('side', { create: true });
    await ds.extend([cells(2), nothing, cells(3)] as never);
    for (const name of ['pictures', 'chunked', 'words', 'packed', 'squeezed', 'links'] as const)
      await tensor(ds, name).set(1, cells(7)[name]);
    const theirs = await read(ds);
    await ds.checkout('main');
    await ds.append({ ...nothing, ...cells(9), open: null } as never);
    expect(await ds.merge('side')).toMatchObject({ added: 3, updated: 6, conflicts: [] });
    const ours = await read(ds);
    for (const [name, rows] of Object.entries(theirs)) {
      expect([name, ours[name]?.slice(3)]).toEqual([name, rows.slice(2)]);
      expect([name, ours[name]?.slice(0, 2)]).toEqual([name, rows.slice(0, 2)]);
    }
    await ds.close();
    await checkFormat(store);
    const again = await openDataset(store);
    expect(await read(again)).toEqual(ours);
    await again.close();
  });

  /** Stored bytes of all rows, ids included. */
  async function read(ds: Dataset): Promise<Record<string, unknown[]>> {
    const all: Record<string, unknown[]> = {};
    for (const name of ds.tensors) {
      const values = await ds.tensor(name).toArray();
      const numbers = await ids(ds, name);
      all[name] = await Promise.all(
        values.map(async (value, i) => {
          const one = value as { array?: () => Promise<unknown> };
          const encoded = await ds.tensor(name).encoded(i);
          return [numbers[i], encoded?.bytes ?? (await one.array?.()) ?? value];
        }),
      );
    }
    return all;
  }

  test('that are cut into tiles are copied tile by tile', async () => {
    const store = memoryStore();
    const ds = await createDataset(
      store,
      { big: generic({ dtype: 'uint8', tilingThreshold: 20 }), n: text() },
      options,
    );
    await ds.append({ big: new Uint8Array(60), n: 'a' });
    await ds.checkout('side', { create: true });
    await ds.append({ big: new Uint8Array(90).fill(1), n: 'b' });
    await ds.checkout('main');
    await ds.merge('side');
    expect((await ds.tensor('big').at(1)).data).toEqual(new Uint8Array(90).fill(1));
    await ds.close();
    await checkFormat(store);
  });
});

describe('class labels', () => {
  async function merged(ours: string, theirs: string, compression: 'lz4' | null) {
    const store = memoryStore();
    const ds = await createDataset(
      store,
      { labels: classLabel(undefined, { sampleCompression: compression }) },
      options,
    );
    await ds.append({ labels: 'cat' });
    await ds.checkout('side', { create: true });
    for (const label of theirs.split(' ')) await ds.append({ labels: ['cat', label] });
    await ds.checkout('main');
    for (const label of ours.split(' ').filter(Boolean)) await ds.append({ labels: label });
    await ds.merge('side');
    const names = (await ds.tensor('labels').toArray()).map((one) => one.names.join('+'));
    const { class_names } = await ds.tensor('labels').info.get();
    await ds.close();
    await checkFormat(store);
    return [class_names, names];
  }

  test.each([null, 'lz4'] as const)('keep their names: compression %s', async (compression) => {
    expect(await merged('', 'dog', compression)).toEqual([
      ['cat', 'dog'],
      ['cat', 'cat+dog'],
    ]);
    expect(await merged('dog owl', 'dog', compression)).toEqual([
      ['cat', 'dog', 'owl'],
      ['cat', 'dog', 'owl', 'cat+dog'],
    ]);
    expect(await merged('dog', 'owl dog', compression)).toEqual([
      ['cat', 'dog', 'owl'],
      ['cat', 'dog', 'cat+owl', 'cat+dog'],
    ]);
  });
});

describe('tensors', () => {
  test('that are new there are copied, with their companions and class names', async () => {
    const { store, ds } = await branches();
    await ds.createTensor('deep/labels', { htype: 'class_label' });
    await tensor(ds, 'deep/labels').extend(['x', 'y']);
    await ds.commit();
    await tensor(ds, 'deep/labels').append('z');
    await ds.checkout('main');
    await ds.append(row('d', 4));
    expect(await ds.merge('side')).toMatchObject({ added: 0, tensors: { created: ['deep/labels'], deleted: [] } });
    expect([ds.tensors, ds.groups]).toEqual([['notes', 'marks', 'deep/labels'], ['deep']]);
    const labels = async (from: object) =>
      ((await tensor(from, 'deep/labels').toArray()) as { names: string[] }[]).map(({ names }) => names[0]);
    expect(await labels(ds)).toEqual(['x', 'y', 'z']);
    await tensor(ds, 'deep/labels').append('y');
    await tensor(ds, 'deep/labels').set(0, 'z');
    await ds.commit();
    expect((await failureOf(ds.deleteBranch('side'))).data).toMatchObject({ reason: 'branch-in-use' });
    await ds.close();
    await checkFormat(store);
    const again = await openDataset(store);
    expect(await labels(again)).toEqual(['z', 'y', 'z', 'y']);
    await again.close();
  });

  test('of one name that differ are refused', async () => {
    const { ds } = await branches();
    await ds.createTensor('extra', { htype: 'text' });
    await ds.checkout('main');
    await ds.createTensor('extra', { htype: 'bbox' });
    expect(await failureOf(ds.merge('side'))).toMatchObject({
      code: 'history',
      data: { reason: 'mismatch', tensor: 'extra' },
    });
    await ds.close();
  });

  test('without ids are refused', async () => {
    const ds = await createDataset(memoryStore(), { n: text({ createIdTensor: false }) }, options);
    await ds.append({ n: 'a' });
    await ds.checkout('side', { create: true });
    await ds.append({ n: 'b' });
    await ds.checkout('main');
    expect(await failureOf(ds.merge('side'))).toMatchObject({ code: 'unsupported', data: { tensor: 'n' } });
    await ds.close();
  });
});

test('a merge that cannot read a chunk leaves the rows as they were', async () => {
  const memory = memoryStore();
  let broken = false;
  const failing = (key: string) => {
    if (broken && /^versions\/.*\/notes\/chunks/.test(key)) throw new Error('the disk is gone');
  };
  const store: typeof memory = {
    ...memory,
    address: memory.address,
    get: async (key, call) => {
      failing(key);
      return memory.get(key, call);
    },
    getRange: async (key, start, end, call) => {
      failing(key);
      return memory.getRange(key, start, end, call);
    },
    write: (puts) => memory.write(puts),
    list: (prefix) => memory.list(prefix),
  };
  const ds = await createDataset(store, schema, options);
  await ds.append(row('a', 1));
  await ds.checkout('side', { create: true });
  await ds.append(row('b', 2));
  await ds.createTensor('more', { htype: 'text' });
  await ds.checkout('main');
  broken = true;
  await expect(ds.merge('side')).rejects.toThrow('the disk is gone');
  broken = false;
  expect([ds.tensors, ds.length, await ds.hasChanges()]).toEqual([['notes', 'marks'], 1, false]);
  expect(await ds.merge('side')).toMatchObject({ added: 1, tensors: { created: ['more'] } });
  expect(await notes(ds)).toEqual(['a', 'b']);
  await ds.close();
  await checkFormat(memory);
});
