import { DatasetError } from '../errors.js';
import { isNumeric } from './cast.js';
import { FileSample } from './file-sample.js';
import { ImageSample } from './image-sample.js';

/**
 * The htype that the first sample of an undecided tensor gives it (`spec` §5.2); null when the sample says nothing.
 * @throws {DatasetError} `sample-mismatch` for inputs that need a declared htype.
 */
export function inferHtype(input: unknown, tensor: string): string | null {
  if (input === null || input === undefined || (Array.isArray(input) && input.length === 0)) return null;
  if (typeof input === 'string') return 'text';
  if (isNumeric(input) && !hasObjects(input)) return 'generic';
  if (input instanceof Blob || input instanceof FileSample || input instanceof ImageSample) {
    throw new DatasetError('sample-mismatch', `Tensor "${tensor}" has no htype yet, and a file does not tell one. Create it with one, such as htype: "image".`, {
      tensor,
      expected: 'a declared htype',
      got: 'a file',
    });
  }
  return 'json';
}

function hasObjects(input: unknown): boolean {
  return Array.isArray(input) && input.some((item) => (Array.isArray(item) ? hasObjects(item) : typeof item === 'string' || isPlainObject(item)));
}

function isPlainObject(item: unknown): boolean {
  return typeof item === 'object' && item !== null && !ArrayBuffer.isView(item);
}
