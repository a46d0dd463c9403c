import { DatasetError } from '../errors.js';
import { openStore } from '../store/open.js';
import type { CallOptions, Store } from '../store/types.js';
import type { OnProgress } from '../util/progress.js';
import { overlayStore } from './overlay.js';
import { type Finding, type Fix, type MakeFix, readOnlyStore } from './scan.js';
import { runChecks } from './verify.js';

/** Options of {@link repair}. */
export interface RepairOptions extends CallOptions {
  /** Whether only to say what would be done. Default false. */
  readonly dryRun?: boolean;
  /** `delete`: also files that nothing refers to, once nothing is damaged any more. Default `keep`. */
  readonly orphans?: 'keep' | 'delete';
  /** Told how many files were read, in each round from the start. */
  readonly onProgress?: OnProgress;
}

/** What {@link repair} has done. */
export interface RepairReport {
  /** What was done, or would be with `dryRun`, in words. */
  readonly actions: readonly string[];
  /** What is still wrong: it needs a decision, or a copy of the dataset. */
  readonly remaining: readonly Finding[];
  /** Files that were written or deleted. */
  readonly changed: number;
}

// What one round mends lets the next see further: graph, then lengths, then companions, then records of changes.
const MAX_ROUNDS = 12;

/**
 * Mends what {@link verify} calls repairable, without guessing and without losing a sample that can be read.
 *
 * Nothing is written before all is planned; then all changes go to the store in one write. Close the dataset before.
 *
 * @throws {DatasetError} `read-only` when the store cannot be written or another program writes it, `storage`
 * @example
 * const { actions, remaining } = await repair('idb://pets', { dryRun: true });
 */
export async function repair(address: string | Store, options: RepairOptions = {}): Promise<RepairReport> {
  const store = await openStore(address);
  try {
    return await repairStore(store, options);
  } finally {
    if (typeof address === 'string') await store.close?.();
  }
}

async function repairStore(store: Store, options: RepairOptions): Promise<RepairReport> {
  const { dryRun = false, orphans = 'keep', onProgress, signal } = options;
  const write = store.write?.bind(store);
  if (!dryRun && !write) throw readOnlyStore(store);
  const release = dryRun ? undefined : await lockStore(store);
  try {
    const overlay = overlayStore(store);
    const actions: string[] = [];
    const call = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    let report = await round();
    const busy = report.findings.find(
      ({ code, level, repairable }) => code === 'lock' && level === 'warning' && !repairable,
    );
    if (busy && !dryRun) throw lockedStore(store, busy);
    for (let rounds = 1; rounds < MAX_ROUNDS && report.planned.length > 0; rounds++) {
      await overlay.write?.(report.planned);
      report = await round();
    }
    const changes = overlay.changes();
    if (!dryRun && changes.length > 0) await write?.(changes, signal ? { signal } : {});
    return { actions, remaining: report.findings, changed: changes.length };

    async function round() {
      const kept: Fix[] = [];
      const cuts: Fix[] = [];
      const claimed = new Set<string>();
      const mend = async (make: MakeFix, prefix: string): Promise<void> => {
        const fix = await make();
        if (!fix) return;
        const puts = fix.puts.map((put) => ({ ...put, key: prefix + put.key }));
        // A file is changed by one fix in a round: the next fix has to see what the first has made of it.
        if (puts.some(({ key }) => claimed.has(key))) return;
        for (const { key } of puts) claimed.add(key);
        (fix.cuts ? cuts : kept).push({ ...fix, puts });
      };
      const { findings } = await runChecks(overlay, call, orphans, mend);
      const fixes = kept.length > 0 ? kept : cuts;
      for (const { action } of fixes) actions.push(action);
      return { planned: fixes.flatMap(({ puts }) => puts), findings };
    }
  } finally {
    await release?.();
  }
}

function lockedStore(store: Store, { key, message }: Finding): DatasetError<'read-only'> {
  return new DatasetError('read-only', `${store.address} cannot be repaired now. ${message} (${key})`, {
    reason: 'locked',
    key,
  });
}

async function lockStore(store: Store): Promise<(() => unknown) | undefined> {
  if (!store.lock) return undefined;
  const release = await store.lock();
  if (release) return release;
  throw new DatasetError('read-only', `${store.address} is open for writing elsewhere. Close it there first.`, {
    reason: 'locked',
  });
}
