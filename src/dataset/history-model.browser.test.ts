import { expect, test } from 'vitest';
import { deleteIdb, idbStore } from '../stores.js';
import { type Place, runHistories } from './history-run.contract.js';

const hour = 3_600_000;

/** A database that no other test uses. */
function inDatabase(): Place {
  const name = `history-test-${crypto.randomUUID()}`;
  return { store: () => idbStore(name), remove: () => deleteIdb(name) };
}

test(
  'random histories in IndexedDB give what a plain model gives',
  async () => {
    expect(await runHistories(inDatabase, { runs: 5, steps: 50, seed: 1 })).toBeGreaterThan(0);
  },
  hour,
);
