import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { folderStore } from '../node.js';
import { memoryStore } from '../stores.js';
import { undoWalks, walkUndo } from './undo.contract.js';

const numRuns = Number(process.env.LAKELET_UNDO_RUNS ?? 20);
const seed = Number(process.env.LAKELET_UNDO_SEED ?? 2605);

describe('random edits, undone and done again', () => {
  it('in memory', async () => {
    const check = fc.asyncProperty(undoWalks, async (walk) => {
      const store = memoryStore();
      const open = () => ({
        address: store.address,
        get: store.get.bind(store),
        getRange: store.getRange.bind(store),
        list: store.list.bind(store),
        write: store.write.bind(store),
        lock: async () => () => {},
      });
      await walkUndo({ open, canDie: true }, walk);
    });
    await fc.assert(check, { endOnFailure: true, numRuns, seed });
  }, 120_000);

  it('in a folder, in bytes as the format has them', async () => {
    const check = fc.asyncProperty(undoWalks, async (walk) => {
      const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
      try {
        await walkUndo({ open: () => folderStore(join(folder, 'ds')), canDie: true }, walk);
        const checker = process.env.LAKELET_CHECK_FORMAT; // a strict checker of the format, where there is one
        if (checker) execFileSync('python3', [checker, join(folder, 'ds')], { stdio: 'pipe' });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
    await fc.assert(check, { endOnFailure: true, numRuns: Math.ceil(numRuns / 8), seed });
  }, 120_000);
});
