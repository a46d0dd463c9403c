/** The classes of a tensor (`class_label`, `segment_mask`): their names, and changes as pure functions. */
import { type Dtype, type DtypeMap, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';

/** Names of the classes in `info.class_names`, by label number. */
export function classNames(info: JsonObject): readonly string[] {
  const names = info.class_names;
  return Array.isArray(names) ? (names as string[]) : [];
}

/** Names for a message: the first twelve. */
export function listNames(names: readonly string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
}

/** How often a class occurs. */
export interface ClassCount {
  readonly label: number;
  /** Undefined for a label beyond the class names. */
  readonly name: string | undefined;
  /** Number of labels, or of pixels of a mask. */
  readonly count: number;
}

/** What {@link mergeClasses} gives. */
export interface MergedClasses {
  /** The class names that are left, in their order: for `tensor.info.update`. */
  readonly info: { readonly class_names: string[] };
  /** New label of each old one. */
  readonly labels: readonly number[];
  /** Gives an array the new labels; labels beyond the names are moved down by as many as were merged. */
  relabel<D extends Dtype>(array: NdArray<D>): NdArray<D>;
}

/**
 * Gives a class another name. No label changes.
 *
 * @param info - of the tensor. @returns what to pass to `tensor.info.update`.
 * @throws {RangeError} when there is no such class, or another one has the new name.
 * @example await labels.info.update(renameClass(await labels.info.get(), 'cat', 'kitten'));
 */
export function renameClass(info: JsonObject, from: string, to: string): { class_names: string[] } {
  const names = [...classNames(info)];
  const label = labelOf(names, from);
  if (from !== to && names.includes(to))
    throw new RangeError(`There is a class "${to}" already; mergeClasses() makes one of two.`);
  names[label] = to;
  return { class_names: names };
}

/**
 * Makes one class of several. Those after them move down, so that all samples have to be given their new labels.
 *
 * @param into - name of the class that stays; it must be one of the tensor's.
 * @throws {RangeError} when there is no such class.
 * @example
 * const { info, relabel } = mergeClasses(await labels.info.get(), ['kitten', 'tomcat'], 'cat');
 * for (let row = 0; row < labels.length; row++) await labels.set(row, relabel(await labels.at(row)));
 * await labels.info.update(info);
 */
export function mergeClasses(info: JsonObject, names: readonly string[], into: string): MergedClasses {
  const before = classNames(info);
  labelOf(before, into);
  const merged = new Set(names.map((name) => before[labelOf(before, name)]));
  merged.delete(into);
  const after = before.filter((name) => !merged.has(name));
  const labels = before.map((name) => after.indexOf(merged.has(name) ? into : name));
  return {
    info: { class_names: after },
    labels,
    relabel<D extends Dtype>({ dtype, shape, data }: NdArray<D>): NdArray<D> {
      const out: DtypeMap[Dtype] = newTypedArray(dtype, data.length);
      for (const [i, value] of data.entries()) {
        const label = labels[Number(value)] ?? Number(value) - merged.size;
        out[i] = typeof value === 'bigint' ? BigInt(label) : label;
      }
      return { dtype, shape: [...shape], data: out as DtypeMap[D] };
    },
  };
}

/**
 * Counts labels: of `class_label` samples, or the pixels of masks.
 *
 * @returns every class of the info in its order, also those that do not occur, then labels beyond the names.
 */
export function countClasses(info: JsonObject, arrays: Iterable<Pick<NdArray, 'data'>>): ClassCount[] {
  const names = classNames(info);
  const counts = new Map(names.map((_, label) => [label, 0]));
  for (const { data } of arrays) {
    for (const value of data) counts.set(Number(value), (counts.get(Number(value)) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return sorted.map(([label, count]) => ({ label, name: names[label], count }));
}

function labelOf(names: readonly string[], name: string): number {
  const label = names.indexOf(name);
  if (label >= 0) return label;
  throw new RangeError(`There is no class "${name}". Classes are ${listNames(names) || 'not named'}.`);
}
