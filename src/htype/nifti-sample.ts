import type { NiiPart } from '../codec/nii-part.js';
import type { NiftiHeader, NiiHead } from '../codec/nii-reader.js';
import { DatasetError, errorAt } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { requireBitmaps } from './bitmaps.js';
import { MediaSample } from './media-sample.js';
import type { StoredMedia } from './types.js';

export type { NiftiHeader };

/** Which volume of a file of more than three axes. */
export interface VolumeOptions extends CallOptions {
  /** Counted with the fourth axis fastest; default 0. */
  readonly time?: number;
}

/** Which slice of a volume. */
export interface SliceOptions extends VolumeOptions {
  /** Axis across which the slice is cut. */
  readonly axis: 0 | 1 | 2;
  /** Which slice, from 0. */
  readonly index: number;
}

/** Which slice, and what of it becomes black and white. */
export interface SliceBitmapOptions extends SliceOptions {
  /** Default: `cal_min` and `cal_max` of the header where they make sense, else the range of the slice. */
  readonly window?: readonly [black: number, white: number];
}

/**
 * A volume that was read but not decoded yet. Of a .nii file slices read the bytes they need, across the last axis in one
 * read, across the others at most 4 MiB at once; a .nii.gz file is unpacked up to the end of what is asked for, with
 * about 20 MB in memory (where it holds many streams in a browser that knows one only: all up to that end).
 */
export interface NiftiSample extends MediaSample {
  /** All fields of the header as stored, by their names in nifti1.h. @throws {DatasetError} `unsupported` for raw arrays */
  header(options?: CallOptions): Promise<NiftiHeader>;
  /** The matrix `[4, 4]` from voxels to millimetres, as nibabel's `affine`. @throws {DatasetError} `unsupported` for raw arrays */
  affine(options?: CallOptions): Promise<NdArray<'float64'>>;
  /**
   * A slice, with the two other axes in their order. In the dtype of the file, or in float64 where the header asks for
   * scaling, as nibabel's `get_fdata`.
   * @throws {RangeError} for an axis, index or time that the file does not have
   * @throws {DatasetError} `codec` when the file is damaged, `unsupported` for files that are not decoded
   */
  slice(options: SliceOptions): Promise<NdArray>;
  /** The volume `[x, y, z]` at one time, as {@link slice} gives it. */
  volume(options?: VolumeOptions): Promise<NdArray>;
  /** A slice in gray: its first axis goes right, the second up. The caller closes it. Browsers only. */
  toBitmap(options: SliceBitmapOptions): Promise<ImageBitmap>;
}

const reader = () => import('../codec/nii-reader.js');
const parts = () => import('../codec/nii-part.js');

/** Makes the sample of a volume. @param dims - axes of an empty sample. */
export function niftiSample(stored: StoredMedia, dims: number): NiftiSample {
  const media = new MediaSample(stored, dims);
  const { file, codecs, key } = stored;
  const isRaw = !file || file.source.size === 0;
  let kept: NiiHead | undefined;
  const open = async (options?: CallOptions): Promise<NiiHead> => {
    if (isRaw) throw noHeader();
    try {
      const { readNiiHead } = await reader();
      kept ??= await readNiiHead(file, options);
      return kept;
    } catch (error) {
      throw errorAt(error, { key });
    }
  };
  const read = async (part: NiiPart): Promise<NdArray> => {
    if (isRaw) {
      const [array, { partOfArray }] = [await media.array(part.signal && { signal: part.signal }), await parts()];
      return partOfArray(array, part);
    }
    const head = await open(part);
    try {
      const { readNiiPart } = await reader();
      return await readNiiPart(file, head, codecs, part);
    } catch (error) {
      throw errorAt(error, { key });
    }
  };
  return Object.assign(media, {
    async header(options?: CallOptions) {
      return (await open(options)).fields;
    },
    async affine(options?: CallOptions): Promise<NdArray<'float64'>> {
      return { dtype: 'float64', shape: [4, 4], data: new Float64Array((await open(options)).affine) };
    },
    slice: (options: SliceOptions) => read(options),
    volume: ({ time, signal }: VolumeOptions = {}) => read({ time, ...(signal && { signal }) }),
    async toBitmap(options: SliceBitmapOptions) {
      requireBitmaps('slice()');
      const slice = await read(options);
      const { graySlice } = await parts();
      const window = options.window ?? (isRaw ? undefined : windowOf((await open(options)).fields));
      return createImageBitmap(graySlice(slice, window));
    },
  });
}

function windowOf({ cal_min: low, cal_max: high }: NiftiHeader): readonly [number, number] | undefined {
  return typeof low === 'number' && typeof high === 'number' && high > low ? [low, high] : undefined;
}

function noHeader(): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    'The sample holds raw numbers or nothing, and no file with a header. Use array(), slice() or volume().',
    { feature: 'headers of raw arrays' },
  );
}
