import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderStore } from '../node.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';
import { type Place, type RunOptions, runHistories } from './history-run.contract.js';

// For long runs: how many histories, of how many steps, from which seed, made short or not.
const { LAKELET_HISTORY_RUNS, LAKELET_HISTORY_STEPS, LAKELET_HISTORY_SEED, LAKELET_HISTORY_SHRINK } = process.env;
const options = (runs: number): RunOptions => ({
  runs: Number(LAKELET_HISTORY_RUNS ?? runs),
  steps: Number(LAKELET_HISTORY_STEPS ?? 60),
  seed: Number(LAKELET_HISTORY_SEED ?? 1),
  shrinks: LAKELET_HISTORY_SHRINK === '1',
});
const hours = 3_600_000;

function inMemory(): Place {
  const store = memoryStore();
  return { store: () => store, check: checkFormat };
}

function inFolder(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
  return {
    store: () => folderStore(join(folder, 'ds')),
    check: checkFormat,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test(
  'random histories in memory give what a plain model gives',
  async () => {
    expect(await runHistories(inMemory, options(30))).toBeGreaterThan(0);
  },
  10 * hours,
);

test(
  'random histories in a folder give what a plain model gives',
  async () => {
    expect(await runHistories(inFolder, options(4))).toBeGreaterThan(0);
  },
  10 * hours,
);
