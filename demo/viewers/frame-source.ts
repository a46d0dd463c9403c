/** Where the frames of a video come from: the decoder, or the numbers of a raw array. */
import type { MediaSample, NdArray, VideoSample } from '../../src/index.js';

/** A frame to draw. */
export interface DrawableFrame {
  /** When it is shown, in seconds. */
  readonly timestamp: number;
  readonly width: number;
  readonly height: number;
  draw(context: OffscreenCanvasRenderingContext2D): void;
  /** Lets go of it. */
  close(): void;
}

/** Gives the frames from one on, in order, each to be closed by the caller. */
export type FrameSource = (start: number, signal: AbortSignal) => AsyncGenerator<DrawableFrame, void, undefined>;

/** Frames of raw arrays have no times: as many are shown in a second. */
export const RAW_RATE = 10;

/** The frames of a video file. */
export function decodedFrames(video: VideoSample): FrameSource {
  return async function* (start, signal) {
    for await (const { frame, timestamp } of video.videoFrames({ start, signal })) {
      const { displayWidth: width, displayHeight: height } = frame;
      yield {
        timestamp,
        width,
        height,
        draw: (context) => context.drawImage(frame, 0, 0, width, height),
        close: () => frame.close(),
      };
    }
  };
}

/** The frames of a raw array `[frames, height, width]`, with or without an axis of one, three or four channels. */
export function rawFrames(sample: MediaSample): FrameSource {
  const [frames = 0] = sample.shape;
  return async function* (start, signal) {
    for (let index = start; index < frames; index++) {
      const picture = pictureOf(await sample.array({ start: index, end: index + 1, signal }));
      yield {
        timestamp: index / RAW_RATE,
        width: picture.width,
        height: picture.height,
        draw: (context) => context.putImageData(picture, 0, 0),
        close() {},
      };
    }
  };
}

function pictureOf({ shape, data }: NdArray): ImageData {
  const [, height = 1, width = 1, channels = 1] = shape;
  const picture = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = Number(data[i * channels + (channels > 2 ? c : 0)]);
    picture.data[4 * i + 3] = channels === 4 ? Number(data[i * channels + 3]) : 255;
  }
  return picture;
}
