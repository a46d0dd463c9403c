/** Reads the numbers of many samples at once, chunk by chunk, for searches: no object is made for a sample. */
import { errorAt } from '../errors.js';
import { type DtypeMap, isDtype, itemSize, ndArrayFromBytes } from '../format/dtypes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { RunTable } from '../util/runs.js';
import { loadLz4, usesLz4 } from './codecs.js';
import { locate } from './locate.js';
import type { ReadEnvironment } from './plain-sample.js';
import type { TensorSource } from './source.js';
import { unpack } from './unpack.js';

/** Samples of one shape, one after another. */
export interface ColumnRun {
  /** First sample, counted in the tensor. */
  readonly first: number;
  readonly count: number;
  readonly data: DtypeMap[keyof DtypeMap];
  /** Where the first sample begins in `data`. */
  readonly start: number;
  /** Numbers of each sample. */
  readonly size: number;
  readonly shape: readonly number[];
}

/** Whether the samples of a tensor are plain numbers in their chunks. */
export function isColumn(meta: TensorMeta): boolean {
  const { dtype, sampleCompression, chunkCompression, isSequence, isLink, htype } = meta;
  if (isSequence || isLink || sampleCompression !== null || htype === 'polygon') return false;
  return (
    isDtype(dtype) && dtype !== 'float16' && !dtype.startsWith('complex') && [null, 'lz4'].includes(chunkCompression)
  );
}

/**
 * Reads samples `[start, end)` of a tensor that {@link isColumn}.
 * @throws {DatasetError} `corrupt`, `not-found`, `codec`; `unsupported` for tiled samples
 */
export async function* readColumn(
  source: TensorSource,
  start: number,
  end: number,
  env: ReadEnvironment,
  options?: CallOptions,
): AsyncGenerator<ColumnRun, void, undefined> {
  const { meta } = source;
  if (usesLz4(meta)) await loadLz4();
  const dtype = isDtype(meta.dtype) ? meta.dtype : 'float64';
  const step = itemSize(dtype);
  const ids = await source.chunkIds(options);
  for (let index = start; index < end; ) {
    options?.signal?.throwIfAborted();
    const { chunks, local, following } = locate(ids, index);
    const [id] = chunks;
    if (id === undefined) return;
    const view = await source.chunk(id, options);
    const { data: bytes, positions } = await unpack(view, meta, local + following, env.codecs, options).catch(
      (error: unknown) => {
        throw errorAt(error, { key: view.key });
      },
    );
    const count = Math.min(following, end - index);
    if (local + count > positions.items)
      throw corrupt(view.key, 'byte positions', `${local + count} samples`, positions.items);
    const whole = Math.floor(bytes.length / step);
    const { data } = ndArrayFromBytes(bytes.subarray(0, whole * step), dtype, [whole], view.key);
    for (let i = local; i < local + count; ) {
      const row = positions.find(i);
      const size = positions.value(row, 0) / step;
      const from = (positions.value(row, 1) + (i - positions.first(row)) * positions.value(row, 0)) / step;
      const { shape, last } = shapeFrom(view.shapes, i);
      const stop = Math.min(local + count, positions.last(row) + 1, last + 1);
      if (from + size * (stop - i) > data.length)
        throw corrupt(view.key, 'data', (from + size * (stop - i)) * step, bytes.length);
      yield { first: index + i - local, count: stop - i, data, start: from, size, shape };
      i = stop;
    }
    index += count;
  }
}

/** The shape of a sample, and the last one that has it; zeros where the table ends early, as the format wants it. */
function shapeFrom(shapes: RunTable | undefined, index: number): { shape: number[]; last: number } {
  if (!shapes || index >= shapes.items) {
    return { shape: new Array<number>(shapes?.columns ?? 1).fill(0), last: Number.POSITIVE_INFINITY };
  }
  const row = shapes.find(index);
  return {
    shape: Array.from({ length: shapes.columns }, (_, axis) => shapes.value(row, axis)),
    last: shapes.last(row),
  };
}
