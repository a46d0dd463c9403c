/**
 * mp3: MPEG-1, 2 and 2.5 layer III, decoded here and so with the same numbers everywhere; they agree with FFmpeg's to 4e-6.
 *
 * The numbers are not clipped: loud sound goes beyond 1.
 */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { readMp3Header } from './mp3-header.js';
import { decodeMp3Part, MAX_VALUES, planMp3Part } from './mp3-part.js';
import { readMp3Stream } from './mp3-stream.js';
import type { Codec, DecodeHint } from './types.js';

/**
 * Decodes MP3 files, or rows of them, to `[samples, channels]`, float32.
 *
 * The array is as long as the header lets expect: first the sound without what the encoder put around it, then zeros, as
 * Deep Lake 3.9.52 has it.
 */
export const mp3: Codec = { decode: decodeMp3 };

function decodeMp3(bytes: Bytes, { rows }: DecodeHint): NdArray<'float32'> {
  const [samples = 0, channels = 1] = readMp3Header(bytes).shape;
  const stream = readMp3Stream(bytes);
  const end = Math.min(rows?.[1] ?? samples, samples);
  const start = Math.min(rows?.[0] ?? 0, end);
  const length = (end - start) * channels;
  if (length > MAX_VALUES) throw fileError('mp3', `it holds ${length} numbers, more than ${MAX_VALUES}`);
  const plan = planMp3Part(stream, start, end);
  const sound = decodeMp3Part({ ...plan, bytes: bytes.subarray(plan.offset, plan.end) }).data;
  if (sound.length === length) return { dtype: 'float32', shape: [end - start, channels], data: sound };
  const data = new Float32Array(length);
  data.set(sound);
  return { dtype: 'float32', shape: [end - start, channels], data };
}
