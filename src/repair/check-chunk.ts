/** Checks one chunk: its tables against the index, its data against the tables, its samples against both. */
import { isImageCompression, loadLz4 } from '../chunk/codecs.js';
import { storageForm } from '../chunk/limits.js';
import { unpackPicture } from '../chunk/picture.js';
import type { CodecPool } from '../codec/pool.js';
import { type ChunkHeader, parseChunkHeader, serializeChunkHeader } from '../format/chunk.js';
import { shapeAt } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import type { RunTable } from '../util/runs.js';
import { checkFile, checkSample, isTextLike, type SampleFault } from './check-sample.js';
import { isDamage, messageOf, type Place, type Scan } from './scan.js';

/** What is known of a chunk after its check; undefined shapes where they could not be read. */
export interface ChunkFacts {
  /** Samples that its tables hold. */
  readonly items: number;
  readonly min: readonly number[] | undefined;
  readonly max: readonly number[] | undefined;
  /** Whether there are samples of different numbers of dimensions than `min` has. */
  readonly hasPositions: boolean;
}

/** Runs of samples that have the same shape and size. */
export interface Segment {
  readonly first: number;
  readonly count: number;
  readonly shape: readonly number[];
  readonly size: number;
  readonly start: number;
}

const FIRST_READ = 65_536;
// Chunks hold at most 16 MB, or one sample; a file above this is looked at in part.
const WHOLE_BYTES = 64_000_000;
const MAX_FAULTS = 5; // of one chunk

/** Reads the header of a chunk. @throws {DatasetError} `corrupt`; undefined when there is no such file. */
export async function readHeader(scan: Scan, key: string): Promise<{ header: ChunkHeader; head: Bytes } | undefined> {
  let bytes = await scan.readRange(key, 0, FIRST_READ);
  if (!bytes) return undefined;
  const known = bytes.length < FIRST_READ ? bytes.length : Infinity;
  let header = parseChunkHeader(bytes, key, known);
  while ('needed' in header) {
    const { needed } = header;
    if (bytes.length < needed) bytes = (await scan.readRange(key, 0, needed)) ?? bytes;
    if (bytes.length < needed) throw corrupt(key, 'chunk header', needed, bytes.length);
    header = parseChunkHeader(bytes, key);
  }
  return { header, head: bytes };
}

/** The first `count` samples of a chunk, in runs; without positions all sizes are 0. */
export function* segmentsOf(shapes: RunTable, positions: RunTable, count: number, dims: number): Generator<Segment> {
  for (let first = 0; first < count; ) {
    const row = first < positions.items ? positions.find(first) : -1;
    const shapeRow = first < shapes.items ? shapes.find(first) : -1;
    const end = Math.min(
      count,
      row < 0 ? count : positions.last(row) + 1,
      shapeRow < 0 ? count : shapes.last(shapeRow) + 1,
    );
    const size = row < 0 ? 0 : positions.value(row, 0);
    const start = row < 0 ? 0 : positions.value(row, 1) + (first - positions.first(row)) * size;
    const shape = shapes.rows > 0 ? shapeAt(shapes, first) : new Array<number>(dims).fill(0);
    yield { first, count: end - first, shape, size, start };
    first = end;
  }
}

/**
 * Checks a chunk that is no tile.
 *
 * @param count - samples that the index places in it. @param isLast - whether it is the tensor's last chunk.
 * @param canCut - whether the chunk belongs to this commit, so that samples that no index counts may be cut off.
 */
