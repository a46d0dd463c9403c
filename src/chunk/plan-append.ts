import type { TensorMeta } from '../format/tensor-meta.js';
import { fillSize } from './limits.js';

// With LZ4 the format's writer counts half of the raw size until it knows better.
const ASSUMED_CHUNK_RATIO = 0.5;
// Byte positions are 32-bit numbers, however large a chunk may be by its metadata.
const MAX_DATA = 2 ** 32;

/**
 * Tells whether a sample goes into the open chunk (`spec` §4.7) or starts a new one.
 *
 * @param dataBytes - bytes in the open chunk, before chunk compression; 0 when it is empty.
 * @param sampleBytes - bytes of the sample in the same form.
 */
export function fitsChunk(meta: TensorMeta, dataBytes: number, sampleBytes: number): boolean {
  if (dataBytes === 0) return true;
  if (dataBytes + sampleBytes >= MAX_DATA) return false;
  const ratio = meta.chunkCompression === null ? 1 : ASSUMED_CHUNK_RATIO;
  return (dataBytes + sampleBytes) * ratio <= fillSize(meta);
}

/**
 * Tells how many equal samples go into the open chunk: at least one into an empty one.
 *
 * @param dataBytes - as for {@link fitsChunk}. @param sampleBytes - of each sample. @returns Infinity for samples
 *   without bytes, unless the chunk is full.
 */
export function roomInChunk(meta: TensorMeta, dataBytes: number, sampleBytes: number): number {
  if (sampleBytes === 0) return fitsChunk(meta, dataBytes, 0) ? Infinity : 0;
  const ratio = meta.chunkCompression === null ? 1 : ASSUMED_CHUNK_RATIO;
  const room = Math.floor((Math.min(fillSize(meta) / ratio, MAX_DATA - 1) - dataBytes) / sampleBytes);
  return Math.max(room, dataBytes === 0 ? 1 : 0);
}
