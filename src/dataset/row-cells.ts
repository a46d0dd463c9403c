import { DatasetError } from '../errors.js';
import type { CallOptions } from '../store/types.js';
import type { Column } from './encode-row.js';
import type { Cell } from './write-rows.js';

/** Options of `Dataset.append`. */
export interface AppendOptions extends CallOptions {
  /** Leaves tensors alone that the row does not name, which makes them shorter. */
  readonly skipOk?: boolean;
  /** Appends empty samples to tensors that the row does not name. */
  readonly appendEmpty?: boolean;
}

/** Finds the tensor of each input of a row. @throws {DatasetError} for unknown and missing tensors, and uneven lengths. */
export function cellsOf(
  row: unknown,
  index: number,
  columns: ReadonlyMap<string, Column>,
  { skipOk, appendEmpty }: AppendOptions,
): Cell[] {
  if (typeof row !== 'object' || row === null)
    throw new TypeError(`Row ${index} must be an object with one sample for each tensor.`);
  const inputs = row as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(inputs)) {
    if (columns.has(name)) continue;
    throw new DatasetError(
      'not-found',
      `Row ${index} names the tensor "${name}", which does not exist. Tensors are ${[...columns.keys()].join(', ')}.`,
      {
        what: 'tensor',
        name,
        index,
      },
    );
  }
  const cells: Cell[] = [];
  let length: number | undefined;
  for (const [name, column] of columns) {
    if (!Object.hasOwn(inputs, name)) {
      if (!appendEmpty && skipOk) continue;
      if (!appendEmpty) {
        throw new DatasetError(
          'sample-mismatch',
          `Row ${index} has no sample for tensor "${name}". Add one, or pass { appendEmpty: true } or { skipOk: true }.`,
          {
            tensor: name,
            index,
            expected: 'a sample',
            got: 'none',
          },
        );
      }
    }
    length ??= column.draft.length;
    if (column.draft.length !== length) {
      throw new DatasetError(
        'sample-mismatch',
        `Row ${index} cannot be appended: tensor "${name}" has ${column.draft.length} samples, others have ${length}. Even them out one by one first.`,
        {
          tensor: name,
          index,
          expected: `${length} samples`,
          got: `${column.draft.length} samples`,
        },
      );
    }
    cells.push({ column, input: inputs[name] ?? null });
  }
  return cells;
}
