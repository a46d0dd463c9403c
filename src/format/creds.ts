import type { Bytes } from '../util/bytes.js';
import { RunTable } from '../util/runs.js';
import { parseRunFile, serializeRunFile } from './run-file.js';

/** An empty credentials table: column 0 is the number of the credential key of each link, 0 for none. */
export function newCreds(): RunTable {
  return new RunTable(1);
}

/** Parses `creds_index/unsharded`. @throws {DatasetError} `corrupt`. */
export function parseCreds(bytes: Bytes, key: string): RunTable {
  return parseRunFile(bytes, key, 1);
}

/** Prints `creds_index/unsharded`. */
export function serializeCreds(creds: RunTable): Bytes {
  return serializeRunFile(creds);
}
