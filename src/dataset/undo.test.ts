import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  bbox,
  classLabel,
  createDataset,
  type Dataset,
  DatasetError,
  generic,
  link,
  openDataset,
  type Store,
  text,
  type UndoStack,
  type UndoStep,
  type WritableStore,
} from '../index.js';
import { verify } from '../repair.js';
import { memoryStore, storeToZip, zipStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';
import { expectState, stateOf, undoKeys } from './undo.contract.js';

const schema = { labels: classLabel(['cat', 'dog']), boxes: bbox(), words: text() };
const row = (n: number) => ({ labels: n % 2, boxes: [[n, 0, 5, 5]] as const, words: `word ${n}` });
const rows = (n: number) => Array.from({ length: n }, (_, i) => row(i));

async function begun(store: WritableStore = memoryStore(), options?: Parameters<Dataset['undoStack']>[0]) {
  const ds = await createDataset(store, schema, { autoFlush: false });
  await ds.extend(rows(10));
  return { store, ds, undo: await ds.undoStack(options) };
}

const labelsOf = (undo: UndoStack) => undo.done.map(({ label }) => label);

describe('undo and redo', () => {
  it('of a group take back all of it, and do it again', async () => {
    const { store, ds, undo } = await begun();
    expect([undo.canUndo, undo.canRedo]).toEqual([false, false]); // what was edited before is no step
    const before = await stateOf(store);
    const labels = ds.tensor('labels');
    const result = await undo.group('Label two', async () => {
      await labels.set(3, 'cat');
      await ds.flush();
      await labels.set(4, 'dog');
      await ds.append(row(10));
      return 7;
    });
    expect(result).toBe(7);
    const after = await stateOf(store);
    expect(undo.done.length).toBe(1);
    const [step] = undo.done;
    expect(step?.label).toBe('Label two');
    expect(step?.time.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(step?.bytes).toBeGreaterThan(0);
    expect(await undo.undo()).toEqual(step);
    await expectState(store, before);
    expect(ds.length).toBe(10);
    expect((await labels.at(3)).names).toEqual(['dog']); // the handle of before
    expect([undo.canUndo, undo.canRedo]).toEqual([false, true]);
    expect((await undo.redo())?.label).toBe('Label two');
    await expectState(store, after);
    expect(ds.length).toBe(11);
    expect((await labels.at(3)).names).toEqual(['cat']);
    expect(await undo.redo()).toBeUndefined();
    await ds.close();
    expectTypeOf(undo.done).toEqualTypeOf<readonly UndoStep[]>();
  });

  it('take a flush outside of groups as one step, and pending edits as another', async () => {
    const { store, ds, undo } = await begun();
    const states = [await stateOf(store)];
    await ds.append(row(10));
    await ds.flush();
    states.push(await stateOf(store));
    await ds.pop(0);
    await ds.update(2, { words: 'other' });
    expect(undo.done.length).toBe(1);
    await undo.undo();
    await expectState(store, states[1]);
    await undo.undo();
    await expectState(store, states[0]);
    expect(await undo.undo()).toBeUndefined();
    expect(undo.undone.length).toBe(2);
    await undo.redo();
    await expectState(store, states[1]);
    await ds.tensor('words').set(0, 'an edit ends what was undone');
    await ds.flush();
    expect([undo.done.length, undo.undone.length]).toEqual([2, 0]);
    expect(await undo.redo()).toBeUndefined();
    expect((await undoKeys(store)).length).toBe(3);
    await ds.close();
  });

  it('reach nested groups, groups that fail, and groups that do nothing', async () => {
    const { store, ds, undo } = await begun();
    const before = await stateOf(store);
    await ds.append(row(10)); // not in the group
    const failing = undo.group('Outer', async () => {
      await ds.append(row(11));
      await undo.group('Inner', () => ds.append(row(12)));
      expect(ds.length).toBe(13);
      await expect(undo.undo()).rejects.toThrow(TypeError);
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(labelsOf(undo)).toEqual(['Outer', undefined]);
    await undo.group('Nothing', () => {});
    expect(undo.done.length).toBe(2);
    await undo.undo();
    expect(ds.length).toBe(11);
    await undo.undo();
    await expectState(store, before);
    await ds.close();
  });

  it('find the steps again after a reload, a closed dataset and a killed page', async () => {
    const { store, ds, undo } = await begun();
    const states = [await stateOf(store)];
    for (const name of ['First', 'Second', 'Third']) {
      await undo.group(name, () => ds.append(row(1)));
      states.push(await stateOf(store));
    }
    await undo.undo();
    await ds.append(row(2)); // never stored: the page is killed
    const again = await openDataset(killed(store), { mode: 'rw', autoFlush: false });
    const found = await again.undoStack();
    expect(labelsOf(found)).toEqual(['Second', 'First']);
    expect(found.undone.map(({ label }) => label)).toEqual(['Third']);
    expect(found.damage).toBeUndefined();
    await found.redo();
    await expectState(store, states[3]);
    for (let at = 2; at >= 0; at--) {
      await found.undo();
      await expectState(store, states[at]);
    }
    expect((await verify(store)).findings.filter(({ level }) => level === 'error')).toEqual([]);
    await again.close();
  });

  it('take back what is stored at once: tensors, names, groups, htypes, info and links', async () => {
    const store = memoryStore();
    const options = { autoFlush: false, resolveLink: () => new Uint8Array() } as const;
    const ds = await createDataset(store, { ...schema, plain: generic({ dtype: 'uint32' }) }, options);
    await ds.extend(rows(3).map((one) => ({ ...one, plain: [1, 2, 3] })));
    const linked = { htype: 'link[image]', sampleCompression: 'jpeg', verify: false } as const;
    const links = await ds.createTensor('g/links', linked);
    await links.extend([link('a.jpg'), link('b.jpg')]);
    const labels = ds.tensor('labels');
    const undo = await ds.undoStack();
    const edits: [string, () => Promise<unknown>][] = [
      ['create', () => ds.createTensor('new/one', { htype: 'text' })],
      ['rename', () => ds.renameTensor('words', 'texts')],
      ['group', () => ds.renameGroup('g', 'h')],
      ['hide', () => ds.setHidden('boxes')],
      ['htype', () => ds.tensor('plain').changeHtype('class_label')],
      ['info', () => ds.info.update({ by: 'me' })],
      ['tensor info', () => labels.info.update({ k: 1 })],
      ['creds', () => ds.addCredsKey('KEY')],
      ['creds name', () => ds.updateCredsKey('KEY', 'NAME')],
      ['link', () => links.set(0, link('s3://b/c.jpg', { credsKey: 'NAME' }))],
      ['clear', () => ds.tensor('plain').clear()],
      ['delete', () => ds.deleteTensor('texts')],
      ['rechunk', () => ds.rechunk()],
      ['delete group', () => ds.deleteGroup('h')],
    ];
    const states = [await stateOf(store)];
    for (const [name, edit] of edits) {
      await undo.group(name, edit);
      if (undo.done.length === states.length) states.push(await stateOf(store));
      else expect(name).toBe('rechunk'); // chunks that are few stay as they are
    }
    for (let turn = 0; turn < 2; turn++) {
      for (const state of states.slice(0, -1).reverse()) {
        await undo.undo();
        await expectState(store, state);
        expect((await verify(store)).findings.filter(({ level }) => level === 'error')).toEqual([]);
      }
      expect(ds.tensors).toEqual(['labels', 'boxes', 'words', 'plain', 'g/links']);
      expect(ds.groups).toEqual(['g']);
      expect(await ds.credsKeys()).toEqual([]);
      expect(await ds.info.get()).toEqual({});
      expect(await ds.tensor('words').at(1)).toBe('word 1');
      await expect(labels.set(0, 'cow' as 'cat')).rejects.toMatchObject({ code: 'sample-mismatch' });
      if (turn > 0) break;
      for (const state of states.slice(1)) {
        await undo.redo();
        await expectState(store, state);
      }
      expect(await ds.credsKeys()).toEqual(['NAME']);
      expect(ds.tensors).toEqual(['labels', 'plain', 'new/one']);
    }
    await ds.close();
  });
});

describe('steps of a branch', () => {
  it('end with a commit, and are found again after another branch', async () => {
    const { store, ds, undo } = await begun();
    await undo.group('A', () => ds.append(row(1)));
    await ds.commit('one');
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    await undo.group('On main', () => ds.append(row(2)));
    const main = await stateOf(store);
    await ds.checkout('side', { create: true }); // makes a commit of main
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    expect(main.size).toBeGreaterThan(0);
    await undo.group('On side', () => ds.append(row(3)));
    const side = await stateOf(store);
    await ds.checkout('main');
    await undo.group('On main', () => ds.pop());
    const both = await stateOf(store);
    await ds.checkout('side');
    expect(labelsOf(undo)).toEqual(['On side']);
    await undo.undo();
    await undo.redo();
    await expectState(store, both);
    expect(side.size).toBeLessThan(both.size + 10);
    await ds.checkout(ds.commitId ?? '');
    expect(undo.done).toEqual([]);
    await expect(undo.undo()).rejects.toMatchObject({ code: 'read-only' });
    await ds.checkout('main');
    expect(labelsOf(undo)).toEqual(['On main']);
    await ds.merge('side');
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    await ds.close();
  });

  it('leave nothing behind after a reset and a deleted branch', async () => {
    const { store, ds, undo } = await begun();
    await undo.group('A', () => ds.append(row(1)));
    await ds.reset(); // of the first head, which keeps its id
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    await ds.createTensor('n', { htype: 'generic', dtype: 'uint8' });
    await ds.commit('one');
    await undo.group('B', async () => (await ds.loadTensor('n')).append(1));
    await ds.reset();
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    await ds.checkout('side', { create: true });
    await undo.group('C', async () => (await ds.loadTensor('n')).append(1));
    await ds.checkout('main');
    expect((await undoKeys(store)).length).toBe(2);
    await ds.deleteBranch('side');
    expect(await undoKeys(store)).toEqual([]);
    await ds.close();
  });

  it('that are commits by now are swept', async () => {
    const { store, ds, undo } = await begun();
    await undo.group('A', () => ds.append(row(1)));
    const kept = await undoKeys(store);
    const bytes = await Promise.all(kept.map(async (key) => ({ key, bytes: (await store.get(key)) ?? null })));
    await ds.commit();
    await store.write(bytes); // as when another program makes the commit
    await store.write([{ key: '.lakelet/undo/nobody/0', bytes: new Uint8Array(3) }]);
    await undo.stop();
    await ds.undoStack();
    expect(await undoKeys(store)).toEqual([]);
    await ds.close();
  });
});

describe('limits', () => {
  it('drop the oldest steps', async () => {
    const { store, ds, undo } = await begun(memoryStore(), { steps: 3 });
    for (let n = 0; n < 6; n++) await undo.group(`${n}`, () => ds.append(row(n)));
    expect(labelsOf(undo)).toEqual(['5', '4', '3']);
    expect((await undoKeys(store)).length).toBe(4);
    for (let n = 0; n < 3; n++) await undo.undo();
    expect([ds.length, undo.undone.length]).toEqual([13, 3]);
    const bytes = undo.undone.map((step) => step.bytes);
    expect(Math.max(...bytes)).toBeLessThan(20_000);
    const small = await ds.undoStack({ bytes: 1 + Math.max(...bytes) });
    await small.redo();
    expect(small.done.length + small.undone.length).toBeLessThan(3);
    await ds.close();
  });

  it('end with a step that is larger, as a barrier', async () => {
    const { store, ds, undo } = await begun(memoryStore(), { bytes: 20_000 });
    await undo.group('small', () => ds.append(row(1)));
    const random = () =>
      Array.from(crypto.getRandomValues(new Uint8Array(30_000)), (n) => String.fromCharCode(33 + (n % 90))).join('');
    await undo.group('large', async () => {
      await ds.tensor('words').append(random());
      await ds.flush();
      expect(undo.done.length).toBe(2); // new samples need no image of what was before
      await ds.tensor('words').set(11, 'short');
      await ds.flush();
      await ds.tensor('words').append('more of the group');
    });
    expect(undo.done).toEqual([]);
    expect(await undoKeys(store)).toEqual(['.lakelet/undo/firstdbf9474d461a19e9333c2fd19b46115348f/steps.json']);
    await undo.group('after', () => ds.tensor('words').append('small'));
    expect(labelsOf(undo)).toEqual(['after']);
    await undo.group('new', () => ds.tensor('words').append(random()));
    await undo.undo(); // what leads forward again would be too large
    expect([undo.done.length, undo.undone.length]).toEqual([1, 0]);
    await ds.close();
    await expect(undo.undo()).rejects.toMatchObject({ code: 'closed' });
  });

  it.each([{ steps: 0 }, { steps: 1.5 }, { bytes: -1 }, { bytes: Number.NaN }])('refuse %o', async (options) => {
    const ds = await createDataset(memoryStore(), schema);
    await expect(ds.undoStack(options)).rejects.toThrow(/Option "(steps|bytes)"/);
    await ds.close();
  });
});

describe('what stands in the way', () => {
  it('of changes by others gives `history`, changes nothing and drops the steps', async () => {
    const { store, ds, undo } = await begun();
    await undo.group('A', () => ds.append(row(1)));
    await undo.group('B', () => ds.append(row(2)));
    const key = 'words/tensor_meta.json';
    const bytes = (await store.get(key)) ?? new Uint8Array();
    await store.write([{ key, bytes: new Uint8Array([...bytes, 32]) }]);
    const state = await stateOf(store);
    await expect(undo.undo()).rejects.toMatchObject({ code: 'history', data: { reason: 'changed', key } });
    await expectState(store, state);
    expect([undo.done, await undoKeys(store)]).toEqual([[], []]);
    await ds.close();
  });

  it('of a damaged list begins with no steps and says so', async () => {
    const { store, ds, undo } = await begun();
    await undo.group('A', () => ds.append(row(1)));
    await ds.close();
    const key = (await undoKeys(store)).find((one) => one.endsWith('.json')) ?? '';
    const bytes = (await store.get(key)) ?? new Uint8Array();
    const state = await stateOf(store);
    for (const damage of [bytes.slice(0, -1), new Uint8Array(), new TextEncoder().encode('{"version":2}')]) {
      await store.write([{ key, bytes: damage }]);
      const again = await openDataset(store, { mode: 'rw' });
      const found = await again.undoStack();
      expect(found.damage).toMatchObject({ code: 'corrupt', data: { key } });
      expect(found.done).toEqual([]);
      await again.close();
      await expectState(store, state);
    }
  });

  it('of a damaged or missing record gives `corrupt` and drops the steps', async () => {
    for (const damage of [
      (bytes: Uint8Array<ArrayBuffer>) => bytes.map((n, i) => (i === 40 ? n ^ 1 : n)),
      () => null,
    ]) {
      const { store, ds, undo } = await begun();
      await undo.group('A', () => ds.append(row(1)));
      const key = (await undoKeys(store)).find((one) => !one.endsWith('.json')) ?? '';
      const state = await stateOf(store);
      await store.write([{ key, bytes: damage((await store.get(key)) ?? new Uint8Array()) }]);
      await expect(undo.undo()).rejects.toMatchObject({ code: 'corrupt', data: { key } });
      await expectState(store, state);
      expect(undo.done).toEqual([]);
      await ds.close();
    }
  });

  it('of a full store drops the steps, not the changes', async () => {
    const inner = memoryStore();
    let room = true;
    const store: Store = {
      ...inner,
      address: 'full',
      get: inner.get.bind(inner),
      getRange: inner.getRange.bind(inner),
      list: inner.list.bind(inner),
      lock: async () => () => {},
      async write(puts) {
        if (!room && puts.some(({ key, bytes }) => bytes && key.startsWith('.lakelet/')))
          throw new DatasetError('storage', 'The store is full.', { reason: 'quota' });
        await inner.write(puts);
      },
    };
    const { ds, undo } = await begun(store as WritableStore);
    await undo.group('A', () => ds.append(row(1)));
    room = false;
    await undo.group('B', () => ds.append(row(2)));
    expect([undo.done, await undoKeys(inner)]).toEqual([[], []]);
    await ds.close();
    expect((await openDataset(inner)).length).toBe(12);
  });

  it('of reading only, and of a stack that was stopped, is told', async () => {
    const { store, ds, undo } = await begun();
    const reader = await openDataset(killed(store));
    await expect(reader.undoStack()).rejects.toMatchObject({ code: 'read-only' });
    const told: number[] = [];
    const end = undo.onChange(() => told.push(undo.done.length));
    await undo.group('A', () => ds.append(row(1)));
    await undo.clear();
    expect(undo.canUndo).toBe(false);
    await Promise.resolve();
    expect(told).toEqual([1, 0]);
    end();
    await ds.append(row(2));
    await undo.stop();
    expect([undo.done.length, told.length]).toEqual([1, 2]);
    await expect(undo.undo()).rejects.toMatchObject({ code: 'closed' });
    await expect(undo.group('A', () => {})).rejects.toMatchObject({ code: 'closed' });
    await undo.stop();
    await ds.append(row(3));
    await ds.flush();
    const again = await ds.undoStack();
    await expect(again.undo()).rejects.toMatchObject({ code: 'history', data: { reason: 'changed' } });
    await ds.close();
  });
});

it('copies, zips and checks leave steps out', async () => {
  const { store, ds, undo } = await begun();
  await undo.group('A', () => ds.append(row(1)));
  const copies = [memoryStore(), memoryStore()] as const;
  await ds.copyTo(copies[0]);
  await ds.copyTo(copies[1], { history: true });
  const zip = await zipStore(await new Response(await storeToZip(store)).blob());
  for (const copy of [...copies, zip]) expect(await undoKeys(copy)).toEqual([]);
  expect((await verify(store)).findings).toEqual([]);
  expect((await undoKeys(store)).length).toBe(2);
  const inFolder = memoryStore();
  for await (const key of store.list('')) await inFolder.write([{ key: `a/b/${key}`, bytes: store.get(key) as Bytes }]);
  const zipped = await zipStore(await new Response(await storeToZip(inFolder, { prefix: 'a/' })).blob());
  const names: string[] = [];
  for await (const key of zipped.list('')) names.push(key);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => name.includes('lakelet'))).toEqual([]);
  await ds.close();
});

/** The store as another page finds it, whose lock went with the page that was killed. */
function killed(store: WritableStore): WritableStore {
  return {
    address: store.address,
    get: store.get.bind(store),
    getRange: store.getRange.bind(store),
    list: store.list.bind(store),
    write: store.write.bind(store),
    lock: async () => () => {},
  };
}
