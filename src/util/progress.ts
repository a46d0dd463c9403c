/** How far a long task has come. */
export interface Progress {
  /** Finished units, such as rows or files; never falls. */
  readonly done: number;
  /** All units, where that is known. */
  readonly total?: number;
  /** Bytes handled so far. */
  readonly bytes: number;
}

/** Told of progress at most ten times a second, and once at the end. */
export type OnProgress = (progress: Progress) => void;

/**
 * Makes a reporter that passes at most one call in 100 ms on, except those with `last`.
 *
 * @param now - clock in milliseconds.
 */
export function progressReporter(
  onProgress: OnProgress | undefined,
  now: () => number = () => performance.now(),
): (progress: Progress, last?: boolean) => void {
  let next = Number.NEGATIVE_INFINITY;
  return (progress, last = false) => {
    if (!onProgress || (!last && now() < next)) return;
    next = now() + 100;
    onProgress(progress);
  };
}
