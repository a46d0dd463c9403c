import { createCodecPool } from '../codec/pool.js';
import { openStore } from '../store/open.js';
import { isPrivateKey } from '../store/private-keys.js';
import type { Store } from '../store/types.js';
import { progressReporter } from '../util/progress.js';
import { checkDataset } from './check-dataset.js';
import { type Checked, type Finding, Scan, type Task, type VerifyOptions } from './scan.js';

/** What {@link verify} has found. */
export interface VerifyReport {
  /** Whether there is no error; there may be warnings. */
  readonly ok: boolean;
  /** At most 10,000, in the order of commits and tensors. */
  readonly findings: readonly Finding[];
  /** Findings beyond these. */
  readonly omitted: number;
  readonly checked: Readonly<Checked>;
}

/**
 * Reads a whole dataset, with every commit, branch head and saved view, and reports what is damaged or out of step.
 *
 * It goes on after each finding and never writes. In memory are the names of all files, the tables of one commit, and
 * one chunk at a time. Where a store cannot be listed (http), files that nothing refers to are not looked for.
 *
 * @throws {DatasetError} `storage` when the store fails; damaged data are findings, never errors.
 * @example
 * const { ok, findings } = await verify('idb://pets', { deep: true });
 * for (const { level, key, message } of findings) console.log(level, key, message);
 */
export async function verify(address: string | Store, options: VerifyOptions = {}): Promise<VerifyReport> {
  const store = await openStore(address);
  try {
    return await runChecks(store, options);
  } finally {
    if (typeof address === 'string') await store.close?.();
  }
}

/** Checks a store. @param mend - takes the fixes of findings. */
export async function runChecks(
  store: Store,
  options: VerifyOptions,
  orphans: 'keep' | 'delete' = 'keep',
  mend?: Task['mend'],
): Promise<VerifyReport> {
  const { signal, deep = false } = options;
  signal?.throwIfAborted();
  const codecs = deep ? (options.codecs ?? createCodecPool({ size: 0 })) : undefined;
  const report = progressReporter(options.onProgress);
  const checked: Checked = { keys: 0, chunks: 0, samples: 0, bytes: 0 };
  const keys = await listKeys(store, signal);
  const tell = (last = false) => report({ done: checked.keys, bytes: checked.bytes }, last);
  const task: Task = {
    options: { ...options, deep, ...(codecs && { codecs }) },
    checked,
    findings: [],
    omitted: 0,
    ...(mend && { mend }),
    tick: tell,
    now: Date.now() / 1000,
  };
  try {
    await checkDataset(new Scan(store, task, keys), orphans);
  } finally {
    if (!options.codecs) codecs?.close();
  }
  tell(true);
  const { findings, omitted } = task;
  return { ok: omitted === 0 && findings.every(({ level }) => level !== 'error'), findings, omitted, checked };
}

async function listKeys(store: Store, signal: AbortSignal | undefined): Promise<ReadonlySet<string> | undefined> {
  if (!store.list) return undefined;
  const keys = new Set<string>();
  for await (const key of store.list('', signal ? { signal } : {})) if (!isPrivateKey(key)) keys.add(key);
  return keys;
}
