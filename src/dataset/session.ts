import type { Codecs } from '../chunk/codecs.js';
import { Draft } from '../chunk/draft.js';
import { loadTensorDraft } from '../chunk/load-draft.js';
import type { ReadEnvironment } from '../chunk/read.js';
import type { TensorSource } from '../chunk/source.js';
import { StoredTensor } from '../chunk/stored-tensor.js';
import { TensorDraft } from '../chunk/tensor-draft.js';
import { type CodecPool, createCodecPool } from '../codec/pool.js';
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import { emptyDatasetDiff, parseDatasetDiff } from '../format/dataset-diff.js';
import { newCommitDiff } from '../format/commit-diff.js';
import { datasetDiffKey, FIRST_COMMIT, groupsOf } from '../format/keys.js';
import type { StoreStats } from '../store/counted.js';
import type { CallOptions, Store } from '../store/types.js';
import { Mutex } from '../util/mutex.js';
import { loadStoredTensor, type Snapshot } from '../version/snapshot.js';
import type { PlannedTensor, TensorPlan } from './plan-tensor.js';

/** When a draft is stored by itself. */
export interface AutoFlush {
  /** After this many milliseconds with unstored changes. Default 1000. */
  readonly milliseconds?: number;
  /** When this many bytes of samples wait. Default 16,000,000. */
  readonly bytes?: number;
}

/** What a session is made of. */
export interface SessionParts {
  readonly store: Store;
  /** Whether the store was made from an address and ends with the session; a store of the user's stays open. */
  readonly ownsStore: boolean;
  readonly stats: StoreStats;
  readonly snapshot: Snapshot;
  /** Given by the user, who closes it; undefined for one of the session's own. */
  readonly codecs: CodecPool | undefined;
  readonly autoFlush: AutoFlush | false;
  /** Gives the right to write back; undefined when opened for reading. */
  readonly unlock: (() => unknown) | undefined;
}

const AUTO_FLUSH_MILLISECONDS = 1000;
const AUTO_FLUSH_BYTES = 16_000_000; // two full chunks: one transaction of the size that stores handle best

/**
 * An open dataset: a snapshot, the draft of what is not stored yet, and what both need. Handles of tensors and views
 * share one session; it ends with `close`.
 */
export class Session {
  readonly store: Store;
  readonly stats: StoreStats;
  readonly snapshot: Snapshot;
  /** Serialises calls that write, in the order in which they were made. */
  readonly writing = new Mutex();
  readonly #ownsStore: boolean;
  readonly #ownsCodecs: boolean;
  readonly #codecs: CodecPool;
  readonly #autoFlush: Required<AutoFlush> | undefined;
  readonly #unlock: (() => unknown) | undefined;
  readonly #hidden = new Map<string, Promise<StoredTensor>>();
  readonly #loaded = new Map<string, StoredTensor>(); // the hidden ones that were read, by key
  readonly #loading = new Map<string, Promise<TensorDraft>>();
  #draft: Draft | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #background: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    this.store = parts.store;
    this.stats = parts.stats;
    this.snapshot = parts.snapshot;
    this.#ownsStore = parts.ownsStore;
    this.#ownsCodecs = parts.codecs === undefined;
    this.#codecs = parts.codecs ?? createCodecPool();
    this.#unlock = parts.unlock;
    const { autoFlush } = parts;
    this.#autoFlush = autoFlush
      ? { milliseconds: autoFlush.milliseconds ?? AUTO_FLUSH_MILLISECONDS, bytes: autoFlush.bytes ?? AUTO_FLUSH_BYTES }
      : undefined;
    if (this.#unlock && autoFlush && typeof document !== 'undefined') document.addEventListener('visibilitychange', this.#onHidden);
  }

  /** Who decodes and encodes. */
  get codecs(): Codecs {
    return this.#codecs;
  }

