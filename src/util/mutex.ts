/** Runs asynchronous functions one after another, in the order in which they were given. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `work` when all earlier work has settled, whether well or not.
   *
   * @param signal - when it aborts before `work` has begun, `work` is left out and the reason is thrown.
   */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#last.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    this.#last = result.catch(() => {}); // the caller hears of it; the next one only waits
    return result;
  }
}
