import { DatasetError } from '../errors.js';
import type { Dtype, NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { EncodedSample, StoredSample } from './types.js';

// By the names of compressions; what is missing has no registered type that browsers know.
const mimeTypes: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  flac: 'audio/flac',
  dcm: 'application/dicom',
  'nii.gz': 'application/gzip',
  stl: 'model/stl',
};

/** A sample of a media tensor (video, sound, volume, point cloud, mesh) that was read but not decoded yet. */
export class MediaSample {
  readonly #stored: StoredSample;
  readonly #dims: number;

  /** @param dims - axes of an empty sample of which nothing else tells them. */
  constructor(stored: StoredSample, dims: number) {
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

  /** The file as stored, with the name of its format; undefined for raw arrays and empty samples. */
  encoded(): EncodedSample | undefined {
    const file = this.#stored.encoded();
    return file && file.bytes.length > 0 ? file : undefined;
  }

  /**
   * The values as an array of {@link shape}, or of the true one when the file does not tell its length.
   *
   * Sound has the numbers of the file, not normalised; DICOM the stored ones, in the dtype of the file. LAS has all
   * numbers of the points, X, Y and Z first and unscaled; PLY the properties of the vertices; STL three corners a triangle.
   * @throws {DatasetError} `unsupported` for files of a format that this version cannot decode: use {@link encoded}.
   */
  async array(options?: CallOptions): Promise<NdArray> {
    const array = await this.#stored.array(options);
    return array.data.length === 0 ? { ...array, shape: this.shape } : array;
  }

  /** The file as a `Blob`, for `URL.createObjectURL` and downloads. @throws {DatasetError} `unsupported` without a file */
  toBlob(): Blob {
    const file = this.encoded();
    if (!file) {
      throw new DatasetError('unsupported', 'The sample holds raw numbers or nothing, and no file. Use array().', {
        feature: 'files of raw arrays',
      });
    }
    return new Blob([file.bytes], { type: mimeTypes[file.compression] ?? 'application/octet-stream' });
  }
}
