/** Decodes some of the frames of a FLAC file. */
import { type Dtype, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { readFlacFrame } from './flac-frame.js';
import type { FlacInfo } from './flac-header.js';

/** What is to be decoded. Plain data, so that a worker can do it. */
export interface FlacPart {
  readonly info: FlacInfo;
  /** Frames one after another; after the last, at the end of a file, may be an ID3v1 tag. */
  readonly bytes: Bytes;
  /** Where the first frame begins in `bytes`. */
  readonly at: number;
  /** Where `bytes` begin in the file, for messages. */
  readonly offset: number;
  /** Number of the first sample of the first frame. */
  readonly first: number;
  /** Samples to give, `[start, end)`; `end` may be Infinity. */
  readonly start: number;
  readonly end: number;
  /** dtype to give them in, and by what to multiply them. */
  readonly dtype: Dtype & ('int8' | 'int16' | 'int32' | 'float32' | 'float64');
  readonly factor: number;
}

// Numbers that are decoded at most: 2 GB of float32. Silence packs so well that no file size bounds them.
const MAX_VALUES = 2 ** 29;
// Packed numbers rarely take less than a bit; the array grows when they do.
const FIRST_GUESS = 8;

/**
 * Decodes samples `[start, end)` to `[samples, channels]`, as many as there are.
 *
 * @throws {DatasetError} `codec` when frames are damaged, or missing before a known end.
 */
export function decodeFlacPart(part: FlacPart): NdArray {
  const { info, bytes, offset, start, end, dtype, factor } = part;
  const { channels } = info;
  const file = new FileView(bytes, 'flac');
  const guess = Math.min((end - start) * channels, FIRST_GUESS * bytes.length, MAX_VALUES);
  let data = newTypedArray(dtype, guess);
  let samples = 0; // given so far
  let next = part.first;
  for (let at = part.at; start < end && next < end && !(end === Infinity && isEnd(file, at)); ) {
    const frame = readFlacFrame(bytes, at, info, offset);
    at += frame.length;
    const from = Math.max(start - next, 0);
    const to = Math.min(end - next, frame.samples);
    next += frame.samples;
    if (to <= from) continue;
    const needed = (samples + to - from) * channels;
    if (needed > MAX_VALUES) throw file.error(`it holds more than ${MAX_VALUES} numbers`);
    if (needed > data.length) {
      const wider = newTypedArray(dtype, Math.min(Math.max(needed, 2 * data.length), MAX_VALUES));
      wider.set(data);
      data = wider;
    }
    frame.channels.forEach((channel, c) => {
      for (let i = from, place = samples * channels + c; i < to; i++, place += channels) {
        data[place] = (channel[i] ?? 0) * factor;
      }
    });
    samples += to - from;
  }
  if (info.samples > 0 && next > info.samples) throw file.error(`expected ${info.samples} samples, got ${next}`);
  const length = samples * channels;
  return { dtype, shape: [samples, channels], data: length === data.length ? data : data.slice(0, length) };
}

/** Whether a file of unknown length ends here, or nothing but an ID3v1 tag follows. */
function isEnd(file: FileView, at: number): boolean {
  return at === file.length || (at + 128 === file.length && file.has('TAG', at));
}
