/** Plans splices of the rows of a tensor and of its companions: everything that can fail, before anything changes. */
import { type CommitDiff, recordInsert, recordPops, recordUpdate } from '../format/commit-diff.js';
import { sequenceAt } from '../format/sequences.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { arrange, type Cell, emptyShape } from './arrange.js';
import { changedSplices } from './changed-rows.js';
import type { Codecs } from './codecs.js';
import { type Companion, companionRow } from './companions.js';
import { Extent } from './extent.js';
import { loadChunk } from './load-chunk.js';
import type { OpenChunk } from './open-chunk.js';
import type { Sample } from './sample.js';
import { type Splice, spliceRuns } from './splice.js';
import type { TensorDraft } from './tensor-draft.js';

/** What is put in as one row: a sample, or the items of a sequence. */
export type RowSamples = readonly Sample[];

/** A plan that is ready: puts it into effect. Cannot fail, and is called before anything else changes the draft. */
export type Apply = () => void;

/**
 * Plans splices of rows: of samples, or of whole sequences. Rows that are put in for others keep their ids when
 * `replaces` is set (then each splice puts in as many rows as it takes out); otherwise they are new rows.
 *
 * @param meta - of the tensor as the new samples decide it.
 */
export async function planSplice(
  draft: TensorDraft,
  splices: readonly Splice<RowSamples>[],
  codecs: Codecs,
  { meta = draft.meta, replaces = false }: { readonly meta?: TensorMeta; readonly replaces?: boolean } = {},
): Promise<Apply> {
  const { sequences } = draft;
  const items = itemSplices(draft, splices);
  const extent = new Extent(draft.meta);
  const shapes = new Map<Sample, readonly number[] | undefined>();
  for (const splice of items) {
    for (const sample of splice.items) {
      const shape = extent.shapeOf(sample);
      shapes.set(sample, shape);
      if (shape) extent.widen(shape);
      else extent.length++; // an empty one, before the first with a shape
    }
  }
  // Empty samples that came before the first one with a shape have zeros now.
  const empty = emptyShape({ ...meta, ...extent.fields() });
  const cellOf = (sample: Sample): Cell => ({
    bytes: sample.bytes,
    shape: sample.link ? sample.shape : (shapes.get(sample) ?? empty),
    tiling: sample.tiling,
  });
  const arranged = await arrange(draft, meta, mapped(items, cellOf), empty, codecs);
  const applies: Apply[] = [];
  let ids: readonly bigint[] = [];
  for (const companion of draft.companions) {
    const { extend, update, flatten } = companion;
    if (extend === 'extend_id' && !replaces) ids = await readIds(companion.draft, takenOut(splices), codecs);
    if (replaces && !(sequences ? flatten : update !== undefined)) continue;
    const rows: readonly Splice<Sample | undefined>[] =
      replaces && !sequences
        ? await changedSplices(draft, companion, items, (sample) => shapes.get(sample))
        : flatten || !sequences
          ? items
          : splices.map((splice) => ({ ...splice, items: splice.items.map(() => undefined) }));
    if (replaces && rows.length === 0) continue;
    applies.push(await planCompanion(companion, rows, (sample) => sample && shapes.get(sample), codecs));
  }
  const newSequences = sequences && spliceRuns(sequences, splices, (row) => [row.length]);
  const creds = draft.creds();
  const newCreds = creds && spliceRuns(creds, items, (sample) => [sample.link?.creds ?? 0]);
  return () => {
    draft.rearrange(arranged, { extent, sequences: newSequences, creds: newCreds });
    draft.changeRecord((diff) =>
      replaces ? recordUpdate(diff, takenOut(splices)) : recordSplices(diff, splices, ids),
    );
    for (const apply of applies) apply();
  };
}

async function planCompanion(
  companion: Companion,
  splices: readonly Splice<Sample | undefined>[],
  shapeOf: (sample: Sample | undefined) => readonly number[] | undefined,
  codecs: Codecs,
): Promise<Apply> {
  const { draft } = companion;
  const extent = new Extent(draft.meta);
  const cells = mapped(splices, (sample) => companionRow(companion, shapeOf(sample), sample?.info));
  for (const { items } of cells) for (const { shape } of items) extent.widen(shape);
  const empty = emptyShape({ ...draft.meta, ...extent.fields() });
  const arranged = await arrange(draft, draft.meta, cells, empty, codecs);
  return () => {
    draft.rearrange(arranged, { extent });
    draft.changeRecord((diff) => recordSplices(diff, splices, []));
  };
}

/** The splices of the items of sequences; of samples as they are. */
function itemSplices(draft: TensorDraft, splices: readonly Splice<RowSamples>[]): Splice<Sample>[] {
  const { sequences } = draft;
  return splices.map(({ start, end, items }) => ({
    start: sequences ? startOf(draft, start) : start,
    end: sequences ? startOf(draft, end) : end,
    items: items.flat(),
  }));
}

/** Number of the first item of a sequence; of all items, behind the last one. */
function startOf({ sequences }: TensorDraft, row: number): number {
  if (!sequences) return row;
  return row < sequences.items ? sequenceAt(sequences, row).start : sequences.total;
}

function mapped<T, U>(splices: readonly Splice<T>[], map: (item: T) => U): Splice<U>[] {
  return splices.map(({ start, end, items }) => ({ start, end, items: items.map(map) }));
}

function takenOut(splices: readonly Splice<unknown>[]): number[] {
  return splices.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
}

/** What splices mean to the record of a commit: rows replaced one for one, then those that go, then those that come. */
function recordSplices(diff: CommitDiff, splices: readonly Splice<unknown>[], ids: readonly bigint[]): CommitDiff {
  const updated: number[] = [];
  const popped: number[] = [];
  const inserted: { at: number; count: number }[] = [];
  for (const { start, end, items } of splices) {
    const both = Math.min(end - start, items.length);
    for (let row = start; row < end; row++) (row < start + both ? updated : popped).push(row);
    if (items.length > both) inserted.push({ at: end - popped.length, count: items.length - both });
  }
  let next = updated.length > 0 ? recordUpdate(diff, updated) : diff;
  if (popped.length > 0) next = recordPops(next, popped, ids);
  for (const { at, count } of inserted.reverse()) next = recordInsert(next, at, count);
  return next;
}

/** The sample ids of rows, which rise, from the companion that holds them. */
async function readIds(draft: TensorDraft, rows: readonly number[], codecs: Codecs): Promise<bigint[]> {
  const { ids, lasts } = draft.chunkIds();
  const found: bigint[] = [];
  let chunk: OpenChunk | undefined;
  let row = 0;
  for (const index of rows) {
    while ((lasts[row] ?? index) < index) {
      row++;
      chunk = undefined;
    }
    const first = (lasts[row - 1] ?? -1) + 1;
    chunk ??= await loadChunk(draft, ids[row] ?? 0n, (lasts[row] ?? 0) - first + 1, codecs);
    const start = (index - first) * ID_BYTES;
    const bytes = chunk.read(start, start + ID_BYTES);
    found.push(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  }
  return found;
}

const ID_BYTES = 8;
