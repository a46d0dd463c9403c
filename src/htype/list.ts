import { decodeTagged, isJsonObject, type JsonValue, parseJson } from '../format/json.js';
import { corrupt } from '../util/byte-reader.js';
import { isNdArray, typedArrayDtype } from './cast.js';
import { json, jsonBytes } from './json.js';
import { checkSchema, parseSchema } from './json-schema.js';
import { describeInput, describeShape, mismatch } from './mismatch.js';
import { noOptions } from './options.js';
import type { HtypeSpec, StoredSample, TensorContext, Value } from './types.js';

/** `list`: a JSON array for a sample. Arrays of numbers become lists; inside a list they are kept as arrays. */
export const list: HtypeSpec = {
  ...json,
  htype: 'list',
  dtype: 'List',
  acceptsDtype: (dtype) => parseSchema(dtype)?.name === 'List',
  companions: { shape: 'length', info: false },
  initialInfo: noOptions('list'),
  parse(input, context): Value {
    const items = listOf(input, context);
    if (!items) throw mismatch(context, describeInput(input), 'an array');
    const bytes = jsonBytes(items, context);
    checkSchema(items, context);
    return { kind: 'bytes', bytes, shape: [items.length] };
  },
  async output(sample: StoredSample) {
    return (await readList(sample)).map((item) => decodeTagged(item, sample.key));
  },
};

/** Reads a stored JSON array. @throws {DatasetError} `corrupt` when it is anything else. */
export async function readList(sample: StoredSample): Promise<JsonValue[]> {
  const { key } = sample;
  const value = parseJson(await sample.raw(), key);
  if (!Array.isArray(value))
    throw corrupt(key, 'sample', 'a JSON array', isJsonObject(value) ? 'an object' : typeof value);
  return value;
}

function listOf(input: unknown, context: TensorContext): readonly unknown[] | undefined {
  if (input === null || input === undefined) return [];
  if (Array.isArray(input)) return input;
  if (typedArrayDtype(input) !== undefined) return Array.from(input as Float64Array);
  if (!isNdArray(input)) return undefined;
  const { data, shape } = input;
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.length !== count)
    throw mismatch(context, `${data.length} numbers for shape ${describeShape(shape)}`, `${count} numbers`);
  let rows: unknown[] = Array.from(data as Float64Array);
  for (const size of shape.slice(1).reverse()) {
    const items = rows;
    rows = Array.from({ length: size && items.length / size }, (_, i) => items.slice(i * size, (i + 1) * size));
  }
  return rows;
}