export async function checkChunk(
  scan: Scan,
  meta: TensorMeta,
  key: string,
  count: number,
  canCut: boolean,
  place: Place,
): Promise<ChunkFacts | undefined> {
  const { options, checked } = scan.task;
  const form = storageForm(meta);
  try {
    const read = await readHeader(scan, key);
    if (!read) return undefined;
    checked.chunks++;
    const { header, head } = read;
    const { shapes, positions, dataStart } = header;
    const isPicture = isImageCompression(form.chunkCompression);
    const items = isPicture ? Math.max(shapes.items, shapes.rows === 0 ? count : 0) : positions.items;
    const single = !isPicture && positions.rows === 0 && count === 1 && shapes.rows > 0;
    if (!single && items < count) throw corrupt(key, 'samples of the chunk', `${count} as the index says`, items);
    if (items > count || shapes.items > count) {
      const cut = canCut && form.chunkCompression === null;
      const message = `The chunk holds ${Math.max(items, shapes.items)} samples, the index ${count}.`;
      await scan.error(
        'chunk-damaged',
        key,
        message,
        place,
        cut ? () => cutChunk(scan, key, header, count) : undefined,
      );
    }
    if (single) await scan.error('chunk-damaged', key, 'The chunk does not tell where its sample lies.', place);
    let data: Bytes | undefined;
    const total = dataStart + positions.total;
    if (form.chunkCompression !== null || single || total <= WHOLE_BYTES) {
      const isAll = head.length >= FIRST_READ ? undefined : head;
      data = (isAll ?? (await scan.read(key)))?.subarray(dataStart) ?? new Uint8Array(0);
    } else {
      const end = await scan.readRange(key, total - 1, total + 1);
      if (end?.length !== 1) throw corrupt(key, 'chunk', total, total - 1 + (end?.length ?? 0));
    }
    let tables = positions;
    if (form.chunkCompression === 'lz4' && data) {
      data = (await loadLz4()).decompressBlock(data, positions.total);
    } else if (isPicture && data) {
      const known = await checkPicture(form, shapes, key, data, count, options.deep ? options.codecs : undefined, scan);
      data = undefined;
      if (known) ({ positions: tables, data } = known);
      checked.samples += count;
      return factsOf(meta, shapes, tables, count, false);
    }
    if (data && !single && data.length < positions.total)
      throw corrupt(key, 'data of the chunk', positions.total, data.length);
    if (data && !single && data.length > positions.total && items <= count)
      await scan.warn(
        'chunk-damaged',
        key,
        `The chunk has ${data.length - positions.total} bytes that belong to no sample.`,
        place,
      );
    await checkSamples(scan, meta, shapes, tables, key, count, data, dataStart, place);
    return factsOf(meta, shapes, tables, count, positions.rows > 0);
  } catch (error) {
    if (!isDamage(error)) throw error;
    await scan.error('chunk-damaged', key, messageOf(error), place);
    return undefined;
  }
}

/** A chunk without the samples that no index counts. */
async function cutChunk(scan: Scan, key: string, header: ChunkHeader, count: number) {
  const bytes = await scan.read(key);
  if (!bytes || header.positions.items < count) return undefined;
  const shapes = header.shapes.clone();
  const positions = header.positions.clone();
  if (shapes.items > count) shapes.truncate(count);
  if (positions.items > count) positions.truncate(count);
  const { dataStart } = header;
  const data = bytes.slice(dataStart, dataStart + positions.total);
  const puts = [{ key, bytes: [serializeChunkHeader(shapes, positions), data] }];
  return { action: `Cut samples from chunk ${key} that no index counts`, puts };
}

async function checkSamples(
  scan: Scan,
  meta: TensorMeta,
  shapes: RunTable,
  positions: RunTable,
  key: string,
  count: number,
  data: Bytes | undefined,
  dataStart: number,
  place: Place,
): Promise<void> {
  const { task } = scan;
  const { options } = task;
  const codecs = options.deep ? options.codecs : undefined;
  const call = options.signal ? { signal: options.signal } : {};
  const isPlain =
    meta.sampleCompression === null && !isTextLike(meta) && meta.htype !== 'polygon' && meta.dtype !== 'bool';
  let faults = 0;
  const tell = async (index: number, fault: SampleFault) => {
    if (++faults > MAX_FAULTS) return;
    const message = `Sample ${index} of the chunk: ${fault.message}`;
    if (fault.level === 'warning') await scan.warn('undecoded', key, message, place);
    else await scan.error('sample', key, message, place);
  };
  for (const { first, count: run, shape, size, start } of segmentsOf(shapes, positions, count, meta.minShape.length)) {
    task.checked.samples += run;
    // Samples of no bytes, and plain numbers of one size, are all alike.
    const some = size === 0 || isPlain ? 1 : run;
    for (let i = 0; i < some; i++) {
      options.signal?.throwIfAborted();
      const from = start + i * size;
      if (!data && size > WHOLE_BYTES && !codecs) continue; // its place and size are known to be right
      const bytes =
        data?.subarray(from, from + size) ?? (await scan.readRange(key, dataStart + from, dataStart + from + size));
      if (!bytes) continue;
      // Nothing has a shape yet: all samples so far are empty.
      const isNothing = size === 0 && (shapes.rows === 0 || shape.length === 0);
      if (isNothing && !isTextLike(meta)) continue;
      const fault = await checkSample(meta, shape, bytes, key, codecs, call);
      if (fault) await tell(first + i, fault);
      task.tick();
    }
  }
  if (faults > MAX_FAULTS)
    await scan.warn('sample', key, `${faults - MAX_FAULTS} more samples of the chunk are damaged.`, place);
}

