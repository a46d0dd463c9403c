import { codecEntry } from '../codec/table.js';
import { errorAt } from '../errors.js';
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
import type { TensorMeta } from '../format/tensor-meta.js';
import type { ArrayOptions, EncodedSample, StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { Lru } from '../util/lru.js';
import { type Codecs, lz4Now } from './codecs.js';
import type { Unpacked } from './unpack.js';

/** What reading shares between the tensors of a dataset. */
export interface ReadEnvironment {
  readonly codecs: Codecs;
  /** Data areas after chunk decompression, by storage key; weighed in bytes. */
  readonly unpacked: Lru<string, Unpacked>;
  /** Small bitmaps that were shown. */
  readonly thumbnails?: StoredSample['thumbnails'];
}

/** dtype that samples of a tensor are read in. */
export function dtypeOf(meta: TensorMeta): Dtype {
  return isDtype(meta.dtype) ? meta.dtype : 'float64'; // numpy's dtype of nothing
}

/** A sample, or a tile of one, whose bytes have been read. */
export class PlainSample implements StoredSample {
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

  get codecs(): Codecs {
    return this.#env.codecs;
  }

  get thumbnails(): StoredSample['thumbnails'] {
    return this.#env.thumbnails;
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

  array(options?: ArrayOptions): Awaitable<NdArray> {
    const { dtype, shape } = this;
    const compression = this.#compression;
    // A file whose header does not tell its length is recorded without one, but not without bytes.
    const isFile = compression !== null && compression !== 'lz4' && this.#bytes.length > 0;
    if (elementCount(shape) === 0 && !isFile) return { dtype, shape, data: newTypedArray(dtype, 0) };
    if (compression === null) return ndArrayFromBytes(this.#bytes, dtype, shape, this.key);
    if (compression === 'lz4')
      return ndArrayFromBytes(this.#unpack(elementCount(shape) * itemSize(dtype)), dtype, shape, this.key);
    return this.#decode(compression, options);
  }

  async #decode(compression: string, options?: ArrayOptions): Promise<NdArray> {
    const { dtype, shape } = this;
    const rows = options?.rows;
    try {
      const array = await this.#env.codecs.decode(
        compression,
        this.#bytes,
        { shape, dtype, ...(rows && { rows }) },
        options,
      );
      if (!rows && elementCount(shape) > 0 && elementCount(array.shape) !== elementCount(shape)) {
        throw corrupt(this.key, 'image', `(${shape.join(', ')})`, `(${array.shape.join(', ')})`);
      }
      const own = rows || elementCount(shape) === 0 ? array : { ...array, shape };
      return codecEntry(compression)?.keepsDtype ? own : convert(own, dtype);
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

/** numpy's `astype`: what a decoder gave in the tensor's dtype. Complex numbers lose their second part. */
function convert(array: NdArray, dtype: Dtype): NdArray {
  if (array.dtype === dtype) return array;
  const count = elementCount(array.shape);
  const data = newTypedArray(dtype, count);
  const [from, to] = [array.data.length / count, data.length / count];
  const big = typeof data[0] === 'bigint';
  for (let i = 0; i < data.length; i++) {
    const part = i % to;
    const value = (part < from && array.data[((i - part) / to) * from + part]) || 0;
    data[i] = dtype === 'bool' ? (value ? 1 : 0) : big ? whole(value) : Number(value);
  }
  return { dtype, shape: array.shape, data };
}

function whole(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n); // what numpy makes of them
}
