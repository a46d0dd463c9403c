/** Reads sound from files in parts: what `AudioSample` stands on. */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { ByteSource } from '../util/byte-source.js';
import type { Codecs } from './types.js';

/** The facts of a sound, from its headers: nothing is decoded. */
export interface AudioInfo {
  /** Samples in a second. */
  readonly sampleRate: number;
  /** Channels of each sample: 1 mono, 2 left and right. */
  readonly channels: number;
  /** Samples of each channel that there are: a recorded shape may be longer, for mp3 by what encoders put around the sound. */
  readonly length: number;
  /** Seconds: `length / sampleRate`. */
  readonly duration: number;
}

/** A sound file whose headers have been read. */
export interface Sound {
  readonly info: AudioInfo;
  /** Reads samples `[start, end)`, where `0 <= start <= end <= length`, as `[samples, channels]`. */
  read(start: number, end: number, codecs: Codecs, options?: CallOptions): Promise<NdArray>;
}

/** Reads the headers of a sound file. */
export type OpenSound = (source: ByteSource, options?: CallOptions) => Promise<Sound>;

const readers: Readonly<Record<string, () => Promise<OpenSound>>> = {
  wav: () => import('./wav-sound.js').then((m) => m.openWav),
  flac: () => import('./flac-sound.js').then((m) => m.openFlac),
  mp3: () => import('./mp3-sound.js').then((m) => m.openMp3),
};

/** Reads the headers of a sound file. @throws {DatasetError} `codec` when they are damaged, `unsupported` for other formats */
export async function openSound(compression: string, source: ByteSource, options?: CallOptions): Promise<Sound> {
  const reader = await readers[compression]?.();
  if (reader) return reader(source, options);
  throw new DatasetError(
    'unsupported',
    `Sound of compression "${compression}" cannot be read in parts; known are ${Object.keys(readers).join(', ')}. Read the file with encoded().`,
    { feature: `sound of ${compression}` },
  );
}

/** Makes the facts of a sound. */
export function audioInfo(sampleRate: number, channels: number, length: number): AudioInfo {
  return { sampleRate, channels, length, duration: length / sampleRate };
}
