/**
 * Reads MP3 headers.
 *
 * A file is frames, each with a header of 4 bytes, perhaps with tags around them. The first frame may hold a Xing, Info
 * or VBRI table instead of sound, which tells how many frames follow.
 */
import type { Bytes } from '../util/bytes.js';
import { audioHeader, skipId3 } from './audio-header.js';
import { FileView } from './file-view.js';
import { frameAt, type Mp3Frame } from './mp3-frame.js';
import { countedFrames, findFrame, readTable } from './mp3-stream.js';
import type { SampleHeader } from './types.js';

// FFmpeg's clock for MP3: the least common multiple of all sampling rates.
const CLOCK = 14_112_000;

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
  const counted = countedFrames(file, start, readTable(file, start, first));
  let duration: number;
  if (counted) {
    // A frame has at least 24 bytes: 8 kbit/s at 24 kHz. Half of that, to be safe.
    if (counted * 12 > file.length)
      throw file.error(`it promises ${counted} frames, more than ${file.length} bytes can hold`);
    duration = counted * samples * tick;
  } else {
    let frames = 0;
    let varies = false;
    for (let at = start, frame: Mp3Frame | undefined = first; frame?.length; frame = frameAt(file, at)) {
      frames++;
      varies ||= frame.bitRate !== bitRate;
      at += frame.length;
    }
    duration = varies ? frames * samples * tick : Math.round((8 * (file.length - begin) * CLOCK) / bitRate);
  }
  return audioHeader({ duration, clock: CLOCK, sampleRate, frameSize: samples, channels, sampleFormat: 'fltp' });
}
