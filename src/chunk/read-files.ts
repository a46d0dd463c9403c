/** Reads the files of media tensors: small ones as other samples are read, large ones in the parts that are asked for. */
import { DatasetError } from '../errors.js';
import { type Span, spanAt } from '../format/byte-positions.js';
import { shapeAt } from '../format/shapes.js';
import { mediaOf } from '../htype/media-parts.js';
import type { ArrayOptions, StoredFile, StoredMedia } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { locate } from './locate.js';
import { dtypeOf, PlainSample, type ReadEnvironment } from './plain-sample.js';
import { readSamples } from './read.js';
import type { ChunkView, TensorSource } from './source.js';

// Reading so much at once costs no more than asking for parts of it.
const WHOLE_BYTES = 262_144;

/** Gives the tensor as it is now: between two reads of a file its chunk may have been stored anew. */
export type Reopen = () => Awaitable<TensorSource>;

/**
 * Reads the files `[start, end)` of a tensor with a sample compression, items for sequences.
 *
 * Files above 256 kB stay where they are; what is asked of them later is read then.
 * @throws as {@link readSamples} does
 */
export async function readFiles(
  source: TensorSource,
  start: number,
  end: number,
  env: ReadEnvironment,
  reopen: Reopen,
  options?: CallOptions,
): Promise<StoredMedia[]> {
  const files: StoredMedia[] = [];
  let small = start; // files from here on are small and not read yet
  const readSmall = async (to: number): Promise<void> => {
    if (small >= to) return;
    const samples = await readSamples(source, small, to, env, options);
    files.push(...samples.map(mediaOf));
  };
  for (let index = start; index < end; index++) {
    const place = await placeOf(source, index, options);
    if (!place || place.span.end - place.span.start <= WHOLE_BYTES) continue;
    await readSmall(index);
    small = index + 1;
    files.push(largeFile(source, index, place, env, reopen));
  }
  await readSmall(end);
  return files;
}

interface Place {
  readonly view: ChunkView;
  readonly local: number;
  readonly span: Span;
}

/** Where a file lies; undefined for what only {@link readSamples} can tell. */
async function placeOf(source: TensorSource, index: number, options?: CallOptions): Promise<Place | undefined> {
  const { chunks, local } = locate(await source.chunkIds(options), index);
  const [id] = chunks;
  if (id === undefined || chunks.length > 1) return undefined;
  const view = await source.chunk(id, options);
  if (local >= view.positions.items) return undefined;
  return { view, local, span: spanAt(view.positions, local) };
}

function largeFile(
  source: TensorSource,
  index: number,
  { view, local, span }: Place,
  env: ReadEnvironment,
  reopen: Reopen,
): StoredMedia {
  const { meta } = source;
  const { key } = view;
  const size = span.end - span.start;
  const read = async (from: number, to: number, options?: CallOptions): Promise<Bytes> => {
    const place = await placeOf(await reopen(), index, options);
    if (!place || place.span.end - place.span.start !== size) throw changed(key, size, place);
    const at = place.span.start;
    return place.view.read(at + from, at + to, options);
  };
  const shape = view.shapes && view.shapes.rows > 0 ? shapeAt(view.shapes, local) : [];
  const file: StoredFile = { compression: meta.sampleCompression ?? '', source: { size, read } };
  const array = async (options?: ArrayOptions) =>
    new PlainSample(await read(0, size, options), shape, meta, key, env).array(options);
  return { key, shape, dtype: dtypeOf(meta), codecs: env.codecs, file, array };
}

function changed(key: string, size: number, place: Place | undefined): DatasetError<'corrupt'> {
  const got = place ? place.span.end - place.span.start : 0;
  return new DatasetError(
    'corrupt',
    `A file in ${key} was replaced while it was read: expected ${size} bytes, got ${got}. Read its row again.`,
    { key, expected: size, got },
  );
}
