import { errorAt } from '../errors.js';
import { newShapes } from '../format/shapes.js';
import { corrupt } from '../util/byte-reader.js';
import type { Codecs } from './codecs.js';
import { storageForm } from './limits.js';
import { OpenChunk } from './open-chunk.js';
import type { TensorSource } from './source.js';
import { unpack } from './unpack.js';

/**
 * Reads a whole chunk into memory, to change or extend it.
 *
 * @param count - samples that the index places in it; more than these are dropped.
 * @throws {DatasetError} `corrupt` when it holds fewer.
 */
export async function loadChunk(source: TensorSource, id: bigint, count: number, codecs: Codecs): Promise<OpenChunk> {
  const view = await source.chunk(id);
  const { data, positions } = await unpack(view, storageForm(source.meta), count, codecs).catch((error: unknown) => {
    throw errorAt(error, { key: view.key });
  });
  if (positions.items < count) throw corrupt(view.key, 'byte positions', `${count} samples`, positions.items);
  const kept = positions.clone();
  kept.truncate(count);
  // Pictures without pixels have shapes before the tensor has dimensions; it may get others.
  const isOpen = source.meta.minShape.length === 0 && source.meta.chunkCompression !== null;
  const shapes = (isOpen ? undefined : view.shapes?.clone()) ?? newShapes(1);
  if (shapes.items > count) shapes.truncate(count);
  // The format leaves out zeros at the end of the table; what is added must not take their place.
  if (shapes.rows > 0 && shapes.items < count)
    shapes.append(new Array<number>(shapes.columns).fill(0), count - shapes.items);
  if (data.length < kept.total) throw corrupt(view.key, 'data', kept.total, data.length);
  return new OpenChunk(id, { shapes, positions: kept, data: data.subarray(0, kept.total) });
}
