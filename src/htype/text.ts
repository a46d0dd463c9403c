import { corrupt } from '../util/byte-reader.js';
import { utf8Decode, utf8Encode } from '../util/bytes.js';
import { describeInput, mismatch } from './mismatch.js';
import { refuseUnknown } from './options.js';
import type { HtypeSpec, StoredSample, Value } from './types.js';

const SCALAR_SHAPE = [1];

/** `text`: one string for a sample, stored as UTF-8. */
export const text: HtypeSpec = {
  htype: 'text',
  dtype: 'str',
  textLike: true,
  sampleCompressions: ['lz4'],
  chunkCompressions: ['lz4'],
  companions: { shape: 'none', info: false },
  metaFields: { vdb_indexes: [] },
  initialInfo(given) {
    refuseUnknown('text', given, []);
    return {};
  },
  parse(input, context): Value {
    if (input === null || input === undefined) return { kind: 'bytes', bytes: utf8Encode(''), shape: SCALAR_SHAPE };
    if (typeof input !== 'string') throw mismatch(context, describeInput(input), 'a string');
    return { kind: 'bytes', bytes: utf8Encode(input), shape: SCALAR_SHAPE };
  },
  async output(sample: StoredSample) {
    const bytes = await sample.raw();
    try {
      return utf8Decode(bytes);
    } catch {
      throw corrupt(sample.key, 'text', 'UTF-8', 'other bytes');
    }
  },
};
