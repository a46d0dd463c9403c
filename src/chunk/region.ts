/** Parts of samples: which numbers a region names, where their bytes lie, and reading no more than them. */
import { DatasetError, errorAt } from '../errors.js';
import { spanAt } from '../format/byte-positions.js';
import { bytesFromNdArray, elementCount, itemSize, type NdArray, ndArrayFromBytes } from '../format/dtypes.js';
import { shapeAt } from '../format/shapes.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { loadLz4, usesLz4 } from './codecs.js';
import { locate } from './locate.js';
import { dtypeOf, PlainSample, type ReadEnvironment } from './plain-sample.js';
import { readSamples } from './read.js';
import type { ChunkView, TensorSource } from './source.js';
import { cutTile, pasteTile, type TilePlace, tileCount, tilePlaces } from './tile.js';

/**
 * A part of an array: for each axis a position, which takes the axis away, a range `[start, end)`, or null for all of it.
 * Negative numbers count from the end; ranges are cut to what there is. Axes at the end may be left out.
 */
export type Region = readonly (number | readonly [start: number, end: number] | null)[];

/** The box that a region is in an array. */
export interface Box extends TilePlace {
  /** Its shape without the axes that were taken away. */
  readonly kept: readonly number[];
}

/** Finds the box of a region. @throws {RangeError} for more axes than there are, and positions outside */
export function boxOf(region: Region, shape: readonly number[]): Box {
  if (region.length > shape.length)
    throw new RangeError(`A region of ${region.length} axes does not fit a sample of shape (${shape.join(', ')}).`);
  const box = { offset: [] as number[], shape: [] as number[], kept: [] as number[] };
  for (const [axis, size] of shape.entries()) {
    const part = region[axis] ?? null;
    const [start, end] = typeof part === 'number' ? [part, part + 1] : (part ?? [0, size]);
    if (!Number.isInteger(start) || !Number.isInteger(end))
      throw new TypeError(`Axis ${axis} of a region is a whole number, [start, end] or null.`);
    if (typeof part === 'number') {
      const at = start < 0 ? size + start : start;
      if (at < 0 || at >= size) throw new RangeError(`Axis ${axis} of the sample has ${size} places; none is ${part}.`);
      box.offset.push(at);
      box.shape.push(1);
      continue;
    }
    const clamp = (at: number): number => Math.min(size, Math.max(0, at < 0 ? size + at : at));
    const length = Math.max(0, clamp(end) - clamp(start));
    box.offset.push(clamp(start));
    box.shape.push(length);
    box.kept.push(length);
  }
  return box;
}

/** The numbers of `values` as often as numpy repeats them to fill a shape, in bytes. @throws {RangeError} */
export function broadcast(values: NdArray, shape: readonly number[]): Bytes {
  const unit = itemSize(values.dtype);
  const from = bytesFromNdArray(values);
  let axes = values.shape;
  while (axes.length > shape.length && axes[0] === 1) axes = axes.slice(1);
  const lead = shape.length - axes.length;
  if (lead < 0 || axes.some((size, axis) => size !== 1 && size !== shape[axis + lead]))
    throw new RangeError(`Values of shape (${values.shape.join(', ')}) do not fill a region of (${shape.join(', ')}).`);
  const out = new Uint8Array(elementCount(shape) * unit);
  if (out.length === from.length) {
    out.set(from);
    return out;
  }
  for (let i = 0; i < out.length / unit; i++) {
    let at = 0;
    let stride = 1;
    let rest = i;
    for (let axis = shape.length - 1; axis >= lead; axis--) {
      const size = axes[axis - lead] ?? 1;
      if (size > 1) at += (rest % size) * stride;
      stride *= size;
      rest = Math.floor(rest / (shape[axis] ?? 1));
    }
    for (let byte = 0; byte < unit; byte++) out[i * unit + byte] = from[at * unit + byte] ?? 0;
  }
  return out;
}

/** What a tile and a box have in common, as places in both. */
export function overlap(tile: TilePlace, box: TilePlace): { inTile: TilePlace; inBox: TilePlace } | undefined {
  const parts = tile.offset.map((at, axis) => {
    const other = box.offset[axis] ?? 0;
    const start = Math.max(at, other);
    const end = Math.min(at + (tile.shape[axis] ?? 0), other + (box.shape[axis] ?? 0));
    return { size: end - start, tile: start - at, box: start - other };
  });
  if (parts.some(({ size }) => size <= 0)) return undefined;
  const shape = parts.map(({ size }) => size);
  return {
    inTile: { offset: parts.map((part) => part.tile), shape },
    inBox: { offset: parts.map((part) => part.box), shape },
  };
}

// As many unwanted bytes are read rather than asking again: 32 KiB take about as long as a request.
const GAP_BYTES = 32_768;
const MAX_READ_BYTES = 16_777_216;
const REQUESTS_AT_ONCE = 8;

