import type { ShapeInterval } from './shape.js';
import type { Tensor } from './tensor.js';

const HEAD = ['tensor', 'htype', 'shape', 'dtype', 'compression'];
const RULE = '-------'; // also the narrowest that a column gets
const GAP = 2;

/** Prints a dataset as Python's `ds.summary()` does: a line about the dataset, an empty one, a table of centred columns. */
export function formatSummary(
  address: string,
  readOnly: boolean,
  tensors: readonly (readonly [name: string, tensor: Tensor])[],
): string {
  const names = tensors.map(([name]) => `'${name}'`).join(', ');
  const cells = tensors.map(([name, { htype, shapeInterval, dtype, sampleCompression }]) => [
    name,
    htype ?? 'None',
    formatShape(shapeInterval),
    dtype === null ? 'None' : dtypeName(dtype),
    sampleCompression ?? 'None',
  ]);
  const widths = HEAD.map((_, column) => Math.max(RULE.length, ...cells.map((row) => row[column]?.length ?? 0)) + GAP);
  const lines = [HEAD, HEAD.map(() => RULE), ...cells].map((row) =>
    row.map((cell, column) => centre(cell, widths[column] ?? 0)).join(''),
  );
  return `Dataset(path='${address}', ${readOnly ? 'read_only=True, ' : ''}tensors=[${names}])\n\n${lines.join('\n')}`;
}

/** A shape as Python prints it: `(10, 2, 3)`, `(8, 1:3)` where samples differ, `(0,)`. */
function formatShape({ lower, upper }: ShapeInterval): string {
  const axes = lower.map((low, axis) => (low === upper[axis] ? `${low}` : `${low}:${upper[axis]}`));
  return axes.length === 1 ? `(${axes[0]},)` : `(${axes.join(', ')})`;
}

/** Text-like tensors have a schema for a dtype, which Python shows as `str`. */
function dtypeName(dtype: string): string {
  return /^[A-Z]/.test(dtype) ? 'str' : dtype;
}

function centre(cell: string, width: number): string {
  const left = Math.max(0, Math.floor((width - cell.length) / 2));
  return ' '.repeat(left) + cell + ' '.repeat(Math.max(0, width - cell.length - left));
}
