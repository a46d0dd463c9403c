import type { LasColumns } from '../codec/las-columns.js';
import type { LasLayout } from '../codec/las-layout.js';
import { DatasetError, errorAt } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { MediaSample, type PartOptions } from './media-sample.js';
import type { StoredFile, StoredMedia } from './types.js';

/** Columns of points by name, each in the type that the file has it in; of 64-bit integers bigint arrays. */
export type PointColumns = LasColumns;

/** The box around all points: x, y and z. */
export interface PointBounds {
  /** Least coordinates. */
  readonly min: readonly [number, number, number];
  /** Greatest coordinates. */
  readonly max: readonly [number, number, number];
}

/**
 * A point cloud that was read but not decoded yet. Of a LAS file the columns and coordinates of some points are read
 * without the others; a LAZ file is read whole, and unpacked up to the last point that is asked for.
 */
export interface PointCloudSample extends MediaSample {
  /** Number of points, known without reading the file. */
  readonly points: number;
  /** Names of the numbers of a point, as laspy and the sample's info (`dimension_names`) have them. */
  names(options?: CallOptions): Promise<readonly string[]>;
  /**
   * The numbers of points `[start, end)`, cut to what there is: int32 for X, Y and Z, uint16 for the intensity, uint8
   * for bit fields, extra numbers in their own type.
   *
   * @param names - default: all.
   * @throws {RangeError} for a name that the points do not have, or a part that is none
   * @throws {DatasetError} `codec` when the file is damaged, `unsupported` for raw arrays
   */
  columns(names?: readonly string[], options?: PartOptions): Promise<PointColumns>;
  /** Coordinates `[points, 3]` in the unit of the file: `X * scale + offset`. Of raw arrays the first three numbers. */
  coordinates(options?: PartOptions): Promise<NdArray<'float64'>>;
  /** The box around all points, as the header tells it; undefined without points. */
  bounds(options?: CallOptions): Promise<PointBounds | undefined>;
}

const reader = () => import('../codec/las-reader.js');

/** Makes the sample of a point cloud. @param dims - axes of an empty sample. */
export function pointCloudSample(stored: StoredMedia, dims: number): PointCloudSample {
  const media = new MediaSample(stored, dims);
  const { file, codecs, key } = stored;
  let layout: LasLayout | undefined;
  const open = async (options?: CallOptions): Promise<[StoredFile, LasLayout]> => {
    if (!file || file.source.size === 0) throw noFile();
    const { readLasHead } = await reader();
    layout ??= await readLasHead(file.source, options);
    return [file, layout];
  };
  const columns = async (names?: readonly string[], options?: PartOptions): Promise<PointColumns> => {
    try {
      const [{ source }, found] = await open(options);
      const { readLasPart } = await reader();
      return await readLasPart(source, found, codecs, names, options);
    } catch (error) {
      throw errorAt(error, { key });
    }
  };
  const coordinates = async (options?: PartOptions): Promise<NdArray<'float64'>> => {
    if (!file || file.source.size === 0) return firstThree(await media.array(options));
    const parts = await columns(['X', 'Y', 'Z'], options);
    const [[, found], { lasCoordinates }] = [await open(options), await reader()];
    return lasCoordinates(found, parts);
  };
  return Object.assign(media, {
    points: media.shape[0] ?? 0,
    columns,
    coordinates,
    async names(options?: CallOptions) {
      const [, { dimensions }] = await open(options);
      return [...dimensions.keys()];
    },
    async bounds(options?: CallOptions) {
      if ((media.shape[0] ?? 0) === 0) return undefined;
      if (!file || file.source.size === 0) return boundsOf(await coordinates(options));
      const [, { mins, maxs }] = await open(options);
      return { min: triple(mins), max: triple(maxs) };
    },
  });
}

function noFile(): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    'The sample holds raw numbers or nothing, and no file that names its columns. Use array() or coordinates().',
    { feature: 'columns of raw arrays' },
  );
}

function firstThree({ shape, data }: NdArray): NdArray<'float64'> {
  const [points = 0, width = 0] = shape;
  const out = new Float64Array(3 * points);
  const count = Math.min(3, width);
  for (let i = 0; i < points; i++) {
    for (let axis = 0; axis < count; axis++) out[3 * i + axis] = Number(data[i * width + axis]);
  }
  return { dtype: 'float64', shape: [points, 3], data: out };
}

function boundsOf({ data }: NdArray<'float64'>): PointBounds {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    min[i % 3] = Math.min(min[i % 3] ?? value, value);
    max[i % 3] = Math.max(max[i % 3] ?? value, value);
  }
  return { min: triple(min), max: triple(max) };
}

function triple([x = 0, y = 0, z = 0]: readonly number[]): [number, number, number] {
  return [x, y, z];
}
