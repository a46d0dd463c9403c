/** Samples of a stored tensor as they are, to be placed in another one: nothing is decoded but what has to change. */

import { DatasetError } from '../errors.js';
import { bytesFromNdArray, type NdArray, newTypedArray } from '../format/dtypes.js';
import { type JsonObject, parseJsonObject } from '../format/json.js';
import { sequenceAt } from '../format/sequences.js';
import { shapeAt } from '../format/shapes.js';
import type { StoredSample } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import { loadLz4 } from './codecs.js';
import { storageForm } from './limits.js';
import { locate } from './locate.js';
import { PlainSample, type ReadEnvironment } from './plain-sample.js';
import { readSamples } from './read.js';
import type { Sample, Tile, Tiling } from './sample.js';
import type { StoredTensor } from './stored-tensor.js';

/** A tensor whose samples are carried over, with those of its companions that tell of them. */
export interface CarriedTensor {
  readonly main: StoredTensor;
  /** Shapes: of the targets, for links. */
  readonly shapes: StoredTensor | undefined;
  /** Facts about files. */
  readonly infos: StoredTensor | undefined;
  /** New numbers of class labels; undefined when they stay. Labels beyond the list stay, too. */
  readonly labels: readonly number[] | undefined;
}

const NO_BYTES: Bytes = new Uint8Array(0);
const ONE = [1]; // shape of every path

/** Items `[start, end)` of a row: one, but for sequences. */
export function itemsOfRow({ main }: CarriedTensor, row: number): { readonly start: number; readonly end: number } {
  return main.sequences ? sequenceAt(main.sequences, row) : { start: row, end: row + 1 };
}

/**
 * Reads the items `[start, end)` as they are stored: files, blocks and numbers byte for byte, tile by tile.
 * @throws {DatasetError} `unsupported` for links that are cut into tiles; what reading throws
 */
export async function carriedSamples(
  tensor: CarriedTensor,
  start: number,
  end: number,
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Sample[]> {
  if (end <= start) return [];
  const { main } = tensor;
  const tiles = await main.tiles(options);
  const [stored, infos, targets, creds] = await Promise.all([
    readSamples(main, start, end, env, options),
    tensor.infos && readSamples(tensor.infos, start, end, env, options),
    main.meta.isLink && tensor.shapes ? readSamples(tensor.shapes, start, end, env, options) : undefined,
    main.creds(options),
  ]);
  const samples: Sample[] = [];
  for (const [i, one] of stored.entries()) {
    options?.signal?.throwIfAborted();
    const index = start + i;
    const tile = tiles.get(index);
    if (tile && main.meta.isLink) throw tiledLink(main, index);
    const info = infos?.[i] && (await infoOf(infos[i]));
    const link = main.meta.isLink && {
      shape: await targetShape(targets?.[i]),
      creds: creds && creds.items > index ? creds.value(creds.find(index), 0) : 0,
    };
    const content = tile
      ? { bytes: NO_BYTES, shape: one.shape, tiling: await tilingOf(tensor, index, tile.tileShape, env, options) }
      : await contentOf(tensor, one, env);
    samples.push({ ...content, dtype: undefined, ...(info && { info }), ...(link && { shape: ONE, link }) });
  }
  return samples;
}

/** Whether two samples are the same byte for byte. */
export function sameSamples(a: readonly Sample[], b: readonly Sample[]): boolean {
  return a.length === b.length && a.every((one, i) => sameSample(one, b[i]));
}

function sameSample(a: Sample, b: Sample | undefined): boolean {
  if (!b || String(a.shape ?? '') !== String(b.shape ?? '') || a.link?.creds !== b.link?.creds) return false;
  const [mine, their] = [partsOf(a), partsOf(b)];
  return mine.length === their.length && mine.every((part, i) => sameBytes(part, their[i] ?? NO_BYTES));
}

function partsOf({ bytes, tiling }: Sample): readonly Bytes[] {
  return tiling ? tiling.tiles.map((tile) => tile.bytes) : [bytes];
}

function sameBytes(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function contentOf({ main, labels }: CarriedTensor, stored: StoredSample, env: ReadEnvironment) {
  const { sampleCompression } = storageForm(main.meta);
  const bytes = sampleCompression === null ? await stored.raw() : (stored.encoded()?.bytes ?? NO_BYTES);
  // Empty samples have as many zeros as the tensor they go to has dimensions.
  const shape = bytes.length === 0 && stored.shape.every((size) => size === 0) ? undefined : stored.shape;
  if (!labels || bytes.length === 0) return { bytes, shape };
  return { bytes: await relabelled(stored, sampleCompression, labels, env), shape };
}

async function tilingOf(
  { main, labels }: CarriedTensor,
  index: number,
  tileShape: readonly number[],
  env: ReadEnvironment,
  options?: CallOptions,
): Promise<Tiling> {
  const { sampleCompression, chunkCompression } = main.meta;
  const compression = sampleCompression ?? chunkCompression; // a tile is compressed like a sample by either
  const { chunks } = locate(await main.chunkIds(options), index);
  const tiles: Tile[] = [];
  for (const id of chunks) {
    const view = await main.chunk(id, options);
    if (!view.shapes) throw corrupt(view.key, 'tile', 'a shape', 'none');
    const shape = shapeAt(view.shapes, 0);
    const bytes = (await view.readAll(options)).slice();
    const form = { ...main.meta, sampleCompression: compression };
    const tile = labels && bytes.length > 0 ? new PlainSample(bytes, shape, form, view.key, env) : undefined;
    tiles.push({ bytes: tile && labels ? await relabelled(tile, compression, labels, env) : bytes, shape });
  }
  return { tileShape, tiles };
}

/** A sample of class labels with other numbers, compressed as it was. */
async function relabelled(
  stored: StoredSample,
  compression: string | null,
  labels: readonly number[],
  { codecs }: ReadEnvironment,
): Promise<Bytes> {
  const array = renumber(await stored.array(), labels);
  if (compression === null) return bytesFromNdArray(array);
  if (compression === 'lz4') return (await loadLz4()).compressBlock(bytesFromNdArray(array));
  return codecs.encode(compression, array, {});
}

function renumber({ dtype, shape, data }: NdArray, labels: readonly number[]): NdArray {
  const out = newTypedArray(dtype, data.length);
  for (let i = 0; i < data.length; i++) {
    const label = data[i] ?? 0;
    const next = labels[Number(label)] ?? label;
    out[i] = typeof label === 'bigint' ? BigInt(next) : Number(next);
  }
  return { dtype, shape, data: out };
}

async function infoOf(stored: StoredSample): Promise<JsonObject | undefined> {
  const bytes = await stored.raw();
  if (bytes.length === 0) return undefined;
  const info = parseJsonObject(bytes, stored.key);
  return Object.keys(info).length === 0 ? undefined : info;
}

async function targetShape(stored: StoredSample | undefined): Promise<readonly number[] | undefined> {
  if (!stored) return undefined;
  const { data } = await stored.array();
  const shape = Array.from(data, Number);
  return shape.every((size) => size === 0) ? undefined : shape;
}

function tiledLink({ key }: StoredTensor, index: number): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Tensor "${key}", row ${index}: links that are cut into tiles cannot be merged. Merge with Deep Lake in Python.`,
    { feature: 'merging linked tiles', tensor: key, index },
  );
}
