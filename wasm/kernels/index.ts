// Kernels of lakelet: compiled to one module by scripts/build-kernels.mjs. Nothing is allocated; the caller owns all
// memory from `workspace` on.
export { crc32 } from './crc32';
export { packBits, unpackBits } from './bits';
export { unfilter } from './filters';
export { inflateHeld, inflateRead, inflateSome, inflateStart, inflateWritten } from './inflate';
export { lz4Read, lz4Some, lz4Start, lz4Written } from './lz4';
export { rgbaToRgb, rgbToGray, yuvToRgb } from './pixels';

/** First byte that the kernels do not use themselves. */
export const workspace: usize = __heap_base;
