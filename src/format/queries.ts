import { corrupt } from '../util/byte-reader.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { type IndexEntry, jsonFromIndex, parseIndex } from './dataset-meta.js';
import { type FieldType, field, flag, nullable, numeric, otherFields, text } from './fields.js';
import { isJsonObject, type JsonObject, type JsonValue, parseJson, stringifyJson } from './json.js';

/** One saved view: an entry of `queries.json`, and the same fields in the info of the view's own dataset. */
export interface ViewEntry {
  readonly id: string;
  /** Whether the view holds row numbers of its source only, no copies. */
  readonly isVirtual: boolean;
  /** Path of the source dataset when the view was saved. */
  readonly source: string | null;
  /** Commit that the view was taken from. */
  readonly sourceVersion: string | null;
  /** Seconds since 1970. */
  readonly createdAt: number | null;
  readonly message?: string | null;
  readonly query?: string | null;
  readonly tqlQuery?: string | null;
  /** Rows of the source; null for a query on all of them. */
  readonly sourceIndex: readonly IndexEntry[] | null;
  /** Index for further axes. */
  readonly subSampleIndex?: readonly IndexEntry[] | null;
  /** False when the view is a single row; true when absent. */
  readonly firstIndexSubscriptable?: boolean;
  /** Folder under `.queries/`; the id when absent. */
  readonly path?: string | null;
  /** All other fields as found. */
  readonly extras: JsonObject;
}

const FIELDS = [
  ...['id', 'virtual-datasource', 'source-dataset', 'source-dataset-version', 'created_at', 'message', 'query'],
  ...['tql_query', 'source-dataset-index', 'sub-sample-index', 'first-index-subscriptable', 'path'],
];

const index: FieldType<JsonValue[]> = { name: 'an index', is: Array.isArray };

/** Reads the fields of a view. @throws {DatasetError} `corrupt`, naming the field. */
export function parseViewEntry(json: JsonObject, key: string): ViewEntry {
  const optional = <T>(name: string, type: FieldType<T>) => field(json, name, nullable(type), key, null);
  const indexOf = (name: string) => {
    const value = optional(name, index);
    return value && parseIndex(value, key);
  };
  const has = (name: string) => Object.hasOwn(json, name);
  return {
    id: field(json, 'id', text, key),
    isVirtual: field(json, 'virtual-datasource', flag, key, false),
    source: optional('source-dataset', text),
    sourceVersion: optional('source-dataset-version', text),
    createdAt: optional('created_at', numeric),
    ...(has('message') && { message: optional('message', text) }),
    ...(has('query') && { query: optional('query', text) }),
    ...(has('tql_query') && { tqlQuery: optional('tql_query', text) }),
    sourceIndex: indexOf('source-dataset-index'),
    ...(has('sub-sample-index') && { subSampleIndex: indexOf('sub-sample-index') }),
    ...(has('first-index-subscriptable') && {
      firstIndexSubscriptable: field(json, 'first-index-subscriptable', flag, key),
    }),
    ...(has('path') && { path: optional('path', text) }),
    extras: otherFields(json, FIELDS),
  };
}

/** The JSON form of a view, in the original's order of fields. */
export function jsonFromViewEntry(view: ViewEntry): JsonObject {
  const json: JsonObject = {
    id: view.id,
    'virtual-datasource': view.isVirtual,
    'source-dataset': view.source,
    'source-dataset-version': view.sourceVersion,
    created_at: view.createdAt,
  };
  if (view.message !== undefined) json.message = view.message;
  if (view.query !== undefined) json.query = view.query;
  if (view.tqlQuery !== undefined) json.tql_query = view.tqlQuery;
  json['source-dataset-index'] = view.sourceIndex && jsonFromIndex(view.sourceIndex);
  if (view.subSampleIndex !== undefined)
    json['sub-sample-index'] = view.subSampleIndex && jsonFromIndex(view.subSampleIndex);
  if (view.firstIndexSubscriptable !== undefined) json['first-index-subscriptable'] = view.firstIndexSubscriptable;
  if (view.path !== undefined) json.path = view.path;
  return { ...json, ...view.extras };
}

/** Parses `queries.json`. @throws {DatasetError} `corrupt`, naming the field. */
export function parseQueries(bytes: Bytes, key: string): ViewEntry[] {
  const json = parseJson(bytes, key);
  if (!Array.isArray(json) || !json.every(isJsonObject))
    throw corrupt(key, 'document', 'a list of objects', 'another value');
  return json.map((entry) => parseViewEntry(entry, key));
}

/** Prints `queries.json` in the original's form. */
export function serializeQueries(views: readonly ViewEntry[]): Bytes {
  return utf8Encode(stringifyJson(views.map(jsonFromViewEntry)));
}
