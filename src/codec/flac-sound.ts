/** Reads FLAC files in parts: only the frames that hold the samples that are asked for. */
import { newTypedArray } from '../format/dtypes.js';
import { walkFlac } from './flac-header.js';
import { findFlacFrame, findFlacFrames } from './flac-seek.js';
import { workOnSource } from './part-work.js';
import { audioInfo, type OpenSound } from './sound.js';

/**
 * Reads the metadata of a FLAC file, and its last frame where they do not tell its length.
 *
 * @throws {DatasetError} `codec` when they are damaged
 */
export const openFlac: OpenSound = async (source, options) => {
  const info = await workOnSource(source, 'flac', walkFlac(), options);
  const { sampleRate, channels, bits } = info;
  let length = info.samples;
  if (length === 0) {
    const last = await workOnSource(source, 'flac', findFlacFrame(info, source.size, Infinity), options);
    length = last.first + last.samples;
  }
  return {
    info: audioInfo(sampleRate, channels, length),
    async read(start, end, codecs, call) {
      const dtype = bits <= 8 ? 'int8' : bits <= 16 ? 'int16' : 'int32';
      if (start === end) return { dtype, shape: [0, channels], data: newTypedArray(dtype, 0) };
      const range = await workOnSource(source, 'flac', findFlacFrames(info, source.size, start, end), call);
      const bytes = (await source.read(range.at, range.end, call)).slice();
      const part = { info, bytes, at: 0, offset: range.at, first: range.first, start, end, dtype, factor: 1 } as const;
      return codecs.run('flac-part', part, { ...call, transfer: [bytes.buffer] });
    },
  };
};
