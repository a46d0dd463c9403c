import { corrupt } from '../util/byte-reader.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';

/** What a field of a JSON document must be. */
export interface FieldType<T> {
  /** How it is called in messages. */
  readonly name: string;
  readonly is: (value: JsonValue) => boolean;
  /** Only carries the type. */
  readonly type?: T;
}

const isCount = (value: JsonValue) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: JsonValue) => typeof value === 'string';

/** A text. */
export const text: FieldType<string> = { name: 'a string', is: isText };
/** true or false. */
export const flag: FieldType<boolean> = { name: 'true or false', is: (value) => typeof value === 'boolean' };
/** A safe integer. */
export const integer: FieldType<number> = { name: 'an integer', is: Number.isSafeInteger };
/** A safe integer from 0. */
export const count: FieldType<number> = { name: 'an integer from 0', is: isCount };
/** Any number. */
export const numeric: FieldType<number> = { name: 'a number', is: (value) => typeof value === 'number' };
/** A shape. */
export const counts: FieldType<number[]> = {
  name: 'a list of integers from 0',
  is: (value) => Array.isArray(value) && value.every(isCount),
};
/** A list of texts. */
export const texts: FieldType<string[]> = {
  name: 'a list of strings',
  is: (value) => Array.isArray(value) && value.every(isText),
};
/** An object. */
export const object: FieldType<JsonObject> = { name: 'an object', is: isJsonObject };
/** A list of anything. */
export const list: FieldType<JsonValue[]> = { name: 'a list', is: Array.isArray };

/** The same, or null. */
export function nullable<T>(type: FieldType<T>): FieldType<T | null> {
  return { name: `${type.name} or null`, is: (value) => value === null || type.is(value) };
}

/**
 * Reads one field. When it is missing, `fallback` is its value; without a fallback it must be there.
 * @throws {DatasetError} `corrupt`, naming the field.
 */
export function field<T>(from: JsonObject, name: string, type: FieldType<T>, key: string, fallback?: T): T {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  if (value === undefined && fallback !== undefined) return fallback;
  if (value === undefined || !type.is(value)) {
    const got =
      value === undefined
        ? 'nothing'
        : typeof value === 'object'
          ? JSON.stringify(value, plainBigint)?.slice(0, 60)
          : String(value);
    throw corrupt(key, `field "${name}"`, type.name, got ?? 'nothing');
  }
  return value as T;
}

/** The fields of an object that are not in `known`, as they are. */
export function otherFields(from: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !known.includes(name)));
}

/** A record without a prototype, so that looking up names such as `toString` finds nothing. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, T>;
}

function plainBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
