import type { Dtype, NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { TaskInput, TaskName, TaskOptions, TaskOutput } from './tasks.js';

/** What the decoder may rely on: the tensor's metadata, not the bytes. */
export interface DecodeHint {
  /** Recorded shape of the sample, or undefined when nothing is recorded. */
  readonly shape?: readonly number[];
  /** dtype of the tensor. */
  readonly dtype?: Dtype;
  /** Part `[start, end)` of the first axis to decode, cut to what there is; only for codecs with `decodesRows`. */
  readonly rows?: readonly [start: number, end: number];
  /**
   * Memory for the result, such as that of an array that is not needed any more: fresh pages are a quarter of the time of
   * a photo. It is given away, whatever happens; the array lies at its start if the codec (`jpeg`) uses it and it is long
   * enough.
   */
  readonly into?: ArrayBuffer;
}

/** Encoder settings. Defaults are those of Pillow as Deep Lake 3.9.52 calls it. */
export interface EncodeOptions {
  /** Quality 1-100 of lossy formats; 75 for jpeg when absent. */
  readonly quality?: number;
}

/** The colours of a palette, three bytes each: the decoded numbers are indices. Or four inks to a pixel. */
export type FileColors = Bytes | 'cmyk';

/** Facts that the header of an encoded file tells, without decoding. */
export interface SampleHeader {
  /** Shape of the decoded array, e.g. `[height, width, channels]`, or `[height, width]` for one channel. */
  readonly shape: readonly number[];
  /** dtype of the decoded array. */
  readonly dtype: Dtype;
  /** What goes into the `_info` companion before `shape`, `format`, `filename`, `modified` (for images: `exif`). */
  readonly info: Readonly<Record<string, unknown>>;
  /** What the decoded numbers stand for, where that is not gray, RGB or RGBA. */
  readonly colors?: FileColors;
}

/**
 * Reads the header of a whole file and checks that the file is complete, without decoding it.
 *
 * @throws {DatasetError} `codec` when the file is cut off, damaged in its structure, or of another format.
 */
export type ReadHeader = (bytes: Bytes) => SampleHeader;

/** Turns values into the bytes of one compression and back. All methods throw `DatasetError` `codec` on bad input. */
export interface Codec {
  /** Decodes one whole file or block. The result owns its memory. */
  decode(bytes: Bytes, hint: DecodeHint, options?: CallOptions): Awaitable<NdArray>;
  /** Encodes an array; absent where Deep Lake cannot encode either. */
  encode?(array: NdArray, options: EncodeOptions): Awaitable<Bytes>;
}

/** Who decodes and encodes files: a pool of workers, or this thread. */
export interface Codecs {
  /** Decodes a file of a compression. The input stays the caller's. */
  decode(compression: string, bytes: Bytes, hint: DecodeHint, options?: CallOptions): Promise<NdArray>;
  /** Encodes an array. */
  encode(compression: string, array: NdArray, options: EncodeOptions, call?: CallOptions): Promise<Bytes>;
  /** Runs other work of a codec. */
  run<K extends TaskName>(task: K, input: TaskInput<K>, options?: TaskOptions): Promise<TaskOutput<K>>;
}

/** Addresses of the single-threaded ESM build of `@ffmpeg/core`, served by the app: it is GPL and not part of the library. */
export interface FfmpegUrls {
  /** Address of `ffmpeg-core.js`. */
  readonly coreURL: string;
  /** Address of `ffmpeg-core.wasm`. */
  readonly wasmURL: string;
  /** Address of the worker script of `@ffmpeg/ffmpeg`, when the bundler did not copy it. */
  readonly classWorkerURL?: string;
}

/** Settings that a codec is loaded with. They cross to workers, so they are plain data. */
export interface CodecConfig {
  /** Where FFmpeg is, for video that the platform does not decode; absent: such video is refused. */
  readonly ffmpeg?: FfmpegUrls;
  /** Folder URL (ending in `/`) that holds the contents of the package's `wasm/`; absent: next to the modules. */
  readonly wasmUrl?: string;
}

/** What sort of thing a compression holds. */
export type CompressionKind = 'bytes' | 'image' | 'audio' | 'video' | 'volume' | 'points' | 'mesh';

/** One line of the codec table: known without loading the codec itself. */
export interface CodecEntry {
  readonly kind: CompressionKind;
  /** Whether decoding is worth a trip to a worker. */
  readonly where: 'main' | 'worker';
  /** Whether decoded arrays stay in the dtype of their file, whatever the tensor's is. */
  readonly keepsDtype?: boolean;
  /** Whether a part of the first axis can be decoded by itself: see {@link DecodeHint.rows}. */
  readonly decodesRows?: boolean;
  /** Loads the header reader of files; absent for `bytes` codecs. Keep the function: it needs no further await. */
  readonly loadHeader?: () => Promise<ReadHeader>;
  /** Loads the codec when first needed. Keep the codec: it holds instances of WebAssembly. */
  readonly load: (config: CodecConfig) => Promise<Codec>;
}
