/** Earlier states of an open dataset, opened beside it for reading. */
import { type CodecPool, type Dataset, openDataset } from '../src/index.js';

const MAX_OPEN = 6; // each holds some chunks

/** Opens commits of a dataset, and keeps the ones used last open. */
export class PastStates {
  readonly #dataset: Dataset;
  readonly #codecs: CodecPool;
  readonly #open = new Map<string, Promise<Dataset>>();
  #kept: string | undefined;

  constructor(dataset: Dataset, codecs: CodecPool) {
    this.#dataset = dataset;
    this.#codecs = codecs;
  }

  /** The dataset as it was at a commit. It ends with this object. @throws {DatasetError} `not-found`, `storage` */
  at(commit: string): Promise<Dataset> {
    const known = this.#open.get(commit);
    const state = known ?? this.fresh(commit);
    this.#open.delete(commit);
    this.#open.set(commit, state);
    if (known) return state;
    state.catch(() => this.#open.delete(commit)); // opened again when it is asked for again
    for (const [oldest, past] of this.#open) {
      if (this.#open.size <= MAX_OPEN) break;
      if (oldest === commit || oldest === this.#kept) continue;
      this.#open.delete(oldest);
      void closed(past);
    }
    return state;
  }

  /** Keeps a commit open as long as it is shown; undefined lets go. */
  keep(commit: string | undefined): void {
    this.#kept = commit;
  }

  /** Opens a branch or commit as it is stored now. The caller closes it. @throws {DatasetError} */
  fresh(address: string): Promise<Dataset> {
    return openDataset(this.#dataset.store, { at: address, codecs: this.#codecs });
  }

  /** Closes all that is open. */
  async close(): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map(closed));
  }
}

async function closed(state: Promise<Dataset>): Promise<void> {
  const dataset = await state.catch(() => undefined); // told to who asked for it
  await dataset?.close();
}
