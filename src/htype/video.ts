import { mediaSpec } from './media.js';
import { videoSample } from './video-sample.js';

/** `video`: files of mp4, mkv or avi, or raw frames; shape `[frames, height, width, 3]`, uint8. */
export const video = mediaSpec({
  htype: 'video',
  dtype: 'uint8',
  compressions: ['mp4', 'mkv', 'avi'],
  dims: [4, 3],
  arrays: 'frames of shape (frames, height, width, channels) or (frames, height, width)',
  sample: videoSample,
});
