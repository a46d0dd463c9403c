/** Views that are kept in the dataset, as Deep Lake 3.9.52 keeps them (`spec` §10). Loaded when first asked for. */
import { isColumn, readColumn } from '../chunk/read-column.js';
import { DatasetError } from '../errors.js';
import type { IndexEntry } from '../format/dataset-meta.js';
import { isSafeKey, queriesKey } from '../format/keys.js';
import {
  jsonFromViewEntry,
  parseQueries,
  parseViewEntry,
  serializeQueries,
  type ViewEntry,
} from '../format/queries.js';
import { withPrefix } from '../store/prefixed.js';
import type { CallOptions, Put, Store } from '../store/types.js';
import type { OnProgress } from '../util/progress.js';
import { hasChanges } from '../version/changes.js';
import { viewsFolder } from '../version/dataset-keys.js';
import { acquireLock } from '../version/dataset-lock.js';
import { commitIdOf } from '../version/graph.js';
import { loadSnapshot, type Snapshot } from '../version/snapshot.js';
import { checkRows, tensorsOf } from './copy.js';

export { copyDataset } from './copy.js';

import { copyRows, INDEX_TENSOR, visibleTensors } from './copy-rows.js';
import { isAll } from './copy-tensor.js';
import { deletionsUnder } from './deleted-files.js';
import { type Part, partTensor } from './part-tensor.js';
import { type RowSet, stepRows } from './row-set.js';
import { readOnly, Session } from './session.js';
import { Tensor } from './tensor.js';
import { View } from './view.js';
import { queryOf, type ViewParts } from './view-operations.js';

/** Options of `View.save`. */
export interface SaveViewOptions extends CallOptions {
  /** Name of the view, of which there is no other. Default: 64 random hexadecimal digits. */
  readonly id?: string;
  /** What the view is for. */
  readonly message?: string;
  /**
   * Copies the samples of the view's tensors beside the row numbers, so that the view can be read by itself and fast;
   * Deep Lake calls that optimized. Default false: only row numbers are stored, and all tensors are read.
   */
  readonly copy?: boolean;
  /** Told of the copy. */
  readonly onProgress?: OnProgress;
}

/** A saved view in the list of them. */
export interface SavedView {
  /** Name: of your choice, or drawn when it was saved. */
  readonly id: string;
  /** What it is for; null when nothing was said. */
  readonly message: string | null;
  /** The expression that found its rows; null for other views. */
  readonly query: string | null;
  /** Commit that it was taken from. */
  readonly commit: string | null;
  /** Whether it holds row numbers only, no copies. */
  readonly virtual: boolean;
  /** When it was saved, where that is known. */
  readonly createdAt: Date | undefined;
}

const LOCK_KEY = 'queries.lock';
const LOCK_SECONDS = 10; // as for the commit graph

/** The saved views of a dataset, in the order in which they were saved. All branches share them. */
export async function listViews({ store }: Session): Promise<SavedView[]> {
  return (await readEntries(store)).map((entry) => ({
    id: entry.id,
    message: entry.message ?? null,
    query: entry.query ?? entry.tqlQuery ?? null,
    commit: entry.sourceVersion,
    virtual: entry.isVirtual,
    createdAt: entry.createdAt === null ? undefined : new Date(entry.createdAt * 1000),
  }));
}

