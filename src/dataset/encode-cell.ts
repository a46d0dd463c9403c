/** One input of a row: a sample, or a sequence of them. */
import type { Codecs } from '../chunk/codecs.js';
import type { Sample } from '../chunk/sample.js';
import { elementCount } from '../format/dtypes.js';
import { isNdArray, typedArrayDtype } from '../htype/cast.js';
import { describeInput, mismatch } from '../htype/mismatch.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import {
  type Column,
  type ColumnState,
  commitState,
  isDecided,
  type Prepared,
  prepareSample,
  settleSample,
} from './encode-row.js';

/** An input after the first step: a list of items for sequence tensors. */
export type PreparedCell = Prepared | readonly Prepared[];

/** A sample or a sequence, ready to be placed. */
export type Entry = Sample | readonly Sample[];

/** An entry with the state after it. */
export interface SettledCell {
  readonly entry: Entry;
  readonly state: ColumnState;
  /** Whether the tensor's info counts as touched. */
  readonly touchesInfo: boolean;
}

/** First step, as {@link prepareSample}, for samples and sequences. */
export function prepareCell(
  column: Column,
  state: ColumnState,
  input: unknown,
  index: number,
  codecs: Codecs,
  call: CallOptions,
): Awaitable<PreparedCell> {
  if (!state.meta.isSequence) return prepareSample(column, state, input, index, codecs, call);
  const items = sequenceItems(column, state, input, index);
  if (!isDecided(state)) return prepareInTurn(column, state, items, index, codecs, call);
  const prepared = items.map((item) => prepareSample(column, state, item, index, codecs, call));
  return prepared.some((one) => one instanceof Promise) ? Promise.all(prepared) : (prepared as Prepared[]);
}

/** Items of the first sequences decide one after another what the next ones have to be. */
async function prepareInTurn(
  column: Column,
  state: ColumnState,
  items: readonly unknown[],
  index: number,
  codecs: Codecs,
  call: CallOptions,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  let now = state;
  for (const item of items) {
    const one = await prepareSample(column, now, item, index, codecs, call);
    now = settleSample(column, now, one, index, codecs).state;
    prepared.push(one);
  }
  return prepared;
}

/** Second step, as {@link settleSample}, for samples and sequences. */
export function settleCell(
  column: Column,
  state: ColumnState,
  prepared: PreparedCell,
  index: number,
  codecs: Codecs,
): SettledCell {
  if (!isList(prepared)) {
    const { sample, state: after } = settleSample(column, state, prepared, index, codecs);
    return { entry: sample, state: after, touchesInfo: prepared.spec.appendTouchesInfo === true };
  }
  const items: Sample[] = [];
  let after = state;
  for (const one of prepared) {
    const settled = settleSample(column, after, one, index, codecs);
    items.push(settled.sample);
    after = settled.state;
  }
  return { entry: items, state: after, touchesInfo: prepared.some(({ spec }) => spec.appendTouchesInfo) };
}

/** Stores what a column's entries have decided in its draft, then appends them. Cannot fail. */
export function commitEntries(
  column: Column,
  before: ColumnState,
  after: ColumnState,
  entries: readonly Entry[],
  touchesInfo: boolean,
): void {
  commitState(column, before, after, touchesInfo);
  for (const entry of entries) {
    if (isSequence(entry)) column.draft.appendSequence(entry);
    else column.draft.append(entry);
  }
}

/** Bytes of an entry, as stored. */
export function entryBytes(entry: Entry): number {
  if (!isSequence(entry)) return entry.bytes.length;
  return entry.reduce((sum, item) => sum + item.bytes.length, 0);
}

/** The samples of an entry. */
export function samplesOf(entry: Entry): readonly Sample[] {
  return isSequence(entry) ? entry : [entry];
}

function isSequence(entry: Entry): entry is readonly Sample[] {
  return Array.isArray(entry);
}

function isList(prepared: PreparedCell): prepared is readonly Prepared[] {
  return Array.isArray(prepared);
}

/** The items of a sequence: of a list, or the rows of an array. */
function sequenceItems(column: Column, { meta, info }: ColumnState, input: unknown, index: number): readonly unknown[] {
  if (input === null || input === undefined) return [];
  if (Array.isArray(input)) return input;
  if (typedArrayDtype(input) !== undefined) return Array.from(input as ArrayLike<number>);
  if (isNdArray(input) && input.shape.length > 0) {
    const [count = 0, ...shape] = input.shape;
    const step = elementCount(shape) * (input.data.length / Math.max(1, elementCount(input.shape)));
    return Array.from({ length: count }, (_, i) => ({
      ...input,
      shape: shape.length === 0 ? [1] : shape,
      data: input.data.slice(i * step, (i + 1) * step),
    }));
  }
  const context = { name: column.name, meta, info, closedNames: false, index };
  throw mismatch(context, describeInput(input), 'a sequence: an array of samples, [] for an empty one');
}
