/** Reads a video: its facts, and its frames in any order. */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Awaitable } from '../util/bytes.js';
import type { FfmpegInput } from './ffmpeg.js';
import { ffmpegFrames } from './ffmpeg-frames.js';
import { fileError } from './file-view.js';
import { frameNumbers, isRising } from './frame-numbers.js';
import type { Codecs } from './types.js';
import { type CodedFrame, canDecode, decodeFrames } from './video-decoder.js';
import { type FeedState, feedFor } from './video-feed.js';
import { VideoIndex } from './video-index.js';
import { isAvc, isHevc } from './video-keys.js';
import { openPackets, type VideoPackets } from './video-packets.js';
import { isVideoFrame, type RawPicture } from './video-picture.js';
import type { FrameOptions, VideoFrameSample, VideoInfo, VideoPicture } from './video-types.js';

/** Who does the work beside demuxing and the platform's decoder. */
export interface VideoWorkers {
  readonly codecs: Pick<Codecs, 'run'>;
  /** Told of each packet that goes to the platform's decoder. */
  readonly onPacket?: (packet: number) => void;
}

interface Decoded {
  readonly number: number;
  readonly picture: VideoFrame | RawPicture;
}

const CONVERSIONS = 4; // frames that are turned into RGB at once
const WINDOW = 16; // frames that are held to give them in another order than they are decoded in
const MAX_ARRAY = 2_147_483_648; // bytes: what an ArrayBuffer holds in every browser

/** Opens a video. @throws {DatasetError} `codec` when the file is damaged */
export async function openVideo(compression: string, source: ByteSource, workers: VideoWorkers): Promise<VideoReader> {
  return new VideoReader(await openPackets(compression, source), workers);
}

/** An open video. Holds its table of frames and nothing that must be closed. */
export class VideoReader {
  readonly #packets: VideoPackets;
  readonly #index: VideoIndex;
  readonly #workers: VideoWorkers;
  readonly #heedsRange: boolean;
  #native: Promise<boolean> | undefined;

  constructor(packets: VideoPackets, workers: VideoWorkers) {
    this.#packets = packets;
    this.#index = new VideoIndex(packets);
    this.#workers = workers;
    const { fourcc } = packets.track;
    this.#heedsRange = isAvc(fourcc) || isHevc(fourcc) || /^mjpg$/i.test(fourcc);
  }

  /** The facts of the video. */
  async info(options?: CallOptions): Promise<VideoInfo> {
    const frames = await this.#index.count(options);
    const { width, height, codec } = this.#packets.track;
    const { duration: last = 0 } = this.#index.packets[this.#index.packetOf(frames - 1)] ?? {};
    const duration = frames === 0 ? 0 : this.#index.timeOf(frames - 1) - this.#index.timeOf(0) + last;
    return { frames, width, height, fps: duration > 0 ? frames / duration : 0, duration, codec };
  }

