import { errorAt } from '../errors.js';
import { spanAt } from '../format/byte-positions.js';
import { shapeAt } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import { loadLz4, usesLz4 } from './codecs.js';
import { storageForm } from './limits.js';
import { locate } from './locate.js';
import { PlainSample, type ReadEnvironment } from './plain-sample.js';
import type { ChunkView, TensorSource } from './source.js';

export type { ReadEnvironment } from './plain-sample.js';

/**
 * Reads the samples `[start, end)` of a tensor, items for sequences.
 *
 * Samples of one chunk are read with one request (after that for its header), never more of an uncompressed or
 * sample-compressed chunk than these samples. Nothing is decoded yet.
 *
 * @throws {RangeError} when the tensor has no such sample.
 * @throws {DatasetError} `not-found` for a missing chunk, `corrupt` for one that contradicts its tables.
 */
export async function readSamples(
  source: TensorSource,
  start: number,
  end: number,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<StoredSample[]> {
  const meta = storageForm(source.meta);
  if (usesLz4(meta)) await loadLz4();
  const ids = await source.chunkIds(options);
  const samples: StoredSample[] = [];
  for (let index = start; index < end; ) {
    const { chunks, local, following } = locate(ids, index);
    const [id] = chunks;
    if (id === undefined) break;
    if (chunks.length > 1 || (await source.chunk(id, options)).positions.rows === 0) {
      const entry = (await source.tiles(options)).get(index);
      if (entry) {
        const { TiledSample } = await import('./tiled-sample.js'); // few datasets have any
        samples.push(new TiledSample(source, chunks, entry.sampleShape, entry.tileShape, env));
        index++;
        continue;
      }
    }
    const count = Math.min(following, end - index);
    const view = await source.chunk(id, options);
    try {
      await readFromChunk(view, meta, local, count, local + following, env, samples, options);
    } catch (error) {
      throw errorAt(error, { key: view.key });
    }
    index += count;
  }
  return samples;
}

async function readFromChunk(
  view: ChunkView,
  meta: TensorMeta,
  local: number,
  count: number,
  chunkCount: number,
  env: ReadEnvironment,
  samples: StoredSample[],
  options?: CallOptions,
): Promise<void> {
  let { positions } = view;
  let data: Bytes | undefined;
  if (meta.chunkCompression !== null && !view.unpacked) {
    const cached = env.unpacked.get(view.key);
    // Loads with the first chunk that is compressed as a whole.
    const whole = cached ?? (await (await import('./unpack.js')).unpack(view, meta, chunkCount, env.codecs, options));
    if (!cached) env.unpacked.set(view.key, whole, whole.data.length);
    ({ data, positions } = whole);
  } else if (positions.rows === 0) {
    if (chunkCount > 1 || !view.shapes?.rows) throw corrupt(view.key, 'chunk', `${chunkCount} samples`, 'none');
    data = (await view.readAll(options)).slice(); // the store's own bytes, perhaps
    samples.push(storedSample(view, meta, local, data, env));
    return;
  }
  if (local + count > positions.items)
    throw corrupt(view.key, 'byte positions', `at least ${local + count} samples`, positions.items);
  const first = spanAt(positions, local);
  const last = spanAt(positions, local + count - 1);
  data = data?.subarray(first.start, last.end) ?? (await view.read(first.start, last.end, options));
  if (data.length < last.end - first.start) throw corrupt(view.key, 'data', last.end, first.start + data.length);
  for (let i = 0; i < count; i++) {
    const { start, end } = spanAt(positions, local + i);
    // A sample must not keep its neighbours in memory, nor share bytes with them.
    const own =
      count === 1 && data.buffer.byteLength === end - start ? data : data.slice(start - first.start, end - first.start);
    samples.push(storedSample(view, meta, local + i, own, env));
  }
}

function storedSample(
  view: ChunkView,
  meta: TensorMeta,
  local: number,
  bytes: Bytes,
  env: ReadEnvironment,
): StoredSample {
  const unknown = !view.shapes || view.shapes.rows === 0;
  const shape = unknown ? zeros(meta) : shapeAt(view.shapes, local);
  return new PlainSample(bytes, shape, meta, view.key, env);
}

function zeros(meta: TensorMeta): number[] {
  return new Array<number>(Math.max(meta.minShape.length, 1)).fill(0);
}
