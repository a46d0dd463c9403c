import type { ReadEnvironment } from '../chunk/read.js';
import type { TensorSource } from '../chunk/source.js';
import type { StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { type CodecPool, createCodecPool } from '../codec/pool.js';
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import type { Thumbnails } from '../htype/thumbnails.js';
import type { StoreStats } from '../store/counted.js';
import type { CallOptions, Store } from '../store/types.js';
import { Mutex } from '../util/mutex.js';
import { loadStoredTensor, type Snapshot } from '../version/snapshot.js';
import type { LinkOptions, Links } from './links.js';
import type { UndoRecorder } from './undo-recorder.js';
import type { Writer } from './writer.js';

type Edits = typeof import('./edit.js');

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
  readonly links: LinkOptions;
  /** Author of commits that name none. */
  readonly author?: string | undefined;
  /** Gives the right to write back; undefined when opened for reading. */
  readonly unlock: (() => unknown) | undefined;
}

/** A tensor as the handles of a session name it. */
export interface TensorRef {
  readonly name: string;
  readonly key: string;
  /** Whether class names that are not in the info are refused. */
  readonly closedNames: boolean;
}

/**
 * An open dataset: what is stored, and a writer of what is not stored yet once there is something. Handles of tensors
 * and views share one session; it ends with `close`.
 */
