import { corrupt } from '../util/byte-reader.js';

/** The release whose format is written, in every place that names a version. */
export const VERSION = '3.9.52';

/**
 * Whether a version is older than another, part by part: `3.0.9` is older than `3.0.15`.
 * @throws {DatasetError} `corrupt` when the first is not made of numbers.
 */
export function isOlder(version: string, than: string, key: string): boolean {
  if (!/^\d{1,9}(\.\d{1,9})*$/.test(version))
    throw corrupt(key, 'version', 'numbers and dots', JSON.stringify(version));
  const a = version.split('.');
  const b = than.split('.');
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const step = Number(a[i] ?? 0) - Number(b[i] ?? 0);
    if (step !== 0) return step < 0;
  }
  return false;
}
