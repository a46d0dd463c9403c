import { DatasetError } from '../errors.js';
import type {
  BaseHtype,
  Exact,
  Htype,
  HtypeOptions,
  InputOf,
  MetaHtype,
  OutputOf,
  Row,
  RowInput,
  Schema,
  TensorDef,
} from '../htype/schema.js';
import type { CommonTensorOptions } from '../htype/types.js';
import type { StoreStats } from '../store/counted.js';
import type { CallOptions, Store } from '../store/types.js';
import type { CommitChanges } from '../version/changes.js';
import { commitIdOf } from '../version/graph.js';
import type { DatasetCopyOptions } from './copy.js';
import type { CommitEntry, CommitOptions, Difference } from './history.js';
import type { Info } from './info.js';
import type { MergeOptions, MergeResult } from './merge.js';
import type { ExistOptions } from './new-names.js';
import type { TensorOptions } from './plan-tensor.js';
import type { AppendOptions } from './row-cells.js';
import { stepRows } from './row-set.js';
import type { SavedView } from './saved-views.js';
import type { SearchOptions } from './search.js';
import type { Session, TensorRef } from './session.js';
import type { Managed } from './stored-head.js';
import { infoOf, Tensor } from './tensor.js';
import type { UndoOptions, UndoStack } from './undo.js';
import { type RowsOptions, View } from './view.js';
import type { WriteOptions } from './write-rows.js';

/** The handle of a tensor of a definition. A tensor of unknown definition is a union, told apart by `htype`. */
export type TensorOf<D> = D extends { readonly htype: infer H extends string }
  ? H extends string
    ? Tensor<H, InputOf<D>, OutputOf<D>>
    : never
  : never;

const history = () => import('./history.js');
const saved = () => import('./saved-views.js');

/** A dataset: tensors of equal length, read and written row by row. Closed with `close` or `await using`. */
export class Dataset<S extends Schema = Schema> implements AsyncIterable<Row<S>>, AsyncDisposable {
  /** Info of the dataset: a JSON object of the user's own. */
  readonly info: Info;
  readonly #session: Session;
  readonly #closedNames: Set<string>;
  readonly #handles = new Map<string, Tensor>();

