/** Changes of parts of samples that are cut into tiles. */
import { elementCount, itemSize } from '../format/dtypes.js';
import type { Tiling } from '../format/tiles.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { type EncodeContext, encodeTile } from './encode.js';
import { locate } from './locate.js';
import { dtypeOf, type ReadEnvironment } from './plain-sample.js';
import { overlap, readTile } from './region.js';
import type { Tile } from './sample.js';
import type { TensorSource } from './source.js';
import { cutTile, pasteTile, type TilePlace, tilePlaces } from './tile.js';

/** A tile with its chunk, to be stored. */
export interface ChangedTile {
  readonly id: bigint;
  readonly tile: Tile;
}

/**
 * Pastes numbers into the tiles of a sample that a box touches, and encodes those anew. Lossy files lose a little each time.
 *
 * @param bytes - of the box, in C order. @throws {DatasetError} `codec`, `corrupt`, `not-found`
 */
export async function patchTiles(
  source: TensorSource,
  sample: number,
  { sampleShape, tileShape }: Tiling,
  box: TilePlace,
  bytes: Bytes,
  encode: EncodeContext,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<ChangedTile[]> {
  const dtype = dtypeOf(source.meta);
  const unit = itemSize(dtype);
  const { chunks } = locate(await source.chunkIds(options), sample);
  const changed: ChangedTile[] = [];
  for (const [i, place] of tilePlaces(sampleShape, tileShape).entries()) {
    const common = overlap(place, box);
    const id = chunks[i];
    if (!common || id === undefined) continue;
    const view = await source.chunk(id, options);
    const { shape } = place;
    const stored = await readTile(view, source, shape, env, options);
    const raw = stored?.slice() ?? new Uint8Array(elementCount(shape) * unit);
    pasteTile(raw, shape, common.inTile, unit, cutTile(bytes, box.shape, common.inBox, unit));
    changed.push({ id, tile: { bytes: await encodeTile(raw, shape, dtype, encode), shape } });
  }
  return changed;
}
