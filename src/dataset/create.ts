import type { Schema } from '../htype/schema.js';
import type { Store } from '../store/types.js';
import { Dataset } from './dataset.js';
import type { DatasetOptions } from './open.js';

/** Options of {@link createDataset}. */
export interface CreateOptions extends DatasetOptions {
  /** Deletes a dataset that is there already, unless it forbids that. Default false: it is an error. */
  readonly overwrite?: boolean;
}

/**
 * Creates a dataset with the tensors of a schema, open for writing.
 *
 * @param at - an address (`idb://name`, `memory://name`) or a writable store.
 * @throws {TypeError} for options that an htype does not have; nothing is created then.
 * @throws {DatasetError} `exists`, `read-only`, `storage`
 * @example
 * await using ds = await createDataset('idb://pets', {
 *   images: image({ sampleCompression: 'jpeg' }),
 *   labels: classLabel(['cat', 'dog']),
 * });
 */
export async function createDataset<const S extends Schema = Record<never, never>>(
  at: string | Store,
  schema?: S,
  options: CreateOptions = {},
): Promise<Dataset<S>> {
  const given: Schema = schema ?? {};
  const { newDataset } = await import('./new-dataset.js');
  return new Dataset<S>(await newDataset(at, given, options), given);
}
