import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { classLabel, createDataset, openDataset } from '../index.js';
import { deleteIdb, idbStore } from '../stores.js';
import { expectState, stateOf, undoWalks, walkUndo } from './undo.contract.js';

const used: string[] = [];

/** A name that no other test uses, deleted afterwards. */
function fresh(): string {
  const name = `undo-test-${crypto.randomUUID()}`;
  used.push(name);
  return name;
}

afterEach(async () => {
  for (const name of used.splice(0)) await deleteIdb(name);
});

describe('undoing in IndexedDB', () => {
  it('goes back byte for byte over random edits and reloads', async () => {
    const check = fc.asyncProperty(undoWalks, (walk) => {
      const name = fresh();
      return walkUndo({ open: () => idbStore(name), canDie: false }, walk);
    });
    await fc.assert(check, { endOnFailure: true, numRuns: 8, seed: 2605 });
  });

  it('goes on after a reload by address', async () => {
    const address = `idb://${fresh()}`;
    const ds = await createDataset(address, { labels: classLabel(['cat', 'dog']) });
    await ds.extend([{ labels: 'cat' }, { labels: 'dog' }]);
    const undo = await ds.undoStack();
    const before = await stateOf(ds.store);
    await undo.group('Swap', async () => {
      await ds.update(0, { labels: 'dog' });
      await ds.update(1, { labels: 'cat' });
    });
    await ds.close();
    const again = await openDataset(address, { mode: 'rw' });
    const found = await again.undoStack();
    expect(found.done.map(({ label }) => label)).toEqual(['Swap']);
    await found.undo();
    await expectState(again.store, before);
    await again.close();
  });
});
