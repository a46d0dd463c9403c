import { RunTable } from '../util/runs.js';

/** An interval `[start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An empty byte-position table: columns are the length of each sample and where the first one starts, in bytes. */
export function newBytePositions(): RunTable {
  return new RunTable(2, { offsets: true });
}

/**
 * Where a sample lies in the data area of its chunk (decompressed, if the chunk as a whole is compressed by lz4).
 *
 * Undefined when the table does not reach that far: the sample is then the whole data area.
 */
export function positionAt(positions: RunTable, index: number): Span | undefined {
  return index < positions.items ? spanAt(positions, index) : undefined;
}

/** The interval of one item of a table with offsets. @throws {RangeError} when there is no such item. */
export function spanAt(table: RunTable, index: number): Span {
  const row = table.find(index);
  const size = table.value(row, 0);
  const start = table.value(row, 1) + (index - table.first(row)) * size;
  return { start, end: start + size };
}
