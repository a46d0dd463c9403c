/** Edits of rows that are there: what is behind `set`, `update`, `pop`, `insert`, `clear` and `rechunk`. */
import { rearrangeAll } from '../chunk/arrange.js';
import { clearTensor } from '../chunk/clear.js';
import { Extent } from '../chunk/extent.js';
import { type Apply, planSplice } from '../chunk/plan-splice.js';
import { removals } from '../chunk/splice.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { DatasetError } from '../errors.js';
import { findChunk } from '../format/chunk-ids.js';
import { sequenceAt } from '../format/sequences.js';
import type { CallOptions } from '../store/types.js';
import { commitEntries, type Entry, prepareCell, samplesOf, settleCell } from './encode-cell.js';
import { type Column, commitState, stateOf } from './encode-row.js';
import { loadPads, splicePads } from './pads.js';
import { itemCount, planReplace, planReplaceItem } from './replace-rows.js';
import { cellsOf } from './row-cells.js';
import type { TensorRef } from './session.js';
import type { Cell } from './write-rows.js';
import type { Writer } from './writer.js';

// Chunks of one tensor that one step of a long pop holds in memory: of 8 MB at most, usually.
const CHUNKS_AT_A_TIME = 16;

/** Replaces a sample, a sequence, or one item of a sequence; see `Tensor.set`. */
export async function setSample(
  writer: Writer,
  ref: TensorRef,
  index: number,
  [second, third, fourth]: readonly [unknown, unknown?, CallOptions?],
): Promise<void> {
  const column = await writer.column(ref);
  const { draft } = column;
  const row = checkedRow(index, draft.length, Infinity, ref.name);
  const isItem = draft.sequences !== undefined && typeof second === 'number';
  const options = (isItem ? fourth : (third as CallOptions | undefined)) ?? {};
  options.signal?.throwIfAborted();
  if (!isItem) return replace(writer, [[column, new Map([[row, second]])]], options);
  checkedRow(row, draft.length, draft.length, ref.name);
  const item = checkedRow(second, itemCount(draft, row), itemCount(draft, row), `${ref.name}, sequence ${row}`);
  try {
    (await planReplaceItem(writer, column, { row, item, input: third }, options))();
  } finally {
    draft.endReplace();
  }
  await writer.relieve();
}

/** Replaces samples of rows, all or none of them; see `Dataset.update`. */
export async function updateRows(
  writer: Writer,
  refs: readonly TensorRef[],
  [first, second, third]: readonly unknown[],
): Promise<void> {
  const isOne = typeof first === 'number';
  const rows = isOne ? [[first, second] as const] : [...(first as Iterable<readonly [number, unknown]>)];
  const options = ((isOne ? third : second) ?? {}) as CallOptions;
  options.signal?.throwIfAborted();
  const byName = new Map(refs.map((ref) => [ref.name, ref]));
  const changes = new Map<string, { column: Column; inputs: Map<number, unknown> }>();
  for (const [index, samples] of rows) {
    if (typeof samples !== 'object' || samples === null)
      throw new TypeError(`Row ${index} must be an object with a sample for each tensor that changes.`);
    for (const [name, input] of Object.entries(samples)) {
      const ref = byName.get(name);
      if (!ref) throw unknownTensor(name, index, byName.keys());
      const change = changes.get(name) ?? { column: await writer.column(ref), inputs: new Map<number, unknown>() };
      changes.set(name, change);
      const { length } = change.column.draft;
      change.inputs.set(checkedRow(index, length, length, name), input);
    }
  }
  await replace(
    writer,
    [...changes.values()].map(({ column, inputs }) => [column, inputs]),
    options,
  );
}

async function replace(
  writer: Writer,
  changes: readonly (readonly [Column, ReadonlyMap<number, unknown>])[],
  options: CallOptions,
): Promise<void> {
  try {
    const plans: Apply[] = [];
    for (const [column, inputs] of changes) plans.push(await planReplace(writer, column, inputs, options));
    options.signal?.throwIfAborted();
    for (const apply of plans) apply();
  } finally {
    for (const [{ draft }] of changes) draft.endReplace();
  }
  await writer.relieve();
}

/** Removes rows; see `Dataset.pop` and `Tensor.pop`. */
export async function popRows(
  writer: Writer,
  refs: readonly TensorRef[],
  rows: number | readonly number[] | undefined,
): Promise<void> {
  const columns = await Promise.all(refs.map((ref) => writer.column(ref)));
  const drafts = columns.map(({ draft }) => draft);
  const longest = Math.max(0, ...drafts.map(({ length }) => length));
  const what = columns.length === 1 ? (columns[0]?.name ?? '') : '';
  const given = rows === undefined ? [-1] : typeof rows === 'number' ? [rows] : rows;
  const sorted = given.map((row) => checkedRow(row, longest, longest, what)).sort((a, b) => a - b);
  for (const [i, row] of sorted.entries())
    if (row === sorted[i - 1]) throw new RangeError(`Row ${row} is named twice: a row can be removed once.`);
  await Promise.all(drafts.map(loadPads));
  // From the end, so that the numbers of the rows that are left stay as they are.
  while (sorted.length > 0) {
    const some = takeLast(sorted, drafts);
    const plans: Apply[] = [];
    for (const draft of drafts) {
      const { length } = draft;
      const own = some.filter((row) => row < length);
      if (own.length === 0) continue;
      const splices = removals(own);
      const apply = await planSplice(draft, splices, writer.codecs);
      plans.push(apply, () => splicePads(draft, splices, length));
    }
    for (const apply of plans) apply();
    await writer.relieve();
  }
}

