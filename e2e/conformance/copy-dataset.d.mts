import type { CodecPool, LinkResolver, Store } from '../../src/index.js';
import type { Library } from './library.mjs';

/** Copies a dataset with the library's own writer. */
export declare function copyDataset(
  library: Library,
  source: Store,
  target: Store,
  options?: { readonly codecs?: CodecPool; readonly resolveLink?: LinkResolver },
): Promise<{
  readonly copied: readonly string[];
  readonly leftOut: readonly string[];
  readonly commits: ReadonlyMap<string, string>;
}>;
