import type { Bytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';
import { type Span, spanAt } from './byte-positions.js';
import { parseRunFile, serializeRunFile } from './run-file.js';

/** An empty sequence table: column 0 is the number of items of each sequence, column 1 where the first one starts. */
export function newSequences(): RunTable {
  return new RunTable(2, { offsets: true });
}

/** Parses `sequence_index/unsharded`. @throws {DatasetError} `corrupt`. */
export function parseSequences(bytes: Bytes, key: string): RunTable {
  return parseRunFile(bytes, key, 2, { offsets: true });
}

/** Prints `sequence_index/unsharded`. */
export function serializeSequences(sequences: RunTable): Bytes {
  return serializeRunFile(sequences);
}

/** The samples `[start, end)` that are the items of a sequence. @throws {RangeError} when there is no such sequence. */
export function sequenceAt(sequences: RunTable, index: number): Span {
  return spanAt(sequences, index);
}
