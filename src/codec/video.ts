/** mp4, mkv, avi as arrays `[frames, height, width, 3]`: the whole of it where the codec runs, most often in a worker. */
import { byteSourceOf } from '../util/byte-source.js';
import { loadTask } from './tasks.js';
import type { Codec, CodecConfig, Codecs } from './types.js';
import { openVideo } from './video-reader.js';

/** Makes the codec of a video format. Frames are those of PyAV's `rgb24`. */
export function createVideo(compression: string, config: CodecConfig): Codec {
  const codecs: Pick<Codecs, 'run'> = {
    run: async (task, input) => (await loadTask(task))(input, config),
  };
  return {
    async decode(bytes, { rows, shape }, options) {
      const video = await openVideo(compression, byteSourceOf(bytes), { codecs });
      // A recorded number of frames may be less than there are: the header of Matroska tells length and rate only.
      const [recorded = 0] = shape ?? [];
      const [start, end] = rows ?? [0, recorded > 0 ? recorded : Infinity];
      return video.array(start, end, options);
    },
  };
}
