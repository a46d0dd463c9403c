import type { CallOptions } from '../store/types.js';
import type { LinkedSample } from './schema.js';
import type { EncodedSample } from './types.js';

/** How a link's target is got: by the dataset, which knows the credentials. */
export interface LinkTarget<T> {
  readonly load: (options?: CallOptions) => Promise<EncodedSample>;
  readonly resolve: (options?: CallOptions) => Promise<T>;
}

/** A link that was read: nothing of its target is loaded before it is asked for. */
export class LinkSample<T = unknown> implements LinkedSample {
  /** Path or address, as stored; empty for an empty sample. */
  readonly path: string;
  readonly #credsKey: string | undefined;
  readonly #target: LinkTarget<T>;

  constructor(path: string, credsKey: string | undefined, target: LinkTarget<T>) {
    this.path = path;
    this.#credsKey = credsKey;
    this.#target = target;
  }

  /** Name of the credentials that the target needs; empty for none. */
  get credsKey(): string {
    return this.#credsKey ?? '';
  }

  /** The target's file. @throws {DatasetError} `storage`, `unsupported` when its address needs a resolver */
  encoded(options?: CallOptions): Promise<EncodedSample> {
    return this.#target.load(options);
  }

  /**
   * The target, as a sample of the htype that the link points to. Of video, wav, flac and NIfTI behind a web address only
   * the parts are fetched that are asked for, where the server knows ranges.
   */
  resolve(options?: CallOptions): Promise<T> {
    return this.#target.resolve(options);
  }
}
