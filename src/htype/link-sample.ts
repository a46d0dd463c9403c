import type { CallOptions } from '../store/types.js';
import type { LinkedSample } from './schema.js';
import type { EncodedSample } from './types.js';

// Schemes of object stores, whose files are not for everybody.
const cloud = /^(s3|gcs|gs|gcp|az|azure|gdrive):\/\//i;

/** Whether a path lies in cloud storage: such links need a credentials key. */
export function isCloudPath(path: string): boolean {
  return cloud.test(path);
}

/** How a link's target is got: by the dataset, which knows the credentials. */
export interface LinkTarget<T> {
  readonly load: (options?: CallOptions) => Promise<EncodedSample>;
  readonly decode: (file: EncodedSample, options?: CallOptions) => Promise<T>;
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

  /** The target, as a sample of the htype that the link points to. */
  async resolve(options?: CallOptions): Promise<T> {
    return this.#target.decode(await this.#target.load(options), options);
  }
}

/**
 * Names a file elsewhere as a sample of a link tensor.
 *
 * @param path - an address (`https://…`, `s3://…`, `gcs://…`) or a path relative to the page or process.
 * @example await ds.tensor('img').append(link('s3://abc/def.jpeg', { credsKey: 'MY_S3_KEY' }));
 */
export function link(path: string | URL, options: { readonly credsKey?: string } = {}): LinkedSample {
  return { path: String(path), ...(options.credsKey !== undefined && { credsKey: options.credsKey }) };
}
