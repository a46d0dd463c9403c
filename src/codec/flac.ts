/** flac: the numbers exactly as FFmpeg decodes them: up to 16 bits shifted to 16, more bits shifted to 32. */
import { type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { soundDtype } from './audio-header.js';
import { FileView } from './file-view.js';
import { readFlacFrame } from './flac-frame.js';
import { readFlacHeader, readFlacInfo } from './flac-header.js';
import type { Codec, DecodeHint } from './types.js';

/** Decodes FLAC files to `[samples, channels]`: float32, or float64 where that would round. */
export const flac: Codec = { decode: decodeFlac };

// Numbers that are decoded at most: 2 GB of float32. Silence packs so well that no file size bounds them.
const MAX_VALUES = 2 ** 29;
// Packed numbers rarely take less than a bit; the array grows when they do.
const FIRST_GUESS = 8;

function decodeFlac(bytes: Bytes, hint: DecodeHint): NdArray {
  const info = readFlacInfo(bytes);
  const file = new FileView(bytes, 'flac', { bigEndian: true });
  const { channels, bits, samples: promised } = info;
  const dtype = soundDtype(bits, hint);
  const factor = 2 ** ((bits > 16 ? 32 : 16) - bits);
  let data = newTypedArray(dtype, Math.min(promised * channels || Infinity, FIRST_GUESS * bytes.length, MAX_VALUES));
  let samples = 0;
  for (let at = info.start; promised > 0 ? samples < promised : !isEnd(file, at); ) {
    const frame = readFlacFrame(bytes, at, info);
    at += frame.length;
    const end = (samples + frame.samples) * channels;
    if (end > MAX_VALUES) throw file.error(`it holds more than ${MAX_VALUES} numbers`);
    if (promised > 0 && samples + frame.samples > promised)
      throw file.error(`expected ${promised} samples, got ${samples + frame.samples}`);
    if (end > data.length) {
      const wider = newTypedArray(dtype, Math.min(Math.max(end, 2 * data.length), MAX_VALUES));
      wider.set(data);
      data = wider;
    }
    frame.channels.forEach((channel, c) => {
      for (let i = 0, to = samples * channels + c; i < channel.length; i++, to += channels) {
        data[to] = (channel[i] ?? 0) * factor;
      }
    });
    samples += frame.samples;
  }
  // The header's rule may leave the last sample out.
  const shape = [readFlacHeader(bytes).shape[0] || samples, channels];
  const length = (shape[0] ?? 0) * channels;
  return { dtype, shape, data: length === data.length ? data : data.slice(0, length) };
}

/** Whether a file of unknown length ends here, or nothing but an ID3v1 tag follows. */
function isEnd(file: FileView, at: number): boolean {
  return at === file.length || (at + 128 === file.length && file.has('TAG', at));
}
