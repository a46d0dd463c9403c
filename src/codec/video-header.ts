/** What the headers of all video files have in common, as PyAV tells it to Deep Lake 3.9.52. */
import type { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** The facts of a video file. */
export interface VideoFacts {
  readonly frames: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Length in ticks of `timebase` seconds. */
  readonly duration: number;
  /** Frames in a second. */
  readonly fps: number;
  /** Seconds of a tick. */
  readonly timebase: number;
}

const MAX_SIDE = 65_535;

/** Makes the header of a video file, of shape `[frames, height, width, 3]`. @throws {DatasetError} `codec` */
export function videoHeader(file: FileView, facts: VideoFacts): SampleHeader {
  const { frames, width, height, duration, fps, timebase } = facts;
  if (!isSide(width) || !isSide(height)) throw file.error(`its pictures have ${width} x ${height} pixels`);
  // A frame takes at least a byte of the file, but one that repeats the last may take none.
  if (!Number.isSafeInteger(frames) || frames < 0 || frames > 16 * file.length)
    throw file.error(`it promises ${frames} frames`);
  if (!(fps > 0 && Number.isFinite(fps)) || !Number.isFinite(duration))
    throw file.error('it does not tell its frame rate');
  return { shape: [frames, height, width, 3], dtype: 'uint8', info: { duration, fps, timebase } };
}

function isSide(pixels: number): boolean {
  return pixels > 0 && pixels <= MAX_SIDE;
}
