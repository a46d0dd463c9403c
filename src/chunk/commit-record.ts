import { type CommitDiff, recordUpdate } from '../format/commit-diff.js';

/** What a commit records of the changes of one tensor, with those that are not stored yet. */
export class CommitRecord {
  /** Samples that were added since the last capture. */
  added = 0;
  /** Numbers of samples that were replaced since the last capture. */
  readonly #updated = new Set<number>();
  #diff: CommitDiff;

  constructor(diff: CommitDiff) {
    this.#diff = diff;
  }

  /** Records that a sample was replaced. @returns whether that is new. */
  update(row: number): boolean {
    // Samples that the commit has added do not count.
    if (row >= this.#diff.addedStart || this.#diff.updated.has(row) || this.#updated.has(row)) return false;
    this.#updated.add(row);
    return true;
  }

  /** Records that the info has changed. @returns whether that is new. */
  touchInfo(): boolean {
    if (this.#diff.infoUpdated) return false;
    this.#diff = { ...this.#diff, infoUpdated: true };
    return true;
  }

  /** Replaces the record by one that follows from it, after the changes so far. */
  change(next: (diff: CommitDiff) => CommitDiff): void {
    this.#diff = next(this.capture());
  }

  /** The record with all changes. */
  capture(): CommitDiff {
    if (this.added > 0) this.#diff = { ...this.#diff, addedEnd: this.#diff.addedEnd + this.added };
    if (this.#updated.size > 0) this.#diff = recordUpdate(this.#diff, this.#updated);
    this.added = 0;
    this.#updated.clear();
    return this.#diff;
  }
}
