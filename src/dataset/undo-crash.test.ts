import { describe, expect, it } from 'vitest';
import { createDataset, DatasetError, generic, openDataset, type WritableStore } from '../index.js';
import { memoryStore } from '../stores.js';
import { expectState, stateOf } from './undo.contract.js';

// A large chunk for each sample: a flush of several stores them in batches of 16 MB, before what makes them count.
const schema = { x: generic({ dtype: 'uint8', maxChunkSize: 8_000_000, tilingThreshold: -1 }) };
const sample = (n: number) => new Uint8Array(7_000_000).fill(n);
const options = { autoFlush: false } as const;

/** A store that fails, or whose page is gone, from a write on; and the same store for the next page. */
function fragile(inner: WritableStore = memoryStore()) {
  const state = { left: Number.POSITIVE_INFINITY, writes: 0 };
  const page = (): WritableStore => ({
    address: inner.address,
    get: inner.get.bind(inner),
    getRange: inner.getRange.bind(inner),
    list: inner.list.bind(inner),
    lock: async () => () => {},
    async write(puts) {
      if (state.left-- <= 0) throw new DatasetError('storage', 'The disk is gone.', { reason: 'failed' });
      state.writes++;
      await inner.write(puts);
    },
  });
  return { state, page };
}

describe('flushes that take several writes', () => {
  it('are one step', async () => {
    const { state, page } = fragile();
    const ds = await createDataset(page(), schema, options);
    await ds.append({ x: sample(0) });
    const undo = await ds.undoStack();
    const before = await stateOf(ds.store);
    await ds.extend([1, 2, 3, 4, 5].map((n) => ({ x: sample(n) })));
    state.writes = 0;
    await ds.flush();
    expect([state.writes, undo.done.length]).toEqual([3, 1]);
    expect(undo.done[0]?.bytes).toBeLessThan(10_000); // new chunks need no image of what was before
    const after = await stateOf(ds.store);
    await undo.undo();
    await expectState(ds.store, before);
    await undo.redo();
    await expectState(ds.store, after);
    await ds.close();
  });

  it('that a crash cuts off at any write can be undone', async () => {
    for (let at = 0; at <= 3; at++) {
      const { state, page } = fragile();
      const ds = await createDataset(page(), schema, options);
      await ds.append({ x: sample(0) });
      const undo = await ds.undoStack();
      const states = [await stateOf(ds.store)];
      await undo.group('first', () => ds.append({ x: new Uint8Array(10) }));
      states.push(await stateOf(ds.store));
      await ds.extend([1, 2, 3, 4, 5].map((n) => ({ x: sample(n) })));
      state.left = at;
      const flushed = ds.flush();
      if (at < 3) await expect(flushed).rejects.toMatchObject({ code: 'storage' });
      else await flushed;
      state.left = Number.POSITIVE_INFINITY;
      const again = await openDataset(page(), { mode: 'rw', ...options });
      expect(again.length).toBe(at < 3 ? 2 : 7);
      const found = await again.undoStack();
      expect(found.damage).toBeUndefined();
      if (at > 0) await found.undo();
      await expectState(again.store, states[1]);
      expect((await found.undo())?.label).toBe('first');
      await expectState(again.store, states[0]);
      await again.close();
    }
  });

  it('that fail and are made again are one step', async () => {
    const { state, page } = fragile();
    const ds = await createDataset(page(), schema, options);
    const undo = await ds.undoStack();
    const before = await stateOf(ds.store);
    await ds.extend([1, 2, 3, 4].map((n) => ({ x: sample(n) })));
    state.left = 1;
    await expect(ds.flush()).rejects.toMatchObject({ code: 'storage' });
    state.left = Number.POSITIVE_INFINITY;
    await ds.append({ x: sample(5) });
    await ds.flush();
    expect(undo.done.length).toBe(1);
    await undo.undo();
    await expectState(ds.store, before);
    await ds.close();
  });
});

describe('groups', () => {
  it('take what is stored in the background', async () => {
    const { page } = fragile();
    const ds = await createDataset(page(), schema, { autoFlush: { bytes: 6_000_000, milliseconds: 1 } });
    const undo = await ds.undoStack();
    const before = await stateOf(ds.store);
    await undo.group('all', async () => {
      for (let n = 0; n < 5; n++) await ds.append({ x: sample(n) });
      void ds.append({ x: sample(9) }); // not awaited, but made within
    });
    expect(undo.done.map(({ label }) => label)).toEqual(['all']);
    expect(ds.length).toBe(6);
    await undo.undo();
    await expectState(ds.store, before);
    await ds.close();
  });

  it('whose last flush fails tell that, and their changes wait for the next one', async () => {
    const { state, page } = fragile();
    const ds = await createDataset(page(), schema, options);
    const undo = await ds.undoStack();
    const group = undo.group('lost', async () => {
      await ds.append({ x: sample(1) });
      state.left = 0;
    });
    await expect(group).rejects.toMatchObject({ code: 'storage' });
    expect(undo.done).toEqual([]);
    state.left = Number.POSITIVE_INFINITY;
    await ds.flush();
    expect([undo.done.length, ds.length]).toEqual([1, 1]);
    await undo.group('next', () => ds.append({ x: sample(2) }));
    expect(undo.done.map(({ label }) => label)).toEqual(['next', undefined]);
    await ds.close();
  });

  it('go on after a commit, as a step of the new head', async () => {
    const { page } = fragile();
    const ds = await createDataset(page(), schema, options);
    const undo = await ds.undoStack();
    await undo.group('around', async () => {
      await ds.append({ x: new Uint8Array(3) });
      await ds.commit();
      await ds.append({ x: new Uint8Array(4) });
      await ds.flush();
      await ds.append({ x: new Uint8Array(5) });
    });
    expect(undo.done.map(({ label }) => label)).toEqual(['around']);
    await undo.undo();
    expect(ds.length).toBe(1);
    await ds.close();
  });
});
