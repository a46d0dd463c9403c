import type { CallOptions } from '../store/types.js';
import { type Bytes, toBytes } from '../util/bytes.js';
import type { EncodedSample } from './types.js';

/** Options of {@link read}. */
export interface ReadOptions {
  /** Name of the compression, when it cannot be told from the bytes or the file name. */
  readonly compression?: string;
  /** Name recorded in the sample info; default: the name of the `File` or the path of the URL. */
  readonly filename?: string;
  /** Used for URLs instead of the global `fetch`, for headers and signed addresses. */
  readonly fetch?: typeof fetch;
}

/** A media file that is read when it is needed: see {@link read}. */
export class FileSample {
  /** Name of the file, without directories of the user's machine. */
  readonly filename: string | undefined;
  readonly #source: Blob | Bytes | URL;
  readonly #options: ReadOptions;

  constructor(source: Blob | Bytes | URL, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
    this.filename = options.filename ?? nameOf(source);
  }

  /**
   * Reads the file and tells its compression from its first bytes and its name.
   * @throws {DatasetError} `codec` when the file is empty or of no known format, `storage` when a download fails.
   */
  async load(options?: CallOptions): Promise<EncodedSample> {
    loader ??= await import('./load-file.js'); // awaited once, not for each file
    return loader.loadFile(this.#source, this.filename, this.#options, options);
  }
}

let loader: typeof import('./load-file.js') | undefined;

/**
 * Names a media file as a sample, without reading it yet.
 *
 * Appended to a tensor of the same compression its bytes are stored as they are.
 *
 * @param source - a `File` or `Blob`, an address (string or `URL`), or the bytes, which must not be changed before the
 *   dataset is flushed.
 * @example await ds.append({ images: read(file), labels: 'cat' });
 */
export function read(source: Blob | URL | string | ArrayBuffer | Uint8Array, options: ReadOptions = {}): FileSample {
  if (source instanceof Blob || source instanceof URL) return new FileSample(source, options);
  if (typeof source === 'string') return new FileSample(new URL(source, globalThis.location?.href), options);
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return new FileSample(toBytes(source), options);
  throw new TypeError('read() takes a File, a Blob, an address, or the bytes of a file.');
}

function nameOf(source: Blob | Bytes | URL): string | undefined {
  if (source instanceof URL) return source.pathname.split('/').pop() || undefined;
  return 'name' in source && typeof source.name === 'string' ? source.name : undefined;
}
