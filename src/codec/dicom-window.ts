/**
 * From stored values to gray: modality transform, then a window or a table of values of interest.
 *
 * Source: DICOM PS3.3 §C.11.1 (modality) and §C.11.2 (VOI).
 */
import type { DtypeMap } from '../format/dtypes.js';

/** A lookup table. */
export interface LookupTable {
  /** The value that is mapped to the first entry; those below it are, too. */
  readonly first: number;
  readonly entries: Uint8Array | Uint16Array;
  /** Bits of an entry. */
  readonly bits: number;
}

/** How a window maps values: see PS3.3 §C.11.2.1.2.1 and §C.11.2.1.3. */
export type WindowShape = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

/** Which values become black and white. */
export interface VoiWindow {
  readonly center: number;
  readonly width: number;
  readonly shape: WindowShape;
}

/** Maps a number to another. */
export type Transfer = (value: number) => number;

/** Whether a window can be applied: its width is at least 1 (`LINEAR`) or above 0. */
export function isWindow({ center, width, shape }: VoiWindow): boolean {
  return Number.isFinite(center) && Number.isFinite(width) && (shape === 'LINEAR' ? width >= 1 : width > 0);
}

/** Maps values by a table; between entries, the lower one counts. */
export function tableTransfer({ first, entries }: LookupTable): Transfer {
  const last = entries.length - 1;
  return (value) => entries[Math.min(Math.max(Math.trunc(value - first), 0), last)] ?? 0;
}

/** Maps values by a window to `[low, high]`. */
export function windowTransfer({ center, width, shape }: VoiWindow, low: number, high: number): Transfer {
  const range = high - low;
  if (shape === 'SIGMOID') return (value) => range / (1 + Math.exp((-4 * (value - center)) / width)) + low;
  const middle = shape === 'LINEAR' ? center - 0.5 : center;
  const across = shape === 'LINEAR' ? width - 1 : width;
  const bottom = middle - across / 2;
  const top = middle + across / 2;
  return (value) => {
    if (value <= bottom) return low;
    return value > top ? high : ((value - middle) / across + 0.5) * range + low;
  };
}

/** Maps the range of values linearly to `[low, high]`; where all are the same, to `low`. */
export function rangeTransfer(
  values: DtypeMap[keyof DtypeMap],
  modality: Transfer,
  low: number,
  high: number,
): Transfer {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const stored of values) {
    const value = modality(Number(stored));
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const range = greatest - least;
  return range > 0 ? (value) => ((value - least) / range) * (high - low) + low : () => low;
}
