/** Reads MP3 files in parts: once through for the places of the frames, then only those that are needed. */
import { planMp3Part } from './mp3-part.js';
import { readMp3Stream } from './mp3-stream.js';
import { audioInfo, type OpenSound } from './sound.js';

/**
 * Reads the whole file for the headers of its frames; their places are kept, the file is not.
 *
 * @throws {DatasetError} `codec` when it is damaged or cut off, `unsupported` for layers I and II
 */
export const openMp3: OpenSound = async (source, options) => {
  const stream = readMp3Stream(await source.read(0, source.size, options));
  const { sampleRate, channels } = stream.first;
  return {
    info: audioInfo(sampleRate, channels, stream.length),
    async read(start, end, codecs, call) {
      const plan = planMp3Part(stream, start, end);
      const bytes = (await source.read(plan.offset, plan.end, call)).slice();
      return codecs.run('mp3-part', { ...plan, bytes }, { ...call, transfer: [bytes.buffer] });
    },
  };
};
