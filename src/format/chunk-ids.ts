import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import { isOlder, VERSION } from './versions.js';

/**
 * `chunks_index/unsharded`: the chunks of a tensor in sample order, one row each.
 *
 * A tiled sample has several rows with the same last index, one for each tile.
 */
export interface ChunkIds {
  /** Chunk id of each row: unsigned 64-bit, unique in the tensor. */
  readonly ids: bigint[];
  /** Index of the last sample that each row covers. */
  readonly lasts: number[];
}

/** Parses the chunk ids of a tensor; no bytes mean no chunks. @throws {DatasetError} `corrupt`. */
export function parseChunkIds(bytes: Bytes, key: string): ChunkIds {
  const ids: bigint[] = [];
  const lasts: number[] = [];
  if (bytes.length === 0) return { ids, lasts };
  const reader = new ByteReader(bytes, key);
  const width = isOlder(reader.version(), '2.7.6', key) ? 4 : reader.u8();
  if (width !== 4 && width !== 8) throw corrupt(key, 'width of chunk ids', '4 or 8', String(width));
  if (reader.left % (2 * width) !== 0) {
    const whole = reader.left - (reader.left % (2 * width));
    throw corrupt(key, `rows of ${2 * width} bytes`, reader.at + whole + 2 * width, bytes.length);
  }
  let before = -1;
  while (reader.left > 0) {
    const id = width === 4 ? BigInt(reader.u32()) : reader.u64();
    const last = width === 4 ? reader.u32() : reader.count();
    if (last < Math.max(before, 0))
      throw corrupt(key, `last index of row ${ids.length}`, `${before} or more`, String(last));
    ids.push(id);
    lasts.push(last);
    before = last;
  }
  return { ids, lasts };
}

/** Prints the chunk ids of a tensor. */
export function serializeChunkIds(table: ChunkIds): Bytes {
  const writer = new ByteWriter({ size: 8 + 16 * table.ids.length }).version(VERSION).u8(8);
  for (const [row, id] of table.ids.entries()) writer.u64(id).count(table.lasts[row] ?? 0);
  return writer.finish();
}

/** Number of samples that the chunks hold. */
export function sampleCount(table: ChunkIds): number {
  return (table.lasts.at(-1) ?? -1) + 1;
}

/**
 * The first row that covers a sample. A tiled sample continues in the rows after it that have the same last index.
 * @throws {RangeError} when there is no such sample.
 */
export function findChunk(table: ChunkIds, index: number): number {
  const { lasts } = table;
  if (!(index >= 0 && index < sampleCount(table))) throw new RangeError(`Sample ${index} of ${sampleCount(table)}`);
  let low = 0;
  let high = lasts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lasts[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
