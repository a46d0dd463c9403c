import { decodeTagged, encodeTagged, parseJson, stringifyJson, type TaggedValue } from '../format/json.js';
import { utf8Encode } from '../util/bytes.js';
import { describeInput, mismatch } from './mismatch.js';
import { refuseUnknown } from './options.js';
import type { HtypeSpec, StoredSample, Value } from './types.js';

/** `json`: any JSON value for a sample; arrays, bytes and files inside it are kept through tagged objects. */
export const json: HtypeSpec = {
  htype: 'json',
  dtype: 'Any',
  textLike: true,
  sampleCompressions: ['lz4'],
  chunkCompressions: ['lz4'],
  companions: { shape: 'none', info: false },
  metaFields: {},
  initialInfo(given) {
    refuseUnknown('json', given, []);
    return {};
  },
  parse(input, context): Value {
    let written: string;
    try {
      written = stringifyJson(encodeTagged((input ?? {}) as TaggedValue));
    } catch (error) {
      const circle = error instanceof RangeError; // or the depth of the stack was reached
      const why = circle ? 'nested too deeply, or in a circle' : error instanceof Error ? error.message : String(error);
      throw mismatch(context, `${describeInput(input)} (${why})`, 'a value that JSON can hold');
    }
    return { kind: 'bytes', bytes: utf8Encode(written), shape: [1] };
  },
  async output(sample: StoredSample): Promise<unknown> {
    return decodeTagged(parseJson(await sample.raw(), sample.key), sample.key);
  },
};
