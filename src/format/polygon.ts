import { ByteReader, corrupt } from '../util/byte-reader.js';
import { ByteWriter } from '../util/byte-writer.js';
import type { Bytes } from '../util/bytes.js';
import { bytesFromNdArray, type Dtype, itemSize, type NdArray, ndArrayFromBytes } from './dtypes.js';

/**
 * Decodes the bytes of a polygon sample into one array of shape (points, dimensions) for each polygon.
 *
 * No bytes are no polygons. `dimensions` is the last entry of the sample's recorded shape.
 * @throws {DatasetError} `corrupt` when the counts do not fit the bytes.
 */
export function decodePolygons<D extends Dtype>(
  bytes: Bytes,
  dtype: D,
  dimensions: number,
  key = 'sample',
): NdArray<D>[] {
  if (bytes.length === 0) return [];
  const reader = new ByteReader(bytes, key);
  const points = new Uint16Array(reader.take(2 * reader.u16()).slice().buffer);
  const size = dimensions * itemSize(dtype);
  const length = size * points.reduce((sum, count) => sum + count, 0);
  if (length !== reader.left) throw corrupt(key, `points of ${points.length} polygons`, length, reader.left);
  return Array.from(points, (count) => ndArrayFromBytes(reader.take(count * size), dtype, [count, dimensions], key));
}

/**
 * Encodes polygons, each an array of shape (points, dimensions), all of the same dtype and dimensions.
 * @throws {RangeError} beyond 65,535 polygons or points, or when dimensions differ.
 */
export function encodePolygons(polygons: readonly NdArray[]): Bytes {
  if (polygons.length === 0) return new Uint8Array(0);
  const shape = polygonsShape(polygons);
  if (shape.some((size, axis) => size > (axis === 2 ? 255 : 65535))) {
    throw new RangeError(`At most 65535 polygons of 65535 points of 255 dimensions, got (${shape})`);
  }
  const writer = new ByteWriter().u16(polygons.length);
  for (const { shape } of polygons) writer.u16(shape[0] ?? 0);
  for (const polygon of polygons) writer.bytes(bytesFromNdArray(polygon));
  return writer.finish();
}

/**
 * The shape that is recorded for polygons: (polygons, most points, dimensions); zeros for none.
 * @throws {RangeError} when an array is not of shape (points, dimensions), or dimensions differ.
 */
export function polygonsShape(polygons: readonly NdArray[]): number[] {
  let points = 0;
  let dimensions: number | undefined;
  for (const { shape } of polygons) {
    dimensions ??= shape[1];
    if (shape.length !== 2 || shape[1] !== dimensions) {
      throw new RangeError(`Polygons are arrays of shape (points, ${dimensions ?? 2}), got (${shape})`);
    }
    points = Math.max(points, shape[0] ?? 0);
  }
  return [polygons.length, points, dimensions ?? 0];
}
