import type { Codecs, EncodeOptions, FileColors } from '../codec/types.js';
import type { Dtype, NdArray } from '../format/dtypes.js';
import type { JsonObject } from '../format/json.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { Thumbnails } from './thumbnails.js';

/** An encoded file (or LZ4 block) as it is stored: `compression` is a name such as `jpeg`. */
export interface EncodedSample {
  /** The whole file or block. */
  readonly bytes: Bytes;
  /** Name of its format, such as `jpeg`. */
  readonly compression: string;
}

/** What an htype knows of the tensor while it turns inputs into samples and samples into outputs. */
export interface TensorContext {
  /** Name of the tensor, for messages. */
  readonly name: string;
  /** Metadata of the tensor. */
  readonly meta: TensorMeta;
  /** The tensor's info, such as `class_names`. */
  readonly info: JsonObject;
  /** Whether names that are not in `info` are refused instead of added. */
  readonly closedNames: boolean;
  /** Row that is written, counted from the first of the call; for messages. */
  readonly index: number;
}

/** What an htype makes of one input, before compression. */
export type Value =
  /** No sample (`null`): an empty sample of the tensor's dimensionality. */
  | { readonly kind: 'empty' }
  /** Numbers; already of the tensor's dtype when that is known. */
  | { readonly kind: 'array'; readonly array: NdArray; readonly info?: JsonObject }
  /** Bytes in the form that the htype stores uncompressed (text, JSON). */
  | { readonly kind: 'bytes'; readonly bytes: Bytes; readonly shape: readonly number[] }
  /** An encoded file whose header has been read. */
  | {
      readonly kind: 'file';
      readonly file: EncodedSample;
      readonly shape: readonly number[];
      readonly dtype: Dtype;
      /** Row for the `_info` companion. */
      readonly info: JsonObject;
      /** What the decoded numbers stand for, where that is not gray, RGB or RGBA. */
      readonly colors?: FileColors;
      /** Makes the sample of what the file decodes to. The file is not stored then, even if its format is the tensor's. */
      readonly convert?: (array: NdArray) => NdArray;
      /** Checks what the file decodes to. @throws {DatasetError} `sample-mismatch` */
      readonly check?: (array: NdArray) => void;
    }
  /** Something that only {@link HtypeSpec.settle} can resolve, because it depends on the rows before. */
  | { readonly kind: 'unsettled'; readonly input: unknown };

/** A stored sample on its way out. Nothing is decoded before it is asked for. */
export interface StoredSample {
  /** Storage key of its chunk (of the tensor, for tiled samples), for messages. */
  readonly key: string;
  /** Shape as recorded. */
  readonly shape: readonly number[];
  /** dtype of the tensor. */
  readonly dtype: Dtype;
  /** Who decodes. */
  readonly codecs: Codecs;
  /** Where small bitmaps are kept; absent: nowhere. */
  readonly thumbnails?: (() => Promise<Thumbnails>) | undefined;
  /** The stored file or block with the name of its compression; undefined for uncompressed samples. */
  encoded(): EncodedSample | undefined;
  /** The sample's bytes without compression: C order numbers, or UTF-8 of text-like htypes. */
  raw(options?: CallOptions): Awaitable<Bytes>;
  /** The decoded array. */
  array(options?: ArrayOptions): Awaitable<NdArray>;
}

/** Options of reading the array of a stored sample. */
export interface ArrayOptions extends CallOptions {
  /** Part `[start, end)` of the first axis, cut to what there is: of files whose codec has `decodesRows`. */
  readonly rows?: readonly [start: number, end: number];
}

/** A file of which parts can be read. */
export interface StoredFile {
  /** Name of its format, such as `mp4`. */
  readonly compression: string;
  readonly source: ByteSource;
}

/** A stored sample of a media tensor on its way out: its file need not be in memory. */
export interface StoredMedia {
  /** As in {@link StoredSample}. */
  readonly key: string;
  /** Shape as recorded. */
  readonly shape: readonly number[];
  /** dtype of the tensor. */
  readonly dtype: Dtype;
  /** The stored file; undefined for raw arrays and empty samples. */
  readonly file: StoredFile | undefined;
  /** Who decodes. */
  readonly codecs: Codecs;
  /** The decoded array. */
  array(options?: ArrayOptions): Awaitable<NdArray>;
}

/** Companion tensors of an htype (`spec` §6.1). */
export interface Companions {
  /** `_x_shape`: one row of dimensions, the length only (`list`), or none. */
  readonly shape: 'shape' | 'length' | 'none';
  /** `_x_info`: facts about the file a sample came from. */
  readonly info: boolean;
}

