import type { Bytes } from '../util/bytes.js';
import { type JsonObject, parseJsonObject } from './json.js';
import { serializeMeta } from './tensor-meta.js';

/** Parses `dataset_info.json` or `tensor_info.json`. Tagged objects are left as they are. */
export function parseInfo(bytes: Bytes, key: string): JsonObject {
  return parseJsonObject(bytes, key);
}

/** Prints an info document as the original does. */
export function serializeInfo(info: JsonObject): Bytes {
  return serializeMeta(info);
}
