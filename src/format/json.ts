import { corrupt } from '../util/byte-reader.js';
import { type Bytes, utf8Decode } from '../util/bytes.js';
import {
  bytesFromNdArray,
  dtypeFromTypestr,
  isDtype,
  itemSize,
  type NdArray,
  ndArrayFromBytes,
  typestr,
} from './dtypes.js';
import { isDeep, JsonParser, MAX_DEPTH } from './json-parser.js';

/** A value of a stored JSON document. Integers beyond 2^53 are `bigint`; NaN and infinities are allowed. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonObject;

/** An object of a stored JSON document. Its keys are not to be trusted: `__proto__` may be one of them. */
export interface JsonObject {
  /** Value of each key. */
  [key: string]: JsonValue;
}

/**
 * Parses JSON as Python's `json` module reads it: with NaN, Infinity, -Infinity and integers of any size.
 *
 * Integers that a number cannot hold become `bigint`.
 * @throws {DatasetError} `corrupt` with the position, when the text is no JSON, no UTF-8, or nested deeper than 512.
 */
export function parseJson(input: Bytes | string, key: string): JsonValue {
  let text: string;
  try {
    text = typeof input === 'string' ? input : utf8Decode(input);
  } catch {
    throw corrupt(key, 'text', 'UTF-8', 'other bytes');
  }
  // The platform's parser is many times faster. It rounds long integers silently, so they must not reach it.
  // Long fractions may: `0.1234567890123456`.
  if (!/(^|[^.\d])\d{16}/.test(text) && !isDeep(text)) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // NaN and Infinity, or an error: the slow way tells which, and where.
    }
  }
  return new JsonParser(text, key).document();
}

/** Parses a JSON document that must be an object. @throws {DatasetError} `corrupt` when it is anything else. */
export function parseJsonObject(input: Bytes | string, key: string): JsonObject {
  const value = parseJson(input, key);
  if (!isJsonObject(value))
    throw corrupt(key, 'document', 'a JSON object', Array.isArray(value) ? 'an array' : typeof value);
  return value;
}

/** Whether a JSON value is an object: no array, not null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How {@link stringifyJson} prints. */
export interface StringifyOptions {
  /** Spaces for each level. One line with `", "` and `": "` when absent. */
  readonly indent?: number;
  /** Sorts the keys of objects by UTF-16 code units. */
  readonly sortKeys?: boolean;
}

/**
 * Prints a value as Python's `json.dumps` does: non-ASCII escaped, NaN and Infinity as bare words.
 *
 * Floats are printed as JavaScript prints them, so a small whole one reads back as an integer. Properties that are undefined
 * are left out.
 * @throws {TypeError} for anything that is no JSON: undefined in an array, functions, dates, class instances.
 * @throws {RangeError} when nested deeper than 512, or in a circle.
 */
export function stringifyJson(value: JsonValue, options: StringifyOptions = {}): string {
  const { indent, sortKeys } = options;

  const list = (open: string, close: string, parts: string[], level: number): string => {
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open + parts.join(', ') + close;
    const line = `\n${' '.repeat(indent * level)}`;
    const inner = line + ' '.repeat(indent);
    return open + inner + parts.join(`,${inner}`) + line + close;
  };

  const print = (item: unknown, level: number): string => {
    if (item === null || typeof item === 'boolean' || typeof item === 'bigint') return String(item);
    if (typeof item === 'string') return quote(item);
    if (typeof item === 'number') return printNumber(item);
    if (level >= MAX_DEPTH) throw new RangeError(`JSON values may be nested at most ${MAX_DEPTH} levels deep`);
    if (Array.isArray(item)) {
      return list(
        '[',
        ']',
        Array.from(item, (part) => print(part, level + 1)),
        level,
      );
    }
    if (!isPlain(item)) throw new TypeError(`Expected a JSON value, got ${Object.prototype.toString.call(item)}`);
    const keys = Object.keys(item).filter((key) => item[key] !== undefined);
    if (sortKeys) keys.sort();
    return list(
      '{',
      '}',
      keys.map((key) => `${quote(key)}: ${print(item[key], level + 1)}`),
      level,
    );
  };

  return print(value, 0);
}

