/** Brings the value that an htype made of an input into the form in which a chunk holds it. */
import type { EncodeOptions } from '../codec/types.js';
import {
  bytesFromNdArray,
  elementCount,
  isDtype,
  itemSize,
  type NdArray,
  ndArrayFromBytes,
  newTypedArray,
} from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import { castNdArray } from '../htype/cast.js';
import { describeShape, mismatch } from '../htype/mismatch.js';
import type { HtypeSpec, TensorContext, Value } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import { type Codecs, isImageCompression, lz4Now } from './codecs.js';
import { tilingThreshold } from './limits.js';
import type { Sample, Tile, Tiling } from './sample.js';
import { cutTile, planTileShape, tilePlaces } from './tile.js';

/** What encoding needs beside the value. */
export interface EncodeContext {
  readonly spec: HtypeSpec;
  readonly context: TensorContext;
  readonly codecs: Codecs;
  readonly encode: EncodeOptions;
  /** Whether a sample that is too big for a chunk may be cut into tiles: not when it replaces another one. */
  readonly tiles: boolean;
  readonly call: CallOptions;
}

type FileValue = Extract<Value, { kind: 'file' }>;

const NO_BYTES = new Uint8Array(0);

/**
 * Encodes a value. Synchronous unless a file has to be decoded or encoded.
 * @throws {DatasetError} `codec` when the compression cannot hold the value, `sample-mismatch` when the tensor cannot.
 */
export function encodeValue(value: Value, env: EncodeContext): Awaitable<Sample> {
  const { meta } = env.context;
  switch (value.kind) {
    case 'empty':
      return { bytes: NO_BYTES, shape: undefined, dtype: undefined };
    case 'bytes':
      return { bytes: packed(value.bytes, env), shape: value.shape, dtype: undefined };
    case 'array':
      return encodeArray(value.array, value.info, env);
    case 'file':
      return value.file.compression === meta.sampleCompression && !value.convert
        ? storeFile(value, env)
        : recode(value, env);
    case 'unsettled':
      throw new TypeError('An unsettled value cannot be encoded');
  }
}

/** A file of the tensor's own format: stored byte for byte, unless it is so big that it is cut into tiles. */
function storeFile(value: FileValue, env: EncodeContext): Awaitable<Sample> {
  const { file, dtype, info, check } = value;
  const tooBig = env.tiles && !env.spec.keepsFiles && file.bytes.length > tilingThreshold(env.context.meta);
  if (tooBig) return recode(value, env);
  const shape = recordedShape(value.shape, env);
  checkShape(shape, env);
  const sample = { bytes: file.bytes, shape, dtype, info };
  if (!check) return sample;
  return decodeFile(value, env).then((array) => {
    check(array);
    return sample;
  });
}

function decodeFile({ file, shape, dtype }: FileValue, env: EncodeContext): Promise<NdArray> {
  return env.codecs.decode(file.compression, file.bytes, { shape, dtype }, env.call);
}

/** A file of another format, or one that is converted: decoded and encoded again. */
async function recode(value: FileValue, env: EncodeContext): Promise<Sample> {
  const array = await decodeFile(value, env);
  value.check?.(array);
  return encodeArray(value.convert?.(array) ?? array, value.info, env);
}

function encodeArray(given: NdArray, info: JsonObject | undefined, env: EncodeContext): Awaitable<Sample> {
  const { meta } = env.context;
  const array = isDtype(meta.dtype) ? castNdArray(given, meta.dtype, env.context) : given;
  const shape = recordedShape(array.shape, env);
  checkShape(shape, env);
  const done = (bytes: Bytes, tiling?: Tiling): Sample => {
    const sample = { bytes, shape, dtype: array.dtype };
    return info || tiling ? { ...sample, ...(info && { info }), ...(tiling && { tiling }) } : sample;
  };
  if (elementCount(shape) === 0) return done(NO_BYTES);
  const raw = bytesFromNdArray(array);
  const threshold = env.tiles ? tilingThreshold(meta) : Infinity;
  const image = isImageCompression(meta.sampleCompression ?? meta.chunkCompression);
  const sampleCompressed = meta.sampleCompression !== null;
  if (raw.length * (image || sampleCompressed ? 0.5 : 1) > threshold) {
    const tileShape = planTileShape({
      shape,
      dtype: array.dtype,
      threshold,
      compressed: meta.sampleCompression !== null || meta.chunkCompression !== null,
      cutsLastAxis: (meta.htype ?? 'generic') === 'generic' && !image,
    });
    return encodeTiles(raw, { ...array, shape }, tileShape, env).then((tiles) => done(NO_BYTES, { tileShape, tiles }));
  }
  const { sampleCompression, chunkCompression } = meta;
  const tried = isImageCompression(chunkCompression)
    ? tryPicture(chunkCompression, { ...array, shape }, env)
    : undefined;
  if (tried) return tried.then(() => done(raw));
  if (sampleCompression === null || sampleCompression === 'lz4') return done(packed(raw, env));
  return env.codecs.encode(sampleCompression, { ...array, shape }, env.encode, env.call).then((bytes) => done(bytes));
}

