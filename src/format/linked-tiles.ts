import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import { elementCount } from './dtypes.js';
import { VERSION } from './versions.js';

/** A sample that is a grid of linked images. */
export interface LinkedTiles {
  /** Images along each axis. */
  readonly grid: readonly number[];
  /** Path of each image, in C order of the grid. ASCII. */
  readonly paths: readonly string[];
}

/** Parses the bytes of a linked tile sample. @throws {DatasetError} `corrupt`. */
export function parseLinkedTiles(bytes: Bytes, key = 'sample'): LinkedTiles {
  const reader = new ByteReader(bytes, key);
  reader.version();
  const axes = reader.u8();
  const grid = Array.from({ length: axes }, () => reader.u32());
  const text = reader.rest();
  const cells = elementCount(grid);
  const paths: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(0, at);
    if (end < 0) throw corrupt(key, `path ${paths.length}`, 'a zero byte at its end', 'the end of the sample');
    paths.push(Array.from(text.subarray(at, end), (code) => String.fromCharCode(code)).join(''));
    at = end + 1;
  }
  if (paths.length !== cells) throw corrupt(key, `grid (${grid})`, `${cells} paths`, `${paths.length} paths`);
  return { grid, paths };
}

/**
 * Prints the bytes of a linked tile sample.
 * @throws {RangeError} for paths that are not ASCII, or do not fill the grid.
 */
export function serializeLinkedTiles({ grid, paths }: LinkedTiles): Bytes {
  if (paths.length !== elementCount(grid)) throw new RangeError(`A grid of (${grid}), but ${paths.length} paths`);
  const writer = new ByteWriter().version(VERSION).u8(grid.length);
  for (const size of grid) writer.u32(size);
  for (const path of paths) {
    if (path.includes('\0') || /[\u0080-\uffff]/.test(path))
      throw new RangeError(`Paths of linked tiles are ASCII, got ${JSON.stringify(path)}`);
    for (let i = 0; i < path.length; i++) writer.u8(path.charCodeAt(i));
    writer.u8(0);
  }
  return writer.finish();
}
