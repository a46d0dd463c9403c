import { decodeTagged, encodeTagged, parseJson, stringifyJson, type TaggedValue } from '../format/json.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { checkSchema, parseSchema } from './json-schema.js';
import { describeInput, mismatch } from './mismatch.js';
import { noOptions } from './options.js';
import type { HtypeSpec, StoredSample, TensorContext, Value } from './types.js';

/** Writes a value as it is stored. @throws {DatasetError} `sample-mismatch` for what JSON cannot hold. */
export function jsonBytes(input: unknown, context: TensorContext): Bytes {
  try {
    return utf8Encode(stringifyJson(encodeTagged(input as TaggedValue)));
  } catch (error) {
    const circle = error instanceof RangeError; // or the depth of the stack was reached
    const why = circle ? 'nested too deeply, or in a circle' : error instanceof Error ? error.message : String(error);
    throw mismatch(context, `${describeInput(input)} (${why})`, 'a value that JSON can hold');
  }
}

/** `json`: any JSON value for a sample; arrays, bytes and files inside it are kept through tagged objects. */
export const json: HtypeSpec = {
  htype: 'json',
  dtype: 'Any',
  textLike: true,
  sampleCompressions: ['lz4'],
  chunkCompressions: ['lz4'],
  companions: { shape: 'none', info: false },
  metaFields: {},
  acceptsDtype: (dtype) => parseSchema(dtype) !== undefined,
  initialInfo: noOptions('json'),
  parse(input, context): Value {
    const bytes = jsonBytes(input ?? {}, context);
    checkSchema(input ?? {}, context);
    return { kind: 'bytes', bytes, shape: [1] };
  },
  async output(sample: StoredSample): Promise<unknown> {
    return decodeTagged(parseJson(await sample.raw(), sample.key), sample.key);
  },
};