export class Session {
  readonly store: Store;
  readonly stats: StoreStats;
  /** What it was made of: for sessions that read other states beside it. */
  readonly parts: SessionParts;
  readonly #codecs: CodecPool;
  /** Settings of encoders by key of tensor: they outlive a commit, but are not stored. */
  readonly encodings = new Map<string, EncodeOptions>();
  #snapshot: Snapshot;
  #unlock: (() => unknown) | undefined;
  /** Head whose lock file is held, on stores that several programs write; it stays while a commit is looked at. */
  lockedHead: string;
  /** Records what is stored, so that it can be undone; undefined until that is asked for. */
  recorder: UndoRecorder | undefined;
  /** Serialises calls that write, in the order in which they were made. */
  readonly #writing = new Mutex();
  readonly #hidden = new Map<string, Promise<StoredTensor>>();
  readonly #loaded = new Map<string, StoredTensor>(); // the hidden ones that were read, by key
  #loading: Promise<Writer> | undefined;
  #writer: Writer | undefined;
  #links: Promise<Links> | undefined;
  #small: Promise<Thumbnails> | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.store = parts.store;
    this.stats = parts.stats;
    this.#snapshot = parts.snapshot;
    this.#unlock = parts.unlock;
    this.lockedHead = parts.snapshot.commit;
    this.#codecs = parts.codecs ?? createCodecPool();
  }

  /** The stored state that is open. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Who decodes and encodes. */
  get codecs(): CodecPool {
    return this.#codecs;
  }

  /** What reading samples needs. */
  get reading(): ReadEnvironment {
    return { codecs: this.#codecs, unpacked: this.snapshot.source.caches.unpacked, thumbnails: this.#thumbnails };
  }

  readonly #thumbnails = (): Promise<Thumbnails> => {
    this.#small ??= import('../htype/thumbnails.js').then((module) => new module.Thumbnails());
    return this.#small;
  };

  /** Whether changes are possible. */
  get isWritable(): boolean {
    return this.#unlock !== undefined && this.#snapshot.isHead;
  }

  /** Author of commits that name none. */
  get author(): string {
    return this.parts.author ?? 'public'; // what Deep Lake writes without a login
  }

  /** The dataset's metadata with all changes. */
  get meta() {
    return this.#writer?.draft.meta ?? this.snapshot.meta;
  }

  /** The dataset's info with all changes. */
  get info() {
    return this.#writer?.draft.info ?? this.snapshot.info;
  }

  /**
   * Runs a change, after those before it. The code that writes loads with the first one.
   * @throws {DatasetError} `read-only`, `closed`
   */
  write<T>(change: (writer: Writer) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#writing.run(async () => {
      this.assertOpen();
      if (!this.isWritable) throw readOnly(this.store, this.#unlock && this.#snapshot.commit);
      return change(await this.#openWriter());
    }, signal);
  }

  /** Runs an edit of what is there, as {@link write} does; its code loads with the first one. */
  edit<T>(change: (edits: Edits, writer: Writer) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.write(async (writer) => change(await import('./edit.js'), writer), signal);
  }

  /** Runs a change of history or a move to another state, after the changes before it. */
  exclusive<T>(change: () => Promise<T>): Promise<T> {
    return this.#writing.run(() => {
      this.assertOpen();
      return change();
    });
  }

  /** The writer, whose changes may not be stored yet, and what gives the right to write back. Within {@link exclusive}. */
  get inUse() {
    return { writer: this.#writer, unlock: this.#unlock };
  }

  /** Goes on with another state of the dataset. The writer of this one has nothing left to do. */
  become(snapshot: Snapshot, unlock: (() => unknown) | undefined): void {
    this.#writer = undefined;
    this.#loading = undefined;
    this.#hidden.clear();
    this.#loaded.clear();
    this.#snapshot = snapshot;
    this.#unlock = unlock;
  }

  #openWriter(): Promise<Writer> {
    this.#loading ??= import('./writer.js')
      .then(({ openWriter }) => openWriter(this, this.parts.autoFlush))
      .then((writer) => {
        this.#writer = writer;
        return writer;
      })
      .catch((error: unknown) => {
        this.#loading = undefined;
        throw error;
      });
    return this.#loading;
  }

  /** Links and their credentials, read when a tensor of links is first used. */
  links(): Promise<Links> {
    this.#links ??= import('./links.js').then((module) => module.Links.open(this.store, this.parts.links));
    return this.#links;
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
    const hidden = new Set(hiddenTensors);
    return tensors.filter((key) => !hidden.has(key)).map((key) => names.get(key) ?? key);
  }

  /** Where a tensor is read: its draft when it has one, else what is stored. Synchronous for visible tensors. */
  source({ name, key }: TensorRef): TensorSource | Promise<TensorSource> {
    this.assertOpen();
    return this.known({ key }) ?? this.stored(name, key);
  }

  /** The draft of a tensor, or the tensor as it was stored when the dataset was opened; undefined for hidden ones not read yet. */
  known({ key }: Pick<TensorRef, 'key'>): StoredTensor | TensorDraft | undefined {
    return this.#writer?.draft.tensor(key) ?? this.snapshot.tensors.get(key) ?? this.#loaded.get(key);
  }

  /** A tensor as it was stored when the dataset was opened. Hidden ones are read when first needed. */
  async stored(_name: string, key: string): Promise<StoredTensor> {
    const visible = this.snapshot.tensors.get(key);
    if (visible) return visible;
    let loading = this.#hidden.get(key);
    if (!loading) {
      loading = loadStoredTensor(this.snapshot.source, key).then((tensor) => {
        this.#loaded.set(key, tensor);
        return tensor;
      });
      loading.catch(() => this.#hidden.delete(key)); // asked for again, it is read again
      this.#hidden.set(key, loading);
    }
    return loading;
  }

  /** Stores all changes; resolves when they survive a killed tab. @throws {DatasetError} `storage` */
  async flush(options?: CallOptions): Promise<void> {
    this.assertOpen();
    options?.signal?.throwIfAborted();
    await this.#writer?.flush();
  }

  /** Stores all changes and lets go of the lock, the workers, and a store that was made from an address. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { codecs, ownsStore } = this.parts;
    try {
      await this.#writing.run(async () => this.#writer?.close());
    } finally {
      await this.#unlock?.();
      if (!codecs) this.#codecs.close();
      (await this.#small)?.close();
      if (ownsStore) await this.store.close?.();
    }
  }

  /** @throws {DatasetError} `closed` */
  assertOpen(): void {
    if (!this.#closed) return;
    throw new DatasetError('closed', `The dataset at ${this.store.address} was closed. Open it again.`, {
      what: 'dataset',
    });
  }
}

/** The error of a change where none may be made. @param commit - that is open and no head */
export function readOnly({ address }: Store, commit?: string): DatasetError<'read-only'> {
  if (commit !== undefined) {
    return new DatasetError(
      'read-only',
      `Commit ${commit} of ${address} is history. Begin a branch with checkout(name, { create: true }), or go to one.`,
      { reason: 'detached' },
    );
  }
  return new DatasetError(
    'read-only',
    `The dataset at ${address} was opened for reading. Open it with { mode: 'rw' }.`,
    { reason: 'mode' },
  );
}
