import { sameShape } from '../htype/number-runs.js';
import type { WriteRows } from './companions.js';
import type { TensorDraft } from './tensor-draft.js';

type Shape = readonly number[] | undefined;

/** Rows that a hidden tensor still has to make. Those that are alike are only counted, and made together. */
export class OwedRows {
  #owed: { readonly write: WriteRows; readonly shape: Shape; count: number } | undefined;

  /** Owes `count` more rows; makes those before them when they are others. */
  add(draft: TensorDraft, write: WriteRows, shape: Shape, count: number): void {
    if (this.#owed?.write === write && sameShape(this.#owed.shape, shape)) {
      this.#owed.count += count;
      return;
    }
    this.settle(draft);
    this.#owed = { write, shape, count };
  }

  /** Makes all rows. */
  settle(draft: TensorDraft): void {
    const owed = this.#owed;
    if (!owed) return;
    this.#owed = undefined;
    owed.write(draft, owed.shape, owed.count);
  }
}
