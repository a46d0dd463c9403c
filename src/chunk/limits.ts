import type { TensorMeta } from '../format/tensor-meta.js';

/** Upper size of a chunk's data in bytes when the metadata names none: 16 MB, as in Deep Lake 3.9.52. */
const DEFAULT_MAX_CHUNK_SIZE = 16_000_000;

/** Size in bytes above which a sample is cut into tiles when the metadata names none: 16 MB, as in Deep Lake 3.9.52. */
const DEFAULT_TILING_THRESHOLD = 16_000_000;

/** Chunks are filled up to this many bytes: half of the upper size. */
export function fillSize(meta: TensorMeta): number {
  return Math.floor((meta.maxChunkSize ?? DEFAULT_MAX_CHUNK_SIZE) / 2);
}

/** Bytes above which a sample is cut into tiles; Infinity when tiling is off. */
export function tilingThreshold(meta: TensorMeta): number {
  const threshold = meta.tilingThreshold ?? DEFAULT_TILING_THRESHOLD;
  return threshold < 0 ? Infinity : threshold;
}

/** The metadata as chunks are laid out: those of links hold paths, whatever compression their targets have (trap T19). */
export function storageForm(meta: TensorMeta): TensorMeta {
  return meta.isLink ? { ...meta, dtype: 'str', sampleCompression: null, chunkCompression: null } : meta;
}
