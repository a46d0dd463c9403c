import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import { newBytePositions } from './byte-positions.js';
import { readRuns } from './run-file.js';
import { newShapes } from './shapes.js';
import { VERSION } from './versions.js';

/** What stands before the data of a chunk. */
export interface ChunkHeader {
  readonly version: string;
  /** Shape of each sample; fewer than there are samples when the last ones have only zeros. */
  readonly shapes: RunTable;
  /** Place of each sample in the data area; empty for tiles and for chunks that are one image. */
  readonly positions: RunTable;
  /** Where the data area begins, in bytes from the start of the file. */
  readonly dataStart: number;
}

/** A whole chunk. */
export interface Chunk extends ChunkHeader {
  /** The data area, not copied. */
  readonly data: Bytes;
}

// No table comes near: a chunk holds at most 2^32 bytes, and a table half of them would hold 2^27 samples.
const MAX_TABLE = 2 ** 31;

/**
 * Parses the header of a chunk from its first bytes.
 *
 * When they are too few, `needed` is how many are known to be needed so far (it may rise once more).
 * @throws {DatasetError} `corrupt` when tables contradict themselves or are larger than `fileSize` or 2 GiB.
 */
export function parseChunkHeader(bytes: Bytes, key: string, fileSize = Infinity): ChunkHeader | { needed: number } {
  if (fileSize === 0 || (fileSize === Infinity && bytes.length === 0)) {
    return { version: VERSION, shapes: newShapes(0), positions: newBytePositions(), dataStart: 0 };
  }
  const reader = new ByteReader(bytes, key);
  let needed = 0;
  // Demands more bytes, for a part of the header whose size is now known.
  const lacks = (size: number, what: string): boolean => {
    needed = reader.at + size;
    if (needed > fileSize || size > MAX_TABLE) throw corrupt(key, what, needed, Math.min(fileSize, MAX_TABLE));
    return bytes.length < needed;
  };
  // The counts that follow are asked for together with what comes before them: one request fewer.
  if (lacks(1, 'version') || lacks(1 + (bytes[0] ?? 0) + 8, 'version')) return { needed };
  const version = reader.version();
  const rows = reader.i32();
  const stride = reader.i32();
  if (rows < 0 || (rows > 0 && stride < 2))
    throw corrupt(key, 'shape table', 'rows of 2 or more', `${rows} rows of ${stride}`);
  const size = rows > 0 ? 4 * rows * stride : 0;
  if (lacks(size + 4, 'shape table')) return { needed };
  const shapes = rows > 0 ? readRuns(reader, rows, stride - 1, 'shape table') : newShapes(1);
  const positionRows = reader.u32();
  if (lacks(12 * positionRows, 'byte positions')) return { needed };
  const positions = readRuns(reader, positionRows, 2, 'byte positions', { offsets: true });
  return { version, shapes, positions, dataStart: reader.at };
}

/** Parses a whole chunk. No bytes are an empty chunk. @throws {DatasetError} `corrupt`. */
export function parseChunk(bytes: Bytes, key: string): Chunk {
  const header = parseChunkHeader(bytes, key, bytes.length);
  if ('needed' in header) throw corrupt(key, 'chunk header', header.needed, bytes.length);
  return { ...header, data: bytes.subarray(header.dataStart) };
}

/** Prints the header of a chunk; its data follows directly. */
export function serializeChunkHeader(shapes: RunTable, positions: RunTable): Bytes {
  const shapeRows = shapes.toArray();
  const positionRows = positions.toArray();
  return new ByteWriter({ size: 19 + shapeRows.byteLength + positionRows.byteLength })
    .version(VERSION)
    .u32(shapes.rows)
    .u32(shapes.rows > 0 ? shapes.columns + 1 : 2) // 2: what the original writes when there is no shape
    .u32s(shapeRows)
    .u32(positions.rows)
    .u32s(positionRows)
    .finish();
}
