import { type ChunkIds, findChunk } from '../format/chunk-ids.js';

/** Where a sample lies. */
export interface Location {
  /** Ids of its chunk, or of all chunks of its tiles in C order of the grid. */
  readonly chunks: readonly bigint[];
  /** Index of the sample in its chunk; 0 for tiles. */
  readonly local: number;
  /** Samples of the same chunk from this one on, itself included; 1 for tiles. */
  readonly following: number;
}

/**
 * Finds the chunk that holds a sample, by binary search over the rows of the chunk index.
 *
 * Rows with the same last index are the tiles of one sample (`spec` §3.2).
 * @throws {RangeError} when `index` is outside the table.
 */
export function locate({ ids, lasts }: ChunkIds, index: number): Location {
  const row = findChunk({ ids, lasts }, index);
  let end = row + 1;
  while (end < lasts.length && lasts[end] === lasts[row]) end++;
  const first = row === 0 ? 0 : (lasts[row - 1] ?? -1) + 1;
  return {
    chunks: ids.slice(row, end),
    local: end - row > 1 ? 0 : index - first,
    following: end - row > 1 ? 1 : (lasts[row] ?? index) - index + 1,
  };
}
