/**
 * From inputs to samples, in two steps: what may be slow or fail by itself (reading files, encoding), and what
 * depends on the samples before (class names, number type, dimensions).
 */
import type { Codecs } from '../chunk/codecs.js';
import { encodeValue } from '../chunk/encode.js';
import type { Sample } from '../chunk/sample.js';
import type { TensorDraft } from '../chunk/tensor-draft.js';
import type { EncodeOptions } from '../codec/types.js';
import { DatasetError, errorAt } from '../errors.js';
import { typestr } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { isEmptyInput } from '../htype/cast.js';
import { inferHtype } from '../htype/infer.js';
import { describeShape, mismatch } from '../htype/mismatch.js';
import type { LinkedSample } from '../htype/schema.js';
import { requireHtype } from '../htype/table.js';
import type { EncodedSample, HtypeSpec, TensorContext, Value } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import { encodeLink } from './encode-link.js';

/** A tensor that is written to. */
export interface Column {
  readonly name: string;
  readonly draft: TensorDraft;
  /** Whether class names that are not in the info are refused. */
  readonly closedNames: boolean;
  readonly encode: EncodeOptions;
  /** Whether samples that are too big for a chunk are cut into tiles. */
  readonly tiles: boolean;
  /** For tensors of links. */
  readonly links?: LinkWriter | undefined;
}

/** What storing links needs of the dataset. */
export interface LinkWriter {
  /** Checks the credentials key of a link and gives its number; 0 for none. */
  use(link: LinkedSample): number;
  /** Loads the target of a link. */
  load(link: LinkedSample, options?: CallOptions): Promise<EncodedSample>;
}

/** What the samples so far have decided of a tensor. */
export interface ColumnState {
  readonly meta: TensorMeta;
  readonly info: JsonObject;
}

/** An input after the first step. */
export interface Prepared {
  readonly spec: HtypeSpec;
  /** The encoded sample; undefined when only the second step can make it. */
  readonly sample: Sample | undefined;
  readonly input: unknown;
  /** Whether the input says nothing of the tensor's type. */
  readonly isEmpty: boolean;
}

/** The state that a column's draft holds. */
export function stateOf({ draft }: Column): ColumnState {
  return { meta: draft.form, info: draft.info() };
}

/** Whether no later sample can change how a sample is encoded. */
export function isDecided({ meta }: ColumnState): boolean {
  return meta.htype !== null && meta.dtype !== null && meta.minShape.length > 0;
}

/**
 * First step: reads and encodes an input. Synchronous where nothing has to be read, decoded or encoded.
 *
 * @param index - row for messages.
 * @throws {DatasetError} naming tensor and row.
 */
export function prepareSample(
  column: Column,
  state: ColumnState,
  input: unknown,
  index: number,
  codecs: Codecs,
  call: CallOptions,
): Awaitable<Prepared> {
  try {
    const { meta } = state;
    const base = meta.htype ?? (meta.dtype === 'str' ? 'text' : inferHtype(input, column.name));
    const spec = requireHtype(base, column.name);
    const context = contextOf(column, state, spec, index);
    const sample = meta.isLink
      ? encodeLink(input, spec, context, linksOf(column), call)
      : encodeInput(input, spec, context, column, codecs, call);
    if (!(sample instanceof Promise)) return preparedOf(spec, sample, input);
    return sample.then(
      (done) => preparedOf(spec, done, input),
      (error: unknown) => {
        throw errorAt(error, { tensor: column.name, index });
      },
    );
  } catch (error) {
    throw errorAt(error, { tensor: column.name, index });
  }
}

function preparedOf(spec: HtypeSpec, sample: Sample | undefined, input: unknown): Prepared {
  return { spec, sample, input, isEmpty: isEmptyInput(input) };
}

/** The encoded sample; undefined when it depends on the samples before. */
function encodeInput(
  input: unknown,
  spec: HtypeSpec,
  context: TensorContext,
  { encode, tiles }: Column,
  codecs: Codecs,
  call: CallOptions,
): Awaitable<Sample | undefined> {
  const finish = (value: Value): Awaitable<Sample | undefined> =>
    value.kind === 'unsettled' ? undefined : encodeValue(value, { spec, context, codecs, encode, tiles, call });
  const value = spec.parse(input, context);
  return value instanceof Promise ? value.then(finish) : finish(value);
}

