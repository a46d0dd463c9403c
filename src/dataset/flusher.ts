import type { Draft } from '../chunk/draft.js';
import type { AutoFlush } from './session.js';

const MILLISECONDS = 1000;
const BYTES = 16_000_000; // two full chunks: one transaction of the size that stores handle best

/** Decides when a draft is stored: when asked to, after a while, when it has grown, and when the page is hidden. */
export class Flusher {
  readonly #draft: Draft;
  #limits: Required<AutoFlush> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #background: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(draft: Draft, autoFlush: AutoFlush | false) {
    this.#draft = draft;
    if (!autoFlush) return;
    this.#limits = { milliseconds: autoFlush.milliseconds ?? MILLISECONDS, bytes: autoFlush.bytes ?? BYTES };
    if (typeof document !== 'undefined') document.addEventListener('visibilitychange', this.#onHidden);
  }

  /** Stores all changes. @throws {DatasetError} `storage` */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#background;
    this.#failure = undefined; // what failed in the background is tried again now, and told here
    await this.#draft.flush();
  }

  /**
   * Called after changes: stores a draft that has grown, or starts the clock. Waits only when more is written than
   * the store takes. @throws what storing in the background failed with
   */
  async relieve(): Promise<void> {
    this.#tellFailure();
    if (!this.#limits) return;
    if (this.#draft.pendingBytes < this.#limits.bytes) return this.schedule();
    await this.#background;
    this.#tellFailure();
    if (this.#draft.pendingBytes >= this.#limits.bytes) this.#flushInBackground();
  }

  /** Starts the clock of the next flush, unless it runs. */
  schedule(): void {
    if (!this.#limits || this.#timer !== undefined || !this.#draft.isDirty) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flushInBackground();
    }, this.#limits.milliseconds);
  }

  /** Stops without storing what is left; resolves when nothing is being stored any more. */
  async abandon(): Promise<void> {
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', this.#onHidden);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#limits = undefined;
    await this.#background;
  }

  /** Stores the last changes and stops. @throws {DatasetError} `storage` */
  async close(): Promise<void> {
    if (typeof document !== 'undefined') document.removeEventListener('visibilitychange', this.#onHidden);
    await this.flush();
  }

  #flushInBackground(): void {
    this.#background ??= this.#draft
      .flush()
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#background = undefined;
        if (!this.#failure) this.schedule();
      });
  }

  #tellFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }

  readonly #onHidden = (): void => {
    if (document.visibilityState === 'hidden') this.#flushInBackground();
  };
}
