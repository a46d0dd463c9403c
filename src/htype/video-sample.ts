import type { FrameOptions, VideoFrameSample, VideoInfo, VideoPicture } from '../codec/video-types.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { MediaSample, type PartOptions } from './media-sample.js';
import type { StoredMedia } from './types.js';
import type { VideoContent } from './video-parts.js';

/**
 * A video that was read but not decoded yet. Only what is asked for is read of its file, and decoded from the key
 * frame before.
 *
 * RGB is that of PyAV's `rgb24` (always BT.601) and not what a `<video>` element shows; rotation is not applied. Firefox
 * gives RGB of its own, which differs by up to 8 levels. {@link shape} is what was recorded when the video was stored;
 * frames are counted by {@link info}.
 */
export interface VideoSample extends MediaSample {
  /** The facts of the video. Matroska and fragmented MP4 have no table of frames: their file is read through once. */
  info(options?: CallOptions): Promise<VideoInfo>;
  /** When each frame is shown, in seconds from the start, rising. */
  timestamps(options?: CallOptions): Promise<Float64Array<ArrayBuffer>>;
  /** Numbers of the frames that decoding can begin at, rising. */
  keyFrames(options?: CallOptions): Promise<readonly number[]>;
  /**
   * The frames as arrays, one after another; a few are decoded ahead. Ending the loop stops the decoder.
   *
   * @throws {RangeError} for a number that is no frame of the video, or a step of 0
   * @throws {DatasetError} `codec` when the video is damaged, `unsupported` when the platform cannot decode it
   * @example for await (const { index, array } of video.frames({ start: 100, end: 110 })) use(index, array);
   */
  frames(options?: FrameOptions): AsyncGenerator<VideoFrameSample, void, undefined>;
  /** One frame, `[height, width, 3]`; a negative number counts from the end. @throws as {@link frames} */
  frame(index: number, options?: CallOptions): Promise<NdArray<'uint8'>>;
  /** The frames as the platform's pictures, which is faster where no numbers are needed. @throws as {@link frames} */
  videoFrames(options?: FrameOptions): AsyncGenerator<VideoPicture, void, undefined>;
  /**
   * All frames, or those of `[start, end)`, as one array `[frames, height, width, 3]`.
   *
   * @throws {DatasetError} `unsupported` above 2 GB: use {@link frames}; else as {@link frames}
   */
  array(options?: PartOptions): Promise<NdArray>;
  /** An address of the whole file for a `<video>` element; give it to `URL.revokeObjectURL` when it is not shown any more. */
  toBlobUrl(options?: CallOptions): Promise<string>;
  /** The file's bytes from its first to its last, read in pieces as they are taken. */
  stream(options?: CallOptions): ReadableStream<Bytes>;
}

const parts = () => import('./video-parts.js');

async function* filePieces(stored: StoredMedia, options?: CallOptions): AsyncGenerator<Bytes, void, undefined> {
  yield* (await parts()).filePieces(stored, options);
}

/** Makes the sample of a stored video. @param dims - axes of an empty sample of which nothing else tells them */
export function videoSample(stored: StoredMedia, dims: number): VideoSample {
  const sample = new MediaSample(stored, dims);
  let opening: Promise<VideoContent> | undefined;
  // Opened once: the tables of the file are kept for as long as the sample is.
  const content = (): Promise<VideoContent> => {
    opening ??= parts().then(({ openContent }) => openContent(stored, sample.shape));
    opening.catch(() => {
      opening = undefined; // what failed for want of a network may work the next time
    });
    return opening;
  };
  return Object.assign(sample, {
    info: async (options?: CallOptions) => (await content()).info(options),
    timestamps: async (options?: CallOptions) => (await content()).timestamps(options),
    keyFrames: async (options?: CallOptions) => (await content()).keyFrames(options),
    async *frames(options?: FrameOptions) {
      yield* (await content()).frames(options);
    },
    async frame(index: number, options: CallOptions = {}) {
      for await (const { array } of (await content()).frames({ ...options, at: [index] })) return array;
      throw new RangeError(`Frame ${index} is not there.`);
    },
    async *videoFrames(options?: FrameOptions) {
      yield* (await content()).videoFrames(options);
    },
    array: async (options?: PartOptions) => (await content()).array(options),
    async toBlobUrl(options?: CallOptions) {
      return URL.createObjectURL(await sample.toBlob(options));
    },
    stream(options?: CallOptions) {
      const pieces = filePieces(stored, options);
      return new ReadableStream<Bytes>({
        async pull(controller) {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await pieces.return();
        },
      });
    },
  });
}