/** Saves a view. @returns its id. @throws {DatasetError} `history` for changes without a commit, `exists`, `read-only` */
export function saveView(view: ViewParts, options: SaveViewOptions = {}): Promise<string> {
  const { session, rows } = view;
  const { id = randomViewId(), message, copy = false, signal, onProgress } = options;
  if (!isSafeKey(id) || /[\s/:,]/.test(id) || id.endsWith('.lock'))
    throw new RangeError(`Names of views have no spaces, slashes, commas or colons; got ${JSON.stringify(id)}.`);
  const call = signal ? { signal } : {};
  return session.exclusive(async () => {
    const { writer, unlock } = session.inUse;
    if (!unlock) throw readOnly(session.store);
    await writer?.flush();
    const { store } = session;
    const snapshot = await loadSnapshot(store, session.snapshot.commit, call);
    const commit = commitIdOf(snapshot.versions, snapshot.commit);
    if (commit === undefined || (snapshot.isHead && (await hasChanges(store, snapshot.commit, snapshot.meta, call)))) {
      throw new DatasetError(
        'history',
        `A view is saved with the commit that it shows, and branch "${snapshot.branch}" has changes that are not committed. Call commit() first.`,
        { reason: 'uncommitted', name: snapshot.branch },
      );
    }
    checkRows(snapshot, [...view.tensors.keys()], rows);
    const source = queryOf(rows);
    const entry: ViewEntry = {
      id,
      isVirtual: !copy,
      source: store.address,
      sourceVersion: commit,
      createdAt: Date.now() / 1000,
      ...(message !== undefined && { message }),
      ...(source && { query: source.query }),
      sourceIndex: source ? (isWhole(source.rows, snapshot) ? null : [indexOf(source.rows)]) : [indexOf(rows)],
      ...(!copy && { firstIndexSubscriptable: true }),
      extras: {},
    };
    await locked(store, async () => {
      const entries = await readEntries(store);
      if (entries.some((other) => other.id === id || folderOf(other) === folderOf(entry)))
        throw new DatasetError('exists', `There is a saved view "${id}". Choose another id, or delete it first.`, {
          what: 'view',
          name: id,
        });
      await write(store, await deletionsUnder(store, `${folderOf(entry)}/`)); // what a save that was cut off has left
      await copyRows(withPrefix(store, folderOf(entry)), {
        snapshot,
        tensors: copy ? await copied(view, snapshot, call) : [],
        groups: [],
        rows,
        info: jsonFromViewEntry(entry),
        index: { rows, hidden: copy },
        codecs: session.codecs,
        onProgress,
        ...call,
      });
      await write(store, [{ key: queriesKey, bytes: serializeQueries([...entries, entry]) }]);
    });
    return id;
  });
}

/** The tensors of a view; those that the user hid, too, when it has all visible ones. */
async function copied(view: ViewParts, snapshot: Snapshot, call: CallOptions): Promise<string[]> {
  const names = [...view.tensors.keys()];
  return names.length === snapshot.tensors.size ? tensorsOf(snapshot, call) : names;
}

/** Opens a saved view at its commit, for reading. @throws {DatasetError} `not-found`, `unsupported` */
export async function loadView(session: Session, id: string): Promise<View> {
  session.assertOpen();
  const { store } = session;
  const entry = found(await readEntries(store), id, store);
  const folder = withPrefix(store, folderOf(entry));
  const own = await loadSnapshot(folder, 'main');
  const facts = Object.hasOwn(own.info, 'id') ? parseViewEntry(own.info, folder.address) : entry;
  if (!entry.isVirtual) {
    const length = Math.min(...[...own.tensors.values()].map((tensor) => tensor.length), Number.MAX_SAFE_INTEGER);
    return open(session, folder, own, stepRows(0, own.tensors.size > 0 ? length : 0));
  }
  const rows = await readIndex(session, own);
  const axes = facts.subSampleIndex ?? [];
  if (facts.tqlQuery != null && rows.length === 0) {
    throw new DatasetError(
      'unsupported',
      `View "${id}" of ${store.address} is a TQL query without rows. Save it optimized with Deep Lake in Python.`,
      { feature: 'TQL' },
    );
  }
  return open(session, store, await loadSnapshot(store, facts.sourceVersion ?? 'main'), rows, axes);
}

/** Deletes a saved view with its copies. @throws {DatasetError} `not-found`, `read-only` */
export function deleteView(session: Session, id: string): Promise<void> {
  return session.exclusive(async () => {
    const { store } = session;
    if (!session.inUse.unlock) throw readOnly(store);
    await locked(store, async () => {
      const entries = await readEntries(store);
      const entry = found(entries, id, store);
      await write(store, [
        { key: queriesKey, bytes: serializeQueries(entries.filter((other) => other !== entry)) },
        ...(await deletionsUnder(store, `${folderOf(entry)}/`)),
      ]);
    });
  });
}

