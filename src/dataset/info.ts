import { type JsonObject, stringifyJson } from '../format/json.js';

/** A JSON object beside the data: of a tensor (class names, coordinates) or of the dataset. */
export interface Info {
  /** The whole object. A copy: changing it changes nothing stored. */
  get(): Promise<JsonObject>;
  /**
   * Sets some of its keys, and keeps the others.
   * @throws {TypeError} when a value is nothing that JSON can hold.
   */
  update(changes: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The info with changes, checked to be JSON. @throws {TypeError} */
export function changedInfo(info: JsonObject, changes: Readonly<Record<string, unknown>>): JsonObject {
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes))
    throw new TypeError('info.update takes an object.');
  const next = { ...info, ...(structuredClone(changes) as JsonObject) };
  stringifyJson(next); // refuses what would fail when it is stored
  return next;
}