/** Options of `createTensor` that every htype takes. */
export interface CommonTensorOptions {
  /** Number type, by numpy's name. Default: the htype's; where that has none, decided by the first sample. */
  readonly dtype?: string | undefined;
  /** Compression of each sample by itself, such as `jpeg` or `lz4`. Excludes `chunkCompression`. */
  readonly sampleCompression?: string | null | undefined;
  /** Compression of all samples of a chunk together. Excludes `sampleCompression`. */
  readonly chunkCompression?: string | null | undefined;
  /** Hides the tensor from listings and rows. Default false. */
  readonly hidden?: boolean | undefined;
  /** Upper size of a chunk in bytes; chunks are filled to half of it. Default 16,000,000. */
  readonly maxChunkSize?: number | undefined;
  /** Samples above this many bytes are cut into tiles; -1 turns that off. Default 16,000,000. */
  readonly tilingThreshold?: number | undefined;
  /**
   * For links: whether a target is loaded and checked when its link is appended, and its shape and facts recorded.
   * Default true; false also turns off the companions of shapes and file facts.
   */
  readonly verify?: boolean | undefined;
  /** Whether a random id is kept for each sample; merging needs it. Default true. */
  readonly createIdTensor?: boolean | undefined;
  /** Whether shapes are kept in a companion tensor. Default true. */
  readonly createShapeTensor?: boolean | undefined;
  /** Whether file facts are kept in a companion tensor, for htypes that have them. Default true. */
  readonly createSampleInfoTensor?: boolean | undefined;
  /** Settings of the encoder for samples that are encoded, such as `quality`. Not stored. */
  readonly encode?: EncodeOptions | undefined;
}

/** Everything that is special about one htype. The one place that may know its name. */
export interface HtypeSpec {
  /** Name in the metadata. */
  readonly htype: string;
  /** dtype when none is given; null = decided by the first sample; text-like htypes have a schema name. */
  readonly dtype: string | null;
  /** Whether `dtype` is a schema of JSON values and not a number type. */
  readonly textLike: boolean;
  /** Whether a text is a schema that `dtype` may be, for text-like htypes that have one. Default: only their own. */
  acceptsDtype?(dtype: string): boolean;
  /** Compressions accepted at creation; `undefined` = every name of the format. */
  readonly sampleCompressions?: readonly string[];
  /** As {@link sampleCompressions}, for whole chunks. */
  readonly chunkCompressions?: readonly string[];
  /** Whether one of the two compressions must be named (null included). */
  readonly needsCompression?: boolean;
  /** Sample compression of tensors for which none of the two is named. */
  readonly defaultCompression?: string;
  /** Whether samples are always files: a sample compression other than null must be named. */
  readonly needsFiles?: boolean;
  /** Whether files are stored whole, whatever their size, and never cut into tiles. */
  readonly keepsFiles?: boolean;
  /** Whether `[height, width]` samples are recorded as `[height, width, 1]`. */
  readonly addsChannelAxis?: boolean;
  /** Hidden tensors that follow a tensor of this htype. */
  readonly companions: Companions;
  /** Fields that `tensor_meta.json` holds for this htype, with their fixed value. */
  readonly metaFields: JsonObject;
  /**
   * Checks the htype's own options and gives the initial info.
   * @throws {TypeError} for a wrong option; `given` holds only options that are not common to all htypes.
   */
  initialInfo(given: Readonly<Record<string, unknown>>): JsonObject;
  /** Whether an append marks the info as updated, as the original does for class labels. */
  readonly appendTouchesInfo?: boolean;
  /** Reads an input. @throws {DatasetError} `sample-mismatch` saying what is accepted. */
  parse(input: unknown, context: TensorContext): Awaitable<Value>;
  /** Resolves an `unsettled` value against the rows before it; may add to the info. */
  settle?(input: unknown, context: TensorContext): { readonly value: Value; readonly info?: JsonObject };
  /**
   * Makes what turns inputs into plain numbers, so that many small samples are read together. It reads the same of an
   * input as {@link parse} and {@link settle}, and throws, or gives what is no numbers, for all that only they can deal
   * with: files, changes of the info, wrong inputs. `null` and `[]` are empty samples. Absent: every input is parsed.
   */
  numbers?(context: TensorContext): (input: unknown) => unknown;
  /** Checks the shape of a sample before it is stored. @throws {DatasetError} `sample-mismatch` */
  checkShape?(shape: readonly number[], context: TensorContext): void;
  /** What a read gives. */
  output(sample: StoredSample, context: TensorContext): unknown;
  /** What a read gives of a file, for htypes whose files are read in parts: it may not be in memory yet. */
  outputFile?(sample: StoredMedia, context: TensorContext): unknown;
}
