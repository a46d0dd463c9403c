import { audioSample } from './audio-sample.js';
import { mediaSpec } from './media.js';

/** `audio`: files of mp3, wav or flac, or raw samples; shape `[samples, channels]`, float64. */
export const audio = mediaSpec({
  htype: 'audio',
  dtype: 'float64',
  compressions: ['mp3', 'wav', 'flac'],
  dims: [2, 1],
  arrays: 'sound of shape (samples, channels) or (samples,)',
  sample: audioSample,
});
