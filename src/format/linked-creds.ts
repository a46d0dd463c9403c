import { type Bytes, utf8Encode } from '../util/bytes.js';
import { field, texts } from './fields.js';
import { parseJsonObject, stringifyJson } from './json.js';

/** `linked_creds.json`: names of credential keys. Secrets are never stored. */
export interface LinkedCreds {
  /** Names; the number of a name is its position + 1, and 0 means no key. */
  readonly credsKeys: readonly string[];
  /** Those managed by the vendor's cloud. */
  readonly managedCredsKeys: readonly string[];
  /** Those that samples use. */
  readonly usedCredsKeys: readonly string[];
}

/** Parses `linked_creds.json`. @throws {DatasetError} `corrupt`, naming the field. */
export function parseLinkedCreds(bytes: Bytes, key: string): LinkedCreds {
  const json = parseJsonObject(bytes, key);
  const read = (name: string) => field(json, name, texts, key, []);
  const credsKeys = read('creds_keys');
  const usedCredsKeys = read('used_creds_keys');
  // Old releases used ENV without listing it; it then has number 1.
  const isImplied = usedCredsKeys.includes('ENV') && !credsKeys.includes('ENV');
  return {
    credsKeys: isImplied ? ['ENV', ...credsKeys] : credsKeys,
    managedCredsKeys: read('managed_creds_keys'),
    usedCredsKeys,
  };
}

/** Prints `linked_creds.json` in the original's form. */
export function serializeLinkedCreds(creds: LinkedCreds): Bytes {
  return utf8Encode(
    stringifyJson({
      creds_keys: [...creds.credsKeys],
      managed_creds_keys: [...creds.managedCredsKeys],
      used_creds_keys: [...creds.usedCredsKeys],
    }),
  );
}
