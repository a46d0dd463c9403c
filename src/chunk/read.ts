import { DatasetError, errorAt } from '../errors.js';
import { spanAt } from '../format/byte-positions.js';
import {
  bytesFromNdArray,
  type Dtype,
  elementCount,
  isDtype,
  itemSize,
  type NdArray,
  ndArrayFromBytes,
  newTypedArray,
} from '../format/dtypes.js';
import { shapeAt } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { EncodedSample, StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { Lru } from '../util/lru.js';
import { type Codecs, loadLz4, lz4Now, usesLz4 } from './codecs.js';
import { storageForm } from './limits.js';
import { locate } from './locate.js';
import type { ChunkView, TensorSource } from './source.js';
import { pasteTile, tileCount, tilePlaces } from './tile.js';
import { type Unpacked, unpack } from './unpack.js';

/** What reading shares between the tensors of a dataset. */
export interface ReadEnvironment {
  readonly codecs: Codecs;
  /** Data areas after chunk decompression, by storage key; weighed in bytes. */
  readonly unpacked: Lru<string, Unpacked>;
}

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
  if (positions.rows === 0 && (view.shapes?.rows ?? 0) === 0)
    throw corrupt(view.key, 'chunk', `${chunkCount} samples`, 'none');
  if (meta.chunkCompression !== null && !view.unpacked) {
    const cached = env.unpacked.get(view.key);
    const whole = cached ?? (await unpack(view, meta, chunkCount, env.codecs, options));
    if (!cached) env.unpacked.set(view.key, whole, whole.data.length);
    ({ data, positions } = whole);
  } else if (positions.rows === 0) {
    if (chunkCount > 1) throw corrupt(view.key, 'byte positions', `${chunkCount} samples`, 'none');
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

function dtypeOf(meta: TensorMeta): Dtype {
  return isDtype(meta.dtype) ? meta.dtype : 'float64'; // numpy's dtype of nothing
}

class PlainSample implements StoredSample {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly #bytes: Bytes;
  readonly #compression: string | null;
  readonly key: string;
  readonly #env: ReadEnvironment;

  constructor(bytes: Bytes, shape: readonly number[], meta: TensorMeta, key: string, env: ReadEnvironment) {
    this.#bytes = bytes;
    this.shape = shape;
    this.dtype = dtypeOf(meta);
    this.#compression = meta.sampleCompression;
    this.key = key;
    this.#env = env;
  }

  encoded(): EncodedSample | undefined {
    if (this.#compression === null || this.#bytes.length === 0) return undefined;
    return { bytes: this.#bytes, compression: this.#compression };
  }

  raw(options?: CallOptions): Awaitable<Bytes> {
    if (this.#compression === null) return this.#bytes;
    if (this.#compression !== 'lz4') return Promise.resolve(this.array(options)).then(bytesFromNdArray);
    return this.#unpack();
  }

  array(options?: CallOptions): Awaitable<NdArray> {
    const { dtype, shape } = this;
    if (elementCount(shape) === 0) return { dtype, shape, data: newTypedArray(dtype, 0) };
    const compression = this.#compression;
    if (compression === null) return ndArrayFromBytes(this.#bytes, dtype, shape, this.key);
    if (compression === 'lz4')
      return ndArrayFromBytes(this.#unpack(elementCount(shape) * itemSize(dtype)), dtype, shape, this.key);
    return this.#decode(compression, options);
  }

  async #decode(compression: string, options?: CallOptions): Promise<NdArray> {
    const { dtype, shape } = this;
    try {
      const array = await this.#env.codecs.decode(compression, this.#bytes, { shape, dtype }, options);
      if (elementCount(array.shape) !== elementCount(shape)) {
        throw corrupt(this.key, 'image', `(${shape.join(', ')})`, `(${array.shape.join(', ')})`);
      }
      return convert({ ...array, shape }, dtype);
    } catch (error) {
      throw errorAt(error, { key: this.key });
    }
  }

  /** @param size - of an array; unknown for text and polygons. */
  #unpack(size?: number): Bytes {
    try {
      return lz4Now().decompressBlock(this.#bytes, size);
    } catch (error) {
      throw errorAt(error, { key: this.key });
    }
  }
}

// Browsers give no larger arrays reliably.
const MAX_ARRAY = 2 ** 31;

function tooLarge(key: string, bytes: number): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `A sample of ${key} has ${bytes} bytes, more than the ${MAX_ARRAY} that fit one array. Read it with Deep Lake in Python.`,
    {
      feature: 'arrays above 2 GB',
      key,
    },
  );
}

/** A sample that is cut into tiles; they are read when it is decoded. */
class TiledSample implements StoredSample {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly key: string;
  readonly #source: TensorSource;
  readonly #chunks: readonly bigint[];
  readonly #tileShape: readonly number[];
  readonly #env: ReadEnvironment;

  constructor(
    source: TensorSource,
    chunks: readonly bigint[],
    shape: readonly number[],
    tileShape: readonly number[],
    env: ReadEnvironment,
  ) {
    this.#source = source;
    this.key = source.key;
    this.#chunks = chunks;
    this.shape = shape;
    this.dtype = dtypeOf(source.meta);
    this.#tileShape = tileShape;
    this.#env = env;
  }

  encoded(): undefined {
    return undefined;
  }

  async raw(options?: CallOptions): Promise<Bytes> {
    return bytesFromNdArray(await this.array(options));
  }

  async array(options?: CallOptions): Promise<NdArray> {
    const { shape, dtype } = this;
    const { meta, key } = this.#source;
    const count = tileCount(shape, this.#tileShape);
    if (count !== this.#chunks.length) throw corrupt(key, 'tiles of a sample', String(count), this.#chunks.length);
    const places = tilePlaces(shape, this.#tileShape);
    const unit = itemSize(dtype);
    if (elementCount(shape) * unit > MAX_ARRAY) throw tooLarge(key, elementCount(shape) * unit);
    const whole = new Uint8Array(elementCount(shape) * unit);
    const compression = meta.sampleCompression ?? meta.chunkCompression;
    for (const [i, place] of places.entries()) {
      const view = await this.#source.chunk(this.#chunks[i] ?? 0n, options);
      const bytes = await view.readAll(options);
      if (bytes.length === 0) continue; // a tile that was never written reads as zeros
      const tileMeta = { ...meta, sampleCompression: compression, chunkCompression: null };
      const tile = new PlainSample(bytes, place.shape, tileMeta, view.key, this.#env);
      pasteTile(whole, shape, place, unit, bytesFromNdArray(await tile.array(options)));
    }
    return ndArrayFromBytes(whole, dtype, shape, key);
  }
}

/** numpy's `astype`: what a decoder gave in the tensor's dtype. */
function convert(array: NdArray, dtype: Dtype): NdArray {
  if (array.dtype === dtype) return array;
  const data = newTypedArray(dtype, elementCount(array.shape));
  const big = typeof data[0] === 'bigint';
  for (let i = 0; i < data.length; i++) {
    const value = array.data[i] ?? 0;
    data[i] = dtype === 'bool' ? (value ? 1 : 0) : big ? BigInt(value) : Number(value);
  }
  return { dtype, shape: array.shape, data };
}
