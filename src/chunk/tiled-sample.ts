import { DatasetError } from '../errors.js';
import {
  bytesFromNdArray,
  type Dtype,
  elementCount,
  itemSize,
  type NdArray,
  ndArrayFromBytes,
} from '../format/dtypes.js';
import type { StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import type { Codecs } from './codecs.js';
import { dtypeOf, PlainSample, type ReadEnvironment } from './plain-sample.js';
import type { TensorSource } from './source.js';
import { pasteTile, tileCount, tilePlaces } from './tile.js';

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
export class TiledSample implements StoredSample {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly key: string;
  readonly codecs: Codecs;
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
    this.codecs = env.codecs;
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
