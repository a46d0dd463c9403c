/** Decodes some of the frames of an MP3 file. */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView, fileError } from './file-view.js';
import { MAX_BEFORE, Mp3Decoder } from './mp3-decoder.js';
import { frameAt } from './mp3-frame.js';
import { sideInfoLength } from './mp3-side-info.js';
import type { Mp3Stream } from './mp3-stream.js';

/** Which frames are needed for some samples. Plain data, so that a worker can do the rest. */
export interface Mp3Plan {
  /** The bytes to read, `[offset, end)`. */
  readonly offset: number;
  readonly end: number;
  readonly channels: number;
  /** Positions of the frames in the file. */
  readonly frames: readonly number[];
  /** How many of these are not decoded, because only their last bytes are needed. */
  readonly kept: number;
  /** Samples of a frame. */
  readonly samples: number;
  /** Samples to give, `[from, to)`, counted from the first of the frames that are decoded. */
  readonly from: number;
  readonly to: number;
}

/** What is to be decoded. */
export interface Mp3Part extends Mp3Plan {
  /** The bytes of the file from `offset` on. */
  readonly bytes: Bytes;
}

/** Numbers that are decoded at most: 2 GB of float32. The smallest frames hold 192 times their own size. */
export const MAX_VALUES = 2 ** 29;

/**
 * Finds the frames that are needed for samples `[start, end)` of the sound, cut to what there is.
 *
 * These are the frames that hold the samples; one before (two of MPEG-2), whose sound goes on into the first; and as many more
 * as hold the 511 bytes before (255), which is how far back a frame can take its numbers from: mostly one or two.
 */
export function planMp3Part(stream: Mp3Stream, start: number, end: number): Mp3Plan {
  const { first, frames, lengths } = stream;
  const { samples, channels, half } = first;
  const from = stream.start + Math.min(start, stream.length);
  const to = stream.start + Math.min(end, stream.length);
  const plain = { channels, samples, offset: 0, end: 0, frames: [], kept: 0, from: 0, to: 0 };
  if (to <= from) return plain;
  const begin = Math.max(0, Math.floor(from / samples) - (half ? 2 : 1));
  const last = Math.ceil(to / samples);
  let number = begin;
  const head = 6 + sideInfoLength(first); // with a check sum
  for (let missing = half ? 255 : MAX_BEFORE; missing > 0 && number > 0; ) {
    missing -= Math.max(0, (lengths[--number] ?? 0) - head);
  }
  return {
    ...plain,
    offset: frames[number] ?? 0,
    end: (frames[last - 1] ?? 0) + (lengths[last - 1] ?? 0),
    frames: frames.slice(number, last),
    kept: begin - number,
    from: from - begin * samples,
    to: to - begin * samples,
  };
}

/**
 * Decodes what was planned, to `[samples, channels]`: exactly the numbers that the whole file has there.
 *
 * @throws {DatasetError} `codec` when one of these frames is damaged.
 */
export function decodeMp3Part(part: Mp3Part): NdArray<'float32'> {
  const { bytes, offset, channels, frames, kept, samples, from, to } = part;
  const length = (to - from) * channels;
  if (length > MAX_VALUES) throw fileError('mp3', `it holds ${length} numbers, more than ${MAX_VALUES}`);
  const data = new Float32Array(length);
  if (length === 0) return { dtype: 'float32', shape: [0, channels], data };
  const file = new FileView(bytes, 'mp3', { bigEndian: true });
  const decoder = new Mp3Decoder(channels);
  const sound = new Float32Array(samples * channels);
  for (const [number, position] of frames.entries()) {
    const at = position - offset;
    const frame = frameAt(file, at, offset);
    if (!frame) throw file.error(`expected a frame at byte ${position}`);
    const own = file.slice(at, at + frame.length);
    if (number < kept) {
      decoder.skip(own, frame);
      continue;
    }
    decoder.decode(own, frame, sound);
    const place = (number - kept) * samples;
    const begin = Math.max(from - place, 0);
    const end = Math.min(to - place, samples);
    if (begin < end) data.set(sound.subarray(begin * channels, end * channels), (place + begin - from) * channels);
  }
  return { dtype: 'float32', shape: [to - from, channels], data };
}
