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
  /** Where the first sample begins in the numbers of its chunk. */
  readonly start: number;
  /** Numbers of each sample. */
  readonly size: number;
  readonly shape: readonly number[];
}

/** Samples of one chunk. */
export interface ColumnPart {
  /** Sample behind the last one, counted in the tensor. */
  readonly end: number;
  /** Numbers of all samples of the chunk. */
  readonly data: DtypeMap[keyof DtypeMap];
  /** In order, and without waiting. @throws {DatasetError} `corrupt` */
  readonly runs: IterableIterator<ColumnRun, void, undefined>;
}

/** Whether the samples of a tensor are plain numbers in their chunks. */
export function isColumn(meta: TensorMeta): boolean {
  const { dtype, sampleCompression, chunkCompression, isSequence, isLink, htype } = meta;
  if (isSequence || isLink || sampleCompression !== null || htype === 'polygon') return false;
  return (
    isDtype(dtype) && dtype !== 'float16' && !dtype.startsWith('complex') && [null, 'lz4'].includes(chunkCompression)
  );
}

/** Reads samples as {@link readColumnParts} does, run by run, with the numbers of their chunk. */
export async function* readColumn(
  source: TensorSource,
  start: number,
  end: number,
  env: ReadEnvironment,
  options?: CallOptions,
): AsyncGenerator<ColumnRun & Pick<ColumnPart, 'data'>, void, undefined> {
  for await (const { data, runs } of readColumnParts(source, start, end, env, options))
    for (const run of runs) yield { ...run, data };
}

/**
 * Reads samples `[start, end)` of a tensor that {@link isColumn}, a chunk at a time.
 * @throws {DatasetError} `corrupt`, `not-found`, `codec`; `unsupported` for tiled samples
 */
export async function* readColumnParts(
  source: TensorSource,
  start: number,
  end: number,
  env: ReadEnvironment,
  options?: CallOptions,
): AsyncGenerator<ColumnPart, void, undefined> {
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
    const part = { first: index - local, from: local, to: local + count, data, step, key: view.key };
    // The tables of a chunk in memory change with it, while what reads the runs may wait between two of them.
    const [places, shapes] = view.unpacked ? [positions.clone(), view.shapes?.clone()] : [positions, view.shapes];
    yield { end: index + count, data, runs: runsOf(part, places, shapes) };
    index += count;
  }
}

interface Part {
  /** Number in the tensor of the chunk's first sample. */
  readonly first: number;
  /** Samples of the chunk, by their numbers in it. */
  readonly from: number;
  readonly to: number;
  readonly data: ArrayLike<unknown>;
  /** Bytes of a number. */
  readonly step: number;
  readonly key: string;
}

/** Walks along both tables of a chunk. */
function* runsOf(
  { first, from, to, data, step, key }: Part,
  positions: RunTable,
  shapes: RunTable | undefined,
): Generator<ColumnRun, void, undefined> {
  let row = positions.find(from);
  let shapeRow = shapes && from < shapes.items ? shapes.find(from) : (shapes?.rows ?? 0);
  let shape = shapeOf(shapes, shapeRow);
  for (let i = from; i < to; ) {
    if (positions.last(row) < i) row++;
    if (shapes && shapeRow < shapes.rows && shapes.last(shapeRow) < i) shape = shapeOf(shapes, ++shapeRow);
    const size = positions.value(row, 0) / step;
    const start = (positions.value(row, 1) + (i - positions.first(row)) * positions.value(row, 0)) / step;
    const shapeEnd = shapes && shapeRow < shapes.rows ? shapes.last(shapeRow) + 1 : to;
    const stop = Math.min(to, positions.last(row) + 1, shapeEnd);
    if (start + size * (stop - i) > data.length)
      throw corrupt(key, 'data', (start + size * (stop - i)) * step, data.length * step);
    yield { first: first + i, count: stop - i, start, size, shape };
    i = stop;
  }
}

/** The shape in a row of a table; zeros where the table ends early, as the format wants it. */
function shapeOf(shapes: RunTable | undefined, row: number): number[] {
  const shape = new Array<number>(shapes?.columns ?? 1).fill(0);
  if (shapes && row < shapes.rows)
    for (let axis = 0; axis < shape.length; axis++) shape[axis] = shapes.value(row, axis);
  return shape;
}
