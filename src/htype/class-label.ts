import { isDtype, type NdArray } from '../format/dtypes.js';
import { isEmptyInput, isNumeric, toNdArray } from './cast.js';
import { classNames, listNames } from './class-names.js';
import { describeInput, describeShape, mismatch } from './mismatch.js';
import { nameList, refuseUnknown } from './options.js';
import type { HtypeSpec, StoredSample, TensorContext, Value } from './types.js';

/** Label numbers with their names. */
export interface LabelSample<N extends string = string> extends NdArray {
  /** Name of each label; undefined for a number beyond the class names. */
  readonly names: readonly (N | undefined)[];
}

/** `class_label`: one or more labels for a sample, shape `[labels]`, uint32. Strings are looked up in the class names. */
export const classLabel: HtypeSpec = {
  htype: 'class_label',
  dtype: 'uint32',
  textLike: false,
  companions: { shape: 'shape', info: false },
  metaFields: { class_names: [], _info: ['class_names'], _disable_temp_transform: false },
  initialInfo(given) {
    refuseUnknown('class_label', given, ['classNames']);
    return { class_names: nameList('classNames', given.classNames) };
  },
  appendTouchesInfo: true,
  parse(input): Value {
    if (isEmptyInput(input)) return { kind: 'empty' };
    return { kind: 'unsettled', input };
  },
  settle(input, context) {
    const names = classNames(context.info);
    const added: string[] = [];
    const look = (item: unknown): unknown => lookUp(item, names, added, context);
    const numbers = hasStrings(input) ? (Array.isArray(input) ? input.map(look) : look(input)) : input;
    if (!isNumeric(numbers))
      throw mismatch(context, describeInput(input), 'a label number, a class name, or an array of them');
    const array = toNdArray(numbers, dtypeOf(context), context);
    checkNumbers(array, names.length + added.length, names, context);
    const value: Value = { kind: 'array', array };
    return added.length === 0 ? { value } : { value, info: { ...context.info, class_names: [...names, ...added] } };
  },
  numbers: readKnownLabels,
  checkShape(shape, context) {
    if (shape.length !== 1) throw mismatch(context, `shape ${describeShape(shape)}`, 'a flat list of labels');
  },
  async output(sample: StoredSample, context) {
    return withNames(await sample.array(), context);
  },
};

/** Reads labels that ask nothing of the class names but to be there; `settle` deals with all others. */
function readKnownLabels(context: TensorContext): (input: unknown) => unknown {
  const names = classNames(context.info);
  const labels = new Map<string, number>(); // of the names that were looked up
  const labelOf = (item: unknown): number => {
    if (typeof item === 'string') {
      const known = labels.get(item);
      if (known !== undefined) return known;
      const label = names.indexOf(item);
      if (label < 0) throw unknownName(item, names, context);
      labels.set(item, label);
      return label;
    }
    // A fraction could be rounded to a label beyond the names, in tensors of floats.
    const isLabel = typeof item === 'number' && (names.length === 0 || (item < names.length && Number.isInteger(item)));
    if (!isLabel) throw mismatch(context, describeInput(item), 'a label number or a class name');
    return item;
  };
  return (input) => (isEmptyInput(input) ? null : Array.isArray(input) ? input.map(labelOf) : labelOf(input));
}

/** Adds the names to label numbers. */
export function withNames(array: NdArray, context: TensorContext): LabelSample {
  const names = classNames(context.info);
  return { ...array, names: Array.from(array.data as Uint32Array, (label) => names[Number(label)]) };
}

function dtypeOf(context: TensorContext) {
  return isDtype(context.meta.dtype) ? context.meta.dtype : 'uint32';
}

function hasStrings(input: unknown): boolean {
  return typeof input === 'string' || (Array.isArray(input) && input.some((item) => typeof item === 'string'));
}

function lookUp(input: unknown, names: readonly string[], added: string[], context: TensorContext): unknown {
  if (typeof input !== 'string') return input;
  const known = names.indexOf(input);
  if (known >= 0) return known;
  if (context.closedNames) throw unknownName(input, names, context);
  const again = added.indexOf(input);
  if (again >= 0) return names.length + again;
  return names.length + added.push(input) - 1;
}

function unknownName(name: string, names: readonly string[], context: TensorContext): Error {
  return mismatch(
    context,
    describeInput(name),
    `one of ${listNames(names)}, or open the dataset without the list of names to add it`,
  );
}

function checkNumbers(array: NdArray, count: number, names: readonly string[], context: TensorContext): void {
  if (count === 0) return; // numbers before names are the user's own numbering
  for (const label of array.data) {
    if (label >= count) {
      const range = `a label below the ${count} class names (${listNames(names)}), or add its name with info.update first`;
      throw mismatch(context, `label ${label}`, range);
    }
  }
}