/** A view of rows of another state, which reads with the same workers. It ends with the session. @param part - of samples */
function open(session: Session, store: Store, snapshot: Snapshot, rows: RowSet, part: Part = []): View {
  const own = new Session({
    ...session.parts,
    store,
    snapshot,
    ownsStore: false,
    codecs: session.codecs,
    autoFlush: false,
    unlock: undefined,
  });
  const isCut = !part.every(isWholeSlice);
  const tensors = [...visibleTensors(snapshot)].map(([name, { key }]) => {
    const ref = { name, key, closedNames: false };
    return [name, isCut ? partTensor(own, ref, part) : new Tensor(own, ref)] as const;
  });
  return new View(own, new Map(tensors), rows);
}

/** The row numbers of a view. */
async function readIndex(session: Session, own: Snapshot): Promise<Uint32Array> {
  const stored = visibleTensors(own).get(INDEX_TENSOR);
  const rows = new Uint32Array(stored?.length ?? 0);
  if (!stored || rows.length === 0 || !isColumn(stored.meta)) return rows;
  const env = { codecs: session.codecs, unpacked: own.source.caches.unpacked };
  for await (const { first, count, data, start } of readColumn(stored, 0, rows.length, env))
    for (let i = 0; i < count; i++) rows[first + i] = Number(data[start + i]);
  return rows;
}

async function readEntries(store: Store): Promise<ViewEntry[]> {
  const bytes = await store.get(queriesKey);
  return bytes && bytes.length > 0 ? parseQueries(bytes, queriesKey) : [];
}

function found(entries: readonly ViewEntry[], id: string, store: Store): ViewEntry {
  const entry = entries.find((other) => other.id === id);
  if (entry) return entry;
  throw new DatasetError(
    'not-found',
    `There is no saved view "${id}" in ${store.address}. Saved are ${entries.map((other) => other.id).join(', ') || 'none'}.`,
    { what: 'view', name: id },
  );
}

/** Where the dataset of a view lies. @throws {DatasetError} `corrupt` for a path that leaves the folder of views. */
function folderOf({ path, id }: ViewEntry): string {
  const folder = path ?? id;
  if (isSafeKey(folder)) return `${viewsFolder}/${folder}`;
  throw new DatasetError('corrupt', `${queriesKey} names the folder ${JSON.stringify(folder)} for a view.`, {
    key: queriesKey,
    expected: 'a path inside the dataset',
    got: folder,
  });
}

/** Runs a change of the list of views while no other program makes one. */
async function locked(store: Store, work: () => Promise<void>): Promise<void> {
  const release = store.lock ? undefined : await acquireLock(store, LOCK_KEY, LOCK_SECONDS);
  try {
    await work();
  } finally {
    await release?.();
  }
}

async function write(store: Store, puts: readonly Put[]): Promise<void> {
  if (puts.length > 0) await store.write?.(puts);
}

function randomViewId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Rows as an index of Python: a slice where there is one. */
function indexOf(rows: RowSet): IndexEntry {
  const first = rows.at(0) ?? 0;
  const step = rows.length > 1 ? (rows.at(1) ?? 0) - first : 1;
  const all = Array.from({ length: rows.length }, (_, i) => rows.at(i) ?? 0);
  if (step < 1 || !all.every((row, i) => row === first + i * step)) return all;
  return { start: first, stop: first + (rows.length - 1) * step + 1, step: step === 1 ? null : step };
}

function isWhole(rows: RowSet, { tensors }: Snapshot): boolean {
  const length = Math.min(...[...tensors.values()].map((tensor) => tensor.length));
  return isAll(rows, length);
}

function isWholeSlice(entry: IndexEntry): boolean {
  return (
    typeof entry === 'object' &&
    'start' in entry &&
    (entry.start ?? 0) === 0 &&
    entry.stop === null &&
    (entry.step ?? 1) === 1
  );
}
