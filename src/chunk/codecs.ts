import { compressions } from '../codec/table.js';
import type { TensorMeta } from '../format/tensor-meta.js';

export type { Codecs } from '../codec/types.js';

type Lz4 = typeof import('../codec/lz4.js');
let lz4: Lz4 | undefined;

/** Loads the LZ4 codec when a tensor needs it, so that {@link lz4Now} has it at hand. */
export async function loadLz4(): Promise<Lz4> {
  lz4 ??= await import('../codec/lz4.js');
  return lz4;
}

/** The loaded LZ4 codec; it is synchronous. @throws {Error} when {@link loadLz4} was not awaited before. */
export function lz4Now(): Lz4 {
  if (!lz4) throw new Error('lz4 is not loaded');
  return lz4;
}

/** Whether a compression is a format of image files. */
export function isImageCompression(compression: string | null): compression is string {
  return compression !== null && compressions.get(compression) === 'image';
}

/** Whether samples of a tensor pass through LZ4, by sample or by chunk. */
export function usesLz4(meta: TensorMeta): boolean {
  return meta.sampleCompression === 'lz4' || meta.chunkCompression === 'lz4';
}
