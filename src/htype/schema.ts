/**
 * Tensor definitions as types: what each htype takes and gives, and the plain objects that name an htype with options.
 */

import type { Dtype, DtypeMap, NdArray } from '../format/dtypes.js';
import type { AudioSample } from './audio-sample.js';
import type { BinaryMaskSample } from './binary-mask.js';
import type { BoxCoords, BoxSample } from './boxes.js';
import type { LabelSample } from './class-label.js';
import type { DicomSample } from './dicom-sample.js';
import type { FileSample } from './file-sample.js';
import type { ImageSample } from './image-sample.js';
import type { KeypointsSample } from './keypoints-coco.js';
import type { LinkSample } from './link-sample.js';
import type { MediaSample } from './media-sample.js';
import type { MeshSample } from './mesh-sample.js';
import type { NiftiSample } from './nifti-sample.js';
import type { PointCloudSample } from './point-cloud-sample.js';
import type { SegmentMaskSample } from './segment-mask.js';
import type { CommonTensorOptions, EncodedSample } from './types.js';
import type { VideoSample } from './video-sample.js';

/** Typed arrays that hold numbers. */
export type NumberArray = DtypeMap[Dtype] | Uint8ClampedArray<ArrayBuffer>;

/** An n-dimensional array as an input: the dtype of `data` counts when `dtype` is left out. */
export interface NdArrayInput {
  /** The numbers in C order; copied. */
  readonly data: NumberArray;
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** Number type, when it is not that of `data`. */
  readonly dtype?: Dtype;
}

/** Nested arrays of numbers; all rows of one depth are equally long. */
export type NestedNumbers = readonly (number | bigint | boolean | NumberArray | NestedNumbers)[];

/** Everything that is read as numbers. `null` is an empty sample. */
export type NumericInput = number | bigint | boolean | NestedNumbers | NumberArray | NdArrayInput | null;

/** Everything that is read as a picture. `null` is an empty sample. */
export type ImageInput =
  | Blob
  | FileSample
  | EncodedSample
  | ImageSample
  | ImageData
  | ImageBitmap
  | OffscreenCanvas
  | HTMLCanvasElement
  | NestedNumbers
  | NdArrayInput
  | null;

/** Nested arrays or an array of numbers; not a single one. */
export type ArrayInput = NestedNumbers | NdArrayInput | null;

/** Numbers of each pixel: also an image file, whose values are taken as they are. */
export type MaskInput = ArrayInput | Blob | FileSample | EncodedSample;

/** A media file: of the tensor's own format, which is kept byte for byte. `null` is an empty sample. */
export type FileInput = Blob | FileSample | EncodedSample | MediaSample | null;

/** A media file, or numbers where the tensor has no compression. */
export type MediaInput = FileInput | NestedNumbers | NdArrayInput;

/** Polygons of one sample: an array of points for each, or one array of shape `[polygons, points, coordinates]`. */
export type PolygonInput = readonly (NestedNumbers | NdArrayInput)[] | NdArrayInput | null;

/** One box: four numbers in the order of the tensor's `coords.mode`. */
export type Box = readonly [number, number, number, number];

/** What JSON can hold, with typed arrays and arrays of numbers kept as such. */
export type JsonInput =
  | null
  | boolean
  | number
  | bigint
  | string
  | NdArray
  | Uint8Array
  | readonly JsonInput[]
  | { readonly [key: string]: JsonInput };

/**
 * One line for each htype: what `append` takes and what a read gives, as functions of the tensor's options `O`.
 *
 * A plug-in adds its line by declaration merging, and its entry at run time.
 * @table
 */
