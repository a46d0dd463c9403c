import type { TensorMeta } from './tensor-meta.js';
import { VERSION } from './versions.js';

/** The metadata of a tensor of which nothing is decided. */
export function emptyTensorMeta(name: string): TensorMeta {
  return {
    version: VERSION,
    name,
    htype: null,
    dtype: null,
    typestr: null,
    minShape: [],
    maxShape: [],
    length: 0,
    hidden: false,
    sampleCompression: null,
    chunkCompression: null,
    maxChunkSize: null,
    tilingThreshold: null,
    isSequence: false,
    isLink: false,
    verify: true,
    links: {},
    extras: {},
  };
}
