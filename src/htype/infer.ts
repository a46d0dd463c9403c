import { DatasetError } from '../errors.js';
import { isPlain } from '../format/json.js';
import { isNumeric } from './cast.js';
import { describeInput } from './mismatch.js';

/**
 * The htype that the first sample of an undecided tensor gives it (`spec` §5.2); null when the sample says nothing.
 * @throws {DatasetError} `sample-mismatch` for inputs that need a declared htype.
 */
export function inferHtype(input: unknown, tensor: string): string | null {
  if (input === null || input === undefined || (Array.isArray(input) && input.length === 0)) return null;
  if (typeof input === 'string') return 'text';
  if (isNumeric(input) && !(Array.isArray(input) && hasObjects(input))) return 'generic';
  if (typeof input === 'object' && !Array.isArray(input) && !isPlain(input)) {
    const got = describeInput(input); // a file, a canvas: pictures, or something else
    throw new DatasetError(
      'sample-mismatch',
      `Tensor "${tensor}" has no htype yet, and ${got} does not tell one. Create it with one, such as htype: "image".`,
      {
        tensor,
        expected: 'a declared htype',
        got,
      },
    );
  }
  return 'json';
}

// Nested deeper than numbers can be, it is left to JSON.
const MAX_DEPTH = 32;

function hasObjects(input: readonly unknown[], depth = 0): boolean {
  return (
    depth > MAX_DEPTH ||
    input.some((item) =>
      Array.isArray(item) ? hasObjects(item, depth + 1) : typeof item === 'string' || isObject(item),
    )
  );
}

function isObject(item: unknown): boolean {
  return typeof item === 'object' && !ArrayBuffer.isView(item);
}
