import { isImageCompression } from '../chunk/codecs.js';
import { tilingThreshold } from '../chunk/limits.js';
import { type NumberRuns, numberRuns } from '../htype/number-runs.js';
import { requireHtype } from '../htype/table.js';
import { type Column, type ColumnState, contextOf, isDecided, stateOf } from './encode-row.js';

// Larger batches are not faster, and hold up events for longer.
const BATCH_ROWS = 512;
const BATCH_BYTES = 262_144;
// For larger samples, what a batch saves is not felt.
const SAMPLE_BYTES = 65_536;

interface BatchColumn {
  readonly column: Column;
  /** What `numbers` was made for. */
  state: ColumnState | undefined;
  /** Undefined while the samples of the column have to be read one by one. */
  numbers: NumberRuns | undefined;
  /** Whether samples mark the tensor's info as changed. */
  touchesInfo: boolean;
}

const UNKNOWN = { state: undefined, numbers: undefined, touchesInfo: false };

/**
 * Rows of plain numbers that are read but not placed: together they cost less than one by one.
 *
 * Whatever needs a file or a codec, changes a tensor's info or type, or is wrong is refused without a trace, and left to
 * the way of single rows. Nothing else may write to the columns between the first row and {@link place}.
 */
export class RowBatch {
  /** Number of rows. */
  rows = 0;
  #bytes = 0;
  readonly #columns: readonly BatchColumn[];
  readonly #byName: ReadonlyMap<string, BatchColumn>;

  constructor(columns: ReadonlyMap<string, Column>) {
    this.#columns = [...columns.values()].map((column) => ({ column, ...UNKNOWN }));
    this.#byName = new Map(this.#columns.map((one) => [one.column.name, one]));
  }

  /** Whether the rows are to be placed now. */
  get isFull(): boolean {
    return this.rows >= BATCH_ROWS || this.#bytes >= BATCH_BYTES;
  }

  /** Adds a row. @returns false, with nothing changed, when it has to be taken by itself. */
  add(row: unknown): boolean {
    if (typeof row !== 'object' || row === null) return false;
    if (this.rows === 0 && !this.#begin()) return false;
    let isRead = false;
    try {
      isRead = this.#read(row as Readonly<Record<string, unknown>>);
    } catch {
      // Met again, and told, by the way of single rows.
    }
    if (isRead) this.rows++;
    else for (const { numbers } of this.#columns) if (numbers && numbers.samples > this.rows) numbers.undo();
    return isRead;
  }

  /** Places all rows; cannot fail. @returns their bytes, as stored. */
  place(): number {
    if (this.rows === 0) return 0;
    const stored = this.#bytes;
    this.rows = 0;
    this.#bytes = 0;
    for (const { column, numbers, touchesInfo } of this.#columns) {
      if (!numbers) continue;
      const { bytes, runs } = numbers.take();
      if (touchesInfo) column.draft.touchInfo();
      column.draft.appendRuns(bytes, runs);
    }
    return stored;
  }

  /** Gets ready for the first row; false when the columns are not all of plain numbers, and of one length. */
  #begin(): boolean {
    const length = this.#columns[0]?.column.draft.length;
    return this.#columns.every((one) => one.column.draft.length === length && begin(one));
  }

  /** Reads a row that has one sample for each column, and no other; false when it has not. */
  #read(row: Readonly<Record<string, unknown>>): boolean {
    const names = Object.keys(row);
    if (names.length !== this.#columns.length) return false;
    let bytes = 0;
    for (const name of names) {
      const numbers = this.#byName.get(name)?.numbers;
      if (!numbers) return false;
      numbers.add(row[name]);
      bytes += numbers.bytes;
    }
    this.#bytes = bytes;
    return true;
  }
}

/** Makes what reads samples of a column, anew when its form or info has changed. False for columns with files and such. */
function begin(one: BatchColumn): boolean {
  const { column } = one;
  const state = stateOf(column);
  if (state.meta === one.state?.meta && state.info === one.state.info) return one.numbers !== undefined;
  one.state = state;
  one.numbers = undefined;
  const { meta } = state;
  const isFile = meta.sampleCompression !== null || isImageCompression(meta.chunkCompression);
  if (!isDecided(state) || meta.isLink || meta.isSequence || isFile) return false;
  const spec = requireHtype(meta.htype, column.name);
  one.numbers = numberRuns(spec, contextOf(column, state, spec, 0), Math.min(SAMPLE_BYTES, tilingThreshold(meta)));
  one.touchesInfo = spec.appendTouchesInfo === true;
  return one.numbers !== undefined;
}
