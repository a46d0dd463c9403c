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
  /**
   * Sets the whole object. Keys that the htype needs, such as `class_names`, get their default where they are missing.
   * @throws {TypeError} when a value is nothing that JSON can hold.
   */
  replace(info: Readonly<Record<string, unknown>>): Promise<void>;
  /** Removes some of its keys; those that the htype needs get their default. Keys that are not there are ignored. */
  remove(...keys: readonly string[]): Promise<void>;
}

/** Name of a change of an info. */
export type InfoChange = Exclude<keyof Info, 'get'>;

/**
 * The info with changes, checked to be JSON.
 *
 * @param given - what the method of {@link Info} was called with. @param defaults - keys that may not be missing. @throws {TypeError}
 */
export function changedInfo(
  info: JsonObject,
  how: InfoChange,
  given: readonly unknown[],
  defaults: JsonObject = {},
): JsonObject {
  let next: JsonObject;
  if (how === 'remove') {
    const keys = new Set(given);
    if (given.some((key) => typeof key !== 'string')) throw new TypeError('info.remove takes names of keys.');
    next = Object.fromEntries(Object.entries(info).filter(([key]) => !keys.has(key)));
  } else {
    const [changes] = given;
    if (typeof changes !== 'object' || changes === null || Array.isArray(changes))
      throw new TypeError(`info.${how} takes an object.`);
    next = { ...(how === 'update' && info), ...(structuredClone(changes) as JsonObject) };
  }
  next = { ...defaults, ...next };
  stringifyJson(next); // refuses what would fail when it is stored
  return next;
}
