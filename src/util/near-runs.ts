import { type SameRun, sameRuns } from './same-runs.js';

const WINDOW = 65_536;
// Windows that differ cost a hundred times as much as those that are the same.
const MAX_DIFFERENT = 16;

/**
 * Finds bytes of `base` that `next` has too, near where they were: much faster than {@link sameRuns} for long values
 * of which little has changed. Both are compared window by window, until one has nothing in common.
 */
export function nearRuns(base: Uint8Array, next: Uint8Array): SameRun[] {
  const runs: SameRun[] = [];
  let from = 0;
  let at = 0;
  for (let different = 0; different < MAX_DIFFERENT && from < base.length && at < next.length; ) {
    const found = sameRuns(base.subarray(from, from + WINDOW), next.subarray(at, at + WINDOW));
    const last = found.at(-1);
    if (!last) break;
    for (const run of found) runs.push({ from: from + run.from, at: at + run.at, length: run.length });
    if (found.length > 1 || last.at > 0 || last.length < WINDOW) different++;
    from += last.from + last.length;
    at += last.at + last.length;
  }
  return runs;
}