/** Whether a value is an object made by `{}`, `Object.create(null)` or a JSON parser, of this or another realm. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const proto: unknown = Object.getPrototypeOf(value);
  return proto === null || Object.getPrototypeOf(proto) === null;
}

function printNumber(value: number): string {
  const text = String(value);
  if (Object.is(value, -0)) return '-0.0';
  // A long whole number is a float; without a point it would be read as an integer, that is as a bigint.
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? text : `${text}.0`;
}

function quote(text: string): string {
  // JSON.stringify escapes what JSON demands; Python escapes everything that is not printable ASCII.
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** An encoded file (an image, a sound, …) inside a JSON sample or info. */
export interface TaggedSample {
  readonly bytes: Bytes;
  /** Compression name, such as `jpeg`; null when unknown. */
  readonly compression: string | null;
}

/** A JSON value that may hold arrays, bytes and encoded files. */
export type TaggedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | NdArray
  | Bytes
  | TaggedSample
  | TaggedValue[]
  | { [key: string]: TaggedValue };

const TAG = '_hub_custom_type';

/**
 * Turns the tagged objects in a JSON value into arrays, bytes and encoded files.
 *
 * Objects with an unknown tag stay as they are.
 * @throws {DatasetError} `corrupt` when a tagged object contradicts itself.
 */
export function decodeTagged(value: JsonValue, key = 'JSON value'): TaggedValue {
  if (Array.isArray(value)) return value.map((item) => decodeTagged(item, key));
  if (!isJsonObject(value)) return value;
  const { [TAG]: tag, data } = value;
  if (typeof data === 'string') {
    if (tag === 'bytes') return bytesFromBase64(data, key);
    if (tag === 'Sample') {
      const { compression = null } = value;
      if (compression === null || typeof compression === 'string') {
        return { bytes: bytesFromBase64(data, key), compression };
      }
    }
    if (tag === 'ndarray') {
      const { dtype: text, shape } = value;
      const dtype = typeof text === 'string' ? dtypeFromTypestr(text) : undefined;
      if (dtype && isShape(shape)) {
        const bytes = bytesFromBase64(data, key);
        if (typeof text === 'string' && text[0] === '>')
          swap(bytes, itemSize(dtype) / (dtype.startsWith('complex') ? 2 : 1));
        return ndArrayFromBytes(bytes, dtype, shape, key);
      }
    }
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, decodeTagged(item, key)]));
}

/** Turns arrays, bytes and encoded files inside a value into tagged objects; the inverse of {@link decodeTagged}. */
export function encodeTagged(value: TaggedValue): JsonValue {
  if (Array.isArray(value)) return value.map(encodeTagged);
  if (value instanceof Uint8Array) return { [TAG]: 'bytes', data: base64FromBytes(value) };
  if (!isPlain(value)) return value as JsonValue; // what is no JSON is refused when it is printed
  if (isNdArray(value)) {
    const data = base64FromBytes(bytesFromNdArray(value));
    return { [TAG]: 'ndarray', data, shape: [...value.shape], dtype: typestr(value.dtype) };
  }
  if (isTaggedSample(value)) {
    return { [TAG]: 'Sample', data: base64FromBytes(value.bytes), compression: value.compression };
  }
  const entries = Object.entries(value as { [key: string]: TaggedValue });
  return Object.fromEntries(entries.map(([name, item]) => [name, encodeTagged(item)])) as JsonObject;
}

function isShape(value: JsonValue | undefined): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
}

function isNdArray(value: object): value is NdArray {
  const { dtype, shape, data } = value as Partial<NdArray>;
  return isDtype(dtype) && Array.isArray(shape) && ArrayBuffer.isView(data);
}

function isTaggedSample(value: object): value is TaggedSample {
  const { bytes, compression } = value as Partial<TaggedSample>;
  return bytes instanceof Uint8Array && (compression === null || typeof compression === 'string');
}

function swap(bytes: Bytes, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

function bytesFromBase64(text: string, key: string): Bytes {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw corrupt(key, 'tagged object', 'base64', JSON.stringify(text.slice(0, 20)));
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function base64FromBytes(bytes: Uint8Array): string {
  let binary = '';
  // In steps: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
