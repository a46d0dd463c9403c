/** Takes the records of points apart: one typed array for each number that a point has. */
import { type Dtype, type DtypeMap, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import type { LasDimension } from './las-formats.js';
import type { LasLayout } from './las-layout.js';
import { unpackLaz } from './laz.js';
import type { CodecConfig } from './types.js';

/** Columns of points by the names of their dimensions. */
export type LasColumns = Record<string, DtypeMap[Dtype]>;

/** What {@link readLasColumns} works on. */
export interface LasJob {
  readonly layout: LasLayout;
  /** Points `[start, end)` one after another; of LAZ the whole file. */
  readonly bytes: Bytes;
  readonly start: number;
  readonly end: number;
  /** Dimensions that are asked for: of those that the layout has. */
  readonly names: readonly string[];
}

// Numbers are little-endian.
const readers: Readonly<Partial<Record<Dtype, (view: DataView, at: number) => number | bigint>>> = {
  uint8: (view, at) => view.getUint8(at),
  int8: (view, at) => view.getInt8(at),
  uint16: (view, at) => view.getUint16(at, true),
  int16: (view, at) => view.getInt16(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint64: (view, at) => view.getBigUint64(at, true),
  int64: (view, at) => view.getBigInt64(at, true),
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};

/** Reads columns in the type that the file has them in; bit fields are uint8. @throws {DatasetError} `codec` */
export async function readLasColumns(job: LasJob, config: CodecConfig): Promise<LasColumns> {
  const { layout, start, end, names } = job;
  const records = layout.packed ? await unpackLaz(job.bytes, layout, [start, end], config) : job.bytes;
  const columns: LasColumns = {};
  for (const name of names) {
    const dimension = layout.dimensions.get(name);
    if (!dimension) continue;
    const column = newTypedArray(dimension.dtype, end - start);
    fillLasColumn(records, layout.pointBytes, dimension, column, 0, 1);
    columns[name] = column;
  }
  return columns;
}

/**
 * Writes one number of each record to places `first`, `first + step`, … of an array.
 *
 * @param records - whole records of `pointBytes` bytes. 64-bit integers are rounded where the array is of another type.
 */
export function fillLasColumn(
  records: Bytes,
  pointBytes: number,
  { dtype, at, shift, bits }: LasDimension,
  to: DtypeMap[Dtype],
  first: number,
  step: number,
): void {
  const read = readers[dtype];
  if (!read) throw new TypeError(`no dimension of points is of dtype ${dtype}`);
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  const mask = bits < 8 ? (1 << bits) - 1 : undefined;
  const big = to instanceof BigInt64Array || to instanceof BigUint64Array;
  for (let from = at, place = first; from < records.length; from += pointBytes, place += step) {
    const value = read(view, from);
    if (mask !== undefined) to[place] = (Number(value) >> shift) & mask;
    else to[place] = big ? value : Number(value);
  }
}
