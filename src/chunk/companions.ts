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

type AppendRow = (draft: TensorDraft, shape: readonly number[] | undefined, info: JsonObject | undefined) => void;

const rows: Readonly<Record<string, AppendRow>> = {
  extend_id(draft) {
    if (draft.form.htype === null) draft.changeMeta({ htype: 'generic', dtype: 'uint64', typestr: '<u8' });
    const at = nextRandom();
    draft.add(random, ONE, at, at + ID_BYTES);
  },
  extend_shape(draft, shape) {
    if (draft.form.htype === null) draft.changeMeta({ htype: 'generic' });
    addInt64(draft, shape ?? [0]); // one 0 stands for "empty, and no dimensions known"
  },
  extend_len(draft, shape) {
    if (draft.form.htype === null) draft.changeMeta({ htype: 'generic' });
    addInt64(draft, [shape?.[0] ?? 0]);
  },
  extend_info(draft, _shape, info) {
    const bytes = info ? utf8Encode(stringifyJson(info)) : NO_INFO;
    draft.add(bytes, ONE, 0, bytes.length);
  },
};

/** Appends the row that a sample makes in a companion. */
export function appendCompanionRow(
  { extend, draft }: Companion,
  shape: readonly number[] | undefined,
  info: JsonObject | undefined,
): void {
  rows[extend]?.(draft, shape, info);
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

// Random ids are drawn many at a time: a call into the generator costs more than an id.
const random: Bytes = new Uint8Array(ID_BYTES * 1024);
let randomAt = random.length;

function nextRandom(): number {
  if (randomAt === random.length) {
    crypto.getRandomValues(random);
    randomAt = 0;
  }
  const at = randomAt;
  randomAt += ID_BYTES;
  return at;
}

const MAX_DIMS = 32;
const dimensions: Bytes = new Uint8Array(MAX_DIMS * DIMENSION_BYTES);
const dimensionView = new DataView(dimensions.buffer);
// The shape of a shape: one array for each number of dimensions.
const shapeShapes = Array.from({ length: MAX_DIMS + 1 }, (_, dims) => [dims]);

function addInt64(draft: TensorDraft, numbers: readonly number[]): void {
  draft.add(dimensions, shapeShapes[numbers.length], 0, writeInt64(numbers));
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
