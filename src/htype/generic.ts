import { isDtype } from '../format/dtypes.js';
import { toNdArray } from './cast.js';
import { fileOf, parseFile } from './file-sample.js';
import { refuseUnknown } from './options.js';
import type { HtypeSpec, StoredSample, TensorContext, Value } from './types.js';

/** The number dtype of a tensor, or null while the first sample has not decided it. */
export function numberDtype(context: TensorContext) {
  return isDtype(context.meta.dtype) ? context.meta.dtype : null;
}

/** Reads an input as numbers of the tensor's dtype; `null` and `[]` are empty samples. */
export function parseNumbers(input: unknown, context: TensorContext): Value {
  if (input === null || input === undefined || (Array.isArray(input) && input.length === 0)) return { kind: 'empty' };
  return { kind: 'array', array: toNdArray(input, numberDtype(context), context) };
}

/** Gives the decoded array. */
export function outputArray(sample: StoredSample) {
  return sample.array();
}

/** `generic`: numbers of any shape and dtype. */
export const generic: HtypeSpec = {
  htype: 'generic',
  dtype: null,
  textLike: false,
  companions: { shape: 'shape', info: false },
  metaFields: {},
  initialInfo(given) {
    refuseUnknown('generic', given, []);
    return {};
  },
  parse(input, context) {
    const file = fileOf(input); // an image file is an array of numbers, too
    return file ? parseFile(file) : parseNumbers(input, context);
  },
  output: outputArray,
};
