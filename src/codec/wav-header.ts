/**
 * Reads WAV headers.
 *
 * A file is `RIFF u32 WAVE`, then chunks `4 letters, u32 length, bytes, a pad byte after an odd length`; `fmt ` holds
 * the form of the numbers, `data` the numbers. Beyond 4 GB it begins with RF64 (or BW64) and has the lengths in `ds64`.
 * Sources: Multimedia Programming Interface 1.0 (1991), EBU Tech 3306.
 */
import type { Bytes } from '../util/bytes.js';
import { audioHeader } from './audio-header.js';
import { FileView } from './file-view.js';
import { type PartWork, workOnBytes } from './part-work.js';
import type { SampleHeader } from './types.js';

/** The form of a WAV file, and where its numbers lie. */
export interface WavLayout {
  /** 1 whole numbers, 3 floats, 6 A-law, 7 mu-law. */
  readonly coding: number;
  readonly channels: number;
  /** Samples in a second. */
  readonly sampleRate: number;
  /** Bits of one number. */
  readonly bits: number;
  /** Bytes of one sample of all channels. */
  readonly blockSize: number;
  /** The numbers are `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

const EXTENSIBLE = 0xfffe;
const UNKNOWN = 0xffffffff; // what a recorder writes that could not go back to the header
const MAX_CHANNELS = 1024;

// FFmpeg's name of the decoded numbers, by coding and bits. 24 bits are widened to 32.
const sampleFormats: Readonly<Record<string, string>> = {
  '1 8': 'u8',
  '1 16': 's16',
  '1 24': 's32',
  '1 32': 's32',
  '3 32': 'flt',
  '3 64': 'dbl',
  '6 8': 's16',
  '7 8': 's16',
};

/** Walks the chunks of a WAV file. @throws {DatasetError} `codec` when it is cut off or not made of plain numbers. */
export function readWavLayout(bytes: Bytes): WavLayout {
  const { length } = new FileView(bytes, 'wav');
  return workOnBytes(bytes, 'wav', walkWav(length));
}

/** The same of a file of `size` bytes, of which only the heads of chunks are read. */
export function* walkWav(size: number): PartWork<WavLayout> {
  const head = new FileView(yield [0, 12], 'wav');
  const long = head.has('RF64', 0) || head.has('BW64', 0);
  head.expect((long || head.has('RIFF', 0)) && head.has('WAVE', 8), 'a WAV file');
  let form: Omit<WavLayout, 'start' | 'end'> | undefined;
  let longData = 0;
  for (let at = 12; ; ) {
    const file = new FileView(yield [at, at + 8], 'wav');
    const id = file.text(0, 4);
    const length = file.u32(4);
    const start = at + 8;
    if (id === 'ds64') longData = new FileView(yield [start, start + 16], 'wav').u64(8);
    if (id === 'data') {
      if (!form) throw file.error('its numbers begin before their form is told');
      const known = long && length === UNKNOWN ? longData : length;
      // Zero is what a recorder leaves that was stopped; nothing then follows the numbers.
      const end = known === UNKNOWN || (known === 0 && start < size) ? size : start + known;
      if (end > size) throw file.error(`it is cut off: expected at least ${end} bytes, got ${size}`);
      return { ...form, start, end: end - ((end - start) % form.blockSize) };
    }
    const end = start + length;
    if (end > size) throw file.error(`it is cut off: expected at least ${end} bytes, got ${size}`);
    if (id === 'fmt ') {
      if (length < 16) throw file.error(`expected a "fmt " chunk of at least 16 bytes, got ${length}`);
      form = readForm(new FileView(yield [start, start + Math.min(length, 26)], 'wav'));
    }
    at = end + (length & 1);
  }
}

function readForm(file: FileView): Omit<WavLayout, 'start' | 'end'> {
  const tag = file.u16(0);
  const coding = tag === EXTENSIBLE && file.length >= 26 ? file.u16(24) : tag;
  const channels = file.u16(2);
  const sampleRate = file.u32(4);
  const blockSize = file.u16(12);
  const bits = file.u16(14);
  if (!sampleFormats[`${coding} ${bits}`]) throw file.error(`its coding (${coding}, ${bits} bits) is not supported`);
  if (channels === 0 || channels > MAX_CHANNELS || sampleRate === 0 || blockSize !== (channels * bits) / 8) {
    throw file.error(`it has ${channels} channels of ${bits} bits in ${blockSize} bytes, ${sampleRate} a second`);
  }
  return { coding, channels, sampleRate, bits, blockSize };
}

/** Reads shape and facts of a WAV file. Its shape is `[samples, channels]`. */
export function readWavHeader(bytes: Bytes): SampleHeader {
  const { start, end, blockSize, channels, sampleRate, coding, bits } = readWavLayout(bytes);
  return audioHeader({
    duration: (end - start) / blockSize,
    clock: sampleRate,
    sampleRate,
    frameSize: 0,
    channels,
    sampleFormat: sampleFormats[`${coding} ${bits}`] ?? '',
  });
}
