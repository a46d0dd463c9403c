/** Reads parts of stored sounds. Loads when a sample is asked for its content. */
import type { Sound } from '../codec/sound.js';
import { type Dtype, type NdArray, newTypedArray } from '../format/dtypes.js';
import { sliceRows } from './media-parts.js';
import type { MediaSample, PartOptions } from './media-sample.js';
import type { StoredMedia } from './types.js';

export { openSound } from '../codec/sound.js';

/** Samples of a sound, or of the raw array that a tensor has instead. @throws {RangeError} for a part that is none */
export async function readSamples(
  media: MediaSample,
  stored: StoredMedia,
  sound: Sound | undefined,
  { start = 0, end = Infinity, signal }: PartOptions,
): Promise<NdArray> {
  if (!Number.isSafeInteger(start) || start < 0 || !(end >= start) || (end !== Infinity && !Number.isSafeInteger(end)))
    throw new RangeError(`A part goes from a whole number up to one that is not below it, got ${start} to ${end}.`);
  signal?.throwIfAborted();
  const call = signal ? { signal } : {};
  if (!sound) {
    const array = await media.array(call);
    if (array.data.length === 0) return emptySound(array.dtype, array.shape[1] ?? 0);
    const [samples = 0, channels = 1] = array.shape;
    return sliceRows({ ...array, shape: [samples, channels] }, start, end);
  }
  const last = Math.min(end, sound.info.length);
  return sound.read(Math.min(start, last), last, stored.codecs, call);
}

function emptySound(dtype: Dtype, channels: number): NdArray {
  return { dtype, shape: [0, channels], data: newTypedArray(dtype, 0) };
}
