/** Names and keys of what is created: free ones, or those of what is there already and is the same. */
import { DatasetError } from '../errors.js';
import type { DatasetMeta } from '../format/dataset-meta.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { groupsOf } from '../format/tensor-names.js';
import { formatHtype } from '../htype/parse.js';
import type { TensorPlan } from './plan-tensor.js';

/** Options of `createTensor` and `createGroup`. */
export interface ExistOptions {
  /** Takes what exists already under the name, if it is what is asked for. Default false: it is an error. */
  readonly existOk?: boolean;
}

/**
 * Adds a planned tensor with its companions and groups to the metadata of a dataset.
 *
 * @returns the new metadata, and the storage key of each: companions in the order of the plan, the tensor first.
 * @throws {DatasetError} `exists` when a tensor or group has one of the names.
 */
export function withTensor(meta: DatasetMeta, { main, companions }: TensorPlan): { meta: DatasetMeta; keys: string[] } {
  const all = [main, ...companions];
  for (const { name } of all) checkFree(meta, name, main.name);
  const taken = new Set(meta.tensors);
  const keys = all.map(({ name }) => freeKey(name, taken));
  const hidden = keys.filter((_, i) => all[i]?.meta.hidden);
  const names = Object.fromEntries(all.map(({ name }, i) => [name, keys[i] ?? name]));
  return {
    meta: {
      ...meta,
      tensors: [...meta.tensors, ...keys],
      tensorNames: { ...meta.tensorNames, ...names },
      hiddenTensors: [...meta.hiddenTensors, ...hidden],
      groups: [...new Set([...meta.groups, ...groupsOf(main.name)])],
    },
    keys,
  };
}

/** Adds a group, and the groups that it lies in. @throws {DatasetError} `exists` when a tensor or group has the name. */
export function withGroup(meta: DatasetMeta, name: string, { existOk }: ExistOptions): DatasetMeta {
  if (meta.groups.includes(name) && existOk) return meta;
  checkFree(meta, name, name);
  return { ...meta, groups: [...new Set([...meta.groups, ...groupsOf(name), name])] };
}

function checkFree({ tensorNames, groups }: DatasetMeta, name: string, main: string): void {
  const inside = groupsOf(name).find((group) => Object.hasOwn(tensorNames, group));
  if (inside !== undefined)
    throw exists('tensor', inside, `"${inside}" is a tensor, so "${name}" cannot lie in it. Choose another name.`);
  if (groups.includes(name)) throw exists('group', name, `"${name}" is a group of tensors. Choose another name.`);
  if (!Object.hasOwn(tensorNames, name)) return;
  const why =
    name === main
      ? `Use tensor("${name}"), or another name`
      : `It is to be a hidden companion of "${main}": choose another name`;
  throw exists('tensor', name, `Tensor "${name}" exists already. ${why}.`);
}

function exists(what: 'tensor' | 'group', name: string, message: string): DatasetError<'exists'> {
  return new DatasetError('exists', message, { what, name });
}

/** A storage key for a name: the name itself, unless a renamed tensor still has it (`spec` §1.4). */
function freeKey(name: string, taken: Set<string>): string {
  let key = name;
  while (taken.has(key)) key = `${name}_${random16().toString(16).padStart(4, '0')}`;
  taken.add(key);
  return key;
}

function random16(): number {
  return crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
}

/** A tensor that is there, or one that is asked for. */
export interface ComparedTensor {
  readonly meta: TensorMeta;
  readonly info: JsonObject;
}

/**
 * Checks that a tensor is the one that is asked for: htype, dtype, compressions, `hidden`, and class names if given.
 * What the first sample would decide (an htype or dtype that was not given) may be anything.
 * @throws {DatasetError} `exists` saying what differs.
 */
export function checkSame(name: string, wanted: ComparedTensor, stored: ComparedTensor): void {
  const [a, b] = [wanted.meta, stored.meta];
  const names = (info: JsonObject) => (Array.isArray(info.class_names) ? info.class_names.join(', ') : '');
  const pairs: [string, unknown, unknown][] = [
    ['htype', formatHtype({ ...a, base: a.htype ?? b.htype }), formatHtype({ ...b, base: b.htype })],
    ['dtype', a.dtype ?? b.dtype, b.dtype],
    ['sampleCompression', a.sampleCompression, b.sampleCompression],
    ['chunkCompression', a.chunkCompression, b.chunkCompression],
    ['hidden', a.hidden, b.hidden],
    ['classNames', names(wanted.info) || names(stored.info), names(stored.info)],
  ];
  const differing = pairs.filter(([, expected, got]) => expected !== got);
  if (differing.length === 0) return;
  const list = differing.map(([field, expected, got]) => `${field} ${shown(got)} instead of ${shown(expected)}`);
  const what = `Tensor "${name}" exists already, with ${list.join(', and ')}`;
  throw exists('tensor', name, `${what}. Use tensor("${name}"), or another name.`);
}

function shown(value: unknown): string {
  return String(value ?? '') || 'none';
}
