import { type Bytes, utf8Encode } from '../util/bytes.js';
import { count, counts, field, flag, integer, nullable, object, otherFields, recordOf, text } from './fields.js';
import { type JsonObject, parseJsonObject, stringifyJson } from './json.js';
import { isOlder, VERSION } from './versions.js';

/** How a hidden companion tensor follows its tensor. */
export interface LinkEntry {
  /** Name of the function that makes its row on append, such as `extend_shape`. */
  readonly extend: string;
  /** Name of the function that changes its row on update; left alone when absent. */
  readonly update?: string;
  /** Whether it has a row for each item of a sequence, not for each sequence. */
  readonly flattenSequence: boolean;
}

/** `tensor_meta.json`: what a tensor is. */
export interface TensorMeta {
  /** Version of Deep Lake that wrote the tensor. */
  readonly version: string;
  /** Display name; the key when null. */
  readonly name: string | null;
  /** Base htype, without `sequence[…]` and `link[…]`; null until the first sample decides. */
  readonly htype: string | null;
  /** A dtype, `str` or a JSON schema such as `Any`; null until the first sample decides. */
  readonly dtype: string | null;
  /** numpy's array-interface string of an inferred dtype, for display; it may be wrong. */
  readonly typestr: string | null;
  /** Smallest size of each axis over all samples (items, for sequences); empty when there is no shape yet. */
  readonly minShape: readonly number[];
  /** Largest size of each axis. */
  readonly maxShape: readonly number[];
  /** Number of samples; of items, for sequences. */
  readonly length: number;
  /** Whether the tensor is a companion, or hidden by the user. */
  readonly hidden: boolean;
  /** Compression of each sample by itself. */
  readonly sampleCompression: string | null;
  /** Compression of whole chunks. */
  readonly chunkCompression: string | null;
  /** In bytes; 16,000,000 when null. */
  readonly maxChunkSize: number | null;
  /** Samples above this many bytes are tiled; 16,000,000 when null, never when -1. */
  readonly tilingThreshold: number | null;
  /** Whether samples are sequences of items. */
  readonly isSequence: boolean;
  /** Whether samples are paths of files elsewhere. */
  readonly isLink: boolean;
  /** Whether links are checked on append. */
  readonly verify: boolean;
  /** Companions by their key. */
  readonly links: Readonly<Record<string, LinkEntry>>;
  /** All other fields as found: those of the htype (`class_names`, `_info`, …) and unknown ones. */
  readonly extras: JsonObject;
}

const FIELDS = [
  ...['version', 'name', 'htype', 'dtype', 'typestr', 'min_shape', 'max_shape', 'length', 'hidden', 'verify', 'links'],
  ...['sample_compression', 'chunk_compression', 'max_chunk_size', 'tiling_threshold', 'is_sequence', 'is_link'],
];

/** Parses `tensor_meta.json`, bringing old versions up to date. @throws {DatasetError} `corrupt`, naming the field. */
export function parseTensorMeta(bytes: Bytes, key: string): TensorMeta {
  const json = parseJsonObject(bytes, key);
  const version = field(json, 'version', text, key, VERSION);
  const optional = nullable(text);
  const read = (name: string): string | null => field(json, name, optional, key, null);
  const minShape = field(json, 'min_shape', counts, key, []);
  const isEarly = !isOlder(version, '2.0.2', key) && isOlder(version, '2.0.6', key);
  return {
    version: isOlder(version, VERSION, key) ? VERSION : version,
    name: read('name'),
    htype: read('htype'),
    dtype: read('dtype'),
    typestr: read('typestr'),
    minShape: isEarly && minShape.length === 0 ? [1] : minShape, // these releases left out the shape of scalars
    maxShape: field(json, 'max_shape', counts, key, []),
    length: field(json, 'length', count, key, 0),
    hidden: field(json, 'hidden', flag, key, false),
    sampleCompression: read('sample_compression'),
    chunkCompression: read('chunk_compression'),
    maxChunkSize: field(json, 'max_chunk_size', nullable(count), key, null),
    tilingThreshold: field(json, 'tiling_threshold', nullable(integer), key, null),
    isSequence: field(json, 'is_sequence', flag, key, false),
    isLink: field(json, 'is_link', flag, key, false),
    verify: field(json, 'verify', flag, key, true),
    links: recordOf(
      Object.keys(field(json, 'links', object, key, {})).map((companion) => {
        const links = field(json, 'links', object, key);
        return [
          companion,
          parseLink(field(links, companion, object, key), isOlder(version, '3.0.15', key), key),
        ] as const;
      }),
    ),
    extras: otherFields(json, FIELDS),
  };
}

function parseLink(json: JsonObject, old: boolean, key: string): LinkEntry {
  // Before 3.0.15 the functions were called append_…, and so was the field.
  const stored = field(json, old && !Object.hasOwn(json, 'extend') ? 'append' : 'extend', text, key);
  const extend = old ? stored.replace(/^append_/, 'extend_') : stored;
  const update = field(json, 'update', nullable(text), key, null);
  const flattenSequence = field(json, 'flatten_sequence', flag, key, extend !== 'extend_id');
  return update === null ? { extend, flattenSequence } : { extend, update, flattenSequence };
}

/** Prints `tensor_meta.json` with all fields, in the original's form. */
export function serializeTensorMeta(meta: TensorMeta): Bytes {
  const links = Object.entries(meta.links).map(([companion, { extend, update, flattenSequence }]) => {
    const entry: JsonObject = { extend, flatten_sequence: flattenSequence };
    if (update !== undefined) entry.update = update;
    return [companion, entry] as const;
  });
  return serializeMeta({
    ...meta.extras,
    version: meta.version,
    name: meta.name,
    htype: meta.htype,
    dtype: meta.dtype,
    typestr: meta.typestr,
    min_shape: [...meta.minShape],
    max_shape: [...meta.maxShape],
    length: meta.length,
    hidden: meta.hidden,
    sample_compression: meta.sampleCompression,
    chunk_compression: meta.chunkCompression,
    max_chunk_size: meta.maxChunkSize,
    tiling_threshold: meta.tilingThreshold,
    is_sequence: meta.isSequence,
    is_link: meta.isLink,
    verify: meta.verify,
    links: Object.fromEntries(links),
  });
}

/** Prints a meta or info document as the original does: sorted keys, 4 spaces. */
export function serializeMeta(json: JsonObject): Bytes {
  return utf8Encode(stringifyJson(json, { indent: 4, sortKeys: true }));
}
