/**
 * wav: the numbers as FFmpeg decodes them, not normalised.
 *
 * 8 bits are 0 to 255 (128 is silence), 16 and 32 bits as they are, 24 bits times 256, A-law and mu-law widened to
 * 16 bits (ITU-T G.711), floats as they are.
 */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { soundDtype } from './audio-header.js';
import { numbersAt } from './numbers.js';
import type { Codec, DecodeHint } from './types.js';
import { readWavHeader, readWavLayout, type WavLayout } from './wav-header.js';

/** Decodes WAV files to `[samples, channels]`: float32, or float64 where that would round. */
export const wav: Codec = { decode: decodeWav };

function decodeWav(bytes: Bytes, hint: DecodeHint): NdArray {
  const layout = readWavLayout(bytes);
  const { shape } = readWavHeader(bytes);
  const [samples = 0, channels = 1] = shape;
  const values = valuesOf(bytes, layout, samples * channels);
  // 24 bits have that many digits also when they are shifted.
  const dtype = soundDtype(layout.bits === 24 ? 24 : layout.coding === 3 ? layout.bits - 8 : layout.bits, hint);
  return { dtype, shape, data: dtype === 'float32' ? new Float32Array(values) : new Float64Array(values) };
}

function valuesOf(bytes: Bytes, { coding, bits, start }: WavLayout, count: number): ArrayLike<number> {
  if (coding === 3)
    return bits === 32 ? numbersAt(bytes, start, 'float32', count) : numbersAt(bytes, start, 'float64', count);
  if (bits === 16) return numbersAt(bytes, start, 'int16', count);
  if (bits === 32) return numbersAt(bytes, start, 'int32', count);
  const values = new Int32Array(count);
  if (bits === 24) {
    for (let i = 0, at = start; i < count; i++, at += 3) {
      values[i] = ((bytes[at] ?? 0) << 8) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 24);
    }
    return values;
  }
  const widen = coding === 1 ? (byte: number): number => byte : coding === 6 ? fromALaw : fromMuLaw;
  const table = Int32Array.from({ length: 256 }, (_, byte) => widen(byte));
  for (let i = 0; i < count; i++) values[i] = table[bytes[start + i] ?? 0] ?? 0;
  return values;
}

/** ITU-T G.711, tables 1: every other bit inverted, then a sign (1 is plus), 3 bits of exponent, 4 of the value. */
function fromALaw(byte: number): number {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const step = ((bits & 15) << 4) + 8;
  const size = exponent === 0 ? step : (step + 256) << (exponent - 1);
  return bits & 0x80 ? size : -size;
}

/** ITU-T G.711, tables 2: all bits inverted, then a sign (1 is minus), 3 bits of exponent, 4 of the value. */
function fromMuLaw(byte: number): number {
  const bits = ~byte;
  const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 0x80 ? -size : size;
}
