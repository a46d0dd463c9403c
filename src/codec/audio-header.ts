/** What the headers of all audio files have in common, as PyAV tells it to Deep Lake 3.9.52. */
import type { FileView } from './file-view.js';
import type { DecodeHint, SampleHeader } from './types.js';

/** The facts of an audio file. */
export interface AudioFacts {
  /** Length in ticks of `1 / clock` seconds; 0 when the file does not tell. */
  readonly duration: number;
  /** Ticks in a second. */
  readonly clock: number;
  /** Samples in a second. */
  readonly sampleRate: number;
  /** Samples in a coded frame, where all have the same; else 0. */
  readonly frameSize: number;
  readonly channels: number;
  /** FFmpeg's name of the decoded numbers: `u8`, `s16`, `s32`, `flt`, `dbl`; with `p` each channel by itself. */
  readonly sampleFormat: string;
}

// Ticks in a second that stand for a length that no header tells: AV_TIME_BASE of FFmpeg.
const MICROSECONDS = 1_000_000;

/**
 * Makes the header of an audio file. Its shape is `[samples, channels]`, with 0 samples when the length is unknown.
 *
 * The order of the products is that of 3.9.52: the last of the samples may get lost in the rounding.
 */
export function audioHeader(facts: AudioFacts): SampleHeader {
  const { duration, sampleRate, frameSize, channels, sampleFormat } = facts;
  const timeBase = 1 / (duration > 0 ? facts.clock : MICROSECONDS);
  return {
    shape: [Math.floor(sampleRate * duration * timeBase), channels],
    dtype: 'float32',
    info: {
      duration: duration > 0 ? duration : null,
      time_base: timeBase,
      sample_rate: sampleRate,
      frame_size: frameSize,
      nchannels: channels,
      sample_format: sampleFormat,
    },
  };
}

/**
 * The dtype that decoded sound is given in: float32, which is what 3.9.52 decodes to, or float64 when numbers of so many
 * `digits` (in bits) would be rounded and the caller did not ask for float32.
 */
export function soundDtype(digits: number, hint: DecodeHint): 'float32' | 'float64' {
  return digits > 24 && hint.dtype !== 'float32' ? 'float64' : 'float32';
}

/** Where a file goes on after the ID3v2 tags at a byte, if it has any there. Source: ID3v2.4 §3.1. */
export function skipId3(file: FileView, from = 0): number {
  let at = from;
  while (file.has('ID3', at)) {
    const [a = 0, b = 0, c = 0, d = 0] = file.slice(at + 6, at + 10);
    const footer = file.u8(at + 5) & 0x10 ? 10 : 0;
    at += 10 + footer + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127);
  }
  return at;
}
