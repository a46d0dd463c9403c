import type { Dtype, NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { EncodedSample, StoredMedia } from './types.js';

/** Part of the first axis: samples of sound, frames, points. */
export interface PartOptions extends CallOptions {
  /** First of the part; default 0. */
  readonly start?: number;
  /** End of the part, exclusive; default: all there is. */
  readonly end?: number;
}

const parts = () => import('./media-parts.js');

/** A sample of a media tensor (video, sound, volume, point cloud, mesh) that was read but not decoded yet. */
export class MediaSample {
  readonly #stored: StoredMedia;
  readonly #dims: number;

  /** @param dims - axes of an empty sample of which nothing else tells them. */
  constructor(stored: StoredMedia, dims: number) {
    this.#stored = stored;
    this.#dims = dims;
  }

  /** Shape as recorded, known without decoding; zeros for an empty sample. */
  get shape(): readonly number[] {
    const { shape } = this.#stored;
    const isEmpty = shape.every((size) => size === 0);
    return isEmpty && shape.length < this.#dims ? new Array<number>(this.#dims).fill(0) : shape;
  }

  /** Number type of the decoded array. */
  get dtype(): Dtype {
    return this.#stored.dtype;
  }

  /** Length of the stored file in bytes, known without reading it; 0 for raw arrays and empty samples. */
  get bytes(): number {
    return this.#stored.file?.source.size ?? 0;
  }

  /** Format of the stored file, such as `mp4`; undefined for raw arrays and empty samples. */
  get compression(): string | undefined {
    return this.bytes > 0 ? this.#stored.file?.compression : undefined;
  }

  /** The file as stored, with the name of its format; undefined for raw arrays and empty samples. */
  async encoded(options?: CallOptions): Promise<EncodedSample | undefined> {
    return (await parts()).encodedOf(this.#stored, options);
  }

  /**
   * The values as an array of {@link shape}, or of the true one when the file does not tell its length; with `start` or
   * `end` that part of the first axis, cut to what there is.
   *
   * Sound has the numbers of the file, not normalised; DICOM the stored ones, in the dtype of the file. LAS has all
   * numbers of the points, X, Y and Z first and unscaled; PLY the properties of the vertices; STL three corners a triangle.
   * @throws {RangeError} for a part that is none.
   * @throws {DatasetError} `codec` when the file is damaged, `unsupported` for what this version cannot decode
   */
  async array(options?: PartOptions): Promise<NdArray> {
    return (await parts()).arrayOf(this.#stored, this.shape, options);
  }

  /** The file as a `Blob`, for `URL.createObjectURL` and downloads. @throws {DatasetError} `unsupported` without a file */
  async toBlob(options?: CallOptions): Promise<Blob> {
    return (await parts()).fileBlob(this.#stored, options);
  }
}
