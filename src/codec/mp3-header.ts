/**
 * Reads MP3 headers.
 *
 * A file is frames, each with a header of 4 bytes, perhaps with tags around them. The first frame may hold a Xing, Info
 * or VBRI table instead of sound, which tells how many frames follow. Source: ISO/IEC 11172-3 §2.4.1, 13818-3 §2.4.1.
 */
import type { Bytes } from '../util/bytes.js';
import { audioHeader, skipId3 } from './audio-header.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** The header of one frame. */
interface Frame {
  /** Bytes, header included. */
  readonly length: number;
  /** Bits in a second. */
  readonly bitRate: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Whether the stream has the halved frames of MPEG-2. */
  readonly half: boolean;
}

// kbit/s by index 1 to 14: layers 1, 2 and 3 of MPEG-1, then layer 1 and layers 2 and 3 of MPEG-2.
const rates = [
  '32 64 96 128 160 192 224 256 288 320 352 384 416 448',
  '32 48 56 64 80 96 112 128 160 192 224 256 320 384',
  '32 40 48 56 64 80 96 112 128 160 192 224 256 320',
  '32 48 56 64 80 96 112 128 144 160 176 192 224 256',
  '8 16 24 32 40 48 56 64 80 96 112 128 144 160',
].map((line) => line.split(' ').map(Number));
const sampleRates = [44100, 48000, 32000];

// FFmpeg's clock for MP3: the least common multiple of all sampling rates.
const CLOCK = 14_112_000;
// How far the first frame is searched for: enough for tags that ID3 does not frame.
const MAX_JUNK = 65_536;
// Share of the bytes that a table promises below which the file counts as cut off; FFmpeg warns at the same one.
const MISSING = 1 / 16;

function frameAt(file: FileView, at: number): Frame | undefined {
  if (at + 4 > file.length) return undefined;
  const head = file.u32(at);
  if (head >>> 21 !== 0x7ff) return undefined;
  const version = (head >> 19) & 3; // 0 MPEG-2.5, 2 MPEG-2, 3 MPEG-1
  const layer = 4 - ((head >> 17) & 3);
  const rate = sampleRates[(head >> 10) & 3];
  const index = (head >> 12) & 15;
  if (version === 1 || layer === 4 || rate === undefined || index === 0 || index === 15) return undefined;
  const half = version !== 3;
  const bitRate = (rates[half ? (layer === 1 ? 3 : 4) : layer - 1]?.[index - 1] ?? 0) * 1000;
  const sampleRate = rate >> (version === 3 ? 0 : version === 2 ? 1 : 2);
  const samples = layer === 1 ? 384 : layer === 3 && half ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const length = (Math.floor((samples * bitRate) / (8 * slot * sampleRate)) + ((head >> 9) & 1)) * slot;
  return { length, bitRate, sampleRate, channels: ((head >> 6) & 3) === 3 ? 1 : 2, samples, half };
}

/** The first frame that another one of its kind follows, or that ends the file. */
function findFrame(file: FileView, from: number): number {
  const last = Math.min(from + MAX_JUNK, file.length - 4);
  for (let at = from; at <= last; at++) {
    if (file.bytes[at] !== 0xff) continue;
    const frame = frameAt(file, at);
    if (!frame || at + frame.length > file.length) continue;
    const next = frameAt(file, at + frame.length);
    if (
      next ? next.sampleRate === frame.sampleRate : at + frame.length === file.length || isTag(file, at + frame.length)
    )
      return at;
  }
  throw file.error(`expected a frame in the ${Math.max(0, last - from + 4)} bytes after its tags`);
}

function isTag(file: FileView, at: number): boolean {
  return file.has('TAG', at) || file.has('APETAGEX', at) || file.has('LYRICSBEGIN', at);
}

/** Frames that the table in the first frame counts, without itself; undefined when it has none that can be right. */
function countedFrames(file: FileView, at: number, { half, channels }: Frame): number | undefined {
  const vbri = at + 36;
  if (file.has('VBRI', vbri)) return file.u32(vbri + 14);
  const xing = at + 4 + (half ? (channels === 1 ? 9 : 17) : channels === 1 ? 17 : 32);
  if (!file.has('Xing', xing) && !file.has('Info', xing)) return undefined;
  const flags = file.u32(xing + 4);
  if (!(flags & 1)) return undefined;
  if (flags & 2) {
    const promised = file.u32(xing + 12);
    const left = file.length - at;
    if (left < promised * (1 - MISSING))
      throw file.error(`it is cut off: expected ${at + promised} bytes, got ${file.length}`);
    if (left > promised * (1 + MISSING) + MAX_JUNK) return undefined; // several files, one after another
  }
  return file.u32(xing + 8);
}

/**
 * Reads shape and facts of an MP3 file. Its shape is `[samples, channels]`, with the silence that encoders add.
 *
 * Without a table the length follows from bit rate and file size, as in FFmpeg; where the rate varies, all frames are
 * counted.
 */
export function readMp3Header(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'mp3', { bigEndian: true });
  const begin = skipId3(file);
  const start = findFrame(file, begin);
  const first = frameAt(file, start);
  if (!first) throw file.error('it has no frame');
  const { sampleRate, samples, channels, bitRate } = first;
  const tick = CLOCK / sampleRate;
  const counted = countedFrames(file, start, first);
  let duration: number;
  if (counted) {
    // A frame has at least 24 bytes: 8 kbit/s at 24 kHz. Half of that, to be safe.
    if (counted * 12 > file.length)
      throw file.error(`it promises ${counted} frames, more than ${file.length} bytes can hold`);
    duration = counted * samples * tick;
  } else {
    let frames = 0;
    let varies = false;
    for (let at = start, frame: Frame | undefined = first; frame; frame = frameAt(file, at)) {
      frames++;
      varies ||= frame.bitRate !== bitRate;
      at += frame.length;
    }
    duration = varies ? frames * samples * tick : Math.round((8 * (file.length - begin) * CLOCK) / bitRate);
  }
  return audioHeader({ duration, clock: CLOCK, sampleRate, frameSize: samples, channels, sampleFormat: 'fltp' });
}
