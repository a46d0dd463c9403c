import { DatasetError } from '../errors.js';
import type { TensorContext } from './types.js';

const MAX_SHOWN = 60;

/** Describes a value in a few words for a message, without running code of the value. */
export function describeInput(value: unknown): string {
  if (value === null || typeof value === 'undefined' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value)}`;
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  return `a ${value.constructor?.name ?? 'plain object'}`;
}

/** Describes a shape, such as `(480, 640, 3)`. */
export function describeShape(shape: readonly number[]): string {
  return `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
}

/** Makes the `sample-mismatch` error: which tensor and row, what was given, what is accepted. */
export function mismatch(context: TensorContext, got: string, expected: string): DatasetError<'sample-mismatch'> {
  const { name, index, meta } = context;
  const kind = meta.htype ?? 'generic';
  return new DatasetError(
    'sample-mismatch',
    `Tensor "${name}" (${kind}), row ${index}: got ${got}. Pass ${expected}.`,
    {
      tensor: name,
      index,
      expected,
      got,
    },
  );
}
