/**
 * Tells where the points of a LAS or LAZ file lie (1.0 to 1.4, all point formats).
 *
 * The header has 227 bytes (1.3: 235, 1.4: 375); then records of metadata, then points of one length.
 * Source: LAS Specification 1.4-R15 (ASPRS), tables 3 to 6.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { type LasDimension, lasExtraDimensions, lasFormatBytes, lasFormatDimensions } from './las-formats.js';
import { checkLaz } from './laz-record.js';

/** Where the points of a file lie, and which numbers each has. Plain data. */
export interface LasLayout {
  readonly points: number;
  /** Whether the points are packed (LAZ): one after another they are only once they have been unpacked. */
  readonly packed: boolean;
  /** Position of the first point, and bytes of one. */
  readonly start: number;
  readonly pointBytes: number;
  /** 0 to 10. */
  readonly format: number;
  /** By name, in the order of laspy. */
  readonly dimensions: ReadonlyMap<string, LasDimension>;
  /** Coordinates are `number * scales[axis] + offsets[axis]`. */
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  /** Least and greatest coordinates, as the header tells them. */
  readonly mins: readonly number[];
  readonly maxs: readonly number[];
}

/** Bytes of the longest header. */
export const LAS_HEADER = 375;
const LEAST_HEADER = 227;

/**
 * How many of its first bytes {@link readLasLayout} must see: all before the points, when records there tell of them.
 *
 * @param head - the first {@link LAS_HEADER} bytes of the file, or all that it has.
 * @param size - bytes of the file.
 */
export function lasHeadLength(head: Bytes, size: number): number {
  const file = new FileView(head, 'las');
  file.need(Math.min(size, LEAST_HEADER));
  const needed = file.u8(104) & 0xc0 || file.u16(105) > (lasFormatBytes(file.u8(104) & 63) ?? 0);
  return Math.min(size, needed ? Math.max(file.u32(96), LAS_HEADER) : LAS_HEADER);
}

/**
 * Reads the layout from the first bytes of a file.
 *
 * @param head - as many as {@link lasHeadLength} tells, or more; of LAZ the whole file.
 * @param size - bytes of the whole file.
 * @throws {DatasetError} `codec` when the file is cut off; `unsupported` for LAZ that this version does not unpack.
 */
export function readLasLayout(head: Bytes, size = head.length): LasLayout {
  const file = new FileView(head, 'las');
  file.expect(file.has('LASF', 0), 'a LAS file');
  const minor = file.u8(25);
  const packed = (file.u8(104) & 0xc0) !== 0;
  const format = file.u8(104) & 63;
  const least = lasFormatBytes(format);
  if (least === undefined || file.u8(24) !== 1 || minor > 4)
    throw file.error(`version ${file.u8(24)}.${minor} has no point format ${format}`);
  const start = file.u32(96);
  const pointBytes = file.u16(105);
  const counted = file.u32(107);
  const points = minor >= 4 ? file.u64(247) || counted : counted;
  if (pointBytes < least) throw file.error(`expected points of at least ${least} bytes, got ${pointBytes}`);
  if (!Number.isSafeInteger(points) || start < LEAST_HEADER)
    throw file.error(`it promises ${points} points from byte ${start} on`);
  const end = packed ? start : start + points * pointBytes;
  if (end > size) throw file.error(`it is cut off: expected at least ${end} bytes, got ${size}`);
  if (packed) checkLaz(file, { format, points, pointBytes, start });
  const dimensions = lasFormatDimensions(format);
  if (pointBytes > least) {
    for (const [name, place] of lasExtraDimensions(file, least, pointBytes)) {
      if (!dimensions.has(name)) dimensions.set(name, place);
    }
  }
  return {
    ...{ points, packed, start, pointBytes, format, dimensions },
    scales: doubles(file, 131, 139, 147),
    offsets: doubles(file, 155, 163, 171),
    mins: doubles(file, 187, 203, 219),
    maxs: doubles(file, 179, 195, 211),
  };
}

function doubles(file: FileView, ...places: number[]): number[] {
  return places.map((at) => file.f64(at));
}
