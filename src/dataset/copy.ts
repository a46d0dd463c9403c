/** Copies of datasets and views. Loaded when the first one is made. */
import { DatasetError } from '../errors.js';
import { datasetMetaKey, FIRST_COMMIT } from '../format/keys.js';
import { openStore } from '../store/open.js';
import type { CallOptions, Store } from '../store/types.js';
import type { OnProgress } from '../util/progress.js';
import { copyHistory } from '../version/copy-history.js';
import { isDatasetFile } from '../version/dataset-keys.js';
import { loadSnapshot, loadStoredTensor, type Snapshot } from '../version/snapshot.js';
import { copyRows, visibleTensors } from './copy-rows.js';
import { lockFile, lockTab } from './open.js';
import type { RowSet } from './row-set.js';
import type { Session } from './session.js';

/** Options of `View.copyTo`. */
export interface CopyOptions extends CallOptions {
  /** Deletes a dataset that is there already, unless it forbids that. Default false: it is an error. */
  readonly overwrite?: boolean;
  /** Goes on where an earlier copy to the same place ended before its time. Default false. */
  readonly resume?: boolean;
  /**
   * Told of progress at most ten times a second: `done` of `total` samples, companions included (with history: of
   * keys), and bytes.
   */
  readonly onProgress?: OnProgress;
}

/** Options of `Dataset.copyTo`. */
export interface DatasetCopyOptions extends CopyOptions {
  /**
   * Copies all commits, branches and saved views as well, key by key. Default false: the new dataset has the open state
   * only, and new ids.
   */
  readonly history?: boolean;
  /** Names of the tensors to copy. Default all. Not with `history`. */
  readonly tensors?: readonly string[];
}

/** Copies the open state of a dataset, or all of its history. */
export async function copyDataset(
  session: Session,
  at: string | Store,
  options: DatasetCopyOptions = {},
): Promise<void> {
  const { history, tensors } = options;
  if (history && tensors) throw new TypeError('Option "tensors" has no meaning with "history": all of it is copied.');
  await withTarget(session, at, options, async (target) => {
    if (history) await copyHistory(session.store, target, options);
    else await copyState(session, target, tensors, undefined, options);
  });
}

/** Copies the rows and tensors of a view. */
export async function copyView(
  session: Session,
  tensors: readonly string[],
  rows: RowSet,
  at: string | Store,
  options: CopyOptions = {},
): Promise<void> {
  await withTarget(session, at, options, (target) => copyState(session, target, tensors, rows, options));
}

async function copyState(
  session: Session,
  target: Store,
  names: readonly string[] | undefined,
  rows: RowSet | undefined,
  { signal, onProgress }: CopyOptions,
): Promise<void> {
  const call = signal ? { signal } : {};
  const snapshot = await loadSnapshot(session.store, session.snapshot.commit, call);
  checkRows(snapshot, names, rows);
  const all = await tensorsOf(snapshot, call);
  const isAll = names === undefined || [...visibleTensors(snapshot).keys()].every((name) => names.includes(name));
  await copyRows(target, {
    snapshot,
    tensors: isAll ? all : names,
    groups: isAll ? snapshot.meta.groups : [],
    rows,
    info: snapshot.info,
    codecs: session.codecs,
    onProgress,
    ...call,
  });
}

/** @throws {DatasetError} `not-found` @throws {RangeError} for rows that are not there (any more) */
export function checkRows(snapshot: Snapshot, names: readonly string[] | undefined, rows: RowSet | undefined): void {
  const visible = visibleTensors(snapshot);
  for (const name of names ?? []) {
    const stored = visible.get(name);
    if (!stored) {
      const list = [...visible.keys()].join(', ');
      throw new DatasetError('not-found', `There is no tensor "${name}". Tensors are ${list}.`, {
        what: 'tensor',
        name,
      });
    }
    for (let i = 0; rows && i < rows.length; i++) {
      if ((rows.at(i) ?? 0) >= stored.length)
        throw new RangeError(
          `The view has row ${rows.at(i)}, but tensor "${name}" has ${stored.length} samples now: make the view again.`,
        );
    }
  }
}

