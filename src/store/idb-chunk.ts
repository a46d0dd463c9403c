/** Where a chunk and its deltas lie in the object store, and the requests that change them. */
import type { Bytes } from '../util/bytes.js';
import { type Change, type HeldValue, wholeValue } from './held-value.js';
import type { Delta } from './pieces.js';

// Keys that are lists lie beyond all strings: a list of keys never shows them.
const deltaKey = (key: string, { of, number }: Pick<Delta, 'of' | 'number'>): IDBValidKey => [key, of, number];

/** Keys of all deltas of a chunk. */
export function besideRange(key: string): IDBKeyRange {
  return IDBKeyRange.bound([key], [key, []]); // a list comes after all numbers and strings
}

/** Whether a value may have deltas: chunks alone, which are the only long values that change a little. */
export function isChunk(key: string): boolean {
  return key.includes('/chunks/');
}

/** Deletes a chunk, or the deltas of one that is about to be put whole. */
export function deleteDeltas(store: IDBObjectStore, key: string): void {
  if (isChunk(key)) store.delete(besideRange(key));
}

/** Stores a chunk whole, as a Blob. @param lasting - whether the parts never change. @returns what it is from now on */
export function putBlob(
  store: IDBObjectStore,
  key: string,
  parts: readonly Bytes[],
  lasting: boolean,
): HeldValue | undefined {
  // A type that no other value has, and that browsers keep as it is.
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  const stamp = `chunk/${high.toString(36)}-${low.toString(36)}`;
  deleteDeltas(store, key);
  store.put(new Blob([...parts], { type: stamp }), key);
  return lasting ? wholeValue(stamp, parts) : undefined;
}

/** Stores a delta beside a chunk. Another one of the same number makes the transaction fail. @returns bytes stored */
export function addDelta(store: IDBObjectStore, key: string, { delta, replaces }: Change): number {
  if (replaces) deleteDeltas(store, key);
  store.add(delta, deltaKey(key, delta));
  return delta.bytes.length + delta.runs.byteLength;
}

/** Calls `stale` when a chunk, or its last delta, is not what is held of it any more. */
export function checkHeld(store: IDBObjectStore, key: string, { stamp, next }: HeldValue, stale: () => void): void {
  if (next > 0) {
    const request = store.getKey(deltaKey(key, { of: stamp, number: next - 1 }));
    request.onsuccess = () => {
      if (request.result === undefined) stale();
    };
    return;
  }
  const request: IDBRequest<unknown> = store.get(key);
  request.onsuccess = () => {
    if (!(request.result instanceof Blob) || request.result.type !== stamp) stale();
  };
}
