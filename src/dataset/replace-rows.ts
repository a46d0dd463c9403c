/** Replaces rows of one tensor by others: plans everything that can fail, then changes everything at once. */
import { locate } from '../chunk/locate.js';
import { type Apply, planSplice } from '../chunk/plan-splice.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import { errorAt } from '../errors.js';
import { sequenceAt } from '../format/sequences.js';
import type { CallOptions } from '../store/types.js';
import { type Entry, prepareCell, samplesOf, settleCell } from './encode-cell.js';
import { type Column, commitState, stateOf } from './encode-row.js';
import { addPads, loadPads, splicePads } from './pads.js';
import type { Writer } from './writer.js';

/** The input of one row. */
export type RowInputs = ReadonlyMap<number, unknown>;

/**
 * Up to this many samples change in the chunks that they lie in; more are replaced together in new chunks, each of which
 * is then written anew once and not once for each sample.
 */
export const IN_PLACE = 4;

/**
 * Plans to replace rows, which keep their ids; rows beyond the end are appended behind a gap of empty samples.
 *
 * Keep what it returns, and call `endReplace` of the draft when it was put into effect or given up.
 */
export async function planReplace(
  writer: Writer,
  column: Column,
  inputs: RowInputs,
  options: CallOptions,
): Promise<Apply> {
  const { draft } = column;
  const { codecs } = writer;
  const length = draft.length;
  const rows = [...inputs.keys()].sort((a, b) => a - b);
  const before = stateOf(column);
  let state = before;
  let touchesInfo = false;
  const encode = async (row: number, input: unknown, tiles: boolean): Promise<Entry> => {
    const cut = { ...column, tiles };
    const settled = settleCell(cut, state, await prepareCell(cut, state, input, row, codecs, options), row, codecs);
    state = settled.state;
    touchesInfo ||= settled.touchesInfo;
    return settled.entry;
  };
  const replaced: { row: number; entry: Entry; tiled: boolean }[] = [];
  const appended: { row: number; entry: Entry; gap: Entry | undefined }[] = [];
  let end = length;
  for (const row of rows) {
    if (row < length) {
      const tiled = hasTiles(draft, row);
      replaced.push({ row, entry: await encode(row, inputs.get(row), tiled), tiled });
    } else {
      const gap = row > end ? await encode(end, null, false) : undefined;
      appended.push({ row, entry: await encode(row, inputs.get(row), true), gap });
      end = row + 1;
    }
  }
  await loadPads(draft);
  const splices = replaced.map(({ row, entry }) => ({ start: row, end: row + 1, items: [samplesOf(entry)] }));
  const samples = splices.reduce((sum, { items: [row] }) => sum + (row?.length ?? 0), 0);
  // An empty sequence has no sample whose replacement would be recorded.
  const inPlace =
    samples <= IN_PLACE &&
    replaced.every(({ row, entry, tiled }) => {
      const { length: count } = samplesOf(entry);
      return !tiled && count > 0 && count === itemCount(draft, row);
    });
  let apply: Apply | undefined;
  try {
    if (!inPlace) apply = await planSplice(draft, splices, codecs, { meta: state.meta, replaces: true });
    else {
      for (const { row, entry } of replaced) {
        for (const [i, sample] of samplesOf(entry).entries())
          await draft.prepareReplace(firstItem(draft, row) + i, codecs, sample);
      }
    }
  } catch (error) {
    throw errorAt(error, { tensor: column.name, ...(replaced.length === 1 && { index: replaced[0]?.row ?? 0 }) });
  }
  return () => {
    commitState(column, before, state, touchesInfo);
    if (apply) apply();
    else {
      for (const { row, entry } of replaced)
        for (const [i, sample] of samplesOf(entry).entries()) draft.replace(firstItem(draft, row) + i, sample, row);
    }
    splicePads(draft, splices, length);
    for (const { row, entry, gap } of appended) {
      if (gap && draft.length < row) addPads(draft, { start: draft.length, end: row });
      while (gap && draft.length < row) append(draft, gap);
      append(draft, entry);
    }
  };
}

/** Plans to replace one item of a sequence. */
export async function planReplaceItem(
  writer: Writer,
  column: Column,
  { row, item, input }: { readonly row: number; readonly item: number; readonly input: unknown },
  options: CallOptions,
): Promise<Apply> {
  const { draft } = column;
  const { codecs } = writer;
  const before = stateOf(column);
  // An item is given and stored as a sequence of itself.
  const one = { ...column, tiles: false };
  const prepared = await prepareCell(one, before, [input], row, codecs, options);
  const { entry, state, touchesInfo } = settleCell(one, before, prepared, row, codecs);
  const index = firstItem(draft, row) + item;
  await loadPads(draft);
  await draft.prepareReplace(index, codecs).catch((error: unknown) => {
    throw errorAt(error, { tensor: column.name, index: row });
  });
  return () => {
    commitState(column, before, state, touchesInfo);
    for (const sample of samplesOf(entry)) draft.replace(index, sample, row);
    splicePads(draft, [{ start: row, end: row + 1, items: [undefined] }], draft.length);
  };
}

/** Number of items of a sequence; 1 for samples. */
export function itemCount({ sequences }: TensorDraft, row: number): number {
  if (!sequences) return 1;
  const { start, end } = sequenceAt(sequences, row);
  return end - start;
}

/** Number of the first item of a sequence; of samples, their own. */
export function firstItem({ sequences }: TensorDraft, row: number): number {
  return sequences ? sequenceAt(sequences, row).start : row;
}

/** Whether a sample, or an item of a sequence, is cut into tiles. */
export function hasTiles(draft: TensorDraft, row: number): boolean {
  const tiles = draft.tiles();
  const first = firstItem(draft, row);
  const ids = draft.chunkIds();
  // Deep Lake has left some in several chunks without an entry among the tiles.
  const isTiled = (item: number): boolean => tiles.has(item) || locate(ids, item).chunks.length > 1;
  return Array.from({ length: itemCount(draft, row) }, (_, i) => first + i).some(isTiled);
}

function append(draft: TensorDraft, entry: Entry): void {
  if (draft.sequences) draft.appendSequence(samplesOf(entry));
  else for (const sample of samplesOf(entry)) draft.append(sample);
}
