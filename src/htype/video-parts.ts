/** What is done with the files of video samples. Loads when one is asked for its content. */
import { openVideo, type VideoReader } from '../codec/video-reader.js';
import type { FrameOptions, VideoFrameSample, VideoInfo, VideoPicture } from '../codec/video-types.js';
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import { arrayOf } from './media-parts.js';
import type { PartOptions } from './media-sample.js';
import type { StoredMedia } from './types.js';

const PIECE = 1_048_576; // bytes that a stream reads at once

/** The content of a video sample: of a file, or of frames that are stored as numbers. */
export interface VideoContent {
  info(options?: CallOptions): Promise<VideoInfo>;
  timestamps(options?: CallOptions): Promise<Float64Array<ArrayBuffer>>;
  keyFrames(options?: CallOptions): Promise<readonly number[]>;
  frames(options?: FrameOptions): AsyncGenerator<VideoFrameSample, void, undefined>;
  videoFrames(options?: FrameOptions): AsyncGenerator<VideoPicture, void, undefined>;
  array(options?: PartOptions): Promise<NdArray>;
}

/** Opens the content of a video sample. @throws {DatasetError} `codec` when its file is damaged */
export async function openContent(stored: StoredMedia, shape: readonly number[]): Promise<VideoContent> {
  const { file, codecs } = stored;
  if (!file || file.source.size === 0) return rawContent(stored, shape);
  return fileContent(await openVideo(file.compression, file.source, { codecs }));
}

function fileContent(video: VideoReader): VideoContent {
  return {
    info: (options) => video.info(options),
    timestamps: (options) => video.timestamps(options),
    keyFrames: (options) => video.keyFrames(options),
    frames: (options) => video.frames(options),
    videoFrames: (options) => video.pictures(options),
    async array({ start = 0, end = Infinity, signal } = {}) {
      if (!Number.isSafeInteger(start) || start < 0 || !(end >= start))
        throw new RangeError(`A part goes from a whole number up to one that is not below it, got ${start} to ${end}.`);
      return video.array(start, end, signal ? { signal } : {});
    },
  };
}

/** Frames that are stored as numbers have no clock and no codec. */
function rawContent(stored: StoredMedia, shape: readonly number[]): VideoContent {
  const refuse = (): never => {
    throw new DatasetError(
      'unsupported',
      'The sample holds frames as numbers, or nothing, and no video file: nothing tells times. Use array() and shape.',
      { feature: 'times of raw frames' },
    );
  };
  return {
    info: async () => refuse(),
    timestamps: async () => refuse(),
    keyFrames: async () => refuse(),
    // biome-ignore lint/correctness/useYield: it refuses, at the first frame as those of files do
    async *frames() {
      refuse();
    },
    // biome-ignore lint/correctness/useYield: as above
    async *videoFrames() {
      refuse();
    },
    array: (options) => arrayOf(stored, shape, options),
  };
}

/** The file's bytes in pieces, each of them a copy. @throws {DatasetError} `unsupported` without a file */
export async function* filePieces(
  { file }: StoredMedia,
  options: CallOptions = {},
): AsyncGenerator<Bytes, void, undefined> {
  if (!file || file.source.size === 0) {
    throw new DatasetError('unsupported', 'The sample holds raw numbers or nothing, and no file. Use array().', {
      feature: 'files of raw arrays',
    });
  }
  const { size } = file.source;
  for (let at = 0; at < size; at += PIECE)
    yield (await file.source.read(at, Math.min(at + PIECE, size), options)).slice();
}
