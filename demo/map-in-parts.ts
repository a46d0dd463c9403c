/**
 * Maps items by an asynchronous function, a few at the same time, in order.
 *
 * @param size - items at the same time.
 * @throws `signal.reason`, and what the function throws
 */
export async function mapInParts<T, R>(
  items: readonly T[],
  size: number,
  signal: AbortSignal,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    signal.throwIfAborted();
    results.push(...(await Promise.all(items.slice(start, start + size).map(map))));
  }
  return results;
}
