/** The pool of workers that run codecs off the main thread, and its inline form. */

import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import type { TaskInput, TaskName, TaskOptions, TaskOutput } from './tasks.js';
import type { CodecConfig, DecodeHint, EncodeOptions, FfmpegUrls } from './types.js';

/** Runs codecs by name, in workers or right here. */
export interface CodecPool {
  /**
   * Decodes one whole file or block of a canonical compression name. The bytes stay the caller's (a copy travels)
   * and may not change until the promise settles; the result is the caller's.
   *
   * An abort rejects at once. A job that waits is dropped then; one that runs has a second to end by itself, after which
   * its worker is stopped and replaced.
   *
   * @throws {DatasetError} `codec` on damaged bytes or a crashed worker, `unsupported` without a codec, `closed` after
   *   {@link close}.
   */
  decode(name: string, bytes: Bytes, hint?: DecodeHint, options?: CallOptions): Promise<NdArray>;
  /**
   * Encodes an array to a whole file or block. The array stays the caller's, unchanged until the promise settles.
   *
   * @throws {DatasetError} `codec` when the compression cannot hold the array, else as {@link decode}.
   */
  encode(name: string, array: NdArray, encodeOptions?: EncodeOptions, options?: CallOptions): Promise<Bytes>;
  /**
   * Runs other work of a codec, such as turning a frame of video into RGB.
   *
   * @throws {DatasetError} as {@link decode} does
   */
  run<K extends TaskName>(task: K, input: TaskInput<K>, options?: TaskOptions): Promise<TaskOutput<K>>;
  /** Stops the workers; calls that are under way fail with `closed`. */
  close(): void;
}

/** Settings of {@link createCodecPool}. */
export interface CodecPoolOptions {
  /**
   * Number of workers; 0 runs everything inline. Absent: one for each core up to 8 in a window, 0 in
   * Node and inside workers. They start one by one, when a job finds the others busy, and stay until the pool is closed.
   */
  readonly size?: number;
  /** Makes the worker that runs `codec.worker.js`, for a bundler or policy with its own way of doing so. */
  readonly createWorker?: () => Worker;
  /** Where `codec.worker.js` is, when the bundler did not copy it. */
  readonly workerUrl?: string | URL;
  /** Folder URL (ending in `/`) with the contents of the package's `wasm/`, when the bundler did not copy them. */
  readonly wasmUrl?: string | URL;
  /**
   * Where `@ffmpeg/core` is, for video that the platform does not decode, such as MPEG-4 part 2. It is under the GPL:
   * the app serves it, and it is loaded when such a video is met. Absent: their frames are refused, all else works.
   */
  readonly ffmpeg?: FfmpegUrls;
}

/** Makes a pool. Workers start with the first job that needs one. @throws {RangeError} on a negative or broken size. */
export function createCodecPool(options: CodecPoolOptions = {}): CodecPool {
  const size = options.size ?? defaultSize();
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`The pool option size is a whole number from 0 (inline) up, got ${size}.`);
  }
  const base = globalThis.location?.href;
  const { wasmUrl, ffmpeg } = options;
  const config: CodecConfig = {
    ...(wasmUrl !== undefined && { wasmUrl: new URL(wasmUrl, base).href }),
    ...(ffmpeg && { ffmpeg: absoluteUrls(ffmpeg, base) }),
  };
  let loading: Promise<CodecPool> | undefined;
  let closed = false;
  const pool = async (): Promise<CodecPool> => {
    if (closed) throw poolClosed();
    if (!loading) {
      loading = loadPool(size, options, config);
      loading.catch(() => (loading = undefined)); // a failed download may work the next time
    }
    return loading;
  };
  return {
    decode: async (...call) => (await pool()).decode(...call),
    encode: async (...call) => (await pool()).encode(...call),
    run: async (...call) => (await pool()).run(...call),
    close() {
      closed = true;
      loading?.then(
        (loaded) => loaded.close(),
        () => undefined, // those who wait for it are told
      );
    },
  };
}

function absoluteUrls({ coreURL, wasmURL, classWorkerURL }: FfmpegUrls, base: string | undefined): FfmpegUrls {
  const absolute = (url: string): string => new URL(url, base).href;
  return {
    coreURL: absolute(coreURL),
    wasmURL: absolute(wasmURL),
    ...(classWorkerURL !== undefined && { classWorkerURL: absolute(classWorkerURL) }),
  };
}

/** The pool's own code loads with the first job, as the codecs do. */
async function loadPool(size: number, options: CodecPoolOptions, config: CodecConfig): Promise<CodecPool> {
  const { createInlinePool } = await import('./inline-pool.js');
  const inline = createInlinePool(config);
  if (size === 0) return inline;
  const { WorkerPool } = await import('./worker-pool.js');
  return new WorkerPool(size, options, config, inline);
}

/** The error of every call to a pool that was closed. */
export function poolClosed(): DatasetError<'closed'> {
  return new DatasetError('closed', 'The codec pool is closed. Open the dataset again, or give it a new pool.', {
    what: 'codec pool',
  });
}

// Each worker has its own instances of the decoders, of 50 MB and more.
const maxDefaultSize = 8;

function defaultSize(): number {
  if (typeof window === 'undefined' || typeof Worker === 'undefined') return 0;
  return Math.min(navigator.hardwareConcurrency || 1, maxDefaultSize);
}