// Facts about codecs: arrays (of a dtype and number of channels) that are known to be encodable.
const known = new WeakMap<Codecs, Set<string>>();
// Shorter than the longest side of every image format.
const SMALL_SIDE = 16_000;

/**
 * Makes sure that a sample can be stored in a picture with others. That is encoded when the chunk is written, and must
 * not fail then. Undefined when it is known already.
 */
function tryPicture(
  compression: string,
  { dtype, shape, data }: NdArray,
  { codecs, encode, call }: EncodeContext,
): Promise<void> | undefined {
  const small = shape.every((length, axis) => axis > 1 || length <= SMALL_SIDE);
  const fact = `${compression} ${dtype} ${shape.slice(2)} ${shape.length}`;
  let facts = known.get(codecs);
  if (!facts) {
    facts = new Set();
    known.set(codecs, facts);
  }
  if (small && facts.has(fact)) return undefined;
  const pixel = shape.map((length, axis) => (axis > 1 ? length : 1));
  const sample: NdArray = small
    ? { dtype, shape: pixel, data: newTypedArray(dtype, elementCount(pixel)) }
    : { dtype, shape, data };
  return codecs.encode(compression, sample, encode, call).then(() => {
    if (small) facts.add(fact);
  });
}

async function encodeTiles(
  raw: Bytes,
  array: NdArray,
  tileShape: readonly number[],
  env: EncodeContext,
): Promise<Tile[]> {
  const tiles: Tile[] = [];
  for (const place of tilePlaces(array.shape, tileShape)) {
    const bytes = cutTile(raw, array.shape, place, itemSize(array.dtype));
    tiles.push({ bytes: await encodeTile(bytes, place.shape, array.dtype, env), shape: place.shape });
  }
  return tiles;
}

/** Encodes one tile of a tensor. @param raw - its numbers, given away. */
export async function encodeTile(
  raw: Bytes,
  shape: readonly number[],
  dtype: NdArray['dtype'],
  env: EncodeContext,
): Promise<Bytes> {
  const { sampleCompression, chunkCompression } = env.context.meta;
  const compression = sampleCompression ?? chunkCompression;
  if (compression === null) return raw;
  if (compression === 'lz4') return lz4Now().compressBlock(raw);
  return env.codecs.encode(compression, ndArrayFromBytes(raw, dtype, shape), env.encode, env.call);
}

/** Sample-compressed by LZ4, or as it is; chunk compression comes when the chunk is written. */
function packed(raw: Bytes, env: EncodeContext): Bytes {
  return env.context.meta.sampleCompression === 'lz4' ? lz4Now().compressBlock(raw) : raw;
}

/** `[height, width]` becomes `[height, width, 1]` where the format records it so (`spec` §5.3). */
function recordedShape(shape: readonly number[], { spec, context }: EncodeContext): readonly number[] {
  const { sampleCompression, chunkCompression, minShape } = context.meta;
  if (shape.length !== 2 || minShape.length === 2) return shape;
  const pads = isImageCompression(sampleCompression) || (spec.addsChannelAxis && !isImageCompression(chunkCompression));
  return pads ? [...shape, 1] : shape;
}

/** The first sample with a shape fixes the number of dimensions; the htype may ask for more. */
function checkShape(shape: readonly number[], { spec, context }: EncodeContext): void {
  spec.checkShape?.(shape, context);
  const dims = context.meta.minShape.length;
  if (dims > 0 && shape.length !== dims) {
    throw mismatch(context, `shape ${describeShape(shape)}`, `a sample of ${dims} dimensions like those before it`);
  }
  const { chunkCompression, maxShape } = context.meta;
  const channels = maxShape[2] ?? 0;
  if (
    chunkCompression !== null &&
    channels > 0 &&
    shape[2] !== channels &&
    isImageCompression(chunkCompression) &&
    elementCount(shape) > 0
  ) {
    throw mismatch(
      context,
      `shape ${describeShape(shape)}`,
      `a picture of ${channels} channels: with ${chunkCompression} as chunk compression all have the same`,
    );
  }
}
