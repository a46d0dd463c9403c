import { corrupt } from '../util/byte-reader.js';
import type { Bytes } from '../util/bytes.js';
import { field, flag, object, recordOf, text, texts } from './fields.js';
import { isJsonObject, type JsonValue, parseJsonObject } from './json.js';
import { isSafeKey } from './keys.js';
import { serializeMeta } from './tensor-meta.js';
import { isOlder, VERSION } from './versions.js';

/** One axis of an index: a position, positions, or a slice as in Python. */
export type IndexEntry = number | readonly number[] | IndexSlice;

/** A slice as in Python: null means "from the start", "to the end", "every one". */
export interface IndexSlice {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

/** `dataset_meta.json`: the tensors of a commit. Fields that the format does not know are dropped. */
export interface DatasetMeta {
  readonly version: string;
  /** Keys of all tensors in order of creation, hidden ones included. */
  readonly tensors: readonly string[];
  /** Key of each tensor by name, hidden ones included. */
  readonly tensorNames: Readonly<Record<string, string>>;
  /** Keys of hidden tensors. */
  readonly hiddenTensors: readonly string[];
  /** Full path of every group, each ancestor listed too. */
  readonly groups: readonly string[];
  /** Index that is applied on opening. */
  readonly defaultIndex: readonly IndexEntry[];
  /** Whether the dataset may be deleted. */
  readonly allowDelete: boolean;
}

/** The index that selects everything. */
export const WHOLE_INDEX: readonly IndexEntry[] = [{ start: null, stop: null, step: null }];

/** The metadata of a dataset without tensors. */
export function emptyDatasetMeta(): DatasetMeta {
  return {
    version: VERSION,
    tensors: [],
    tensorNames: recordOf<string>([]),
    hiddenTensors: [],
    groups: [],
    defaultIndex: WHOLE_INDEX,
    allowDelete: true,
  };
}

/**
 * Parses `dataset_meta.json`. Missing fields get their defaults.
 * @throws {DatasetError} `corrupt`, naming the field; also for tensor keys that would leave the dataset.
 */
export function parseDatasetMeta(bytes: Bytes, key: string): DatasetMeta {
  const json = parseJsonObject(bytes, key);
  const version = field(json, 'version', text, key, VERSION);
  const tensors = field(json, 'tensors', texts, key, []);
  const unsafe = tensors.find((tensor) => !isSafeKey(tensor));
  if (unsafe !== undefined) throw corrupt(key, 'field "tensors"', 'paths inside the dataset', JSON.stringify(unsafe));
  const stored = field(json, 'tensor_names', object, key, {});
  const names = Object.keys(stored).map((name) => [name, field(stored, name, text, key)] as const);
  const known = new Set(tensors);
  for (const [name, tensor] of names) {
    if (!known.has(tensor)) throw corrupt(key, `tensor name ${JSON.stringify(name)}`, 'the key of a tensor', tensor);
  }
  const index = json.default_index;
  return {
    version: isOlder(version, VERSION, key) ? VERSION : version,
    tensors,
    tensorNames: recordOf(names.length > 0 ? names : tensors.map((tensor) => [tensor, tensor] as const)),
    hiddenTensors: field(json, 'hidden_tensors', texts, key, []),
    groups: field(json, 'groups', texts, key, []),
    defaultIndex: index === undefined ? WHOLE_INDEX : parseIndex(index, key),
    allowDelete: field(json, 'allow_delete', flag, key, true),
  };
}

/** Prints `dataset_meta.json` in the original's form. */
export function serializeDatasetMeta(meta: DatasetMeta): Bytes {
  return serializeMeta({
    version: meta.version,
    tensors: [...meta.tensors],
    tensor_names: { ...meta.tensorNames },
    hidden_tensors: [...meta.hiddenTensors],
    groups: [...meta.groups],
    default_index: jsonFromIndex(meta.defaultIndex),
    allow_delete: meta.allowDelete,
  });
}

/** Reads an index of a JSON document. @throws {DatasetError} `corrupt`. */
export function parseIndex(json: JsonValue, key: string): IndexEntry[] {
  const isBound = (value: JsonValue | undefined) => value === null || Number.isSafeInteger(value);
  const isEntry = (entry: JsonValue) =>
    Number.isSafeInteger(entry) ||
    (Array.isArray(entry)
      ? entry.every(Number.isSafeInteger)
      : isJsonObject(entry) && isBound(entry.start) && isBound(entry.stop) && isBound(entry.step));
  if (!Array.isArray(json) || !json.every(isEntry))
    throw corrupt(key, 'index', 'integers, slices or lists', 'something else');
  return json as unknown as IndexEntry[];
}

/** The JSON form of an index. */
export function jsonFromIndex(index: readonly IndexEntry[]): JsonValue {
  return index.map((entry) => {
    if (typeof entry === 'number') return entry;
    if ('start' in entry) return { start: entry.start, stop: entry.stop, step: entry.step };
    return [...entry];
  });
}
