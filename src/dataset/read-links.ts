import { LinkedFile } from '../chunk/linked-file.js';
import type { TensorSource } from '../chunk/source.js';
import { requireCodec } from '../codec/table.js';
import { LinkSample } from '../htype/link-sample.js';
import type { EncodedSample, HtypeSpec, StoredSample, TensorContext } from '../htype/types.js';
import { utf8Decode } from '../util/bytes.js';
import { targetShape } from './encode-link.js';
import type { Session } from './session.js';

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
    const target = new LinkedFile(path, file, header, targetShape(header.shape, spec, context.meta), session.codecs);
    return spec.output(target, context);
  };
  return async (sample: StoredSample, i: number): Promise<LinkSample> => {
    const path = utf8Decode(await sample.raw());
    const item = start + i;
    const number = creds && item < creds.items ? creds.value(creds.find(item), 0) : 0;
    const credsKey = links.keyName(number);
    return new LinkSample(path, credsKey, {
      load: (options) => links.load({ path, ...(credsKey && { credsKey }) }, options),
      decode: (file) => decode(path, file),
    });
  };
}
