/** Bitmaps of rows: loaded a few at a time, the latest wish first, kept while there is room. */

interface Wish {
  readonly index: number;
  readonly signal: AbortSignal;
  readonly resolve: (bitmap: ImageBitmap | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Settings of a {@link BitmapCache}. */
export interface BitmapCacheOptions {
  /** Makes the bitmap of a row; undefined when it has no picture. */
  readonly load: (index: number, signal: AbortSignal) => Promise<ImageBitmap | undefined>;
  /** Bytes of pixels that are kept. */
  readonly maxBytes: number;
  /** Loads at the same time; default 6. */
  readonly concurrency?: number;
}

/** Holds the bitmaps of rows and closes those that were not used for the longest time. */
export class BitmapCache {
  /** Bitmaps that were there when they were asked for. */
  hits = 0;
  /** Bitmaps that had to be loaded. */
  loads = 0;
  readonly #options: BitmapCacheOptions;
  readonly #kept = new Map<number, ImageBitmap>();
  readonly #wishes = new Set<Wish>();
  #bytes = 0;
  #running = 0;
  #generation = 0;

  constructor(options: BitmapCacheOptions) {
    this.#options = options;
  }

  /** The bitmap of a row when it is there. It stays the cache's: draw it at once. */
  get(index: number): ImageBitmap | undefined {
    const bitmap = this.#kept.get(index);
    if (!bitmap) return undefined;
    this.hits++;
    this.#kept.delete(index);
    this.#kept.set(index, bitmap);
    return bitmap;
  }

  /** Loads the bitmap of a row, unless the signal says before that nobody needs it. */
  request(index: number, signal: AbortSignal): Promise<ImageBitmap | undefined> {
    const kept = this.get(index);
    if (kept) return Promise.resolve(kept);
    return new Promise((resolve, reject) => {
      const wish: Wish = { index, signal, resolve, reject };
      this.#wishes.add(wish);
      signal.addEventListener(
        'abort',
        () => {
          if (this.#wishes.delete(wish)) reject(signal.reason);
        },
        { once: true },
      );
      // Wishes of one frame are sorted out together: the last of them is loaded first.
      queueMicrotask(() => this.#next());
    });
  }

  /** Lets go of one bitmap: the row changed. */
  forget(index: number): void {
    const bitmap = this.#kept.get(index);
    if (!bitmap) return;
    this.#kept.delete(index);
    this.#bytes -= sizeOf(bitmap);
    bitmap.close();
  }

  /** Closes all bitmaps; loads that are under way are thrown away when they come. */
  clear(): void {
    this.#generation++;
    for (const wish of this.#wishes)
      wish.reject(new DOMException('The pictures are not shown any more.', 'AbortError'));
    this.#wishes.clear();
    for (const index of [...this.#kept.keys()]) this.forget(index);
  }

  #next(): void {
    while (this.#running < (this.#options.concurrency ?? 6)) {
      const wish = [...this.#wishes].pop();
      if (!wish) return;
      this.#wishes.delete(wish);
      void this.#grant(wish);
    }
  }

  async #grant(wish: Wish): Promise<void> {
    const generation = this.#generation;
    this.#running++;
    try {
      let bitmap = this.#kept.get(wish.index);
      if (!bitmap) {
        this.loads++;
        bitmap = await this.#options.load(wish.index, wish.signal);
        if (bitmap && generation === this.#generation) this.#keep(wish.index, bitmap);
        else if (bitmap) {
          bitmap.close();
          bitmap = undefined;
        }
      }
      wish.resolve(bitmap);
    } catch (error) {
      wish.reject(error);
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #keep(index: number, bitmap: ImageBitmap): void {
    this.forget(index);
    this.#kept.set(index, bitmap);
    this.#bytes += sizeOf(bitmap);
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#options.maxBytes || oldest === index) return;
      this.forget(oldest);
    }
  }
}

const sizeOf = ({ width, height }: ImageBitmap): number => width * height * 4;
