import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import { checkRuns, RunTable, type RunTableOptions } from '../util/runs.js';
import { VERSION } from './versions.js';

/** Parses a file that is a version string and the rows of one run-length table. @throws {DatasetError} `corrupt`. */
export function parseRunFile(bytes: Bytes, key: string, columns: number, options: RunTableOptions = {}): RunTable {
  const reader = new ByteReader(bytes, key);
  reader.version();
  const size = 4 * (columns + 1);
  const rows = Math.ceil(reader.left / size);
  if (rows * size !== reader.left) throw corrupt(key, `rows of ${size} bytes`, reader.at + rows * size, bytes.length);
  return readRuns(reader, rows, columns, 'table', options);
}

/** Prints a file that is a version string and the rows of one run-length table. */
export function serializeRunFile(table: RunTable): Bytes {
  const rows = table.toArray();
  return new ByteWriter({ size: 7 + rows.byteLength }).version(VERSION).u32s(rows).finish();
}

/** Reads and checks the rows of a run-length table. @throws {DatasetError} `corrupt`, naming `what` and the row. */
export function readRuns(
  reader: ByteReader,
  rows: number,
  columns: number,
  what: string,
  options: RunTableOptions = {},
): RunTable {
  return checkRuns(new RunTable(columns, { ...options, rows: reader.u32s(rows * (columns + 1)) }), reader.key, what);
}
