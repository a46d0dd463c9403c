import type { Dtype, NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import type { EncodedSample, StoredSample } from './types.js';

/** What {@link ImageSample.toBitmap} takes. */
export interface BitmapOptions extends CallOptions {
  /** Upper bounds in pixels; the aspect ratio is kept, and pictures are never enlarged. */
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
   * A file that a browser can show: the stored one where browsers know its format, else a PNG of the pixels.
   * Orientation tags are made neutral, so that it shows what {@link array} holds.
   */
  async toBlob(options?: CallOptions): Promise<Blob> {
    const { blobOf } = await import('./image-display.js');
    return blobOf(this.encoded(), () => this.array(options));
  }

  /** A bitmap for display by the platform's decoder. The caller closes it. For numbers use {@link array}. */
  async toBitmap(options: BitmapOptions = {}): Promise<ImageBitmap> {
    const [height = 1, width = 1] = this.shape;
    const scale = Math.min(1, (options.maxWidth ?? Infinity) / width, (options.maxHeight ?? Infinity) / height);
    const blob = await this.toBlob(options);
    options.signal?.throwIfAborted();
    if (scale === 1) return createImageBitmap(blob);
    return createImageBitmap(blob, {
      resizeWidth: Math.max(1, Math.round(width * scale)),
      resizeHeight: Math.max(1, Math.round(height * scale)),
      resizeQuality: 'medium',
    });
  }
}
