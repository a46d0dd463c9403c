import { corrupt } from '../util/byte-reader.js';
import { type Bytes, utf8Decode, utf8Encode } from '../util/bytes.js';
import { isSafeKey } from './keys.js';

/** Where a chunk lies that a commit lists. */
export interface ChunkOwner {
  /** The commit whose folder it is in; the listing commit itself when absent. */
  readonly commit?: string;
  /** The tensor whose folder it is in; the listing tensor itself when absent. */
  readonly tensor?: string;
}

/** `chunk_set`: the chunks of a tensor that a commit owns or has adopted, by id. */
export type ChunkSet = ReadonlyMap<bigint, ChunkOwner>;

/** Parses `chunk_set`. No bytes are an empty set. @throws {DatasetError} `corrupt`. */
export function parseChunkSet(bytes: Bytes, key: string): Map<bigint, ChunkOwner> {
  const set = new Map<bigint, ChunkOwner>();
  if (bytes.length === 0) return set;
  let entries: string[];
  try {
    entries = utf8Decode(bytes).split(',');
  } catch {
    throw corrupt(key, 'text', 'UTF-8', 'other bytes');
  }
  for (const entry of entries) {
    const match = /^([0-9a-f]{1,16})(?::([^:/]+)(?::([^:]+))?)?$/i.exec(entry);
    const [, id, commit, tensor] = match ?? [];
    if (id === undefined || !isSafeKey(commit ?? 'a') || !isSafeKey(tensor ?? 'a')) {
      throw corrupt(key, 'entry', 'id, id:commit or id:commit:tensor', JSON.stringify(entry.slice(0, 60)));
    }
    set.set(BigInt(`0x${id}`), { ...(commit !== undefined && { commit }), ...(tensor !== undefined && { tensor }) });
  }
  return set;
}

/** Prints `chunk_set`. */
export function serializeChunkSet(set: ChunkSet): Bytes {
  const entries = [...set].map(([id, { commit, tensor }]) => {
    const parts = [id.toString(16)];
    if (commit !== undefined) parts.push(commit);
    if (tensor !== undefined) parts.push(tensor);
    return parts.join(':');
  });
  return utf8Encode(entries.join(','));
}
