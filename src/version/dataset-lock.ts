/** Deep Lake's own write lock: a file beside the data, for stores that several programs share (`spec` §8.1). */
import { DatasetError } from '../errors.js';
import { datasetLockKey } from '../format/keys.js';
import { isSameOwner, type Lock, parseLock, serializeLock } from '../format/lock.js';
import type { Store } from '../store/types.js';

const VALID_SECONDS = 300; // as in Deep Lake 3.9.52
// 120 seconds of 300, which is what Deep Lake means to keep.
const renewAfter = (seconds: number): number => seconds * 400;
const SETTLE_MILLISECONDS = 10; // what Deep Lake waits on a local disk before it reads its lock back

/**
 * Takes the lock of a head and renews it until it is released.
 *
 * @returns the release; it deletes the file if it is still ours.
 * @throws {DatasetError} `read-only` with reason `locked` when another program holds it.
 */
export function acquireDatasetLock(store: Store, commit: string): Promise<() => Promise<void>> {
  return acquireLock(store, datasetLockKey(commit), VALID_SECONDS);
}

/** Takes a lock file, valid for `seconds`, and renews it until it is released: see {@link acquireDatasetLock}. */
export async function acquireLock(store: Store, key: string, seconds: number): Promise<() => Promise<void>> {
  const write = store.write?.bind(store);
  if (!write) throw new DatasetError('read-only', `${store.address} cannot be written.`, { reason: 'store' });
  const random = crypto.getRandomValues(new Uint32Array(2));
  const own = { node: (random[0] ?? 0) + 1, tag: crypto.getRandomValues(new Uint8Array(4)) };
  const mine = (): Lock => ({ ...own, expiry: Date.now() / 1000 + seconds });
  const read = async (): Promise<Lock | undefined> => {
    const bytes = await store.get(key);
    return bytes && parseLock(bytes, key);
  };
  const put = () => write([{ key, bytes: serializeLock(mine()) }]);
  const before = await read();
  if (before && before.expiry > Date.now() / 1000) throw lockedBy(store, key, before);
  await put();
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
  const after = await read();
  if (!after || !isSameOwner(after, mine())) throw lockedBy(store, key, after);
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewal = put().catch(() => {}); // the next renewal, or the next flush, meets the same failure and tells it
  }, renewAfter(seconds));
  if (typeof timer === 'object') timer.unref(); // Node: an open dataset alone does not keep the process alive
  return async () => {
    clearInterval(timer);
    await renewal;
    const now = await read();
    if (now && isSameOwner(now, mine())) await write([{ key, bytes: null }]);
  };
}

function lockedBy(store: Store, key: string, lock: Lock | undefined): DatasetError<'read-only'> {
  const left = lock ? Math.max(0, Math.round(lock.expiry - Date.now() / 1000)) : VALID_SECONDS;
  return new DatasetError(
    'read-only',
    `${store.address} is being written by another program (${key}). Close it, wait ${left} seconds for its lock to expire, or open with mode "r".`,
    { reason: 'locked', key, ...(lock && { holder: lock.node.toString(16) }) },
  );
}