  /** When each frame is shown, in seconds. */
  async timestamps(options?: CallOptions): Promise<Float64Array<ArrayBuffer>> {
    const count = await this.#index.count(options);
    return Float64Array.from({ length: count }, (_, frame) => this.#index.timeOf(frame));
  }

  /** Numbers of the frames that the file calls key frames, rising. */
  async keyFrames(options?: CallOptions): Promise<readonly number[]> {
    await this.#index.count(options);
    return this.#index.keyFrames();
  }

  /** The frames as RGB, in the order that is asked for. */
  async *frames(options: FrameOptions = {}): AsyncGenerator<VideoFrameSample, void, undefined> {
    const { signal } = options;
    const convert = async ({ number, picture }: Decoded): Promise<VideoFrameSample> => {
      const native = isVideoFrame(picture);
      try {
        const input = { picture, heedsRange: this.#heedsRange };
        const transfer = native ? [picture] : [picture.data.buffer];
        const array = await this.#workers.codecs.run('video-rgb', input, { ...(signal && { signal }), transfer });
        return { index: number, timestamp: this.#index.timeOf(number), array };
      } finally {
        if (native) picture.close(); // when it did not reach the worker
      }
    };
    const copy = ({ array, ...rest }: VideoFrameSample): VideoFrameSample => ({
      ...rest,
      array: { ...array, data: array.data.slice() },
    });
    yield* this.#inOrder(options, convert, copy, () => {});
  }

  /** The frames as the platform's pictures, in the order that is asked for. */
  async *pictures(options: FrameOptions = {}): AsyncGenerator<VideoPicture, void, undefined> {
    const convert = ({ number, picture }: Decoded): VideoPicture => {
      const timestamp = this.#index.timeOf(number);
      return { index: number, timestamp, frame: pictureAt(picture, timestamp) };
    };
    const copy = ({ frame, ...rest }: VideoPicture): VideoPicture => ({ ...rest, frame: frame.clone() });
    yield* this.#inOrder(options, convert, copy, ({ frame }) => frame.close());
  }

  /** Frames `[start, end)`, cut to what there is, as one array `[frames, height, width, 3]`. */
  async array(start = 0, end = Infinity, options: CallOptions = {}): Promise<NdArray<'uint8'>> {
    const { width, height } = this.#packets.track;
    const stop = await this.#index.reach(end, options);
    const count = Math.max(0, stop - start);
    const size = width * height * 3;
    if (count * size > MAX_ARRAY) {
      throw new DatasetError(
        'unsupported',
        `${count} frames of ${width} x ${height} pixels have ${count * size} bytes, above ${MAX_ARRAY} for one array. ` +
          'Read them with frames(), or fewer at a time.',
        { feature: `arrays of ${count * size} bytes` },
      );
    }
    const data = new Uint8Array(count * size);
    let got = 0;
    for await (const { array } of this.frames({ ...options, start, end: stop })) {
      if (array.data.length !== size)
        throw fileError(this.#packets.compression, `frame ${start + got} has shape (${array.shape.join(', ')})`);
      data.set(array.data, size * got++);
    }
    return { dtype: 'uint8', shape: [count, height, width, 3], data };
  }

  /** Runs the frames through `convert`, several at once, and gives them in the order that is asked for. */
  async *#inOrder<T>(
    options: FrameOptions,
    convert: (decoded: Decoded) => Awaitable<T>,
    copy: (value: T) => T,
    discard: (value: T) => void,
  ): AsyncGenerator<T, void, undefined> {
    const numbers = frameNumbers(this.#index, options);
    if (isRising(options)) {
      yield* this.#pipeline(numbers, options, convert, discard);
      return;
    }
    for (let isDone = false; !isDone; ) {
      const window: number[] = [];
      while (window.length < WINDOW && !isDone) {
        const next = await numbers.next();
        if (next.done) isDone = true;
        else window.push(next.value);
      }
      const held = new Map<number, T>();
      const rising = [...new Set(window)].sort((a, b) => a - b);
      try {
        let i = 0;
        for await (const value of this.#pipeline(each(rising), options, convert, discard))
          held.set(rising[i++] ?? -1, value);
        for (const [place, number] of window.entries()) {
          const value = held.get(number);
          if (value === undefined) continue;
          if (window.includes(number, place + 1)) yield copy(value);
          else {
            held.delete(number);
            yield value;
          }
        }
      } finally {
        for (const value of held.values()) discard(value);
      }
    }
  }

  async *#pipeline<T>(
    numbers: AsyncIterable<number>,
    options: FrameOptions,
    convert: (decoded: Decoded) => Awaitable<T>,
    discard: (value: T) => void,
  ): AsyncGenerator<T, void, undefined> {
    const underWay: Promise<T>[] = [];
    try {
      for await (const decoded of this.#decode(numbers, options)) {
        const value = Promise.resolve(convert(decoded));
        value.catch(() => {}); // told to the taker below, when its turn comes
        underWay.push(value);
        if (underWay.length < CONVERSIONS) continue;
        const [first] = underWay;
        if (first) {
          const done = await first;
          underWay.shift();
          yield done;
        }
      }
      for (let first = underWay[0]; first; first = underWay[0]) {
        const done = await first;
        underWay.shift();
        yield done;
      }
    } finally {
      for (const left of await Promise.allSettled(underWay)) if (left.status === 'fulfilled') discard(left.value);
    }
  }

  /** Decodes frames of rising numbers. */
  async *#decode(numbers: AsyncIterable<number>, { signal }: CallOptions): AsyncGenerator<Decoded, void, undefined> {
    const options = signal ? { signal } : {};
    const { track, compression } = this.#packets;
    this.#native ??= canDecode(track.config);
    if (track.config && (await this.#native)) {
      yield* this.#decodeHere(track.config, numbers, options);
      return;
    }
    const { codecs } = this.#workers;
    const run = (input: FfmpegInput) =>
      codecs.run('video-ffmpeg', input, { ...options, transfer: [input.file.buffer] });
    if (typeof Worker === 'undefined') {
      const { noCore } = await import('./ffmpeg.js');
      throw noCore({ compression, codec: track.codec });
    }
    yield* ffmpegFrames(this.#packets, this.#index, numbers, run, options);
  }

  async *#decodeHere(
    config: VideoDecoderConfig,
    numbers: AsyncIterable<number>,
    options: CallOptions,
  ): AsyncGenerator<Decoded, void, undefined> {
    const { compression, track } = this.#packets;
    const state: FeedState = { wanted: new Set(), starts: [] };
    const feed = this.#told(feedFor(this.#packets, this.#index, numbers, state, options));
    let start = -1; // packet that the decoding of the picture began with
    let next = 0; // number of the next picture, where the file does not tell
    for await (const { packet, frame } of decodeFrames(compression, config, feed, options)) {
      let number = track.timed ? this.#index.frameOf(packet) : next++;
      if (!track.timed) {
        const own = state.starts.findLast((each) => each <= packet) ?? 0;
        if (own !== start) {
          start = own;
          number = this.#index.frameOf(own);
          next = number + 1;
        }
      }
      if (!state.wanted.delete(number)) frame.close();
      else yield { number, picture: frame };
    }
    const [missing] = state.wanted;
    if (missing !== undefined) throw fileError(compression, `its frame ${missing} cannot be decoded`);
  }

  async *#told(feed: AsyncGenerator<CodedFrame, void, undefined>): AsyncGenerator<CodedFrame, void, undefined> {
    const { onPacket } = this.#workers;
    if (!onPacket) {
      yield* feed;
      return;
    }
    for await (const coded of feed) {
      onPacket(coded.packet);
      yield coded;
    }
  }
}

async function* each(numbers: readonly number[]): AsyncGenerator<number, void, undefined> {
  yield* numbers;
}

/** The picture with the time at which it is shown, in microseconds. */
function pictureAt(picture: VideoFrame | RawPicture, seconds: number): VideoFrame {
  const timestamp = Math.round(seconds * 1e6);
  if (!isVideoFrame(picture)) {
    const { format, width, height, data } = picture;
    return new VideoFrame(data, { format, codedWidth: width, codedHeight: height, timestamp });
  }
  try {
    return new VideoFrame(picture, { timestamp });
  } finally {
    picture.close();
  }
}
