/** Taking rows out of a list and putting others in, for lists that are only known by their length. */
import { RunTable } from '../util/runs.js';

/** Items `[start, end)` make way for others. Several splices rise and do not overlap; all count the items as they were. */
export interface Splice<T> {
  readonly start: number;
  readonly end: number;
  readonly items: readonly T[];
}

/** A stretch of the list after some splices: items that stay, or new ones. */
export type Stretch<T> = { readonly start: number; readonly end: number } | { readonly items: readonly T[] };

/** The list of `length` items after splices, in order. Empty stretches are left out. */
export function* stretches<T>(splices: readonly Splice<T>[], length: number): Generator<Stretch<T>> {
  let at = 0;
  for (const { start, end, items } of splices) {
    if (start > at) yield { start: at, end: start };
    if (items.length > 0) yield { items };
    at = end;
  }
  if (length > at) yield { start: at, end: length };
}

/** Splices that take out the given rows, which rise: one for each run of neighbours. */
export function removals(rows: readonly number[]): Splice<never>[] {
  const splices: { start: number; end: number; items: never[] }[] = [];
  for (const row of rows) {
    const last = splices.at(-1);
    if (last?.end === row) last.end++;
    else splices.push({ start: row, end: row + 1, items: [] });
  }
  return splices;
}

/** A run-length table after splices. @param columnsOf - columns of a new item. */
export function spliceRuns<T>(
  table: RunTable,
  splices: readonly Splice<T>[],
  columnsOf: (item: T) => readonly number[],
): RunTable {
  const next = new RunTable(table.columns, { offsets: table.offsets });
  for (const stretch of stretches(splices, table.items)) {
    if ('items' in stretch) {
      for (const item of stretch.items) next.append(columnsOf(item));
      continue;
    }
    let row = table.find(stretch.start);
    for (let at = stretch.start; at < stretch.end; row++) {
      const end = Math.min(table.last(row) + 1, stretch.end);
      next.append(
        Array.from({ length: table.columns }, (_, column) => table.value(row, column)),
        end - at,
      );
      at = end;
    }
  }
  return next;
}

/** Numbers of the items that stay, after splices; `undefined` for those that are taken out. `items` rise. */
export function movedBy<T>(splices: readonly Splice<T>[], items: readonly number[]): (number | undefined)[] {
  let next = 0;
  let shift = 0;
  return items.map((item) => {
    for (let splice = splices[next]; splice && splice.end <= item; splice = splices[++next])
      shift += splice.items.length - (splice.end - splice.start);
    const splice = splices[next];
    return splice && item >= splice.start ? undefined : item + shift;
  });
}
