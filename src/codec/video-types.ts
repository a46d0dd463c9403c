/** What is asked of a video, and what its frames are. */
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';

/** The facts of a video, from its tables: nothing is decoded. */
export interface VideoInfo {
  /** Frames that decoding gives; a recorded shape may differ, for Matroska most often by one. */
  readonly frames: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Frames in a second, on average. */
  readonly fps: number;
  /** Seconds, from the start of the first frame to the end of the last. */
  readonly duration: number;
  /** The codec by its WebCodecs name, such as `avc1.64001e`; of others the name in the file, such as `FMP4`. */
  readonly codec: string;
}

/** Which frames, and in which order. Frames are numbered from 0 as they are shown. */
export interface FrameOptions extends CallOptions {
  /** First frame; negative numbers count from the end. Default: the first, or the last when `step` is negative. */
  readonly start?: number;
  /** Where to end, exclusive; negative numbers count from the end. Default: behind the last frame of that direction. */
  readonly end?: number;
  /** Every how many frames; negative for backwards. Default 1. */
  readonly step?: number;
  /** Frames by their numbers, in any order and as often as wanted; instead of the above. */
  readonly at?: readonly number[];
}

/** A frame as numbers. */
export interface VideoFrameSample {
  /** Number of the frame, from 0. */
  readonly index: number;
  /** When it is shown, in seconds from the start of the video. */
  readonly timestamp: number;
  /** `[height, width, 3]`, RGB; the caller's own. */
  readonly array: NdArray<'uint8'>;
}

/** A frame as the platform has it, for drawing. */
export interface VideoPicture {
  /** Number of the frame, from 0. */
  readonly index: number;
  /** When it is shown, in seconds from the start of the video. */
  readonly timestamp: number;
  /** The picture, for `drawImage` and the like. Whoever was given it calls its `close()`, soon. */
  readonly frame: VideoFrame;
}