/**
 * Second step: resolves what depends on the samples before, and decides what is undecided. Synchronous.
 * @throws {DatasetError} naming tensor and row; the state is then unchanged.
 */
export function settleSample(
  column: Column,
  state: ColumnState,
  prepared: Prepared,
  index: number,
  codecs: Codecs,
): { sample: Sample; state: ColumnState } {
  const { spec, isEmpty } = prepared;
  let { sample } = prepared;
  let { info } = state;
  try {
    if (!sample) {
      const context = contextOf(column, state, spec, index);
      const settled = spec.settle?.(prepared.input, context);
      if (!settled) throw new TypeError(`htype ${spec.htype} leaves values unsettled`);
      info = settled.info ?? info;
      const encoded = encodeValue(settled.value, {
        spec,
        context,
        codecs,
        encode: column.encode,
        tiles: column.tiles,
        call: {},
      });
      if (encoded instanceof Promise) throw noFiles(column.name, state.meta);
      sample = encoded;
    } else {
      // Samples that were encoded side by side may disagree about a tensor that had no samples yet.
      const dims = state.meta.minShape.length;
      const shape = sample.link ? sample.link.shape : sample.shape;
      if (shape && dims > 0 && shape.length !== dims) {
        throw mismatch(
          contextOf(column, state, spec, index),
          `shape ${describeShape(shape)}`,
          `a sample of ${dims} dimensions like those before it`,
        );
      }
    }
  } catch (error) {
    throw errorAt(error, { tensor: column.name, index });
  }
  const meta = decided(state.meta, spec, sample, isEmpty);
  return { sample, state: meta === state.meta && info === state.info ? state : { meta, info } };
}

/** Stores what a column's samples have decided in its draft. */
export function commitState({ draft }: Column, before: ColumnState, after: ColumnState, touchesInfo: boolean): void {
  if (after.meta !== before.meta) {
    const { htype, dtype, typestr: stored, extras } = after.meta;
    draft.changeMeta({ htype, dtype, typestr: stored, extras });
  }
  if (after.info !== before.info) draft.setInfo(after.info);
  else if (touchesInfo) draft.touchInfo();
}

/** What an htype has to know of a column. @param index - row for messages. */
export function contextOf(column: Column, { meta, info }: ColumnState, spec: HtypeSpec, index: number): TensorContext {
  const dtype = meta.dtype ?? (meta.htype === null ? spec.dtype : null);
  const form = dtype === meta.dtype ? meta : { ...meta, dtype };
  return { name: column.name, meta: form, info, closedNames: column.closedNames, index };
}

/** The metadata after a sample: htype, dtype and dimensions that were open are fixed by the first one that tells. */
function decided(meta: TensorMeta, spec: HtypeSpec, sample: Sample, isEmpty: boolean): TensorMeta {
  if (isDecided({ meta, info: {} })) return meta;
  let next = meta;
  if (next.htype === null && !isEmpty) {
    const dtype = next.dtype ?? spec.dtype;
    next = { ...next, htype: spec.htype, dtype, extras: { ...next.extras, ...spec.metaFields } };
  }
  if (next.dtype === null && sample.dtype) next = { ...next, dtype: sample.dtype, typestr: typestr(sample.dtype) };
  const shape = sample.link ? sample.link.shape : sample.shape;
  if (next.minShape.length === 0 && shape) next = { ...next, minShape: shape, maxShape: shape };
  return next;
}

function linksOf({ links, name }: Column): LinkWriter {
  if (links) return links;
  throw new TypeError(`Tensor "${name}" is written without its links`);
}

function noFiles(tensor: string, { sampleCompression }: TensorMeta): Error {
  return new DatasetError(
    'unsupported',
    `Tensor "${tensor}": labels cannot be stored as ${sampleCompression} files. Create it with "lz4" or without compression.`,
    {
      feature: `labels as ${sampleCompression}`,
      tensor,
    },
  );
}
