/** What a commit changed as a strip over the rows, and as a list of rows: plans for the pictures of it. */
import type { CommitChanges, TensorChanges } from '../src/index.js';

/** What happened to a row. */
export type ChangeKind = 'added' | 'updated' | 'removed';

/** A tensor's rows from left to right: those from before, removed ones among them, then those that were added. */
export interface Strip {
  /** Number of places. */
  readonly length: number;
  /** Changed stretches `[start, end)` of places, rising. */
  readonly runs: readonly StripRun[];
}

/** A stretch of a strip in which the same happened to all rows. */
export interface StripRun {
  readonly kind: ChangeKind;
  readonly start: number;
  readonly end: number;
}

/** A row that was changed. */
export interface ChangedRow {
  readonly kind: ChangeKind;
  /** Its number before; undefined when it was added. */
  readonly before: number | undefined;
  /** Its number now; undefined when it was removed. */
  readonly after: number | undefined;
  /** Names of the tensors that have another sample. */
  readonly tensors: readonly string[];
}

/** The number that a row had before others were removed. @param removed - numbers from before, rising */
export function rowBefore(row: number, removed: readonly number[]): number {
  let before = row;
  for (const gone of removed) {
    if (gone > before) break;
    before++;
  }
  return before;
}

/** Plans the strip of a tensor. @param before - its rows before the change, which records of cleared tensors do not tell */
export function planStrip({ added, updated, removed, cleared }: TensorChanges, before: number): Strip {
  const old = cleared ? before : added[0] + removed.length;
  const length = old + added[1] - added[0];
  const runs: StripRun[] = [];
  const put = (kind: ChangeKind, start: number, end: number): void => {
    const last = runs.at(-1);
    if (last?.kind === kind && last.end === start) runs[runs.length - 1] = { ...last, end };
    else if (end > start) runs.push({ kind, start, end });
  };
  if (cleared) put('removed', 0, old);
  else {
    const places = [
      ...removed.map((row) => [row, 'removed'] as const),
      ...updated.map((row) => [rowBefore(row, removed), 'updated'] as const),
    ].sort(([a], [b]) => a - b);
    for (const [place, kind] of places) put(kind, place, place + 1);
  }
  put('added', old, length);
  return { length, runs };
}

/** Narrows a strip to a number of columns; each has the kind that most of its changed places have. */
export function columnsOf({ length, runs }: Strip, columns: number): readonly StripRun[] {
  if (length <= columns) return runs;
  const narrow: StripRun[] = [];
  let at = 0;
  for (let column = 0; column < columns; column++) {
    const [start, end] = [(column * length) / columns, ((column + 1) * length) / columns];
    let kind: ChangeKind | undefined;
    let most = 0;
    while ((runs[at]?.end ?? Infinity) <= start) at++;
    for (let i = at; (runs[i]?.start ?? Infinity) < end; i++) {
      const run = runs[i];
      const share = run ? Math.min(end, run.end) - Math.max(start, run.start) : 0;
      if (run && share > most) [most, kind] = [share, run.kind];
    }
    const last = narrow.at(-1);
    if (!kind) continue;
    if (last?.kind === kind && last.end === column) narrow[narrow.length - 1] = { ...last, end: column + 1 };
    else narrow.push({ kind, start: column, end: column + 1 });
  }
  return narrow;
}

/**
 * Lists the rows of a dataset that were changed: updated ones first, then added ones, then removed ones.
 *
 * @param before - rows of the dataset before. The samples of a new tensor change no row that was there.
 */
export function changedRows({ tensors }: CommitChanges, before: number): ChangedRow[] {
  const rows = new Map<string, { readonly row: Omit<ChangedRow, 'tensors'>; readonly tensors: string[] }>();
  const put = (tensor: string, kind: ChangeKind, old: number | undefined, after: number | undefined): void => {
    const key = after === undefined ? `-${old}` : String(after);
    const known = rows.get(key);
    if (known) known.tensors.push(tensor);
    else rows.set(key, { row: { kind, before: old, after }, tensors: [tensor] });
  };
  for (const [name, { added, updated, removed, created, cleared }] of Object.entries(tensors)) {
    for (const row of updated) put(name, 'updated', rowBefore(row, removed), row);
    const from = created && !cleared ? Math.max(added[0], before) : added[0];
    for (let row = from; row < added[1]; row++) put(name, 'added', undefined, row);
    for (const row of removed) put(name, 'removed', row, undefined);
  }
  const order: readonly ChangeKind[] = ['updated', 'added', 'removed'];
  const place = ({ before: old, after }: ChangedRow): number => after ?? old ?? 0;
  return [...rows.values()]
    .map(({ row, tensors: names }) => ({ ...row, tensors: names }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || place(a) - place(b));
}

/** Says what happened to a tensor: `2 updated · 24 added`. */
export function describeChanges(changes: TensorChanges): string {
  const { created, cleared, infoUpdated, added, updated, removed } = changes;
  const count = (number: number, what: string): string[] => (number > 0 ? [`${number} ${what}`] : []);
  const parts = [
    ...(created ? ['new tensor'] : []),
    ...(cleared ? ['cleared'] : []),
    ...count(updated.length, 'updated'),
    ...count(added[1] - added[0], 'added'),
    ...count(removed.length, 'removed'),
  ];
  return parts.join(' · ') || (infoUpdated ? 'info updated' : '');
}

/** Names rows, counted from 1, as ranges: `2, 5–7 and 12 more`. */
export function describeRows(rows: readonly number[], most = 4): string {
  const ranges: [number, number][] = [];
  for (const row of rows) {
    const last = ranges.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else ranges.push([row, row]);
  }
  const shown = ranges.slice(0, most).map(([from, to]) => (from === to ? `${from + 1}` : `${from + 1}–${to + 1}`));
  const left = ranges.slice(most).reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return shown.join(', ') + (left > 0 ? ` and ${left} more` : '');
}
