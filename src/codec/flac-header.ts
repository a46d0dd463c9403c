/**
 * Reads FLAC headers.
 *
 * A file is `fLaC`, then blocks of metadata `u1 last, u7 type, u24 BE length, bytes`, STREAMINFO (34 bytes) first, then
 * frames. Source: RFC 9639 §8.
 */
import type { Bytes } from '../util/bytes.js';
import { audioHeader, skipId3 } from './audio-header.js';
import { FileView } from './file-view.js';
import { type PartWork, workOnBytes } from './part-work.js';
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
  /** Samples of each block but the last, where all have the same. */
  readonly blockSize: number;
  /** Position of the first frame. */
  readonly start: number;
  /** Where the table of places to seek to is, `[start, end)`. */
  readonly seekTable: readonly [number, number] | undefined;
}

const STREAMINFO_BYTES = 34;
const SEEKTABLE = 3;

/** Walks the metadata of a FLAC file. @throws {DatasetError} `codec` when it ends before its first frame. */
export function readFlacInfo(bytes: Bytes): FlacInfo {
  new FileView(bytes, 'flac'); // of no bytes
  return workOnBytes(bytes, 'flac', walkFlac());
}

/** The same of a file that need not be in memory: only the heads of blocks, and STREAMINFO, are read. */
export function* walkFlac(): PartWork<FlacInfo> {
  const viewOf = (bytes: Bytes) => new FileView(bytes, 'flac', { bigEndian: true });
  let at = 0;
  let head = viewOf(yield [0, 10]);
  for (let tag = skipId3(head); tag > 0; tag = skipId3(head)) {
    at += tag;
    head = viewOf(yield [at, at + 10]);
  }
  head.expect(head.has('fLaC', 0), 'a FLAC file');
  at += 4;
  if ((head.u32(4) & 0x7fffffff) !== STREAMINFO_BYTES) throw head.error('its first block is not STREAMINFO');
  const info = viewOf(yield [at + 4, at + 4 + STREAMINFO_BYTES]);
  let seekTable: FlacInfo['seekTable'];
  for (let last = false; !last; ) {
    const block = viewOf(yield [at, at + 4]).u32(0);
    last = block >= 0x80000000;
    const end = at + 4 + (block & 0xffffff);
    if (((block >> 24) & 0x7f) === SEEKTABLE) seekTable = [at + 4, end];
    at = end;
  }
  // 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits samples.
  const packed = info.u32(10);
  const sampleRate = packed >>> 12;
  if (sampleRate === 0) throw info.error('its sampling rate is 0');
  if ((viewOf(yield [at, at + 2]).u16(0) & 0xfffc) !== 0xfff8) throw info.error(`expected a frame at byte ${at}`);
  return {
    sampleRate,
    channels: ((packed >> 9) & 7) + 1,
    bits: ((packed >> 4) & 31) + 1,
    samples: (packed & 15) * 2 ** 32 + info.u32(14),
    blockSize: info.u16(2),
    start: at,
    seekTable,
  };
}

/** Reads shape and facts of a FLAC file: `[samples, channels]`, `[0, channels]` when the header does not tell. */
export function readFlacHeader(bytes: Bytes): SampleHeader {
  const { sampleRate, channels, bits, samples } = readFlacInfo(bytes);
  const sampleFormat = bits > 16 ? 's32' : 's16';
  return audioHeader({ duration: samples, clock: sampleRate, sampleRate, frameSize: 0, channels, sampleFormat });
}
