/** Which rows of a dataset a view has, in its order. Arrays of row numbers are row sets, too. */
export interface RowSet {
  readonly length: number;
  /** The row at a position of the view; undefined beyond its end. */
  at(position: number): number | undefined;
}

/** The rows of `[start, start + length * step)`, every `step`th of them; of `rows`, when such are given. */
export function stepRows(start: number, length: number, step = 1, rows?: RowSet): RowSet {
  return {
    length,
    at: (i) => (i < length ? (rows ? rows.at(start + i * step) : start + i * step) : undefined),
  };
}

/**
 * The runs of neighbouring rows in positions `[from, to)` of a set, in its order: what one read can bring.
 */
export function* runsOf(rows: RowSet, from: number, to: number): Generator<readonly [start: number, end: number]> {
  for (let i = from; i < to; ) {
    const first = rows.at(i) ?? 0;
    let count = 1;
    while (i + count < to && rows.at(i + count) === first + count) count++;
    yield [first, first + count];
    i += count;
  }
}
