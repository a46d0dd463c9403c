/** Reads WAV files in parts: only the bytes of the samples that are asked for. */

import { workOnSource } from './part-work.js';
import type { OpenSound } from './sound.js';
import { audioInfo } from './sound.js';
import { wavNumbers } from './wav.js';
import { walkWav } from './wav-header.js';

/** Reads the headers of a WAV file. @throws {DatasetError} `codec` when they are damaged or the file is cut off */
export const openWav: OpenSound = async (source, options) => {
  const layout = await workOnSource(source, 'wav', walkWav(source.size), options);
  const { start, end, blockSize, channels, sampleRate } = layout;
  return {
    info: audioInfo(sampleRate, channels, (end - start) / blockSize),
    async read(first, last, _codecs, call) {
      const bytes = await source.read(start + first * blockSize, start + last * blockSize, call);
      const numbers = wavNumbers(bytes, layout, 0, (last - first) * channels);
      return { ...numbers, shape: [last - first, channels] };
    },
  };
};
