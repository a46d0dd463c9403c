/**
 * Reads FLAC headers.
 *
 * A file is `fLaC`, then blocks of metadata `u1 last, u7 type, u24 BE length, bytes`, STREAMINFO (34 bytes) first, then
 * frames. Source: RFC 9639 §8.
 */
import type { Bytes } from '../util/bytes.js';
import { audioHeader, skipId3 } from './audio-header.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** STREAMINFO, and where the frames begin. */
export interface FlacInfo {
  /** Samples in a second. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits of one number. */
  readonly bits: number;
  /** Samples of each channel; 0 when the encoder did not know. */
  readonly samples: number;
  /** Position of the first frame. */
  readonly start: number;
}

const STREAMINFO_BYTES = 34;

/** Walks the metadata of a FLAC file. @throws {DatasetError} `codec` when it ends before its first frame. */
export function readFlacInfo(bytes: Bytes): FlacInfo {
  const file = new FileView(bytes, 'flac', { bigEndian: true });
  let at = skipId3(file);
  file.expect(file.has('fLaC', at), 'a FLAC file');
  at += 4;
  const info = at + 4;
  if ((file.u32(at) & 0x7fffffff) !== STREAMINFO_BYTES) throw file.error('its first block is not STREAMINFO');
  for (let last = false; !last; ) {
    const head = file.u32(at);
    last = head >= 0x80000000;
    at = file.need(at + 4 + (head & 0xffffff));
  }
  // 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits samples.
  const packed = file.u32(info + 10);
  const sampleRate = packed >>> 12;
  if (sampleRate === 0) throw file.error('its sampling rate is 0');
  if ((file.u16(at) & 0xfffc) !== 0xfff8) throw file.error(`expected a frame at byte ${at}`);
  return {
    sampleRate,
    channels: ((packed >> 9) & 7) + 1,
    bits: ((packed >> 4) & 31) + 1,
    samples: (packed & 15) * 2 ** 32 + file.u32(info + 14),
    start: at,
  };
}

/** Reads shape and facts of a FLAC file: `[samples, channels]`, `[0, channels]` when the header does not tell. */
export function readFlacHeader(bytes: Bytes): SampleHeader {
  const { sampleRate, channels, bits, samples } = readFlacInfo(bytes);
  const sampleFormat = bits > 16 ? 's32' : 's16';
  return audioHeader({ duration: samples, clock: sampleRate, sampleRate, frameSize: 0, channels, sampleFormat });
}