/** Names of the visible tensors, and of those that the user hid, in order of creation; companions are left out. */
export async function tensorsOf({ meta, source, tensors }: Snapshot, call: CallOptions): Promise<string[]> {
  const visible = new Map([...tensors.values()].map((stored) => [stored.key, stored]));
  const all = await Promise.all(
    meta.tensors.map(async (key) => visible.get(key) ?? loadStoredTensor(source, key, call)),
  );
  const companions = new Set(all.flatMap((stored) => Object.keys(stored.meta.links)));
  const names = new Map(Object.entries(meta.tensorNames).map(([name, key]) => [key, name]));
  return meta.tensors.filter((key) => !companions.has(key)).map((key) => names.get(key) ?? key);
}

/** Opens, locks and clears the place of a copy. The source takes no changes meanwhile. */
async function withTarget(
  session: Session,
  at: string | Store,
  options: DatasetCopyOptions,
  work: (target: Store) => Promise<void>,
): Promise<void> {
  const target = await openStore(at);
  try {
    if (!target.write)
      throw new DatasetError('read-only', `${target.address} cannot be written. Use idb://, memory:// or a folder.`, {
        reason: 'store',
      });
    await session.exclusive(async () => {
      await session.inUse.writer?.flush();
      options.signal?.throwIfAborted();
      const unlock: () => unknown = target.lock ? await lockTab(target) : await lockFile(target, FIRST_COMMIT);
      try {
        await makeRoom(session.store, target, options);
        await work(target);
      } catch (error) {
        // Half a copy with history can be resumed; of another one nothing is of use.
        if (!options.history && !isRefusal(error)) await clear(target).catch(() => {});
        throw error;
      } finally {
        await unlock();
      }
    });
  } finally {
    if (typeof at === 'string') await target.close?.();
  }
}

const refusals = new WeakSet<object>();

function isRefusal(error: unknown): boolean {
  return typeof error === 'object' && error !== null && refusals.has(error);
}

/** @throws {DatasetError} `exists` when something is there that may not be deleted. */
async function makeRoom(
  source: Store,
  target: Store,
  { overwrite, resume, history, signal }: DatasetCopyOptions,
): Promise<void> {
  const call = signal ? { signal } : {};
  const exists = (await target.get(datasetMetaKey(FIRST_COMMIT), call)) !== undefined;
  const refuse = (message: string): never => {
    const error = new DatasetError('exists', message, { what: 'dataset', name: target.address });
    refusals.add(error);
    throw error;
  };
  if (exists) {
    if (!overwrite)
      refuse(`There is a dataset at ${target.address}. Choose another place, or pass { overwrite: true }.`);
    if (!(await loadSnapshot(target, 'main', call)).meta.allowDelete)
      refuse(`The dataset at ${target.address} forbids its deletion.`);
    if (await isSame(source, target))
      refuse(`${target.address} is the dataset that is copied: it cannot take its own place. Choose another one.`);
    return clear(target);
  }
  for await (const key of target.list?.('', call) ?? []) {
    if (key.endsWith('.lock') || (resume && isDatasetFile(key))) continue;
    const advice = isDatasetFile(key)
      ? 'If it is what an earlier copy left, pass { resume: true }'
      : 'Choose an empty place';
    refuse(`${target.address} holds something that is no dataset, such as ${key}. ${advice}.`);
  }
  if (resume && !history) await clear(target);
}

/** Whether what is written to one store is read from the other: addresses do not tell. */
async function isSame(source: Store, target: Store): Promise<boolean> {
  const key = `copy-${Array.from(crypto.getRandomValues(new Uint32Array(2))).join('-')}.lock`;
  await target.write?.([{ key, bytes: new Uint8Array(1) }]);
  try {
    return (await source.get(key)) !== undefined;
  } finally {
    await target.write?.([{ key, bytes: null }]);
  }
}

/** Deletes everything but locks: the place is a dataset, or what is left of one. */
async function clear(target: Store): Promise<void> {
  const first = datasetMetaKey(FIRST_COMMIT);
  const keys: string[] = [];
  for await (const key of target.list?.('') ?? []) if (!key.endsWith('.lock') && key !== first) keys.push(key);
  await target.write?.([first, ...keys].map((key) => ({ key, bytes: null })));
}
