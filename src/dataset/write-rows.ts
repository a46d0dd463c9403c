/** Appends rows: encodes some of them ahead, places them in order, a whole row or nothing of it. */
import type { Codecs } from '../chunk/codecs.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import { commitEntries, type Entry, entryBytes, type PreparedCell, prepareCell, settleCell } from './encode-cell.js';
import { type Column, type ColumnState, isDecided, stateOf } from './encode-row.js';
import { RowBatch } from './write-batch.js';

/** How far a long call has come. */
export interface Progress {
  /** Rows that are in the dataset. Never falls. */
  readonly done: number;
  /** Rows there will be; undefined for iterables of unknown length. */
  readonly total: number | undefined;
  /** Bytes of the samples of these rows, as stored. */
  readonly bytes: number;
}

/** Options of calls that write many rows. */
export interface WriteOptions extends CallOptions {
  /** Called at most ten times a second, and once at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Leaves out rows that cannot be appended, each as a whole, and goes on. Default false: the first one is an error. */
  readonly ignoreErrors?: boolean;
  /** Called for each row that was left out, with its error and its position among the rows given. */
  readonly onSkip?: (error: unknown, index: number) => void;
}

/** Where rows go. */
export interface RowTarget {
  readonly codecs: Codecs;
  /** All columns by name. */
  readonly columns: ReadonlyMap<string, Column>;
  /** The columns of a row with its inputs; throws for rows that name other tensors. */
  cells(row: unknown, index: number): readonly Cell[];
  /** Awaited after rows were placed, now and then: lets a draft that has grown be stored. */
  relieve(): Awaitable<void>;
}

/** One input and the tensor that it goes to. */
export interface Cell {
  readonly column: Column;
  readonly input: unknown;
}

interface PendingRow {
  readonly index: number;
  readonly cells: readonly Cell[];
  readonly prepared: Awaitable<readonly PreparedCell[]>;
}

// Rows whose files are read and encoded at the same time: enough for four workers and the reading before them.
const ROWS_AHEAD = 12;
const PROGRESS_MILLISECONDS = 100;
// The page stays responsive: after this long without waiting for anything, its events get a turn.
const TURN_MILLISECONDS = 40;
const ROWS_PER_CHECK = 512;

/**
 * Appends rows in order. A row that fails leaves all tensors at equal length, with the rows before it appended.
 *
 * @param firstIndex - number of the first row, for messages.
 * @returns number of rows appended.
 */
export async function writeRows(
  rows: Iterable<unknown> | AsyncIterable<unknown>,
  target: RowTarget,
  options: WriteOptions = {},
  firstIndex = 0,
): Promise<number> {
  const { signal, onProgress } = options;
  const total = Array.isArray(rows) ? rows.length : undefined;
  const ahead: PendingRow[] = [];
  const batch = new RowBatch(target.columns);
  const meter = { done: 0, bytes: 0 };
  let reported = performance.now();
  let turn = reported;
  let index = firstIndex;
  let unchecked = 0; // rows since the last pause
  const place = (row: PendingRow, prepared: readonly PreparedCell[]): void => {
    meter.bytes += placeRow(row, prepared, target.codecs);
    meter.done++;
  };
  const placeBatch = (): void => {
    meter.done += batch.rows;
    meter.bytes += batch.place();
  };
  const placeNext = async (): Promise<void> => {
    const row = ahead.shift();
    if (!row) return;
    try {
      try {
        place(row, await row.prepared);
      } catch (error) {
        skip(error, row.index - firstIndex, options);
      }
      await pause();
    } catch (error) {
      ahead.length = 0; // rows after one that failed are not placed
      throw error;
    }
  };
  const pause = async (): Promise<void> => {
    unchecked = 0;
    await target.relieve();
    signal?.throwIfAborted();
    const now = performance.now();
    if (onProgress && now - reported >= PROGRESS_MILLISECONDS) {
      reported = now;
      onProgress({ ...meter, total });
    }
    if (now - turn >= TURN_MILLISECONDS) {
      await nextTask();
      turn = performance.now();
    }
  };
  const take = (input: unknown): Promise<void> | undefined => {
    const row = prepareRow(input, index, target, options, ahead.length > 0 || options.ignoreErrors === true);
    index++;
    unchecked++;
    if (ahead.length === 0 && !(row.prepared instanceof Promise)) {
      try {
        place(row, row.prepared);
      } catch (error) {
        skip(error, row.index - firstIndex, options);
      }
      return unchecked >= ROWS_PER_CHECK ? pause() : undefined;
    }
    ahead.push(row);
    const limit = row.cells.every(({ column }) => isDecided(stateOf(column))) ? ROWS_AHEAD : 1;
    return ahead.length >= limit ? placeNext() : undefined;
  };
  const takeMany = (input: unknown): Promise<void> | undefined => {
    // The first row goes by itself: it decides what is undecided.
    if (meter.done === 0 || ahead.length > 0 || !batch.add(input)) {
      placeBatch();
      return take(input);
    }
    index++;
    if (!batch.isFull) return undefined;
    placeBatch();
    return pause();
  };
  signal?.throwIfAborted();
  try {
    if (Symbol.asyncIterator in rows) {
      for await (const row of rows) {
        signal?.throwIfAborted(); // the next pause may be far when rows come slowly
        await take(row);
      }
    } else {
      for (const row of rows) {
        const wait = takeMany(row); // awaiting nothing would cost more than a small row does
        if (wait) await wait;
      }
    }
    placeBatch();
  } catch (error) {
    placeBatch();
    while (ahead.length > 0) await placeNext(); // the iterable failed: the rows that it gave before count
    throw error;
  }
  while (ahead.length > 0) await placeNext();
  await target.relieve();
  onProgress?.({ ...meter, total });
  return meter.done;
}

