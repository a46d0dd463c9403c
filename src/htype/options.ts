import type { JsonObject, JsonValue } from '../format/json.js';

/** Fails for options that an htype does not have. @throws {TypeError} */
export function refuseUnknown(htype: string, given: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (given[key] !== undefined && !known.includes(key)) {
      const list = known.length === 0 ? 'has no options of its own' : `has ${known.join(', ')}`;
      throw new TypeError(`Option "${key}" is not an option of htype "${htype}", which ${list}.`);
    }
  }
}

/** The `initialInfo` of an htype without options of its own. */
export function noOptions(htype: string) {
  return (given: Readonly<Record<string, unknown>>): JsonObject => {
    refuseUnknown(htype, given, []);
    return {};
  };
}

/** Reads a list of names, such as class names. @throws {TypeError} */
export function nameList(option: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw new TypeError(`Option "${option}" must be an array of strings, such as ["cat", "dog"].`);
  }
  const seen = new Set<string>();
  for (const name of value as string[]) {
    if (seen.has(name)) throw new TypeError(`Option "${option}" holds "${name}" twice.`);
    seen.add(name);
  }
  return [...seen];
}

/**
 * Reads `coords`: which numbers a box is made of.
 * @param choices - allowed values of each key. @throws {TypeError}
 */
export function coordsOption(value: unknown, choices: Readonly<Record<string, readonly string[]>>): JsonObject {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('Option "coords" must be an object.');
  const coords: JsonObject = {};
  for (const [key, entry] of Object.entries(value)) {
    const allowed = Object.hasOwn(choices, key) ? choices[key] : undefined;
    if (entry === undefined) continue;
    if (!allowed)
      throw new TypeError(`Option "coords" has no key "${key}"; it has ${Object.keys(choices).join(' and ')}.`);
    if (!allowed.includes(entry as string))
      throw new TypeError(`Option "coords.${key}" must be one of ${allowed.join(', ')}; got ${String(entry)}.`);
    coords[key] = entry as JsonValue;
  }
  return coords;
}
