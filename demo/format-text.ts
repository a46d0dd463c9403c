/** Numbers and times as a person reads them. */

const grouped = new Intl.NumberFormat('en');
const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A count with thousands separators, such as `5,000`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A count with its noun: `1 row`, `5,000 rows`. */
export function formatNumberOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** Bytes in decimal units with three digits at most, such as `482 kB` or `1.25 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Milliseconds, as seconds from one second on: `0.4 ms`, `38 ms`, `2.1 s`. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 999.5) return `${(milliseconds / 1000).toFixed(milliseconds < 99_500 ? 1 : 0)} s`;
  return `${milliseconds.toFixed(milliseconds < 9.95 ? 1 : 0)} ms`;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

const steps: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400 * 365, 'year'],
  [86_400 * 30, 'month'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

/** How long ago something was: `just now`, `3 minutes ago`, `2 days ago`. */
export function formatAgo(time: Date, now = Date.now()): string {
  const seconds = (now - time.getTime()) / 1000;
  const step = steps.find(([least]) => seconds >= least);
  return step ? `${formatNumberOf(Math.floor(seconds / step[0]), step[1])} ago` : 'just now';
}

/** What a commit is called: its message, in which ids of other commits are shortened, or the start of its id. */
export function commitName({ id, message }: { readonly id: string; readonly message: string | null }): string {
  return (message || id).replace(/\b([0-9a-f]{8})[0-9a-f]{32}\b/g, '$1');
}
