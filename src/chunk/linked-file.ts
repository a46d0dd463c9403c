import type { SampleHeader } from '../codec/types.js';
import { bytesFromNdArray, type Dtype, elementCount, type NdArray } from '../format/dtypes.js';
import type { EncodedSample, StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { Codecs } from './codecs.js';
import type { ReadEnvironment } from './plain-sample.js';

/** The target of a link as a sample. Its number type is the file's, whatever the tensor's metadata says. */
export class LinkedFile implements StoredSample {
  readonly key: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly #file: EncodedSample;
  readonly codecs: Codecs;
  readonly thumbnails: StoredSample['thumbnails'];

  /**
   * @param path - of the link, for messages. @param shape - the header's, with a channel axis where the tensor has one.
   */
  constructor(
    path: string,
    file: EncodedSample,
    header: SampleHeader,
    shape: readonly number[],
    { codecs, thumbnails }: Pick<ReadEnvironment, 'codecs' | 'thumbnails'>,
  ) {
    this.key = path;
    this.#file = file;
    this.shape = shape;
    this.dtype = header.dtype;
    this.codecs = codecs;
    this.thumbnails = thumbnails;
  }

  encoded(): EncodedSample {
    return this.#file;
  }

  async raw(options?: CallOptions): Promise<Bytes> {
    return bytesFromNdArray(await this.array(options));
  }

  async array(options?: CallOptions): Promise<NdArray> {
    const { shape, dtype } = this;
    const { compression, bytes } = this.#file;
    const array = await this.codecs.decode(compression, bytes, { shape, dtype }, options);
    return elementCount(array.shape) === elementCount(shape) ? { ...array, shape } : array;
  }
}
