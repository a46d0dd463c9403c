/** Reads parts of samples. Loaded with the first one. */
import { type Region, readBox } from '../chunk/region.js';
import type { TensorSource } from '../chunk/source.js';
import { errorAt } from '../errors.js';
import { isDtype, type NdArray } from '../format/dtypes.js';
import { sequenceAt } from '../format/sequences.js';
import type { CallOptions } from '../store/types.js';
import type { Session, TensorRef } from './session.js';

/** Which part of a sample is read or written. */
export interface RegionOptions extends CallOptions {
  /**
   * For each axis a position, a range `[start, end)`, or null for all of it: `[[0, 64], [0, 64], null]` is the upper left
   * corner of a picture. Negative numbers count from the end; axes at the end may be left out.
   */
  readonly region: Region;
  /** Of sequences: which item. */
  readonly item?: number;
}

/** Reads a part of a sample; see `Tensor.at`. */
export async function readRegion(
  session: Session,
  ref: TensorRef,
  row: number,
  { region, item, ...options }: RegionOptions,
): Promise<NdArray> {
  const source = await session.source(ref);
  checkRegions(source, ref.name);
  try {
    return await readBox(source, itemIndex(source, row, item), region, session.reading, options);
  } catch (error) {
    throw errorAt(error, { tensor: ref.name, index: row });
  }
}

/** Whether samples of a tensor are arrays of numbers in the dataset. */
export function hasRegions({ dtype, isLink, htype }: TensorSource['meta']): boolean {
  return isDtype(dtype) && !isLink && htype !== 'polygon';
}

/** @throws {TypeError} for tensors whose samples are no arrays of numbers */
export function checkRegions({ meta }: Pick<TensorSource, 'meta'>, name: string): void {
  if (hasRegions(meta)) return;
  throw new TypeError(`Samples of tensor "${name}" are no arrays of numbers in the dataset: they have no regions.`);
}

/** Index of a sample, or of an item of a sequence. @throws {TypeError} @throws {RangeError} */
export function itemIndex({ sequences }: Pick<TensorSource, 'sequences'>, row: number, item?: number): number {
  if (!sequences && item === undefined) return row;
  if (!sequences || item === undefined)
    throw new TypeError(sequences ? 'A region of a sequence needs { item }.' : 'Only sequences have items.');
  const { start, end } = sequenceAt(sequences, row);
  const at = item < 0 ? end + item : start + item;
  if (Number.isInteger(at) && at >= start && at < end) return at;
  throw new RangeError(`Sequence ${row} has ${end - start} items; there is none at ${item}.`);
}
