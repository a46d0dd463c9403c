/** Samples too big for one chunk: how they are cut into tiles (`spec` §4.9), and the cutting and joining itself. */

import { DatasetError } from '../errors.js';
import { type Dtype, elementCount, itemSize } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';

/** What decides a tile's shape. */
export interface TilePlan {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Bytes that a tile may have, raw when uncompressed. */
  readonly threshold: number;
  /** Whether tiles are compressed; they are then expected to shrink to half. */
  readonly compressed: boolean;
  /** Whether the last axis may be cut too: generic numbers without an image compression. */
  readonly cutsLastAxis: boolean;
}

/**
 * Chooses the tile shape: the longest axis is halved until a tile is small enough.
 * @throws {DatasetError} `unsupported` when that would cut an axis below 2.
 */
export function planTileShape({ shape, dtype, threshold, compressed, cutsLastAxis }: TilePlan): number[] {
  const tile = [...shape];
  const axes = cutsLastAxis ? tile.length : tile.length - 1;
  let ratio = (elementCount(shape) * itemSize(dtype) * (compressed ? 0.5 : 1)) / threshold;
  while (ratio > 1) {
    let longest = 0;
    for (let axis = 1; axis < axes; axis++) if ((tile[axis] ?? 0) > (tile[longest] ?? 0)) longest = axis;
    const length = axes > 0 ? (tile[longest] ?? 0) : 0;
    if (length < 2) {
      throw new DatasetError(
        'unsupported',
        `A sample of shape (${shape.join(', ')}) cannot be cut into tiles of ${threshold} bytes. Raise tilingThreshold.`,
        {
          feature: 'tiling below two elements',
        },
      );
    }
    tile[longest] = length / 2;
    ratio /= 2;
  }
  return tile.map(Math.ceil);
}

/** One tile's place in the sample. */
export interface TilePlace {
  /** First element on each axis. */
  readonly offset: readonly number[];
  readonly shape: readonly number[];
}

/** Number of tiles of a sample. */
export function tileCount(shape: readonly number[], tileShape: readonly number[]): number {
  return elementCount(gridOf(shape, tileShape));
}

function gridOf(shape: readonly number[], tileShape: readonly number[]): number[] {
  return shape.map((length, axis) => Math.ceil(length / (tileShape[axis] ?? length)));
}

/** Places of all tiles in C order of the grid; those at the far edges are cut off at the sample's end. */
export function tilePlaces(shape: readonly number[], tileShape: readonly number[]): TilePlace[] {
  const grid = gridOf(shape, tileShape);
  const places: TilePlace[] = [];
  const total = elementCount(grid);
  for (let i = 0; i < total; i++) {
    const offset = new Array<number>(grid.length);
    for (let axis = grid.length - 1, rest = i; axis >= 0; axis--) {
      const cells = grid[axis] ?? 1;
      offset[axis] = (rest % cells) * (tileShape[axis] ?? 0);
      rest = Math.floor(rest / cells);
    }
    places.push({
      offset,
      shape: shape.map((length, axis) => Math.min(tileShape[axis] ?? 0, length - (offset[axis] ?? 0))),
    });
  }
  return places;
}

/** Copies a box between a whole array and a tile, run by run along the last axis. */
function copyBox(
  shape: readonly number[],
  place: TilePlace,
  unit: number,
  copy: (wholeAt: number, tileAt: number, bytes: number) => void,
): void {
  const last = shape.length - 1;
  const run = (place.shape[last] ?? 1) * unit;
  const runs = elementCount(place.shape.slice(0, last));
  for (let i = 0; i < runs; i++) {
    let whole = 0;
    let stride = 1;
    let rest = i;
    for (let axis = last; axis >= 0; axis--) {
      const size = place.shape[axis] ?? 1;
      const at = axis === last ? 0 : rest % size;
      if (axis !== last) rest = Math.floor(rest / size);
      whole += (at + (place.offset[axis] ?? 0)) * stride;
      stride *= shape[axis] ?? 1;
    }
    copy(whole * unit, i * run, run);
  }
}

/** Cuts one tile's raw bytes out of a sample's. `unit` is the item size in bytes. */
export function cutTile(sample: Bytes, shape: readonly number[], place: TilePlace, unit: number): Bytes {
  const tile = new Uint8Array(elementCount(place.shape) * unit);
  copyBox(shape, place, unit, (from, to, length) => tile.set(sample.subarray(from, from + length), to));
  return tile;
}

/** Pastes one tile's raw bytes into a sample's. */
export function pasteTile(sample: Bytes, shape: readonly number[], place: TilePlace, unit: number, tile: Bytes): void {
  copyBox(shape, place, unit, (to, from, length) => sample.set(tile.subarray(from, from + length), to));
}