/**
 * Appends samples to one tensor, all or none of them.
 * @returns number of samples appended.
 */
export async function writeSamples(
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  column: Column,
  target: Pick<RowTarget, 'codecs' | 'relieve'>,
  options: WriteOptions = {},
  firstIndex = 0,
): Promise<number> {
  const before = stateOf(column);
  const entries: Entry[] = [];
  let state: ColumnState = before;
  let touchesInfo = false;
  let index = firstIndex;
  const total = Array.isArray(inputs) ? inputs.length : undefined;
  const ahead: { readonly index: number; readonly prepared: Awaitable<PreparedCell> }[] = [];
  const settleNext = async (): Promise<void> => {
    const next = ahead.shift();
    if (!next) return;
    try {
      const settled = settleCell(column, state, await next.prepared, next.index, target.codecs);
      state = settled.state;
      touchesInfo ||= settled.touchesInfo;
      entries.push(settled.entry);
    } catch (error) {
      skip(error, next.index - firstIndex, options);
    }
  };
  try {
    for await (const input of inputs) {
      options.signal?.throwIfAborted();
      const prepared = orReject(() => prepareCell(column, state, input, index, target.codecs, options));
      if (prepared instanceof Promise) prepared.catch(() => {}); // told when its turn comes
      ahead.push({ index: index++, prepared });
      if (ahead.length >= (isDecided(state) ? ROWS_AHEAD : 1)) await settleNext();
    }
    while (ahead.length > 0) await settleNext();
  } catch (error) {
    await Promise.allSettled(ahead.map(({ prepared }) => prepared));
    throw error;
  }
  commitEntries(column, before, state, entries, touchesInfo);
  const bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  options.onProgress?.({ done: entries.length, total, bytes });
  await target.relieve();
  return entries.length;
}

/** Reports a row that is left out. @throws the error itself when none may be, or the call was given up. */
function skip(error: unknown, index: number, { ignoreErrors, onSkip, signal }: WriteOptions): void {
  if (!ignoreErrors) throw error;
  signal?.throwIfAborted();
  onSkip?.(error, index);
}

/** Makes an error that is thrown at once one that waits for its turn. */
function orReject<T>(make: () => Awaitable<T>): Awaitable<T> {
  try {
    return make();
  } catch (error) {
    const rejected = Promise.reject<T>(error);
    rejected.catch(() => {}); // told when its turn comes
    return rejected;
  }
}

/** Waits until events that are due have been handled. */
async function nextTask(): Promise<void> {
  // A timeout within timeouts would wait for 4 ms at least.
  await (globalThis.scheduler?.postTask(() => {}) ?? new Promise((resolve) => setTimeout(resolve)));
}

/** Begins a row. When rows before it are still waiting, its errors wait too. */
function prepareRow(row: unknown, index: number, target: RowTarget, call: CallOptions, waiting: boolean): PendingRow {
  try {
    return prepareCells(target.cells(row, index), index, target.codecs, call);
  } catch (error) {
    if (!waiting) throw error;
    const prepared = Promise.reject(error);
    prepared.catch(() => {}); // told when the row's turn comes
    return { index, cells: [], prepared };
  }
}

function prepareCells(cells: readonly Cell[], index: number, codecs: Codecs, call: CallOptions): PendingRow {
  const prepared: PreparedCell[] = [];
  let waits: Promise<PreparedCell>[] | undefined;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (!cell) continue;
    const { column, input } = cell;
    const one = prepareCell(column, stateOf(column), input, index, codecs, call);
    if (one instanceof Promise) one.catch(() => {}); // a cell after it may fail at once
    if (waits) waits.push(Promise.resolve(one));
    else if (one instanceof Promise) waits = [...prepared.map((done) => Promise.resolve(done)), one];
    else prepared.push(one);
  }
  if (!waits) return { index, cells, prepared };
  const all = Promise.all(waits);
  all.catch(() => {}); // told when the row's turn comes
  return { index, cells, prepared: all };
}

/** Settles all samples of a row, which may fail, and only then appends them, which cannot. Returns their bytes. */
function placeRow({ cells, index }: PendingRow, prepared: readonly PreparedCell[], codecs: Codecs): number {
  const settled = cells.map(({ column }, i) => {
    const one = prepared[i];
    if (!one) throw new TypeError('A row lost a sample');
    const before = stateOf(column);
    return { column, before, cell: settleCell(column, before, one, index, codecs) };
  });
  let bytes = 0;
  for (const { column, before, cell } of settled) {
    commitEntries(column, before, cell.state, [cell.entry], cell.touchesInfo);
    bytes += entryBytes(cell.entry);
  }
  return bytes;
}
