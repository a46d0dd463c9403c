/** Everything that changes a dataset. Loaded with the first change: pages that only read do without. */
import { loadLz4, usesLz4 } from '../chunk/codecs.js';
import { Draft } from '../chunk/draft.js';
import { storageForm } from '../chunk/limits.js';
import { loadTensorDraft } from '../chunk/load-draft.js';
import { newTensorDraft, randomId } from '../chunk/new-draft.js';
import { StoredTensor } from '../chunk/stored-tensor.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError } from '../errors.js';
import { emptyDatasetDiff, parseDatasetDiff } from '../format/dataset-diff.js';
import { datasetDiffKey } from '../format/keys.js';
import { checkTensorName } from '../format/tensor-names.js';
import { loadHtypes, requireHtype } from '../htype/table.js';
import type { Put } from '../store/types.js';
import type { Column, LinkWriter } from './encode-row.js';
import { Flusher } from './flusher.js';
import { changedInfo, type InfoChange } from './info.js';
import type { Links } from './links.js';
import { checkSame, type ExistOptions, withGroup, withTensor } from './new-names.js';
import { type PlannedTensor, planTensor, type TensorOptions, type TensorPlan } from './plan-tensor.js';
import type { RegionOptions } from './regions.js';
import { type AppendOptions, cellsOf } from './row-cells.js';
import type { AutoFlush, Session, TensorRef } from './session.js';
import { type WriteOptions, writeRows, writeSamples } from './write-rows.js';

/** Reads what changing a dataset needs. */
export async function openWriter(session: Session, autoFlush: AutoFlush | false): Promise<Writer> {
  const { store, codecs, snapshot } = session;
  const { commit, meta, info } = snapshot;
  const key = datasetDiffKey(commit);
  const bytes = await store.get(key);
  const diff = bytes ? parseDatasetDiff(bytes, key) : emptyDatasetDiff();
  const draft = new Draft(store, codecs, { commit, meta, info, diff }, () => session.recorder);
  return new Writer(session, draft, autoFlush);
}

/** Changes a dataset through its draft. Its calls run one after another: see `Session.write`. */
export class Writer {
  readonly draft: Draft;
  readonly #session: Session;
  readonly #flusher: Flusher;

  constructor(session: Session, draft: Draft, autoFlush: AutoFlush | false) {
    this.draft = draft;
    this.#session = session;
    this.#flusher = new Flusher(draft, autoFlush);
  }

  /** Appends rows; see `Dataset.extend`. */
  async appendRows(
    refs: readonly TensorRef[],
    rows: Iterable<unknown> | AsyncIterable<unknown>,
    options: WriteOptions & AppendOptions,
  ): Promise<number> {
    const columns = new Map(await Promise.all(refs.map(async (ref) => [ref.name, await this.column(ref)] as const)));
    const first = Math.max(0, ...[...columns.values()].map(({ draft }) => draft.length));
    const target = {
      codecs: this.#session.codecs,
      columns,
      cells: (row: unknown, index: number) => cellsOf(row, index - first, columns, options),
      relieve: () => this.#flusher.relieve(),
    };
    return writeRows(rows, target, options, first);
  }