/** Reads the bytes of a box of an array that lies uncompressed from byte 0 of what `read` reads. */
async function readBoxBytes(
  read: (start: number, end: number) => Awaitable<Bytes>,
  shape: readonly number[],
  box: TilePlace,
  unit: number,
): Promise<Bytes> {
  const out = new Uint8Array(elementCount(box.shape) * unit);
  if (out.length === 0) return out;
  let axis = shape.length - 1; // those behind it are whole
  while (axis > 0 && box.shape[axis] === shape[axis]) axis--;
  const run = elementCount(box.shape.slice(axis)) * unit;
  const runs = out.length / run;
  const startOf = (index: number): number => {
    let at = 0;
    let stride = unit;
    let rest = index;
    for (let i = shape.length - 1; i >= 0; i--) {
      const size = i >= axis ? 1 : (box.shape[i] ?? 1);
      at += ((box.offset[i] ?? 0) + (rest % size)) * stride;
      rest = Math.floor(rest / size);
      stride *= shape[i] ?? 1;
    }
    return at;
  };
  let waiting: Promise<void>[] = [];
  for (let first = 0; first < runs; ) {
    const start = startOf(first);
    let end = start + run;
    let next = first + 1;
    for (; next < runs; next++) {
      const at = startOf(next);
      if (at - end > GAP_BYTES || at + run - start > MAX_READ_BYTES) break;
      end = at + run;
    }
    const [from, to] = [first, next];
    const copy = (bytes: Bytes): void => {
      for (let i = from; i < to; i++) {
        const at = startOf(i) - start;
        out.set(bytes.subarray(at, at + run), i * run);
      }
    };
    waiting.push(Promise.resolve(read(start, end)).then(copy));
    if (waiting.length >= REQUESTS_AT_ONCE) {
      await Promise.all(waiting);
      waiting = [];
    }
    first = next;
  }
  await Promise.all(waiting);
  return out;
}

// Browsers give no larger arrays reliably.
const MAX_ARRAY = 2 ** 31;

/**
 * Reads a part of a sample of numbers: only its bytes where they are stored as they are, and only the tiles it touches.
 * @throws {RangeError} for a region outside. @throws {DatasetError} `corrupt`, `codec`, `not-found`
 */
export async function readBox(
  source: TensorSource,
  index: number,
  region: Region,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<NdArray> {
  const dtype = dtypeOf(source.meta);
  const unit = itemSize(dtype);
  const { chunks, local } = locate(await source.chunkIds(options), index);
  const entry = (await source.tiles(options)).get(index);
  if (entry) {
    const box = boxOf(region, entry.sampleShape);
    const bytes = await readTiles(source, chunks, entry, box, env, options);
    return ndArrayFromBytes(bytes, dtype, box.kept, source.key);
  }
  const view = await source.chunk(chunks[0] ?? 0n, options);
  const { sampleCompression, chunkCompression } = source.meta;
  const isPlain = sampleCompression === null && (chunkCompression === null || view.unpacked);
  if (isPlain && local < view.positions.items && view.shapes && view.shapes.items > local) {
    const shape = shapeAt(view.shapes, local);
    const { start, end } = spanAt(view.positions, local);
    if (elementCount(shape) * unit !== end - start)
      throw errorAt(corrupt(view.key, 'sample', elementCount(shape) * unit, end - start), { key: view.key });
    const box = boxOf(region, shape);
    const read = (from: number, to: number) => view.read(start + from, start + to, options);
    return ndArrayFromBytes(await readBoxBytes(read, shape, box, unit), dtype, box.kept, view.key);
  }
  const [sample] = await readSamples(source, index, index + 1, env, options);
  if (!sample) throw new RangeError(`There is no sample ${index}.`);
  const array = await sample.array(options);
  const box = boxOf(region, array.shape);
  const bytes = cutTile(bytesFromNdArray(array), array.shape, box, itemSize(array.dtype));
  return ndArrayFromBytes(bytes, array.dtype, box.kept, sample.key);
}

async function readTiles(
  source: TensorSource,
  chunks: readonly bigint[],
  { sampleShape, tileShape }: { readonly sampleShape: readonly number[]; readonly tileShape: readonly number[] },
  box: Box,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Bytes> {
  const { meta, key } = source;
  const unit = itemSize(dtypeOf(meta));
  const size = elementCount(box.shape) * unit;
  if (size > MAX_ARRAY)
    throw new DatasetError('unsupported', `A region of ${size} bytes of ${key} is too large. Read smaller ones.`, {
      feature: 'arrays above 2 GB',
      key,
    });
  const count = tileCount(sampleShape, tileShape);
  if (count !== chunks.length) throw corrupt(key, 'tiles of a sample', String(count), chunks.length);
  const out = new Uint8Array(size);
  for (const [i, place] of tilePlaces(sampleShape, tileShape).entries()) {
    const common = overlap(place, box);
    if (!common) continue;
    const view = await source.chunk(chunks[i] ?? 0n, options);
    const bytes = await readTilePart(view, source, place, common.inTile, env, options);
    if (bytes) pasteTile(out, box.shape, common.inBox, unit, bytes);
  }
  return out;
}

/** Bytes of a box of a tile; undefined for a tile that was never written, which reads as zeros. */
async function readTilePart(
  view: ChunkView,
  source: TensorSource,
  { shape }: TilePlace,
  box: TilePlace,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Bytes | undefined> {
  const { meta } = source;
  const unit = itemSize(dtypeOf(meta));
  if (meta.sampleCompression === null && meta.chunkCompression === null) {
    try {
      return await readBoxBytes((from, to) => view.read(from, to, options), shape, box, unit);
    } catch (error) {
      if ((await view.readAll(options)).length > 0) throw error;
      return undefined;
    }
  }
  const whole = await readTile(view, source, shape, env, options);
  return whole && cutTile(whole, shape, box, unit);
}

/** The numbers of a whole tile in bytes; undefined for one that was never written. */
export async function readTile(
  view: ChunkView,
  { meta }: TensorSource,
  shape: readonly number[],
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Bytes | undefined> {
  const bytes = await view.readAll(options);
  if (bytes.length === 0) return undefined;
  if (usesLz4(meta)) await loadLz4();
  const tileMeta = {
    ...meta,
    sampleCompression: meta.sampleCompression ?? meta.chunkCompression,
    chunkCompression: null,
  };
  return bytesFromNdArray(await new PlainSample(bytes, shape, tileMeta, view.key, env).array(options));
}
