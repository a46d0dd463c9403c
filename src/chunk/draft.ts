import type { EncodeOptions } from '../codec/types.js';
import { type DatasetDiff, serializeDatasetDiff } from '../format/dataset-diff.js';
import { type DatasetMeta, serializeDatasetMeta } from '../format/dataset-meta.js';
import { serializeInfo } from '../format/info.js';
import type { JsonObject } from '../format/json.js';
import { datasetDiffKey, datasetInfoKey, datasetMetaKey } from '../format/keys.js';
import type { Put, Store } from '../store/types.js';
import { totalLength } from '../util/bytes.js';
import { Mutex } from '../util/mutex.js';
import type { Codecs } from './codecs.js';
import type { StagedPuts } from './stage-parts.js';
import type { TensorDraft } from './tensor-draft.js';

// One write holds about two full chunks: larger transactions fail in browsers, smaller ones are slow.
const WRITE_BYTES = 16_000_000;

type DatasetPart = 'meta' | 'info';

/** Stores changes in place of the store, and something of its own with them. */
export interface Recorder {
  /** Stores a part of what one flush stores, all or nothing. */
  write(puts: readonly Put[], isLast: boolean): Promise<void>;
}

/**
 * All changes of a dataset that its store does not hold yet. The only dirty state there is.
 *
 * @see `spec` §8.3 for the order in which they are stored.
 */
export class Draft {
  readonly commit: string;
  readonly #store: Store;
  readonly #codecs: Codecs;
  readonly #recorder: () => Recorder | undefined;
  readonly #flushing = new Mutex();
  readonly #tensors = new Map<string, { readonly draft: TensorDraft; readonly encode: EncodeOptions }>();
  readonly #extra: Put[] = [];
  #dirty = new Set<DatasetPart>();
  #meta: DatasetMeta;
  #info: JsonObject;
  #diff: DatasetDiff;

  constructor(
    store: Store,
    codecs: Codecs,
    start: { commit: string; meta: DatasetMeta; info: JsonObject; diff: DatasetDiff },
    recorder: () => Recorder | undefined = () => undefined,
  ) {
    this.#store = store;
    this.#codecs = codecs;
    this.#recorder = recorder;
    this.commit = start.commit;
    this.#meta = start.meta;
    this.#info = start.info;
    this.#diff = start.diff;
  }

  get meta(): DatasetMeta {
    return this.#meta;
  }

  get info(): JsonObject {
    return this.#info;
  }

  /** Bytes of samples that wait to be stored. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const { draft } of this.#tensors.values()) bytes += draft.pendingBytes;
    return bytes;
  }

  /** Whether there is anything to store. */
  get isDirty(): boolean {
    if (this.#dirty.size > 0 || this.#extra.length > 0) return true;
    for (const { draft } of this.#tensors.values()) if (draft.isDirty) return true;
    return false;
  }

  /** The draft of a tensor, when it has one. */
  tensor(key: string): TensorDraft | undefined {
    return this.#tensors.get(key)?.draft;
  }

  /** Settings of the encoder for a tensor's samples. */
  encodeOptions(key: string): EncodeOptions {
    return this.#tensors.get(key)?.encode ?? {};
  }

  /** Takes up a tensor. Companions come before their tensor: that is the safe order of their metadata. */
  addTensor(draft: TensorDraft, encode: EncodeOptions = {}): void {
    this.#tensors.set(draft.key, { draft, encode });
  }

  setMeta(meta: DatasetMeta): void {
    this.#meta = meta;
    this.#dirty.add('meta');
  }

  setInfo(info: JsonObject): void {
    this.#info = info;
    this.#diff = { ...this.#diff, infoUpdated: true };
    this.#dirty.add('info');
  }

  /** Stores something else with the next flush, after all changes. */
  addPut(put: Put): void {
    this.#extra.push(put);
  }

  /**
   * Stores all changes; resolves when they survive the end of the process. What is changed meanwhile waits for the next call.
   * @throws {DatasetError} `storage`; the changes stay in the draft, and the store holds the state of the last flush.
   */
  flush(): Promise<void> {
    return this.#flushing.run(async () => {
      if (!this.isDirty) return;
      const { staged, settle, restore } = this.#capture();
      try {
        await this.#write(staged);
      } catch (error) {
        restore();
        throw error;
      }
      settle();
    });
  }

  #capture() {
    const staged: StagedPuts & { readonly dataset: Put[] } = {
      chunks: [],
      tables: [],
      indexes: [],
      metas: [],
      diffs: [],
      dataset: [],
    };
    const captured = [...this.#tensors.values()]
      .filter(({ draft }) => draft.isDirty)
      .map(({ draft, encode }) => draft.capture(staged, this.#codecs, encode));
    const { commit } = this;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    if (dirty.has('meta'))
      staged.dataset.push({ key: datasetMetaKey(commit), bytes: serializeDatasetMeta(this.#meta) });
    if (dirty.has('info')) {
      staged.dataset.push({ key: datasetInfoKey(commit), bytes: serializeInfo(this.#info) });
      staged.dataset.push({ key: datasetDiffKey(commit), bytes: serializeDatasetDiff(this.#diff) });
    }
    const extra = this.#extra.splice(0);
    staged.dataset.push(...extra);
    return {
      staged,
      settle: () => {
        for (const { settle } of captured) settle();
      },
      restore: () => {
        for (const { restore } of captured) restore();
        for (const part of dirty) this.#dirty.add(part);
        this.#extra.unshift(...extra);
      },
    };
  }

  /**
   * Writes chunks ahead in batches when there are many; then everything that makes them count in one write. A chunk
   * that is rewritten only gains samples at its end, so that the old tables still fit it.
   */
  async #write(staged: StagedPuts & { readonly dataset: Put[] }): Promise<void> {
    const store = this.#store.write?.bind(this.#store);
    if (!store) throw new TypeError(`${this.#store.address} cannot be written`);
    const recorder = this.#recorder();
    const write = (puts: readonly Put[], isLast = false) => recorder?.write(puts, isLast) ?? store(puts);
    let batch: Put[] = [];
    let bytes = 0;
    for (const put of await Promise.all(staged.chunks)) {
      const size = sizeOf(put);
      if (bytes > 0 && bytes + size > WRITE_BYTES) {
        await write(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(put);
      bytes += size;
    }
    const { tables, indexes, metas, diffs, dataset } = staged;
    await write([...batch, ...tables, ...indexes, ...metas, ...diffs, ...dataset], true);
  }
}

function sizeOf({ bytes }: Put): number {
  if (bytes === null) return 0;
  return bytes instanceof Uint8Array ? bytes.length : totalLength(bytes);
}
