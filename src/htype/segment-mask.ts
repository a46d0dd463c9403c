import type { Dtype, DtypeMap, NdArray } from '../format/dtypes.js';
import { classNames, listNames } from './class-names.js';
import { numbersSpec, parseNumbersOrFile } from './generic.js';
import { describeShape, mismatch } from './mismatch.js';
import { nameList, refuseUnknown } from './options.js';
import type { TensorContext, Value } from './types.js';

/** A mask that holds a label for each pixel, with the names of the labels. */
export class SegmentMaskSample<N extends string = string, D extends Dtype = Dtype> implements NdArray<D> {
  readonly dtype: D;
  /** `[height, width]`, or `[height, width, 1]` where the mask is stored as an image file. */
  readonly shape: readonly number[];
  readonly data: DtypeMap[D];
  /** Names of all classes, by label. */
  readonly names: readonly N[];
  #areas: ReadonlyMap<number, number> | undefined;

  constructor({ dtype, shape, data }: NdArray<D>, names: readonly N[]) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.names = names;
  }

  /** The labels that occur in the mask, in rising order. */
  labels(): number[] {
    return [...this.#counts().keys()].sort((a, b) => a - b);
  }

  /** Number of pixels of a label, given as number or name. @throws {RangeError} for a name that is no class. */
  area(label: number | N): number {
    const number = typeof label === 'number' ? label : this.names.indexOf(label);
    if (number < 0)
      throw new RangeError(`There is no class "${label}"; classes are ${listNames(this.names) || 'not named'}.`);
    return this.#counts().get(number) ?? 0;
  }

  #counts(): ReadonlyMap<number, number> {
    if (this.#areas) return this.#areas;
    const areas = new Map<number, number>();
    let last = -1; // counted in runs: neighbours mostly have one label
    let run = 0;
    for (const pixel of this.data) {
      const label = Number(pixel);
      if (label === last) run++;
      else {
        if (run > 0) areas.set(last, (areas.get(last) ?? 0) + run);
        last = label;
        run = 1;
      }
    }
    if (run > 0) areas.set(last, (areas.get(last) ?? 0) + run);
    this.#areas = areas;
    return areas;
  }
}

/** `segment_mask`: the label of each pixel, shape `[height, width]`, uint32. Their names stand in the class names. */
export const segmentMask = numbersSpec('segment_mask', 'uint32', {
  companions: { shape: 'shape', info: true },
  metaFields: { class_names: [], _info: ['class_names'] },
  initialInfo(given) {
    refuseUnknown('segment_mask', given, ['classNames']);
    return { class_names: nameList('classNames', given.classNames) };
  },
  parse(input, context) {
    const names = classNames(context.info);
    const check = (array: NdArray): void => checkLabels(array, names, context);
    const finish = (value: Value): Value => {
      if (names.length === 0) return value; // labels before names are the user's own numbering
      if (value.kind === 'array') check(value.array);
      return value.kind === 'file' ? { ...value, check } : value;
    };
    const value = parseNumbersOrFile(input, context);
    return value instanceof Promise ? value.then(finish) : finish(value as Value);
  },
  checkShape(shape, context) {
    if (shape.length === 2 || (shape.length === 3 && shape[2] === 1)) return;
    throw mismatch(context, `shape ${describeShape(shape)}`, 'one label for each pixel, shape (height, width)');
  },
  async output(sample, context) {
    return new SegmentMaskSample(await sample.array(), classNames(context.info));
  },
});

function checkLabels({ data }: NdArray, names: readonly string[], context: TensorContext): void {
  const at = (data as Uint32Array).findIndex((label) => label >= names.length || label < 0);
  if (at < 0) return;
  const accepted = `labels below the ${names.length} class names (${listNames(names)}), or add names with info.update first`;
  throw mismatch(context, `label ${data[at]} at position ${at}`, accepted);
}