async function checkPicture(
  form: TensorMeta,
  shapes: RunTable,
  key: string,
  data: Bytes,
  count: number,
  codecs: CodecPool | undefined,
  scan: Scan,
) {
  const { options } = scan.task;
  const call = options.signal ? { signal: options.signal } : {};
  if (codecs) {
    const view = { key, shapes, positions: shapes, unpacked: false, read: () => data, readAll: () => data };
    return unpackPicture(view, data, form, count, codecs, call);
  }
  let [height, width, channels] = [0, 0, 1];
  for (const {
    shape: [h = 0, w = 0, c = 1],
    count: run,
  } of segmentsOf(shapes, shapes, shapes.items, 3)) {
    height = Math.max(height, h);
    width += w * run;
    if (h * w * c > 0) channels = c;
  }
  if (height * width * channels === 0) return undefined;
  const fault = await checkFile(form.chunkCompression ?? '', form, [height, width, channels], data, undefined, call);
  if (fault) throw corrupt(key, 'picture of the chunk', 'one of all samples', fault.message);
  return undefined;
}

/** The range of the shapes of a chunk's samples. */
function factsOf(
  meta: TensorMeta,
  shapes: RunTable,
  positions: RunTable,
  count: number,
  hasPositions: boolean,
): ChunkFacts {
  let min: number[] | undefined;
  let max: number[] | undefined;
  if (shapes.rows > 0) {
    for (const { shape } of segmentsOf(shapes, positions, count, meta.minShape.length)) {
      min = min ? min.map((size, axis) => Math.min(size, shape[axis] ?? 0)) : [...shape];
      max = max ? max.map((size, axis) => Math.max(size, shape[axis] ?? 0)) : [...shape];
    }
  }
  return { items: count, min, max, hasPositions };
}

/** Checks the chunk of one tile. */
export async function checkTile(
  scan: Scan,
  meta: TensorMeta,
  key: string,
  shape: readonly number[],
  place: Place,
): Promise<boolean> {
  const { options, checked } = scan.task;
  try {
    const bytes = await scan.read(key);
    if (!bytes) return false;
    checked.chunks++;
    const header = parseChunkHeader(bytes, key, bytes.length);
    if ('needed' in header) throw corrupt(key, 'chunk header', header.needed, bytes.length);
    const { shapes, positions } = header;
    const own = shapes.rows === 1 ? shapeAt(shapes, 0) : [];
    if (shapes.items !== 1 || positions.rows > 0 || own.join() !== shape.join())
      throw corrupt(key, 'tile', `one of shape (${shape.join(', ')})`, `${shapes.items} of shape (${own.join(', ')})`);
    const data = bytes.subarray(header.dataStart);
    if (data.length === 0) return true; // never written: zeros
    const tile = {
      ...meta,
      sampleCompression: meta.sampleCompression ?? meta.chunkCompression,
      chunkCompression: null,
    };
    const call = options.signal ? { signal: options.signal } : {};
    const fault = await checkSample(tile, shape, data, key, options.deep ? options.codecs : undefined, call);
    if (fault?.level === 'warning') await scan.warn('undecoded', key, fault.message, place);
    else if (fault) await scan.error('sample', key, fault.message, place);
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    await scan.error('chunk-damaged', key, messageOf(error), place);
    return true;
  }
}