  /** Datasets are made by `createDataset` and `openDataset`. */
  constructor(session: Session, schema: Schema | undefined) {
    this.#session = session;
    this.#closedNames = new Set(
      Object.entries(schema ?? {}).flatMap(([name, def]) => ('classNames' in def && def.classNames ? [name] : [])),
    );
    this.info = infoOf(session, () => session.info);
  }

  /** Address of the store. */
  get address(): string {
    return this.#session.store.address;
  }

  /** The store that the dataset is read from, counted: for copies and exports. */
  get store(): Store {
    return this.#session.store;
  }

  /** Whether the dataset was opened for reading only. */
  get readOnly(): boolean {
    return !this.#session.isWritable;
  }

  /** Requests and bytes since the dataset was opened. */
  get stats(): StoreStats {
    return { ...this.#session.stats };
  }

  /** Branch that is read. */
  get branch(): string {
    return this.#session.snapshot.branch;
  }

  /** Id of the last commit at or before the state that is read; undefined before the first commit. */
  get commitId(): string | undefined {
    const { versions, commit } = this.#session.snapshot;
    return commitIdOf(versions, commit);
  }

  /** Names of all branches. */
  get branches(): readonly string[] {
    return [...this.#session.snapshot.versions.branches.keys()];
  }

  /** Names of the visible tensors in order of creation. */
  get tensors(): readonly string[] {
    return this.#session.visibleNames();
  }

  /** Paths of all groups, each ancestor listed too. */
  get groups(): readonly string[] {
    return [...this.#session.meta.groups];
  }

  /** Number of rows: the length of the shortest visible tensor. */
  get length(): number {
    const lengths = this.tensors.map((name) => this.#handle(name).length);
    return lengths.length === 0 ? 0 : Math.min(...lengths);
  }

  /**
   * The handle of a tensor, hidden ones included (`_images_id`) once they were read with {@link loadTensor}.
   * @throws {DatasetError} `not-found` listing the names.
   */
  tensor<const K extends keyof S & string>(name: K): TensorOf<S[K]> {
    return this.#handle(name) as unknown as TensorOf<S[K]>;
  }

  /** The handle of any tensor by name, hidden ones included. @throws {DatasetError} `not-found` */
  async loadTensor(name: string): Promise<Tensor> {
    await this.#session.source(this.#ref(name));
    return this.#handle(name);
  }

  /**
   * Creates a tensor. Its type is that of the options; the type of the dataset cannot grow after the fact, so keep the
   * handle that is returned.
   *
   * @param name - may have groups, which are created with it: `train/images`.
   * @param call - with `existOk` a tensor of that name is taken if it has the same htype, dtype, compressions and
   *   `hidden`; what the options leave to the first sample may be anything.
   * @throws {TypeError} for options that the htype does not have. @throws {RangeError} for names that cannot be used.
   * @throws {DatasetError} `exists` saying what differs, `read-only`
   */
  createTensor<const O extends TensorDef>(
    name: string,
    options: Exact<O, { htype: unknown } & HtypeOptions[BaseHtype<O['htype']>]>,
    call?: ExistOptions,
  ): Promise<TensorOf<O>>;
  createTensor(name: string, options?: CommonTensorOptions, call?: ExistOptions): Promise<Tensor<MetaHtype<Htype>>>;
  createTensor(name: string, options: TensorOptions = {}, call: ExistOptions = {}): Promise<unknown> {
    return this.#session.write(async (writer) => {
      const normal = await writer.createTensor(name, options, call);
      if (Array.isArray(options.classNames) && options.classNames.length > 0) this.#closedNames.add(normal);
      return this.#handle(normal);
    });
  }

  /**
   * Creates a group of tensors, and the groups that it lies in. Tensors in it have its name before theirs: `train/images`.
   * @throws {RangeError} for names that cannot be used. @throws {DatasetError} `exists`, `read-only`
   */
  createGroup(name: string, options: ExistOptions = {}): Promise<void> {
    return this.#session.write((writer) => writer.createGroup(name, options));
  }

  /**
   * Gives a tensor another name in the same group; its hidden companions follow. Nothing moves in storage. Stored at once,
   * with all changes before it. Handles that were made before keep working, under the old name.
   * @throws {RangeError} for names that cannot be used, or in another group, and for hidden companions.
   * @throws {DatasetError} `not-found`, `exists`, `read-only`, `storage`
   */
  renameTensor(from: string, to: string): Promise<void> {
    return this.#manage((m, my) => m.renameTensor(my, from, to));
  }

  /** Gives a group another name, and all tensors and groups in it: as {@link renameTensor}. */
  renameGroup(from: string, to: string): Promise<void> {
    return this.#manage((m, my) => m.renameGroup(my, from, to));
  }

  /**
   * Deletes a tensor with its hidden companions, at once and with all its samples. Commits keep what they have of it.
   * Handles of it then give `not-found`.
   * @throws {RangeError} for hidden companions. @throws {DatasetError} `not-found`, `read-only`, `storage`
   */
  deleteTensor(name: string): Promise<void> {
    return this.#manage((m, my) => m.deleteTensor(my, name));
  }

  /** Deletes a group with all tensors and groups in it: as {@link deleteTensor}. */
  deleteGroup(name: string): Promise<void> {
    return this.#manage((m, my) => m.deleteGroup(my, name));
  }

  /**
   * Hides a tensor, or shows it again. A hidden one is not in {@link tensors} and in no row; {@link loadTensor} gives it.
   * @throws {RangeError} for hidden companions. @throws {DatasetError} `not-found`, `read-only`, `storage`
   */
  setHidden(name: string, hidden = true): Promise<void> {
    return this.#manage((m, my) => m.setHidden(my, name, hidden));
  }

  /**
   * Appends one row: one input for each tensor.
   *
   * Resolves when the row is in the draft, which is stored by itself soon, or with {@link flush}. A row that fails
   * changes nothing.
   * @throws {DatasetError} `sample-mismatch` and `codec` naming tensor and row, `not-found`, `read-only`
   */
  async append(row: RowInput<S>, options: AppendOptions = {}): Promise<void> {
    await this.#write([row], options);
  }

  /**
   * Appends rows from an array, a generator or a stream, in order.
   *
   * When a row fails, the rows before it stay, all tensors have equal length, and the error names the row. With
   * `ignoreErrors` such rows are left out, and `onSkip` is told of them.
   * @returns number of rows appended.
   */
  extend(
    rows: Iterable<RowInput<S>> | AsyncIterable<RowInput<S>>,
    options: WriteOptions & AppendOptions = {},
  ): Promise<number> {
    return this.#write(rows, options);
  }

  /**
   * Removes rows: the last one of the longest tensor, that of an index, or those of several. Negative indexes count from
   * the end. Tensors that are too short for a row are left alone.
   * @throws {RangeError} when there is no such row, or one is named twice. @throws {DatasetError} `read-only`
   */
  pop(rows?: number | readonly number[]): Promise<void> {
    return this.#session.edit((edits, writer) => edits.popRows(writer, this.#refs(), rows));
  }

  /**
   * Puts rows before the row at an index, all or none of them; at the end they are appended. Each row has a sample for
   * every tensor.
   * @throws {RangeError} @throws {DatasetError} as {@link append}
   */
  insert(at: number, rows: Iterable<RowInput<S>> | AsyncIterable<RowInput<S>>, options?: CallOptions): Promise<void> {
    return this.#session.edit((edits, writer) => edits.insertRows(writer, this.#refs(), at, rows, options));
  }

  /**
   * Replaces samples of some tensors in one row. When one fails, nothing changes.
   * @example
   * await ds.update(7, { labels: 'cat', boxes: [] });
   * @throws {RangeError} when there is no such row. @throws {DatasetError} `sample-mismatch`, `codec`, `not-found`, `read-only`
   */
  update(row: number, samples: Partial<RowInput<S>>, options?: CallOptions): Promise<void>;
  /** Replaces samples in several rows, all or none of them. @example await ds.update(new Map([[3, { labels: 'cat' }]])) */
  update(rows: Iterable<readonly [row: number, samples: Partial<RowInput<S>>]>, options?: CallOptions): Promise<void>;
  update(...call: readonly unknown[]): Promise<void> {
    return this.#session.edit((edits, writer) => edits.updateRows(writer, this.#refs(), call));
  }

  /** Joins small chunks and splits those that are too large, in all tensors: see {@link Tensor.rechunk}. */
  rechunk(): Promise<void> {
    return this.#session.edit((edits, writer) => edits.rechunk(writer, this.#refs()));
  }

  /** Names of the credentials keys that links may use, in the order in which they were added. */
  async credsKeys(): Promise<readonly string[]> {
    return [...(await this.#session.links()).keys];
  }

  /** Adds the name of credentials for links; secrets are given with {@link populateCreds}. @throws {DatasetError} `exists` */
  addCredsKey(key: string): Promise<void> {
    return this.#session.write((writer) => writer.changeCreds((links) => links.add(key)));
  }

  /** Renames a credentials key; links that use it follow. @throws {DatasetError} `not-found`, `exists` */
  updateCredsKey(key: string, name: string): Promise<void> {
    return this.#session.write((writer) => writer.changeCreds((links) => links.rename(key, name)));
  }

  /**
   * Gives the secret of a credentials key to `resolveLink`. It stays in memory, is never stored, and has to be given
   * again when the dataset is opened.
   * @throws {DatasetError} `not-found`
   */
  async populateCreds(key: string, creds: unknown): Promise<void> {
    (await this.#session.links()).populate(key, creds);
  }

  /**
   * Stores all changes and makes a commit of them, which can be read forever and is never changed again.
   *
   * @returns the id of the commit. @throws {DatasetError} `history` when nothing has changed, `read-only`, `storage`
   */
  async commit(message?: string, options: CommitOptions = {}): Promise<string> {
    return (await history()).commit(this.#session, message, options);
  }

  /**
   * Goes to a branch or commit; all handles then read that. Changes that are not committed stay in the branch that is
   * left. A commit that is no head of a branch can be read only.
   *
   * @param options - with `create` a branch of that name begins here, after a commit of what has changed.
   * @throws {DatasetError} `not-found`, `exists`, `read-only`, `storage`
   */
  async checkout(address: string, { create = false }: { readonly create?: boolean } = {}): Promise<void> {
    await (await history()).checkout(this.#session, address, create);
    this.#handles.clear();
  }

  /** The commits up to the open state, newest first. */
  async log(): Promise<CommitEntry[]> {
    return (await history()).logOf(this.#session);
  }

  /** Whether the open branch has changes that are not committed. */
  async hasChanges(): Promise<boolean> {
    return (await history()).sessionHasChanges(this.#session);
  }

  /** What has changed since the last commit, up to the last {@link flush}; of an open commit, what it changed. */
  diff(): Promise<CommitChanges>;
  /** What `a` and `b` (branches or commits; `b`: the open state) changed since the last commit that both come from. */
  diff(a: string, b?: string): Promise<Difference>;
  async diff(a?: string, b?: string): Promise<unknown> {
    const { changesOfHead, difference } = await history();
    return a === undefined
      ? changesOfHead(this.#session)
      : difference(this.#session, a, b ?? this.#session.snapshot.commit);
  }

  /** Throws away all changes since the last commit, those that are not stored yet included. @throws {DatasetError} `read-only` */
  async reset(): Promise<void> {
    await (await history()).reset(this.#session);
    this.#handles.clear();
  }

  /**
   * Makes the open branch hold exactly what a commit holds: tensors, samples and infos. A branch stands for its last
   * commit. Changes without a commit are committed first; what was restored waits for yours, and {@link reset} takes it
   * back. Chunks are shared, not copied: it takes a moment however large the dataset is.
   * @throws {DatasetError} `not-found`, `read-only`, `storage`
   */
  restore(address: string): Promise<void> {
    return this.#manage((m, my) => m.restore(my, address));
  }

  /**
   * Deletes a branch with its commits. Not `main`, the open one, one that another begins on, or one that was merged.
   * @throws {DatasetError} `history` saying what needs it, `not-found`, `read-only`
   */
  async deleteBranch(name: string): Promise<void> {
    return (await history()).deleteBranch(this.#session, name);
  }

  /** The views that were saved in this dataset with `View.save`, or by Deep Lake. All branches share them. */
  async views(): Promise<SavedView[]> {
    return (await saved()).listViews(this.#session);
  }

  /**
   * Opens a saved view for reading: its rows at the commit that it was taken from, or its own copies of them. It can be
   * read as long as this dataset is open. Of a view of parts of samples (`ds[2:5, 0:64]` in Python) samples of numbers are
   * read as arrays of their parts, others whole.
   * @throws {DatasetError} `not-found`; `unsupported` for TQL queries without rows
   */
  async loadView(id: string): Promise<View<S>> {
    return (await saved()).loadView(this.#session, id) as Promise<View<S>>;
  }

  /** Deletes a saved view. @throws {DatasetError} `not-found`, `read-only` */
  async deleteView(id: string): Promise<void> {
    return (await saved()).deleteView(this.#session, id);
  }

  /**
   * Copies this dataset to another place: the open state as a new dataset, or with `history` all commits, branches and
   * saved views. What is not stored yet is stored first. Nothing is decoded, and memory stays bounded.
   *
   * @param target - an address or a writable store; it becomes a dataset when everything is there.
   * @throws {DatasetError} `exists`, `read-only`, `storage`
   */
  async copyTo(target: string | Store, options?: DatasetCopyOptions): Promise<void> {
    return (await saved()).copyDataset(this.#session, target, options);
  }

  /**
   * Merges another branch (or commit) into the open one, and makes a commit of that. Samples are matched by their ids:
   * new ones are appended, changed ones overwritten; what the other branch deleted stays. Changes of both that are not
   * committed yet are committed first. A merge that fails or is aborted can be made again. Tensors that both sides have
   * only since an earlier merge are told apart by name: one that was renamed since is another one.
   * @throws {DatasetError} `history` listing samples that both have changed: nothing happens then unless `onConflict` decides
   */
  async merge(address: string, options: MergeOptions = {}): Promise<MergeResult> {
    const result = await (await import('./merge.js')).merge(this.#session, address, options);
    this.#handles.clear();
    return result;
  }

  /**
   * Begins to record edits, so that they can be undone and redone, also after a reload, without a commit each. Finds the
   * steps that were recorded on this branch before; a commit ends them. Called again, it only changes the limits.
   * @throws {DatasetError} `read-only`, `storage`
   */
  async undoStack(options?: UndoOptions): Promise<UndoStack> {
    return (await import('./undo.js')).undoStack(this.#my, options);
  }

  /** Stores all changes. Resolves when they survive a killed tab. @throws {DatasetError} `storage` */
  flush(options?: CallOptions): Promise<void> {
    return this.#session.flush(options);
  }

  /** Stores all changes and closes the dataset. Handles are of no use afterwards. */
  close(): Promise<void> {
    return this.#session.close();
  }

  /** As {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Reads one row; a negative index counts from the end. @throws {RangeError} when there is no such row. */
  at(index: number, options?: CallOptions): Promise<Row<S>> {
    return this.#view().at(index, options);
  }

  /** Rows `[start, end)`, every `step`th; negative numbers count from the end. */
  slice(start?: number, end?: number, step?: number): View<S> {
    return this.#view().slice(start, end, step);
  }

  /** Rows by their numbers, in that order, repeats included; negative numbers count from the end. @throws {RangeError} */
  pick(rows: ArrayLike<number>): View<S> {
    return this.#view().pick(rows);
  }

  /** The rows for which an expression holds, or a function of the row: see {@link View.filter}. */
  filter(predicate: string | ((row: Row<S>, index: number) => unknown), options?: SearchOptions): Promise<View<S>> {
    return this.#view().filter(predicate, options);
  }

  /** All rows with fewer tensors. */
  select<const K extends readonly (keyof S & string)[]>(...names: K): View<Pick<S, K[number]>> {
    return this.#view().select(...names);
  }

  /** Reads row after row. */
  rows(options?: RowsOptions): AsyncIterable<Row<S>> {
    return this.#view().rows(options);
  }

  /** Reads all rows in order. */
  [Symbol.asyncIterator](): AsyncIterator<Row<S>> {
    return this.rows()[Symbol.asyncIterator]();
  }

  /** The table that Python's `ds.summary()` prints. */
  async summary(): Promise<string> {
    const { formatSummary } = await import('./summary.js');
    return formatSummary(
      this.address,
      this.readOnly,
      this.tensors.map((name) => [name, this.#handle(name)]),
    );
  }

  /** All rows as a view, which also sorts, draws and splits them. */
  view(): View<S> {
    return this.#view();
  }

  #manage(change: (module: typeof import('./manage.js'), my: Managed) => Promise<void>): Promise<void> {
    return import('./manage.js').then((module) => change(module, this.#my));
  }

  get #my(): Managed {
    return { session: this.#session, handles: this.#handles, closedNames: this.#closedNames };
  }

  #view(): View<S> {
    this.#session.assertOpen();
    const tensors = new Map(this.tensors.map((name) => [name, this.#handle(name)]));
    return new View(this.#session, tensors, stepRows(0, this.length));
  }

  #handle(name: string): Tensor {
    let handle = this.#handles.get(name);
    if (!handle) {
      handle = new Tensor(this.#session, this.#ref(name));
      this.#handles.set(name, handle);
    }
    return handle;
  }

  #ref(name: string): TensorRef {
    const key = this.#session.keyOf(name);
    if (key !== undefined) return { name, key, closedNames: this.#closedNames.has(name) };
    throw new DatasetError(
      'not-found',
      `There is no tensor "${name}". Tensors are ${this.tensors.join(', ') || 'none yet'}.`,
      { what: 'tensor', name },
    );
  }

  #refs(): TensorRef[] {
    return this.tensors.map((name) => this.#ref(name));
  }

  #write(rows: Iterable<unknown> | AsyncIterable<unknown>, options: WriteOptions & AppendOptions): Promise<number> {
    return this.#session.write((writer) => writer.appendRows(this.#refs(), rows, options), options.signal);
  }
}