  /** What reading samples needs. */
  get reading(): ReadEnvironment {
    return { codecs: this.#codecs, unpacked: this.snapshot.source.caches.unpacked };
  }

  /** Whether changes are possible. */
  get isWritable(): boolean {
    return this.#unlock !== undefined;
  }

  /** The dataset's metadata with all changes. */
  get meta() {
    return this.#draft?.meta ?? this.snapshot.meta;
  }

  /** The dataset's info with all changes. */
  get info() {
    return this.#draft?.info ?? this.snapshot.info;
  }

  /** The draft, made at the first change. @throws {DatasetError} `read-only`, `closed` */
  async draft(): Promise<Draft> {
    this.assertWritable();
    if (!this.#draft) {
      const { commit, meta, info } = this.snapshot;
      const key = datasetDiffKey(commit);
      const bytes = await this.store.get(key);
      this.#draft ??= new Draft(this.store, this.codecs, { commit, meta, info, diff: bytes ? parseDatasetDiff(bytes, key) : emptyDatasetDiff() });
    }
    return this.#draft;
  }

  /** Key of a tensor by name, hidden ones included; undefined when there is none. */
  keyOf(name: string): string | undefined {
    const { tensorNames, tensors } = this.meta;
    if (Object.hasOwn(tensorNames, name)) return tensorNames[name];
    return Object.keys(tensorNames).length === 0 && tensors.includes(name) ? name : undefined;
  }

  /** Names of the visible tensors in order of creation. */
  visibleNames(): string[] {
    const { tensors, tensorNames, hiddenTensors } = this.meta;
    const names = new Map(Object.entries(tensorNames).map(([name, key]) => [key, name]));
    return tensors.filter((key) => !hiddenTensors.includes(key)).map((key) => names.get(key) ?? key);
  }

  /** Where a tensor is read: its draft when it has one, else what is stored. Synchronous for visible tensors. */
  source(name: string, key: string): TensorSource | Promise<TensorSource> {
    this.assertOpen();
    return this.#draft?.tensor(key) ?? this.snapshot.tensors.get(name) ?? this.#loadHidden(key);
  }

  /** The tensor as it was stored when the dataset was opened, or its draft. Undefined for hidden tensors not read yet. */
  known(name: string, key: string): StoredTensor | TensorDraft | undefined {
    return this.#draft?.tensor(key) ?? this.snapshot.tensors.get(name) ?? this.#loaded.get(key);
  }

  #loadHidden(key: string): Promise<StoredTensor> {
    const known = this.#hidden.get(key);
    if (known) return known;
    const loading = loadStoredTensor(this.snapshot.source, key).then((tensor) => {
      this.#loaded.set(key, tensor);
      return tensor;
    });
    loading.catch(() => this.#hidden.delete(key)); // asked for again, it is read again
    this.#hidden.set(key, loading);
    return loading;
  }

  /** The draft of a tensor with its companions, read when the tensor is first written to. */
  async writer(name: string, key: string): Promise<TensorDraft> {
    const draft = await this.draft();
    const ready = draft.tensor(key);
    if (ready) return ready;
    let loading = this.#loading.get(key);
    if (!loading) {
      loading = this.#loadWriter(draft, name, key).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  async #loadWriter(draft: Draft, name: string, key: string): Promise<TensorDraft> {
    const env = { commit: draft.commit, codecs: this.codecs, newId: randomId };
    const stored = this.snapshot.tensors.get(name) ?? (await this.#loadHidden(key));
    const [main, companions] = await Promise.all([
      loadTensorDraft(stored, env),
      Promise.all(
        Object.entries(stored.meta.links).map(async ([companion, entry]) => {
          const tensor = await loadTensorDraft(await this.#loadHidden(companion), env);
          if (!stored.meta.isSequence && tensor.length !== stored.meta.length) throw unevenCompanion(name, companion, stored.meta.length, tensor.length);
          return { companion, entry, tensor };
        }),
      ),
    ]);
    for (const { companion, entry, tensor } of companions) {
      main.link(companion, entry, tensor);
      draft.addTensor(tensor);
    }
    draft.addTensor(main);
    return main;
  }

  /** Adds a planned tensor with its companions to the draft and to the dataset's metadata. */
  async create(plan: TensorPlan, encode: EncodeOptions): Promise<void> {
    const draft = await this.draft();
    const { meta } = draft;
    const taken = new Set(meta.tensors);
    const key = freeKey(plan.main.name, taken);
    const companions = plan.companions.map((companion) => ({ ...companion, key: freeKey(companion.name, taken) }));
    const links = Object.fromEntries(companions.map(({ key: companion, link }) => [companion, link]));
    const main = this.#newTensor(draft.commit, key, { ...plan.main, meta: { ...plan.main.meta, links } });
    const all = [{ key, name: plan.main.name, hidden: plan.main.meta.hidden }, ...companions.map(({ key: k, name }) => ({ key: k, name, hidden: true }))];
    for (const companion of companions) {
      const tensor = this.#newTensor(draft.commit, companion.key, companion);
      main.link(companion.key, companion.link, tensor);
      draft.addTensor(tensor);
    }
    draft.addTensor(main, encode);
    const groups = groupsOf(plan.main.name).filter((group) => !meta.groups.includes(group));
    draft.setMeta({
      ...meta,
      tensors: [...meta.tensors, ...all.map((tensor) => tensor.key)],
      tensorNames: { ...meta.tensorNames, ...Object.fromEntries(all.map((tensor) => [tensor.name, tensor.key])) },
      hiddenTensors: [...meta.hiddenTensors, ...all.filter(({ hidden }) => hidden).map((tensor) => tensor.key)],
      groups: [...meta.groups, ...groups],
    });
  }

  #newTensor(commit: string, key: string, { meta, info }: PlannedTensor): TensorDraft {
    return new TensorDraft({
      commit,
      stored: new StoredTensor(this.snapshot.source, key, meta),
      info,
      diff: { ...newCommitDiff(true, 0), infoUpdated: Object.keys(info).length > 0 },
      ids: { ids: [], lasts: [] },
      tiles: new Map(),
      chunkSet: commit === FIRST_COMMIT ? undefined : new Map(),
      open: undefined,
      isNew: true,
      newId: randomId,
    });
  }

  /** Stores all changes; resolves when they survive a killed tab. @throws {DatasetError} `storage` */
  async flush(options?: CallOptions): Promise<void> {
    this.assertOpen();
    options?.signal?.throwIfAborted();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#background;
    this.#failure = undefined; // what failed in the background is tried again now, and told here
    await this.#draft?.flush();
  }

  /**
   * Called after changes: stores a draft that has grown, or starts the clock. Waits only when more is written than
   * the store takes. @throws what storing in the background failed with
   */
  async relieve(): Promise<void> {
    this.#tellFailure();
    if (!this.#autoFlush || !this.#draft) return;
    if (this.#draft.pendingBytes >= this.#autoFlush.bytes) {
      await this.#background;
      this.#tellFailure();
      if (this.#draft.pendingBytes >= this.#autoFlush.bytes) this.#flushInBackground();
    } else this.scheduleFlush();
  }

  /** Starts the clock of the next flush, unless it runs. */
  scheduleFlush(): void {
    if (!this.#autoFlush || this.#timer !== undefined || !this.#draft?.isDirty) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flushInBackground();
    }, this.#autoFlush.milliseconds);
  }

  #flushInBackground(): void {
    this.#background ??= (this.#draft?.flush() ?? Promise.resolve())
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#background = undefined;
        if (!this.#failure) this.scheduleFlush();
      });
  }

  #tellFailure(): void {
    const failure = this.#failure;
    if (!failure) return;
    this.#failure = undefined;
    throw failure.error;
  }

  readonly #onHidden = (): void => {
    if (document.visibilityState === 'hidden') this.#flushInBackground();
  };

  /** Stores all changes and lets go of the lock, the workers, and a store that was made from an address. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', this.#onHidden);
    await this.#background;
    try {
      await this.writing.run(async () => this.#draft?.flush());
    } finally {
      await this.#unlock?.();
      if (this.#ownsCodecs) this.#codecs.close();
      if (this.#ownsStore) await this.store.close?.();
    }
  }

  /** @throws {DatasetError} `closed` */
  assertOpen(): void {
    if (this.#closed) throw new DatasetError('closed', `The dataset at ${this.store.address} was closed. Open it again.`, { what: 'dataset' });
  }

  /** @throws {DatasetError} `closed`, `read-only` */
  assertWritable(): void {
    this.assertOpen();
    if (this.isWritable) return;
    throw new DatasetError('read-only', `The dataset at ${this.store.address} was opened for reading. Open it with { mode: 'rw' }.`, { reason: 'mode' });
  }
}

function freeKey(name: string, taken: Set<string>): string {
  let key = name;
  while (taken.has(key)) key = `${name}_${(randomId() & 0xffffn).toString(16).padStart(4, '0')}`;
  taken.add(key);
  return key;
}

/** A random chunk id of 64 bits. */
function randomId(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
}

function unevenCompanion(tensor: string, companion: string, expected: number, got: number): DatasetError<'corrupt'> {
  return new DatasetError(
    'corrupt',
    `Tensor "${tensor}" has ${expected} samples, its companion "${companion}" has ${got}. Restore the dataset from a copy before writing to it.`,
    { tensor, key: companion, expected, got },
  );
}
