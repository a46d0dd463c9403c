/** Replaces all chunks of a sample that is cut into tiles. */
import { DatasetError } from '../errors.js';
import type { ChunkOwner } from '../format/chunk-set.js';
import type { Tiling } from '../format/tiles.js';
import type { HeldChunks } from './held-chunks.js';
import { locate } from './locate.js';
import { OpenChunk } from './open-chunk.js';
import type { Sample } from './sample.js';

/** The tables of a draft that tell which chunks a sample has. */
export interface ChunkTables {
  readonly ids: { readonly ids: bigint[]; readonly lasts: number[] };
  readonly tiles: Map<number, Tiling>;
  /** Undefined in the first commit, which owns all of its chunks. */
  readonly chunkSet: Map<bigint, ChunkOwner> | undefined;
  readonly held: HeldChunks;
  readonly newId: () => bigint;
}

/**
 * Gives a sample, which has its chunks for itself, new ones: for each tile, or one.
 * @returns the old ones that the head owns. Commits need the others.
 */
export function replaceTiles(
  { ids, tiles, chunkSet, held, newId }: ChunkTables,
  index: number,
  { bytes, tiling }: Sample,
  shape: readonly number[],
): bigint[] {
  const news = (tiling?.tiles ?? []).map((tile) => {
    const id = newId();
    held.addTile(id, tile);
    return id;
  });
  if (tiling) tiles.set(index, { sampleShape: shape, tileShape: tiling.tileShape });
  else {
    const chunk = new OpenChunk(newId());
    held.edit(chunk); // as it is now, it counts as stored
    chunk.add(bytes, shape);
    news.push(chunk.id);
    tiles.delete(index);
  }
  const { chunks: old } = locate(ids, index);
  const row = ids.ids.indexOf(old[0] ?? 0n);
  ids.ids.splice(row, old.length, ...news);
  ids.lasts.splice(row, old.length, ...news.map(() => index));
  for (const id of news) chunkSet?.set(id, {});
  return old.filter((id) => {
    const owner = chunkSet ? chunkSet.get(id) : {};
    chunkSet?.delete(id);
    held.drop(id);
    return owner !== undefined && owner.commit === undefined;
  });
}

/** The error of a sample whose chunks cannot be replaced. */
export function noTiles(tensor: string, index: number): DatasetError<'unsupported'> {
  return new DatasetError('unsupported', `Tensor "${tensor}", row ${index}: a link to tiles cannot be replaced.`, {
    feature: 'replacing links to tiles',
    tensor,
    index,
  });
}
