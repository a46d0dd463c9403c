import { elementCount, type NdArray } from '../format/dtypes.js';
import { decodePolygons, encodePolygons, polygonsShape } from '../format/polygon.js';
import { isNdArray, toNdArray } from './cast.js';
import { numberDtype, numbersSpec } from './generic.js';
import { describeInput, describeShape, mismatch } from './mismatch.js';
import type { StoredSample, TensorContext, Value } from './types.js';

const accepted =
  'an array of polygons, each an array of at least one point, such as [[[1, 2], [2, 3], [3, 4]]], or { data, shape } of (polygons, points, 2)';
const MAX_COUNT = 65_535; // counts are stored in 16 bits

/** `polygon`: polygons of any number of points, all of the same number of coordinates; float32. */
export const polygon = numbersSpec('polygon', 'float32', {
  sampleCompressions: ['lz4'],
  chunkCompressions: ['lz4'],
  parse(input, context): Value {
    const polygons = polygonsOf(input, context);
    if (polygons.length === 0) return { kind: 'bytes', bytes: new Uint8Array(0), shape: [0, 0, 0] };
    const shape = polygonsShape(polygons);
    return { kind: 'bytes', bytes: encodePolygons(polygons), shape };
  },
  async output(sample: StoredSample) {
    return decodePolygons(await sample.raw(), sample.dtype, sample.shape[2] ?? 0, sample.key);
  },
});

function polygonsOf(input: unknown, context: TensorContext): NdArray[] {
  if (input === null || input === undefined) return [];
  const dtype = numberDtype(context);
  if (isNdArray(input)) {
    const whole = toNdArray(input, dtype, context);
    const [count = 0, points = 0, dimensions = 0] = whole.shape;
    if (count === 0) return [];
    if (whole.shape.length !== 3) throw mismatch(context, `shape ${describeShape(whole.shape)}`, accepted);
    checkPolygon([points, dimensions], dimensions, count, context);
    const size = elementCount([points, dimensions]) * (whole.data.length / elementCount(whole.shape));
    return Array.from({ length: count }, (_, i) => ({
      dtype: whole.dtype,
      shape: [points, dimensions],
      data: whole.data.subarray(i * size, (i + 1) * size) as typeof whole.data,
    }));
  }
  if (!Array.isArray(input)) throw mismatch(context, describeInput(input), accepted);
  const polygons: NdArray[] = [];
  for (const item of input as readonly unknown[]) {
    if (!Array.isArray(item) && !isNdArray(item))
      throw mismatch(context, `${describeInput(item)} as a polygon`, accepted);
    const array = toNdArray(item, dtype, context);
    checkPolygon(array.shape, polygons[0]?.shape[1] ?? array.shape[1] ?? 0, input.length, context);
    polygons.push(array);
  }
  return polygons;
}

function checkPolygon(shape: readonly number[], dimensions: number, count: number, context: TensorContext): void {
  const [points = 0, own = 0] = shape;
  if (shape.length !== 2 || points === 0 || own === 0) {
    throw mismatch(context, `a polygon of shape ${describeShape(shape)}`, accepted);
  }
  if (own !== dimensions) {
    throw mismatch(
      context,
      `points of ${dimensions} and of ${own} numbers`,
      'points of the same number of coordinates',
    );
  }
  if (count > MAX_COUNT || points > MAX_COUNT || own > 255) {
    throw mismatch(
      context,
      `${count} polygons, one of shape ${describeShape(shape)}`,
      `at most ${MAX_COUNT} polygons of ${MAX_COUNT} points of 255 coordinates`,
    );
  }
}
