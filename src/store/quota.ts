/** How much the browser stores for this site and may store, in bytes; fields are absent where it does not say. */
export interface StorageEstimate {
  readonly usage?: number;
  readonly quota?: number;
}

/** Asks the browser how much room there is. Gives an empty object where it cannot be asked. */
export async function estimateStorage(): Promise<StorageEstimate> {
  if (typeof navigator === 'undefined' || !navigator.storage?.estimate) return {};
  const { usage, quota } = await navigator.storage.estimate();
  return { ...(usage !== undefined && { usage }), ...(quota !== undefined && { quota }) };
}

/**
 * Asks the browser not to clear the data of this site when the disk gets full.
 *
 * @param timeoutMs - how long to wait for an answer, in milliseconds: Firefox asks the person and may never settle.
 * @returns whether data are persistent; false also when no answer came in time or the browser has no such promise.
 */
export async function requestPersistence(timeoutMs = 1000): Promise<boolean> {
  if (typeof navigator === 'undefined' || !navigator.storage?.persist) return false;
  if (await navigator.storage.persisted()) return true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  return Promise.race([navigator.storage.persist(), late]).finally(() => clearTimeout(timer));
}
