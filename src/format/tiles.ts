import { isDatasetError } from '../errors.js';
import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import { VERSION } from './versions.js';

/** How a sample is cut. Tiles lie in C order of the grid; those at the far edges are smaller. */
export interface Tiling {
  readonly sampleShape: readonly number[];
  readonly tileShape: readonly number[];
}

/** Tiled samples by index (of the item, for sequences). */
export type Tiles = ReadonlyMap<number, Tiling>;

/** Parses `tiles_index/unsharded`. @throws {DatasetError} `corrupt`. */
export function parseTiles(bytes: Bytes, key: string): Map<number, Tiling> {
  try {
    const reader = new ByteReader(bytes, key);
    reader.version();
    return readTiles(reader);
  } catch (error) {
    // Very old files have no version and are big-endian. If that does not fit either, the first error counts.
    if (!isDatasetError(error, 'corrupt') || bytes[0] !== 0) throw error;
    return readTiles(new ByteReader(bytes, key, { bigEndian: true }));
  }
}

function readTiles(reader: ByteReader): Map<number, Tiling> {
  const { key } = reader;
  const tiles = new Map<number, Tiling>();
  const entries = reader.count();
  const axes = entries > 0 ? reader.count() : 1;
  const size = entries * (8 + 16 * axes);
  if (size !== reader.left || axes === 0)
    throw corrupt(key, `${entries} tiled samples of ${axes} axes`, size, reader.left);
  const shape = () => Array.from({ length: axes }, () => reader.count());
  for (let i = 0; i < entries; i++) {
    const index = reader.count();
    const tiling = { sampleShape: shape(), tileShape: shape() };
    if (tiles.has(index)) throw corrupt(key, `sample ${index}`, 'one entry', 'two');
    if (tiling.tileShape.includes(0))
      throw corrupt(key, `tile shape of sample ${index}`, 'no zero', `(${tiling.tileShape})`);
    tiles.set(index, tiling);
  }
  return tiles;
}

/** Prints `tiles_index/unsharded`. @throws {RangeError} when the samples differ in number of axes. */
export function serializeTiles(tiles: Tiles): Bytes {
  const writer = new ByteWriter().version(VERSION).count(tiles.size);
  const axes = [...tiles.values()][0]?.sampleShape.length ?? 0;
  if (axes > 0) writer.count(axes);
  for (const [index, { sampleShape, tileShape }] of tiles) {
    if (sampleShape.length !== axes || tileShape.length !== axes) throw new RangeError('Tiled samples differ in axes');
    writer.count(index);
    for (const size of [...sampleShape, ...tileShape]) writer.count(size);
  }
  return writer.finish();
}
