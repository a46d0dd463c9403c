import { DatasetError } from '../errors.js';

/** The error of changing a tiled sample in place. */
export function noTiles(tensor: string, index: number): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Tensor "${tensor}", row ${index}: a sample that is cut into tiles cannot be replaced yet.`,
    { feature: 'replacing tiled samples', tensor, index },
  );
}