export interface HtypeMap<O> {
  generic: { in: NumericInput | Blob | FileSample | EncodedSample; out: NdArray<DtypeOf<O, Dtype>> };
  image: { in: ImageInput; out: ImageSample };
  'image.rgb': { in: ImageInput; out: ImageSample };
  'image.gray': { in: ImageInput; out: ImageSample };
  class_label: {
    in: OneOrMany<NamesOf<O> | number> | NumberArray | NdArrayInput | null;
    out: LabelSample<NamesOf<O>>;
  };
  tag: { in: OneOrMany<string> | null; out: readonly string[] };
  bbox: { in: readonly (Box | NumberArray)[] | NdArrayInput | null; out: BoxSample<DtypeOf<O, 'float32'>> };
  'bbox.3d': { in: ArrayInput; out: BoxSample<DtypeOf<O, 'float32'>, { readonly mode: 'center' | 'vertex' }> };
  intrinsics: { in: ArrayInput; out: NdArray<DtypeOf<O, 'float32'>> };
  segment_mask: { in: MaskInput; out: SegmentMaskSample<NamesOf<O>, DtypeOf<O, 'uint32'>> };
  binary_mask: { in: MaskInput; out: BinaryMaskSample<DtypeOf<O, 'bool'>> };
  keypoints_coco: { in: ArrayInput; out: KeypointsSample<PointsOf<O>, DtypeOf<O, 'int32'>> };
  point: { in: ArrayInput; out: NdArray<DtypeOf<O, 'int32'>> };
  polygon: { in: PolygonInput; out: readonly NdArray<DtypeOf<O, 'float32'>>[] };
  instance_label: { in: NumericInput | MaskInput; out: NdArray<DtypeOf<O, 'uint32'>> };
  embedding: { in: NumericInput; out: NdArray<DtypeOf<O, 'float32'>> };
  video: { in: MediaInput; out: VideoSample };
  audio: { in: MediaInput | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>; out: AudioSample };
  dicom: { in: MediaInput; out: DicomSample };
  nifti: { in: MediaInput; out: NiftiSample };
  point_cloud: { in: MediaInput; out: PointCloudSample };
  mesh: { in: FileInput; out: MeshSample };
  text: { in: string | null; out: string };
  json: { in: JsonInput; out: unknown };
  list: { in: readonly JsonInput[] | NumberArray | NdArrayInput | null; out: readonly unknown[] };
}

/** Image formats of the format, by their name in the metadata or an alias of it. */
export type ImageCompression =
  | 'jpeg'
  | 'jpg'
  | 'png'
  | 'webp'
  | 'bmp'
  | 'dib'
  | 'gif'
  | 'ico'
  | 'jpeg2000'
  | 'jp2'
  | 'pcx'
  | 'ppm'
  | 'sgi'
  | 'tga'
  | 'tiff'
  | 'tif'
  | 'wmf'
  | 'xbm'
  | 'eps'
  | 'fli'
  | 'im'
  | 'msp'
  | 'mpo';

interface ImageOptions extends CommonTensorOptions {
  readonly sampleCompression?: ImageCompression | 'lz4' | null | undefined;
  readonly chunkCompression?: ImageCompression | 'lz4' | null | undefined;
}

interface Lz4Options extends CommonTensorOptions {
  readonly sampleCompression?: 'lz4' | null | undefined;
  readonly chunkCompression?: 'lz4' | null | undefined;
}

interface MediaOptions<C extends string | null> extends ArrayOptions {
  /** Format of the files; null keeps raw arrays. */
  readonly sampleCompression?: C | undefined;
  readonly chunkCompression?: null | undefined;
}

interface ArrayOptions extends CommonTensorOptions {
  readonly dtype?: Dtype | undefined;
}

/** Options of each htype. @table */
export interface HtypeOptions {
  generic: ArrayOptions;
  image: ArrayOptions &
    ImageOptions & {
      /** Camera matrix (3 x 3), kept in `info.intrinsics`. */
      readonly intrinsics?: readonly (readonly number[])[] | null | undefined;
    };
  'image.rgb': ImageOptions;
  'image.gray': ImageOptions;
  class_label: ArrayOptions & {
    /** Names by label number. With names the list is closed; without, new names are added as they come. */
    readonly classNames?: readonly string[] | undefined;
  };
  tag: Lz4Options;
  bbox: ArrayOptions & {
    /** Unit and order of a box's numbers, kept in `info.coords`. */
    readonly coords?: Partial<BoxCoords> | undefined;
  };
  'bbox.3d': ArrayOptions & {
    /** Whether a box is centre, size and rotation in nine numbers, or eight corners; kept in `info.coords`. */
    readonly coords?: { readonly mode?: 'center' | 'vertex' | undefined } | undefined;
  };
  intrinsics: ArrayOptions;
  segment_mask: ArrayOptions & {
    /** Names by label. With names, labels must be below their number. */
    readonly classNames?: readonly string[] | undefined;
  };
  binary_mask: ArrayOptions;
  keypoints_coco: ArrayOptions & {
    /** Names of the key points of an object, in the order of the rows; kept in `info.keypoints`. */
    readonly keypoints?: readonly string[] | undefined;
    /** Pairs of numbers of key points that are joined by a line; kept in `info.connections`. */
    readonly connections?: readonly (readonly [number, number])[] | undefined;
  };
  point: ArrayOptions;
  polygon: ArrayOptions & Lz4Options;
  video: MediaOptions<'mp4' | 'mkv' | 'avi' | null>;
  audio: MediaOptions<'mp3' | 'wav' | 'flac' | null>;
  /** `sampleCompression` is `dcm` when left out. */
  dicom: MediaOptions<'dcm' | null>;
  nifti: MediaOptions<'nii' | 'nii.gz' | null>;
  point_cloud: MediaOptions<'las' | null>;
  mesh: MediaOptions<'ply' | 'stl'>;
  text: Lz4Options;
  /** `dtype` is a schema: `Dict[str, Union[int, List[str]]]`; default `Any`. */
  json: Lz4Options;
  /** `dtype` is a schema: `List[int]`; default `List`. */
  list: Lz4Options;
  instance_label: ArrayOptions;
  embedding: ArrayOptions & Lz4Options;
}

