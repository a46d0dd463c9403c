/**
 * The dtype of JSON tensors: a schema in the names of Python's `typing`, such as `Dict[str, Union[int, List[str]]]`.
 * Source: the names that Deep Lake 3.9.52 knows (`spec` §5.3).
 */
import { isPlain } from '../format/json.js';
import { isNdArray } from './cast.js';
import { describeInput, mismatch } from './mismatch.js';
import type { TensorContext } from './types.js';

/** A parsed schema: a name with what stands in its brackets. */
export interface JsonSchema {
  readonly name: string;
  readonly inner: readonly JsonSchema[];
}

// Numbers of schemas that may stand in the brackets, none meaning no brackets.
const arities: Readonly<Record<string, readonly number[]>> = {
  Any: [0],
  Dict: [0, 2],
  List: [0, 1],
  Optional: [1],
};
const scalars: Readonly<Record<string, (value: unknown) => boolean>> = {
  int: (value) => typeof value === 'bigint' || Number.isInteger(value),
  float: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  str: (value) => typeof value === 'string',
  list: Array.isArray,
  dict: isDict,
  ndarray: isNdArray,
  Sample: isFile,
};
const MAX_DEPTH = 32;

/** Parses a schema; undefined when it is none that Deep Lake knows. */
export function parseSchema(text: string): JsonSchema | undefined {
  const tokens = text.match(/\w+|\S/g) ?? [];
  let at = 0;
  const read = (depth: number): JsonSchema | undefined => {
    const name = tokens[at++] ?? '';
    const inner: JsonSchema[] = [];
    if (tokens[at] === '[' && depth < MAX_DEPTH) {
      do {
        at++;
        const schema = read(depth + 1);
        if (!schema) return undefined;
        inner.push(schema);
      } while (tokens[at] === ',');
      if (tokens[at++] !== ']') return undefined;
    }
    const { length } = inner;
    const fits = Object.hasOwn(arities, name)
      ? arities[name]?.includes(length)
      : name === 'Union'
        ? length > 0
        : length === 0 && Object.hasOwn(scalars, name);
    return fits ? { name, inner } : undefined;
  };
  const schema = read(0);
  return at === tokens.length ? schema : undefined;
}

/**
 * Checks a value against the schema of a tensor. Null, false, 0, and empty texts, lists and objects fit any, as in the
 * original.
 * @throws {DatasetError} `sample-mismatch` naming the first misfit.
 */
export function checkSchema(value: unknown, context: TensorContext): void {
  const { dtype } = context.meta;
  if (dtype === null || dtype === 'Any' || dtype === 'List') return;
  if (!value || (Array.isArray(value) ? value.length === 0 : isPlain(value) && Object.keys(value).length === 0)) return;
  const schema = parseSchema(dtype); // a stored one that is unknown says nothing
  const misfit = schema && findMisfit(value, schema, '');
  if (misfit === undefined) return;
  throw mismatch(context, `${describeInput(misfit.value)}${misfit.path && ` at ${misfit.path}`}`, `what fits ${dtype}`);
}

interface Misfit {
  readonly value: unknown;
  readonly path: string;
}

function findMisfit(value: unknown, { name, inner }: JsonSchema, path: string): Misfit | undefined {
  const [first, second] = inner;
  const misfit = { value, path };
  switch (name) {
    case 'Any':
      return undefined;
    case 'Optional':
    case 'Union':
      if (name === 'Optional' && value === null) return undefined;
      if (inner.length === 1 && first) return findMisfit(value, first, path);
      return inner.some((choice) => findMisfit(value, choice, path) === undefined) ? undefined : misfit;
    case 'List':
      if (!Array.isArray(value)) return misfit;
      return first && firstOf(value.entries(), ([i, item]) => findMisfit(item, first, `${path}[${i}]`));
    case 'Dict':
      if (!isDict(value)) return misfit;
      return firstOf(Object.entries(value), ([key, item]) => {
        const place = `${path}[${JSON.stringify(key)}]`;
        // Keys are texts in JSON, whatever they were before.
        const fits =
          !first || !findMisfit(key, first, '') || (/^-?\d+$/.test(key) && !findMisfit(Number(key), first, ''));
        return fits ? second && findMisfit(item, second, place) : { value: key, path };
      });
    default:
      return scalars[name]?.(value) ? undefined : misfit;
  }
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => Misfit | undefined): Misfit | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}

function isDict(value: unknown): value is Record<string, unknown> {
  return isPlain(value) && !isNdArray(value) && !isFile(value);
}

function isFile(value: unknown): boolean {
  return isPlain(value) && value.bytes instanceof Uint8Array && 'compression' in value;
}
