/** Rows of the hidden tensors that follow a tensor: ids, shapes, file facts (`spec` §6). */
import { DatasetError } from '../errors.js';
import { type JsonObject, stringifyJson } from '../format/json.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import type { TensorDraft } from './tensor-draft.js';

/** A hidden tensor with the name of the function that makes its row. */
export interface Companion {
  readonly extend: string;
  /** Name of the function that changes its row when the sample is replaced; undefined: the row stays. */
  readonly update: string | undefined;
  /** Whether it has a row for each item of a sequence, not for each sequence. */
  readonly flatten: boolean;
  readonly draft: TensorDraft;
}

const ID_BYTES = 8;
const DIMENSION_BYTES = 8;
const ONE = [1];
const NO_INFO: Bytes = utf8Encode('{}');

/** Makes `count` rows at once: of samples of one shape, about which no more is known. */
export type WriteRows = (draft: TensorDraft, shape: readonly number[] | undefined, count: number) => void;

const rows: Readonly<Record<string, WriteRows>> = {
  extend_id(draft, _shape, count) {
    decideId(draft);
    draft.addRun(randomBytes(count * ID_BYTES), ONE, ID_BYTES, count);
  },
  extend_shape(draft, shape, count) {
    addInt64(draft, shape ?? [0], count); // one 0 stands for "empty, and no dimensions known"
  },
  extend_len(draft, shape, count) {
    addInt64(draft, [shape?.[0] ?? 0], count);
  },
  extend_info(draft, _shape, count) {
    draft.addRun(repeated(NO_INFO, count), ONE, NO_INFO.length, count);
  },
};

function decideId(draft: TensorDraft): void {
  if (draft.form.htype === null) draft.changeMeta({ htype: 'generic', dtype: 'uint64', typestr: '<u8' });
}

/**
 * Appends the rows that `count` samples of one shape make in a companion. Rows that are alike are only counted, and made together later:
 * most samples have the shape of the one before, and arrays have no facts.
 *
 * @param id - bytes of the sample's id, when it has one already.
 */
export function appendCompanionRows(
  { extend, draft }: Companion,
  shape: readonly number[] | undefined,
  info: JsonObject | undefined,
  count = 1,
  id?: Bytes,
): void {
  if (id && extend === 'extend_id') {
    decideId(draft);
    draft.addRun(id, ONE, ID_BYTES, 1);
    return;
  }
  if (info && extend === 'extend_info') {
    const bytes = utf8Encode(stringifyJson(info));
    draft.addRun(bytes, ONE, bytes.length, 1);
    return;
  }
  const write = rows[extend];
  if (write) draft.addLater(write, extend === 'extend_id' ? undefined : shape, count);
}

/** The row of one sample, to be put between others. */
export function companionRow(
  { extend }: Companion,
  shape: readonly number[] | undefined,
  info: JsonObject | undefined,
): { readonly bytes: Bytes; readonly shape: readonly number[] } {
  if (extend === 'extend_id') return { bytes: randomBytes(ID_BYTES), shape: ONE };
  if (extend === 'extend_info') return { bytes: info ? utf8Encode(stringifyJson(info)) : NO_INFO, shape: ONE };
  const numbers = extend === 'extend_len' ? [shape?.[0] ?? 0] : (shape ?? [0]);
  return { bytes: dimensions.slice(0, writeInt64(numbers)), shape: shapeShapes[numbers.length] ?? ONE };
}

/** Changes the row of a sample that was replaced by another one. */
export function replaceCompanionRow(
  { update, draft }: Companion,
  index: number,
  shape: readonly number[] | undefined,
  info: JsonObject | undefined,
): void {
  if (update === 'update_info') draft.put(index, info ? utf8Encode(stringifyJson(info)) : NO_INFO, ONE);
  else if (update === 'update_shape') putInt64(draft, index, shape ?? [0]);
  else if (update === 'update_len') putInt64(draft, index, [shape?.[0] ?? 0]);
}

/**
 * Checks that this version can keep a companion up to date.
 * @throws {DatasetError} `unsupported`: leaving it behind would make the dataset unreadable for Deep Lake.
 */
export function checkCompanion(tensor: string, companion: string, extend: string): void {
  if (Object.hasOwn(rows, extend)) return;
  throw new DatasetError(
    'unsupported',
    `Tensor "${tensor}" has the companion "${companion}" (${extend}), which cannot be kept up to date. Append with Deep Lake in Python.`,
    {
      feature: `companion ${extend}`,
      tensor,
    },
  );
}

const MAX_RANDOM_BYTES = 65_536; // what one call to the generator gives

function randomBytes(length: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += MAX_RANDOM_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + MAX_RANDOM_BYTES));
  return bytes;
}

/** Copies of some bytes, one after another. */
function repeated(bytes: Bytes, count: number): Bytes {
  const all = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length);
  return all;
}

const MAX_DIMS = 32;
const dimensions: Bytes = new Uint8Array(MAX_DIMS * DIMENSION_BYTES);
const dimensionView = new DataView(dimensions.buffer);
// The shape of a shape: one array for each number of dimensions.
const shapeShapes = Array.from({ length: MAX_DIMS + 1 }, (_, dims) => [dims]);

function addInt64(draft: TensorDraft, numbers: readonly number[], count: number): void {
  if (draft.form.htype === null) draft.changeMeta({ htype: 'generic' });
  const bytes = dimensions.slice(0, writeInt64(numbers));
  draft.addRun(repeated(bytes, count), shapeShapes[numbers.length] ?? ONE, bytes.length, count);
}

function putInt64(draft: TensorDraft, index: number, numbers: readonly number[]): void {
  draft.put(index, dimensions.slice(0, writeInt64(numbers)), shapeShapes[numbers.length] ?? ONE);
}

/** Writes numbers into the shared scratch; returns their length in bytes. */
function writeInt64(numbers: readonly number[]): number {
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    dimensionView.setUint32(i * DIMENSION_BYTES, number >>> 0, true);
    dimensionView.setUint32(i * DIMENSION_BYTES + 4, Math.floor(number / 2 ** 32), true);
  }
  return numbers.length * DIMENSION_BYTES;
}
