/** Which rows of the grid are selected, by their numbers in the dataset. */

/** Selected rows: one by one, or all between two places. */
export class RowSelection {
  /** Called when something else is selected. */
  onChange: () => void = () => {};
  readonly #rows = new Set<number>();
  #anchor = 0; // place from which a range is drawn

  /** The selected rows, rising. */
  get rows(): readonly number[] {
    return [...this.#rows].sort((a, b) => a - b);
  }

  /** Whether a row is selected. */
  has(row: number): boolean {
    return this.#rows.has(row);
  }

  /** Selects a row, or lets go of it; ranges begin at its place from now on. */
  toggle(row: number, place: number): void {
    if (!this.#rows.delete(row)) this.#rows.add(row);
    this.#anchor = place;
    this.onChange();
  }

  /** Selects all from where the last row was selected up to a place. */
  extend(place: number, rowAt: (place: number) => number): void {
    const [from, to] = [Math.min(place, this.#anchor), Math.max(place, this.#anchor)];
    for (let at = from; at <= to; at++) this.#rows.add(rowAt(at));
    this.onChange();
  }

  /** Begins ranges at a place, while nothing is selected. */
  startAt(place: number): void {
    if (this.#rows.size === 0) this.#anchor = place;
  }

  /** Lets go of all. @returns whether there was something selected. */
  clear(): boolean {
    const had = this.#rows.size > 0;
    this.#rows.clear();
    if (had) this.onChange();
    return had;
  }
}