  /** Appends samples to one tensor; see `Tensor.extend`. */
  async appendSamples(
    ref: TensorRef,
    samples: Iterable<unknown> | AsyncIterable<unknown>,
    options: WriteOptions,
  ): Promise<number> {
    const column = await this.column(ref);
    const target = { codecs: this.#session.codecs, relieve: () => this.#flusher.relieve() };
    return writeSamples(samples, column, target, options, column.draft.length);
  }

  /** Replaces a part of a sample; see `Tensor.setRegion`. */
  async setRegion(ref: TensorRef, row: number, values: unknown, options: RegionOptions): Promise<void> {
    const { replaceRegion } = await import('./set-region.js');
    await replaceRegion(await this.column(ref), row, values, options, this.#session.reading);
    return this.#flusher.relieve();
  }

  /** Changes the info of a tensor, or of the dataset. */
  async changeInfo(ref: TensorRef | undefined, how: InfoChange, given: readonly unknown[]): Promise<void> {
    if (ref) {
      const { draft } = await this.column(ref);
      const { initialInfo } = requireHtype(draft.meta.htype, ref.name);
      draft.setInfo(changedInfo(draft.info(), how, given, initialInfo({})));
    } else this.draft.setInfo(changedInfo(this.draft.info, how, given));
    this.#flusher.schedule();
  }

  /**
   * Creates a tensor with its companions, and stores that.
   * @returns its normalised name. @throws {DatasetError} `exists` when a tensor or group has the name.
   */
  async createTensor(name: string, options: TensorOptions, { existOk }: ExistOptions = {}): Promise<string> {
    const normal = checkTensorName(name);
    const plan = await planTensor(normal, options);
    const key = this.#session.keyOf(normal);
    if (key !== undefined && existOk) {
      const stored = await this.#session.source({ name: normal, key, closedNames: false });
      checkSame(normal, plan.main, { meta: stored.meta, info: await stored.info() });
      return normal;
    }
    this.addTensor(plan, options.encode ?? {});
    await this.flush();
    return normal;
  }

  /** Creates a group, and stores that. */
  async createGroup(name: string, options: ExistOptions): Promise<void> {
    this.draft.setMeta(withGroup(this.draft.meta, checkTensorName(name), options));
    await this.flush();
  }

  /** Adds a planned tensor with its companions to the draft and to the dataset's metadata. */
  addTensor(plan: TensorPlan, encode: EncodeOptions): void {
    const { commit } = this.draft;
    const { meta, keys } = withTensor(this.draft.meta, plan);
    const [key = plan.main.name, ...others] = keys;
    const companions = plan.companions.map((one, i) => ({ ...one, key: others[i] ?? one.name }));
    const links = Object.fromEntries(companions.map((companion) => [companion.key, companion.link]));
    const main = this.#newTensor(commit, key, { ...plan.main, meta: { ...plan.main.meta, links } });
    for (const companion of companions) {
      const tensor = this.#newTensor(commit, companion.key, companion);
      main.link(companion.key, companion.link, tensor);
      this.draft.addTensor(tensor);
    }
    this.draft.addTensor(main, encode);
    this.#session.encodings.set(key, encode);
    this.draft.setMeta(meta);
  }

  /** Who decodes and encodes. */
  get codecs() {
    return this.#session.codecs;
  }

  /** Called after changes: lets a draft that has grown be stored, or starts the clock. */
  relieve(): Promise<void> {
    return this.#flusher.relieve();
  }

  /** Stores all changes. */
  flush(): Promise<void> {
    return this.#flusher.flush();
  }

  /** Gives up what is not stored yet. */
  abandon(): Promise<void> {
    return this.#flusher.abandon();
  }

  /** Stores the last changes and stops the clock. */
  close(): Promise<void> {
    return this.#flusher.close();
  }

  /** The draft of a tensor, read with those of its companions when it is first written to. */
  async tensorDraft({ name, key }: Pick<TensorRef, 'name' | 'key'>): Promise<TensorDraft> {
    return this.draft.tensor(key) ?? this.#loadDraft(name, key);
  }

  /** A tensor as a column to write to; its draft is read, with its companions, when it is first written to. */
  async column({ name, key, closedNames }: TensorRef): Promise<Column> {
    if (!this.draft.meta.tensors.includes(key)) throw goneTensor(name);
    const draft = await this.tensorDraft({ name, key });
    await loadHtypes(draft.meta.htype, name); // encoding is synchronous
    if (usesLz4(storageForm(draft.meta))) await loadLz4();
    const links = draft.meta.isLink ? await this.#linkWriter() : undefined;
    return { name, draft, closedNames, encode: this.draft.encodeOptions(key), tiles: true, links };
  }

  async #linkWriter(): Promise<LinkWriter> {
    const links = await this.#session.links();
    return {
      load: (link, options) => links.load(link, options),
      use: (link) => {
        const { number, put } = links.use(link);
        if (put) this.draft.addPut(put);
        return number;
      },
    };
  }

  /** Changes the names of the credentials keys, and stores that. */
  async changeCreds(change: (links: Links) => Put): Promise<void> {
    this.draft.addPut(change(await this.#session.links()));
    await this.flush();
  }

  async #loadDraft(name: string, key: string): Promise<TensorDraft> {
    const env = { commit: this.draft.commit, codecs: this.#session.codecs, newId: randomId };
    const stored = await this.#session.stored(name, key);
    const { isSequence, length, links } = stored.meta;
    const [main, companions] = await Promise.all([
      loadTensorDraft(stored, env),
      Promise.all(
        Object.entries(links).map(async ([companion, entry]) => {
          const tensor = await loadTensorDraft(await this.#session.stored('', companion), env);
          if (!isSequence && tensor.length !== length) throw unevenCompanion(name, companion, length, tensor.length);
          return { companion, entry, tensor };
        }),
      ),
    ]);
    for (const { companion, entry, tensor } of companions) {
      main.link(companion, entry, tensor);
      this.draft.addTensor(tensor);
    }
    this.draft.addTensor(main, this.#session.encodings.get(key));
    return main;
  }

  #newTensor(commit: string, key: string, { meta, info }: PlannedTensor): TensorDraft {
    return newTensorDraft(commit, new StoredTensor(this.#session.snapshot.source, key, meta), info);
  }
}

function goneTensor(name: string): DatasetError<'not-found'> {
  return new DatasetError('not-found', `Tensor "${name}" was deleted.`, { what: 'tensor', name });
}

function unevenCompanion(tensor: string, companion: string, expected: number, got: number): DatasetError<'corrupt'> {
  return new DatasetError(
    'corrupt',
    `Tensor "${tensor}" has ${expected} samples, its companion "${companion}" has ${got}. Restore the dataset from a copy before writing to it.`,
    { tensor, key: companion, expected, got },
  );
}
