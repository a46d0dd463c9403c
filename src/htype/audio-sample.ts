import type { AudioInfo, Sound } from '../codec/sound.js';
import { DatasetError, errorAt } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { MediaSample, type PartOptions } from './media-sample.js';
import type { StoredMedia } from './types.js';

export type { AudioInfo };

/** Options of {@link AudioSample.blocks}. */
export interface AudioBlockOptions extends PartOptions {
  /** Samples of a block; the last may have fewer. Default 65,536. */
  readonly size?: number;
}

/** A part of a sound. */
export interface AudioBlock {
  /** Number of its first sample. */
  readonly start: number;
  /** `[samples, channels]`; the caller's own. */
  readonly samples: NdArray;
}

/**
 * A sound that was read but not decoded yet. Only what is asked for is decoded, and of WAV and FLAC files read: an hour of
 * WAV over the network costs the bytes of the seconds that are played. An MP3 file is read through once, for the places of
 * its frames.
 *
 * {@link array} has what Deep Lake 3.9.52 has, in the tensor's dtype and in the recorded {@link shape}: whole numbers of 24
 * bits times 256, and of mp3 zeros behind the sound. {@link samples} has the sound as the file holds it.
 */
export interface AudioSample extends MediaSample {
  /**
   * The facts of the sound, from its headers.
   *
   * @throws {DatasetError} `codec` when they are damaged, `unsupported` for raw arrays, which tell no rate, and empty samples
   */
  info(options?: CallOptions): Promise<AudioInfo>;
  /**
   * Samples `[start, end)`, cut to what there is, as `[end - start, channels]`; default: all.
   *
   * The numbers are those of the file, in the smallest dtype that holds them, not normalised and not resampled: of wav uint8
   * (128 is silence), int16, int32, float32 or float64; of flac int8, int16 or int32. Numbers of 24 bits are int32 in their
   * own size, -8,388,608 to 8,388,607. A-law and mu-law are int16. Of mp3 they are float32, where 1 is full scale and loud sound
   * may go beyond, without the silence that encoders put around the sound. Raw arrays stay as they are; those of one axis
   * are one channel.
   * @throws {RangeError} for a part that is none
   * @throws {DatasetError} `codec` when what is read is damaged
   * @example const { data } = await voice.samples({ start: 10 * sampleRate, end: 11 * sampleRate });
   */
  samples(options?: PartOptions): Promise<NdArray>;
  /**
   * The same in blocks, for sound that is too long to be held at once.
   *
   * @throws {RangeError} for a part that is none, or a size below 1; else as {@link samples}
   */
  blocks(options?: AudioBlockOptions): AsyncGenerator<AudioBlock, void, undefined>;
}

const reader = () => import('./audio-parts.js');

/** Makes the sample of a sound. @param dims - axes of an empty sample. */
export function audioSample(stored: StoredMedia, dims: number): AudioSample {
  const media = new MediaSample(stored, dims);
  const { file, key } = stored;
  let opened: Sound | undefined;
  const open = async (options?: CallOptions): Promise<Sound | undefined> => {
    if (!file || file.source.size === 0) return undefined;
    const { openSound } = await reader();
    opened ??= await openSound(file.compression, file.source, options);
    return opened;
  };
  const placed = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw errorAt(error, { key });
    }
  };
  const samples = (options: PartOptions = {}): Promise<NdArray> =>
    placed(async () => {
      const { readSamples } = await reader();
      return readSamples(media, stored, await open(options), options);
    });
  return Object.assign(media, {
    info: (options?: CallOptions) =>
      placed(async () => {
        const sound = await open(options);
        if (sound) return sound.info;
        throw new DatasetError(
          'unsupported',
          'The sample holds raw numbers or nothing, and no file that tells their rate. Use samples(), and keep the rate beside it.',
          { feature: 'facts of raw sound' },
        );
      }),
    samples,
    async *blocks({ size = 65_536, start = 0, end = Infinity, ...call }: AudioBlockOptions = {}) {
      if (!Number.isSafeInteger(size) || size < 1)
        throw new RangeError(`The option size is a whole number of samples from 1 up, got ${size}.`);
      for (let at = start; at === start || at < end; at += size) {
        const part = await samples({ ...call, start: at, end: Math.min(at + size, end) });
        const [length = 0] = part.shape;
        if (length > 0) yield { start: at, samples: part };
        if (length < size) return;
      }
    },
  });
}
