/**
 * Waits for a promise, or for the abort of a signal, whose reason is then thrown untouched.
 *
 * The work behind the promise goes on: only the waiting ends.
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  let stop = (): void => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      promise.then(resolve, reject);
      stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  } finally {
    signal.removeEventListener('abort', stop); // a signal may live as long as the page
  }
}

/**
 * Work that several callers wait for: stopped only when all of them have given up.
 *
 * One caller's abort rejects that caller alone. Joining a signal that has aborted starts nothing.
 */
export class SharedWork<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>;
  readonly #controller = new AbortController();
  #promise: Promise<T> | undefined;
  #waiting = 0;

  /** @param start - begins the work; called once, at the first {@link join}. */
  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start;
  }

  /** Whether the work was stopped, so that it is of no use to join. */
  get stopped(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for the result, or for the abort of `signal`. */
  async join(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#waiting++;
    try {
      this.#promise ??= this.#start(this.#controller.signal);
      return await abortable(this.#promise, signal);
    } finally {
      if (--this.#waiting === 0) this.#controller.abort(signal?.reason);
    }
  }
}
