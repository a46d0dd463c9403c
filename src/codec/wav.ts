/**
 * wav: the numbers as FFmpeg decodes them, not normalised.
 *
 * 8 bits are 0 to 255 (128 is silence), 16 and 32 bits as they are, 24 bits times 256, A-law and mu-law widened to
 * 16 bits (ITU-T G.711), floats as they are.
 */
import { type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { soundDtype } from './audio-header.js';
import { numbersAt } from './numbers.js';
import type { Codec, DecodeHint } from './types.js';
import { readWavHeader, readWavLayout, type WavLayout } from './wav-header.js';

/** Decodes WAV files, or rows of them, to `[samples, channels]`: float32, or float64 where that would round. */
export const wav: Codec = { decode: decodeWav };

function decodeWav(bytes: Bytes, hint: DecodeHint): NdArray {
  const layout = readWavLayout(bytes);
  const [samples = 0, channels = 1] = readWavHeader(bytes).shape;
  const end = Math.min(hint.rows?.[1] ?? samples, samples);
  const start = Math.min(hint.rows?.[0] ?? 0, end);
  const from = layout.start + start * layout.blockSize;
  const { data } = wavNumbers(bytes, layout, from, (end - start) * channels);
  // 24 bits have that many digits also when they are shifted.
  const dtype = soundDtype(layout.bits === 24 ? 24 : layout.coding === 3 ? layout.bits - 8 : layout.bits, hint);
  const factor = layout.bits === 24 ? 256 : 1;
  const numbers = newTypedArray(dtype, data.length);
  for (let i = 0; i < data.length; i++) numbers[i] = Number(data[i]) * factor;
  return { dtype, shape: [end - start, channels], data: numbers };
}

/** Numbers as a WAV file holds them: dtype by coding and bits. */
export type WavNumbers = NdArray<'uint8' | 'int16' | 'int32' | 'float32' | 'float64'>;

/**
 * Copies `count` numbers that begin at byte `from`, in the smallest dtype that holds those of the file.
 *
 * Numbers of 24 bits are int32 in their own size, not shifted; A-law and mu-law are widened to int16.
 * @returns one axis
 */
export function wavNumbers(bytes: Bytes, { coding, bits }: WavLayout, from: number, count: number): WavNumbers {
  const shape = [count];
  if (coding === 3 && bits === 32) return { dtype: 'float32', shape, data: numbersAt(bytes, from, 'float32', count) };
  if (coding === 3) return { dtype: 'float64', shape, data: numbersAt(bytes, from, 'float64', count) };
  if (bits === 16) return { dtype: 'int16', shape, data: numbersAt(bytes, from, 'int16', count) };
  if (bits === 32) return { dtype: 'int32', shape, data: numbersAt(bytes, from, 'int32', count) };
  if (bits === 24) {
    const data = new Int32Array(count);
    for (let i = 0, at = from; i < count; i++, at += 3) {
      data[i] = (((bytes[at] ?? 0) << 8) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 24)) >> 8;
    }
    return { dtype: 'int32', shape, data };
  }
  if (coding === 1) return { dtype: 'uint8', shape, data: bytes.slice(from, from + count) };
  const widen = coding === 6 ? fromALaw : fromMuLaw;
  const table = Int16Array.from({ length: 256 }, (_, byte) => widen(byte));
  return {
    dtype: 'int16',
    shape,
    data: Int16Array.from(bytes.subarray(from, from + count), (byte) => table[byte] ?? 0),
  };
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
