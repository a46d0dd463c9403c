/** Targets of links to video, sound and volumes, as samples that read the parts they need. */

import { readSamples } from '../chunk/read.js';
import type { TensorSource } from '../chunk/source.js';
import type { Codecs } from '../codec/types.js';
import { type Dtype, elementCount } from '../format/dtypes.js';
import type { StoredFile, StoredMedia } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import type { Session } from './session.js';

/** What is known of a target before its content is asked for. */
interface Facts {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

type FindFacts = (file: StoredFile, codecs: Codecs, options: CallOptions) => Promise<Facts>;

const videoFacts: FindFacts = async ({ compression, source }, codecs, options) => {
  const { openVideo } = await import('../codec/video-reader.js');
  const { frames, height, width } = await (await openVideo(compression, source, { codecs })).info(options);
  return { shape: [frames, height, width, 3], dtype: 'uint8' };
};

const soundFacts: FindFacts = async ({ compression, source }, _, options) => {
  const [{ openSound }, { audioHeader }] = [
    await import('../codec/sound.js'),
    await import('../codec/audio-header.js'),
  ];
  const { info } = await openSound(compression, source, options);
  const { sampleRate, channels, length } = info;
  return audioHeader({ duration: length, clock: sampleRate, sampleRate, frameSize: 0, channels, sampleFormat: '' });
};

const volumeFacts: FindFacts = async (file, _, options) => {
  const { readNiiHead } = await import('../codec/nii-reader.js');
  return (await readNiiHead(file, options)).layout;
};

// Formats whose readers take parts: what finds their facts, and the number type where the format has only one.
const formats = new Map<string, readonly [find: FindFacts, dtype?: Dtype]>([
  ['mp4', [videoFacts, 'uint8']],
  ['mkv', [videoFacts, 'uint8']],
  ['avi', [videoFacts, 'uint8']],
  ['wav', [soundFacts, 'float32']],
  ['flac', [soundFacts, 'float32']],
  ['nii', [volumeFacts]],
  ['nii.gz', [volumeFacts]],
]);

/**
 * Makes the sample of a target.
 *
 * @param recorded - shape that was recorded with the link; without one the file is asked, of which Matroska and fragmented
 *   MP4 are read through for it.
 * @returns undefined for a format that is not read in parts.
 * @throws {DatasetError} `codec` when the target is damaged, `storage` when it cannot be read
 */
export async function linkedMedia(
  path: string,
  file: StoredFile,
  recorded: readonly number[] | undefined,
  codecs: Codecs,
  options: CallOptions,
): Promise<StoredMedia | undefined> {
  const { compression, source } = file;
  const format = formats.get(compression);
  if (!format) return undefined;
  const [find, only] = format;
  const { shape, dtype } = recorded && only ? { shape: recorded, dtype: only } : await find(file, codecs, options);
  return {
    key: path,
    shape,
    dtype,
    file,
    codecs,
    async array({ rows, ...call } = {}) {
      const bytes = await source.read(0, source.size, call);
      const array = await codecs.decode(compression, bytes, { shape, dtype, ...(rows && { rows }) }, call);
      return elementCount(array.shape) === elementCount(shape) ? { ...array, shape } : array;
    },
  };
}

/** The shape of a target as it was recorded with its link; undefined where none was. */
export async function recordedShape(
  session: Session,
  { meta }: TensorSource,
  item: number,
  options: CallOptions,
): Promise<readonly number[] | undefined> {
  const [key] = Object.entries(meta.links).find(([, { extend }]) => extend === 'extend_shape') ?? [];
  if (key === undefined) return undefined;
  const [sample] = await readSamples(
    await session.source({ name: key, key, closedNames: true }),
    item,
    item + 1,
    session.reading,
    options,
  );
  const shape = sample && Array.from((await sample.array(options)).data, Number);
  return shape && shape.length > 1 && shape.every((size) => size > 0) ? shape : undefined;
}
