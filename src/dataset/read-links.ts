import { LinkedFile } from '../chunk/linked-file.js';
import type { TensorSource } from '../chunk/source.js';
import { requireCodec } from '../codec/table.js';
import { LinkSample } from '../htype/link-sample.js';
import type { EncodedSample, HtypeSpec, StoredSample, TensorContext } from '../htype/types.js';
import type { CallOptions } from '../store/types.js';
import { utf8Decode } from '../util/bytes.js';
import { targetShape } from './encode-link.js';
import type { Session } from './session.js';

// Formats that are read in parts: see link-media.ts, which loads with the first of them.
const partial = new Set(['mp4', 'mkv', 'avi', 'wav', 'flac', 'nii', 'nii.gz']);

/** Makes what turns stored paths into link samples; the first of them is item `start`. */
export async function linkReader(
  session: Session,
  source: TensorSource,
  spec: HtypeSpec,
  context: TensorContext,
  start: number,
) {
  const links = await session.links();
  const creds = await source.creds?.();
  const decode = async (path: string, file: EncodedSample): Promise<unknown> => {
    const readHeader = await requireCodec(file.compression).loadHeader?.();
    const header = (await readHeader?.(file.bytes)) ?? {
      shape: [file.bytes.length],
      dtype: 'uint8' as const,
      info: {},
    };
    const target = new LinkedFile(path, file, header, targetShape(header.shape, spec, context.meta), session.reading);
    return spec.output(target, context);
  };
  return async (sample: StoredSample, i: number): Promise<LinkSample> => {
    const path = utf8Decode(await sample.raw());
    const item = start + i;
    const number = creds && item < creds.items ? creds.value(creds.find(item), 0) : 0;
    const credsKey = links.keyName(number);
    const link = { path, ...(credsKey && { credsKey }) };
    const whole = async (options: CallOptions = {}) => decode(path, await links.load(link, options));
    const inParts = async (options: CallOptions = {}) => {
      const { linkedMedia, recordedShape } = await import('./link-media.js');
      const [file, recorded] = await Promise.all([
        links.open(link, options),
        recordedShape(session, source, item, options),
      ]);
      const media = await linkedMedia(path, file, recorded, session.codecs, options);
      if (media) return spec.outputFile?.(media, context);
      const bytes = await file.source.read(0, file.source.size, options);
      return decode(path, { bytes, compression: file.compression });
    };
    return new LinkSample(path, credsKey, {
      load: (options) => links.load(link, options),
      resolve: spec.outputFile && partial.has(context.meta.sampleCompression ?? '') ? inParts : whole,
    });
  };
}
