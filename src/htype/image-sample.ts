import type { Dtype, NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import type { EncodedSample, StoredSample } from './types.js';

/** What {@link ImageSample.toBlob} takes. */
export interface BlobOptions extends CallOptions {
  /** Whether the EXIF orientation of a JPEG, PNG or WebP file is applied. Default false: shown as {@link ImageSample.array} lies. */
  readonly orient?: boolean;
}

/** What {@link ImageSample.toBitmap} takes. */
export interface BitmapOptions extends BlobOptions {
  /** Upper bounds in pixels, after turning; the aspect ratio is kept, and pictures are never enlarged. */
  readonly maxWidth?: number;
  /** As {@link maxWidth}. */
  readonly maxHeight?: number;
}

/**
 * An image that was read but not decoded yet: ask for what is needed.
 *
 * Pixels are as stored: EXIF orientation is not applied, so that boxes drawn on the picture fit the array.
 */
export class ImageSample {
  readonly #stored: StoredSample;

  constructor(stored: StoredSample) {
    this.#stored = stored;
  }

  /** `[height, width, channels]` (or `[height, width]`), known without decoding. */
  get shape(): readonly number[] {
    return this.#stored.shape;
  }

  /** Number type of the decoded pixels. */
  get dtype(): Dtype {
    return this.#stored.dtype;
  }

  /** The file as stored, with the name of its format; undefined when the tensor holds raw pixels. */
  encoded(): EncodedSample | undefined {
    return this.#stored.encoded();
  }

  /** The pixels, equal to what Pillow decodes. @throws {DatasetError} `codec` when the file is damaged. */
  array(options?: CallOptions): Awaitable<NdArray> {
    return this.#stored.array(options);
  }

  /**
   * A file that a browser can show: the stored one where browsers show it right, else a PNG of the pixels in colour:
   * palettes and inks are applied, 16-bit numbers cut to their high byte, other wide ones spread from their least to
   * their greatest. Orientation tags are made neutral unless `orient` is set. Works in Node, too.
   *
   * @throws {DatasetError} `codec` when a file that has to be decoded is damaged
   */
  async toBlob(options: BlobOptions = {}): Promise<Blob> {
    const { blobOf } = await import('./image-display.js');
    return blobOf(this.#stored, options);
  }

  /**
   * A bitmap for display, by the platform's decoder where that shows the picture right; colour profiles are honoured.
   * The caller closes it. Small ones of files are cached. For numbers use {@link array}.
   *
   * @throws {RangeError} for limits that are not above 0
   * @throws {DatasetError} `codec` when the file is damaged, `unsupported` where there are no bitmaps, as in Node
   */
  async toBitmap(options: BitmapOptions = {}): Promise<ImageBitmap> {
    const { bitmapOf } = await import('./image-display.js');
    return bitmapOf(this.#stored, options);
  }
}
