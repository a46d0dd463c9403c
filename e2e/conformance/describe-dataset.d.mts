import type { CodecPool, LinkResolver, Store } from '../../src/index.js';
import type { Library } from './library.mjs';

/** A sample of the schema golden-expected/1. */
export interface SampleDescription {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** A tensor of the schema golden-expected/1. */
export interface TensorDescription {
  readonly samples: readonly SampleDescription[];
  readonly [field: string]: unknown;
}

/** A branch or commit of the schema golden-expected/1. */
export interface StateDescription {
  readonly hidden_tensors: readonly string[];
  readonly tensors: Readonly<Record<string, TensorDescription>>;
  readonly [field: string]: unknown;
}

/** A dataset of the schema golden-expected/1. */
export interface Description {
  readonly states: Readonly<Record<string, StateDescription>>;
  readonly [field: string]: unknown;
}

/** Describes every branch, commit and saved view of a dataset. */
export declare function describeDataset(
  library: Library,
  store: Store,
  options?: { readonly name?: string; readonly codecs?: CodecPool; readonly resolveLink?: LinkResolver },
): Promise<Description>;
