/** Evaluates expressions for many rows: numbers are looked at where they lie in their chunks, other samples one by one. */
import { type ColumnPart, type ColumnRun, isColumn, readColumnParts } from '../chunk/read-column.js';
import { companionName } from '../format/tensor-names.js';
import { type Column, compile, type Operand } from '../query/evaluate.js';
import { type Expression, parseExpression } from '../query/parse.js';
import type { CallOptions } from '../store/types.js';
import { partOf } from './part-tensor.js';
import type { RowSet } from './row-set.js';
import { operandOf, type Wants, wantsOf } from './search-operands.js';
import type { Session } from './session.js';
import { Tensor } from './tensor.js';

/** How far a search has come. */
export interface SearchProgress {
  /** Rows that were looked at. */
  readonly done: number;
  /** Rows there are. */
  readonly total: number;
}

/** Options of searches. */
export interface SearchOptions extends CallOptions {
  /** Called at most ten times a second, and once at the end. */
  readonly onProgress?: (progress: SearchProgress) => void;
}

const TURN_MILLISECONDS = 40; // the page's events get a turn after this long
const PROGRESS_MILLISECONDS = 100;
const BLOCK_ROWS = 256; // of samples that are read as objects
const MAX_STRETCH = 8192; // rows between two looks at the clock

/** Gives the samples of one tensor, for rows that rise. */
interface Cursor {
  readonly column: Column;
  /** Makes a row readable. @returns the end of the rows that are readable with it */
  load(row: number): Promise<number>;
  /** Moves to a row that was made readable. */
  move(row: number): void;
}

/**
 * Evaluates an expression for each row of a set, and calls `visit` with the position in the set and the value.
 *
 * Rows are visited in the order of their numbers, whatever that of the set is.
 * @throws {SyntaxError} for what is no expression, `RangeError` and `TypeError` naming the row where it has no meaning
 */
export async function evaluateRows(
  session: Session,
  tensors: ReadonlyMap<string, Tensor>,
  text: string,
  rows: RowSet,
  visit: (position: number, value: Operand) => void,
  options: SearchOptions = {},
): Promise<void> {
  const { signal, onProgress } = options;
  const expression = parseExpression(text, [...tensors.keys()]);
  const order = risingOrder(rows);
  const rowAt = (i: number): number => rows.at(order ? (order[i] ?? 0) : i) ?? 0;
  const end = rows.length === 0 ? 0 : rowAt(rows.length - 1) + 1;
  const cursors = await openCursors(session, tensors, expression, end, options);
  const evaluate = compile(expression, new Map([...cursors].map(([name, { column }]) => [name, column])));
  const all = [...cursors.values()];
  let turn = performance.now();
  let reported = turn;
  for (let i = 0; i < rows.length; ) {
    signal?.throwIfAborted();
    let readable = end;
    for (const cursor of all) readable = Math.min(readable, await cursor.load(rowAt(i)));
    for (const stop = Math.min(rows.length, i + MAX_STRETCH); i < stop; i++) {
      const row = rowAt(i);
      if (row >= readable) break;
      for (const cursor of all) cursor.move(row);
      visit(order ? (order[i] ?? 0) : i, valueAt(evaluate, row));
    }
    const now = performance.now();
    if (onProgress && now - reported >= PROGRESS_MILLISECONDS) {
      reported = now;
      onProgress({ done: i, total: rows.length });
    }
    if (now - turn >= TURN_MILLISECONDS) {
      await new Promise((resolve) => setTimeout(resolve));
      turn = performance.now();
    }
  }
  onProgress?.({ done: rows.length, total: rows.length });
}

function valueAt(evaluate: () => Operand, row: number): Operand {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof TypeError) throw new TypeError(`Row ${row}: ${error.message}`, { cause: error });
    if (error instanceof RangeError) throw new RangeError(`Row ${row}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Positions in the order of their rows; undefined when the set has that order already. */
function risingOrder(rows: RowSet): Uint32Array | undefined {
  let rises = true;
  for (let i = 1; i < rows.length && rises; i++) rises = (rows.at(i) ?? 0) >= (rows.at(i - 1) ?? 0);
  if (rises) return undefined;
  return Uint32Array.from({ length: rows.length }, (_, i) => i).sort((a, b) => (rows.at(a) ?? 0) - (rows.at(b) ?? 0));
}

async function openCursors(
  session: Session,
  tensors: ReadonlyMap<string, Tensor>,
  expression: Expression,
  end: number,
  options: CallOptions,
): Promise<Map<string, Cursor>> {
  const cursors = new Map<string, Cursor>();
  for (const [name, wants] of wantsOf(expression)) {
    const tensor = tensors.get(name);
    if (!tensor) continue;
    const { info } = tensor;
    const { class_names: classNames } = await info.get();
    const names = isNames(classNames) ? classNames : undefined;
    const facts = wants.facts ? await factsOf(session, name) : undefined;
    const { source, length } = await tensor.open();
    const limit = Math.min(end, length);
    cursors.set(
      name,
      isColumn(source.meta) && !facts && !partOf(tensor)
        ? numberCursor(readColumnParts(source, 0, limit, session.reading, options), names)
        : sampleCursor(tensor, facts, wants, names, limit, options),
    );
  }
  return cursors;
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** The hidden tensor that holds facts of files. */
async function factsOf(session: Session, name: string): Promise<Tensor | undefined> {
  const key = session.keyOf(companionName(name, 'info'));
  if (key === undefined) return undefined;
  const ref = { name: companionName(name, 'info'), key, closedNames: false };
  await session.source(ref);
  return new Tensor(session, ref);
}

/** A window that slides over the numbers of a chunk. */
function numberCursor(parts: AsyncGenerator<ColumnPart>, names: readonly string[] | undefined): Cursor {
  const window = {
    kind: 'sample' as const,
    data: [] as ArrayLike<number | bigint>,
    start: 0,
    end: 0,
    shape: [] as readonly number[],
    names,
  };
  let part: ColumnPart | undefined;
  let run: ColumnRun | undefined;
  return {
    column: () => window,
    async load(row) {
      while (!part || row >= part.end) {
        const next = await parts.next();
        if (next.done) throw noRow(row);
        part = next.value;
        run = undefined;
        window.data = part.data;
      }
      return part.end;
    },
    move(row) {
      while (!run || row >= run.first + run.count) {
        const next = part?.runs.next();
        if (!next || next.done) throw noRow(row);
        run = next.value;
        window.shape = run.shape;
      }
      window.start = run.start + (row - run.first) * run.size;
      window.end = window.start + run.size;
    },
  };
}

function noRow(row: number): RangeError {
  return new RangeError(`There is no row ${row}.`);
}

/** Samples that are read as users read them, a block at a time. */
function sampleCursor(
  tensor: Tensor,
  facts: Tensor | undefined,
  wants: Wants,
  names: readonly string[] | undefined,
  limit: number,
  options: CallOptions,
): Cursor {
  let first = 0;
  let operands: Operand[] = [];
  let current: Operand = null;
  return {
    column: () => current,
    async load(row) {
      if (row >= first && row < first + operands.length) return first + operands.length;
      const end = Math.min(limit, row + BLOCK_ROWS);
      if (row >= end) throw noRow(row);
      const [samples, rows] = await Promise.all([
        tensor.readRange(row, end, options),
        facts?.readRange(row, end, options) ?? [],
      ]);
      operands = await Promise.all(samples.map((sample, i) => operandOf(sample, wants, names, rows[i])));
      first = row;
      return end;
    },
    move(row) {
      current = operands[row - first] ?? null;
    },
  };
}
