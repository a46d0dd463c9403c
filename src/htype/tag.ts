import { type JsonValue, stringifyJson } from '../format/json.js';
import { jsonBytes } from './json.js';
import { list, readList } from './list.js';
import { describeInput, mismatch } from './mismatch.js';
import { noOptions } from './options.js';
import type { HtypeSpec, StoredSample, Value } from './types.js';

const { acceptsDtype: _schemas, ...plainList } = list;

/** `tag`: any number of strings for a sample. A single string is a list of one. */
export const tag: HtypeSpec = {
  ...plainList,
  htype: 'tag',
  companions: { shape: 'none', info: false },
  initialInfo: noOptions('tag'),
  parse(input, context): Value {
    const tags: unknown = input === null || input === undefined ? [] : typeof input === 'string' ? [input] : input;
    const accepted = 'a string or an array of strings';
    if (!Array.isArray(tags)) throw mismatch(context, describeInput(input), accepted);
    for (const [i, item] of tags.entries()) {
      if (typeof item !== 'string') throw mismatch(context, `${describeInput(item)} at position ${i}`, accepted);
    }
    return { kind: 'bytes', bytes: jsonBytes(tags, context), shape: [tags.length] };
  },
  /** The original stores null for no tags, lists within lists after it has rearranged chunks, and checks no item. */
  async output(sample: StoredSample) {
    const stored: readonly unknown[] = await readList(sample);
    const items = stored.flat(Infinity).filter((item) => item !== null);
    return items.map((item) => (typeof item === 'string' ? item : stringifyJson(item as JsonValue)));
  },
};