/** Takes the last rows of a list, as many as lie in a few chunks. */
function takeLast(rows: number[], drafts: readonly TensorDraft[]): number[] {
  const seen = drafts.map(() => new Set<number>());
  let from = rows.length;
  while (from > 0) {
    const row = rows[from - 1] ?? 0;
    for (const [i, draft] of drafts.entries()) if (row < draft.length) seen[i]?.add(chunkOf(draft, row));
    if (from < rows.length && seen.some(({ size }) => size > CHUNKS_AT_A_TIME)) break;
    from--;
  }
  return rows.splice(from);
}

/** Row of the chunk index in which a row begins. */
function chunkOf(draft: TensorDraft, row: number): number {
  const { sequences, meta } = draft;
  const item = sequences ? sequenceAt(sequences, row).start : row;
  return item < meta.length ? findChunk(draft.chunkIds(), item) : -1;
}

/** Puts samples between those of one tensor; see `Tensor.insert`. */
export async function insertSamples(
  writer: Writer,
  ref: TensorRef,
  index: number,
  samples: Iterable<unknown> | AsyncIterable<unknown>,
  options: CallOptions = {},
): Promise<void> {
  const column = await writer.column(ref);
  const at = checkedRow(index, column.draft.length, column.draft.length + 1, ref.name);
  await insert(writer, [column], at, samples, (input) => [{ column, input }], options);
}

/** Puts rows between those of all tensors; see `Dataset.insert`. */
export async function insertRows(
  writer: Writer,
  refs: readonly TensorRef[],
  index: number,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  options: CallOptions = {},
): Promise<void> {
  const columns = await Promise.all(refs.map((ref) => writer.column(ref)));
  const byName = new Map(columns.map((column) => [column.name, column]));
  const length = Math.min(...columns.map(({ draft }) => draft.length));
  const at = checkedRow(index, length, length + 1, '');
  await insert(writer, columns, at, rows, (row, i) => cellsOf(row, i, byName, {}), options);
}

async function insert(
  writer: Writer,
  columns: readonly Column[],
  at: number,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  cells: (row: unknown, index: number) => readonly Cell[],
  options: CallOptions,
): Promise<void> {
  const { codecs } = writer;
  const news = new Map(
    columns.map((column) => {
      const before = stateOf(column);
      return [column, { before, state: before, entries: [] as Entry[], touchesInfo: false }];
    }),
  );
  let index = 0;
  for await (const row of rows) {
    for (const { column, input } of cells(row, index)) {
      options.signal?.throwIfAborted();
      const own = news.get(column);
      if (!own) continue;
      const prepared = await prepareCell(column, own.state, input, at + index, codecs, options);
      const { entry, state, touchesInfo } = settleCell(column, own.state, prepared, at + index, codecs);
      own.entries.push(entry);
      own.state = state;
      own.touchesInfo ||= touchesInfo;
    }
    index++;
  }
  if (index === 0) return;
  const plans: Apply[] = [];
  for (const [column, { before, state, entries, touchesInfo }] of news) {
    const { draft } = column;
    const { length } = draft;
    if (at === length) {
      plans.push(() => commitEntries(column, before, state, entries, touchesInfo));
      continue;
    }
    await loadPads(draft);
    const splices = [{ start: at, end: at, items: entries.map(samplesOf) }];
    const apply = await planSplice(draft, splices, codecs, { meta: state.meta });
    plans.push(
      () => commitState(column, before, state, touchesInfo),
      apply,
      () => splicePads(draft, splices, length),
    );
  }
  options.signal?.throwIfAborted();
  for (const apply of plans) apply();
  await writer.relieve();
}

/** Removes all samples of a tensor; see `Tensor.clear`. */
export async function clear(writer: Writer, ref: TensorRef): Promise<void> {
  const { draft } = await writer.column(ref);
  await loadPads(draft);
  splicePads(draft, [{ start: 0, end: draft.length, items: [] }], draft.length);
  clearTensor(draft);
  await writer.relieve();
}

/** Joins and splits chunks of tensors and their companions; see `Tensor.rechunk`. */
export async function rechunk(writer: Writer, refs: readonly TensorRef[]): Promise<void> {
  const columns = await Promise.all(refs.map((ref) => writer.column(ref)));
  for (const { draft: main } of columns) {
    for (const draft of [...main.companions.map((companion) => companion.draft), main]) {
      for (;;) {
        const arranged = await rearrangeAll(draft, writer.codecs);
        if (!arranged) break;
        draft.rearrange(arranged, { extent: new Extent(draft.meta) });
        draft.changeRecord((diff) => ({ ...diff, dataTransformed: true }));
        await writer.relieve();
      }
    }
  }
}

/** A row from 0 up; negative ones count from the end. @param end - of the rows that may be named. @throws {RangeError} */
function checkedRow(index: number, length: number, end: number, what: string): number {
  const row = index < 0 ? length + index : index;
  if (Number.isSafeInteger(row) && row >= 0 && row < end) return row;
  const where = what === '' ? 'The dataset has' : `Tensor "${what}" has`;
  throw new RangeError(`${where} ${length} ${what === '' ? 'rows' : 'samples'}; there is none at ${index}.`);
}

function unknownTensor(name: string, index: number, names: Iterable<string>): DatasetError<'not-found'> {
  return new DatasetError(
    'not-found',
    `Row ${index} names the tensor "${name}", which does not exist. Tensors are ${[...names].join(', ')}.`,
    { what: 'tensor', name, index },
  );
}
