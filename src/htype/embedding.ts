import { numbersSpec } from './generic.js';

/** `embedding`: a vector for a sample, shape `[elements]`, float32. */
export const embedding = numbersSpec('embedding', 'float32', {
  sampleCompressions: ['lz4'],
  chunkCompressions: ['lz4'],
  metaFields: { vdb_indexes: [] },
});