/** Name of a base htype. */
export type Htype = keyof HtypeMap<unknown>;

type DtypeOf<O, Default extends Dtype> = O extends { dtype: infer D extends Dtype } ? D : Default;
type NamesOf<O> = O extends { classNames: readonly (infer N extends string)[] } ? N : string;
type PointsOf<O> = O extends { keypoints: readonly (infer N extends string)[] } ? N : string;
type OneOrMany<T> = T | readonly T[];

/** `image`, `sequence[image]`, `link[image]`, `sequence[link[image]]`: the spelling of the metadata. */
export type MetaHtype<H extends string> =
  | H
  | `sequence[${H}]`
  | `link[${H}]`
  | `sequence[link[${H}]]`
  | `link[sequence[${H}]]`;

/** A tensor's definition: an htype with its options. */
export type TensorDef =
  | { [H in Htype]: { readonly htype: MetaHtype<H> } & HtypeOptions[H] }[Htype]
  | ({ readonly htype: 'sequence' } & HtypeOptions['generic']);

/** Tensor definitions by tensor name. */
export interface Schema {
  /** Definition of the tensor of that name. */
  readonly [name: string]: TensorDef;
}

/** The htype inside `sequence[…]` and `link[…]`. */
export type BaseHtype<H extends string> = H extends 'sequence'
  ? 'generic'
  : H extends `sequence[${infer R}]` | `link[${infer R}]`
    ? BaseHtype<R>
    : H extends Htype
      ? H
      : never;

/** A link to a file elsewhere. */
export interface LinkedSample {
  /** Address or path of the file. */
  readonly path: string;
  /** Name of the credentials that it needs. */
  readonly credsKey?: string;
}

/** What a tensor of htype `H` and definition `D` takes. */
export type In<H extends string, D> = H extends 'sequence'
  ? readonly (NumericInput | JsonInput)[] | NumberArray | NdArrayInput | null
  : H extends `sequence[${infer R}]`
    ? readonly In<R, D>[] | null
    : H extends `link[sequence[${string}]]`
      ? readonly (LinkedSample | string | URL | null)[] | null
      : H extends `link[${string}]`
        ? LinkedSample | string | URL | null
        : H extends Htype
          ? HtypeMap<D>[H]['in']
          : never;

/** What a read of it gives. */
export type Out<H extends string, D> = H extends 'sequence'
  ? readonly unknown[]
  : H extends `sequence[${infer R}]`
    ? readonly Out<R, D>[]
    : H extends `link[sequence[${infer R}]]`
      ? readonly LinkSample<Out<R, D>>[]
      : H extends `link[${infer R}]`
        ? LinkSample<Out<R, D>>
        : H extends Htype
          ? HtypeMap<D>[H]['out']
          : never;

/** What a tensor of a definition takes. */
export type InputOf<D> = D extends { htype: infer H extends string } ? In<H, D> : never;

/** What a read of it gives. */
export type OutputOf<D> = D extends { htype: infer H extends string } ? Out<H, D> : never;

/** A row to append: one input for each tensor of the schema. */
export type RowInput<S extends Schema> = { readonly [K in keyof S]: InputOf<S[K]> };

/** A row that was read. */
export type Row<S extends Schema> = { readonly [K in keyof S]: OutputOf<S[K]> };

/** Puts back the check for unknown properties, which a generic parameter switches off. */
export type Exact<O, Allowed> = O & { [K in Exclude<keyof O, keyof Allowed>]: 'not an option of this htype' };
