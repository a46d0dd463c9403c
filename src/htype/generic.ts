import { type Dtype, isDtype } from '../format/dtypes.js';
import type { Awaitable } from '../util/bytes.js';
import { isEmptyInput, toNdArray } from './cast.js';
import { noOptions } from './options.js';
import { fileOf, parseFile } from './parse-file.js';
import type { HtypeSpec, StoredSample, TensorContext, Value } from './types.js';

/** The number dtype of a tensor, or null while the first sample has not decided it. */
export function numberDtype(context: TensorContext) {
  return isDtype(context.meta.dtype) ? context.meta.dtype : null;
}

/** Reads an input as numbers of the tensor's dtype; `null` and `[]` are empty samples. */
function parseNumbers(input: unknown, context: TensorContext): Value {
  if (isEmptyInput(input)) return { kind: 'empty' };
  return { kind: 'array', array: toNdArray(input, numberDtype(context), context) };
}

/** Gives the decoded array. */
function outputArray(sample: StoredSample) {
  return sample.array();
}

/** Reads an input as {@link parseNumbers} does, or as an image file, which is an array of numbers, too. */
export function parseNumbersOrFile(input: unknown, context: TensorContext): Awaitable<Value> {
  const file = fileOf(input);
  return file ? parseFile(file) : parseNumbers(input, context);
}

/** Reads inputs for {@link HtypeSpec.numbers} of htypes that take numbers as they are. */
export function plainNumbers() {
  return (input: unknown) => input;
}

/** Makes the spec of an htype that holds numbers, of what is special to it. */
export function numbersSpec(htype: string, dtype: Dtype | null, special: Partial<HtypeSpec> = {}): HtypeSpec {
  return {
    htype,
    dtype,
    textLike: false,
    companions: { shape: 'shape', info: false },
    metaFields: {},
    initialInfo: noOptions(htype),
    parse: parseNumbers,
    ...(special.parse === undefined && { numbers: plainNumbers }), // an htype that parses otherwise says so itself
    output: outputArray,
    ...special,
  };
}

/** `generic`: numbers of any shape and dtype. */
export const generic = numbersSpec('generic', null, { parse: parseNumbersOrFile, numbers: plainNumbers });
