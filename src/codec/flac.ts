/** flac: the numbers exactly as FFmpeg decodes them: up to 16 bits shifted to 16, more bits shifted to 32. */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { soundDtype } from './audio-header.js';
import { type FlacInfo, readFlacHeader, readFlacInfo } from './flac-header.js';
import { decodeFlacPart } from './flac-part.js';
import { findFlacFrame } from './flac-seek.js';
import { workOnBytes } from './part-work.js';
import type { Codec, DecodeHint } from './types.js';

/** Decodes FLAC files, or rows of them, to `[samples, channels]`: float32, or float64 where that would round. */
export const flac: Codec = { decode: decodeFlac };

function decodeFlac(bytes: Bytes, hint: DecodeHint): NdArray {
  const info = readFlacInfo(bytes);
  // The header's rule may leave the last sample out; it tells nothing where the length is unknown.
  const told = readFlacHeader(bytes).shape[0] || Infinity;
  const dtype = soundDtype(info.bits, hint);
  const factor = 2 ** ((info.bits > 16 ? 32 : 16) - info.bits);
  const part = { info, bytes, offset: 0, at: info.start, first: 0, start: 0, end: told, dtype, factor };
  if (!hint.rows) return decodeFlacPart(part);
  const end = Math.min(hint.rows[1], Number.isFinite(told) ? told : lengthOf(bytes, info));
  const start = Math.min(hint.rows[0], end);
  const { at, first } = workOnBytes(bytes, 'flac', findFlacFrame(info, bytes.length, start));
  return decodeFlacPart({ ...part, at, first, start, end });
}

/** Samples of a file whose header does not tell them. */
function lengthOf(bytes: Bytes, info: FlacInfo): number {
  const last = workOnBytes(bytes, 'flac', findFlacFrame(info, bytes.length, Infinity));
  return last.first + last.samples;
}
