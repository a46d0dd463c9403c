/** ply: the vertices with all their properties, in the dtype of their first coordinate. */
import { DatasetError } from '../errors.js';
import { type Dtype, type DtypeMap, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { type PlyElement, readPlyHeader, readPlyLayout } from './ply-header.js';
import { type NextNumber, plyNumbers } from './ply-numbers.js';
import type { Codec } from './types.js';

/** Decodes the vertices of PLY files to `[vertices, properties]`; faces and other elements are left out. */
export const ply: Codec = { decode: decodePly };

function decodePly(bytes: Bytes): NdArray {
  const layout = readPlyLayout(bytes);
  const { shape, dtype } = readPlyHeader(bytes);
  const numbers = plyNumbers(bytes, layout);
  let data: DtypeMap[Dtype] | undefined;
  for (const element of layout.elements) {
    if (element.name === 'vertex' && !data) data = readVertices(element, dtype, numbers);
    else skip(element, numbers);
    // What follows in binary files was counted with the header; of text nothing else tells that it is whole.
    if (data && layout.format !== 'ascii') break;
  }
  if (!data) throw new FileView(bytes, 'ply').error('it has no vertices');
  return { dtype, shape, data };
}

function skip({ count, properties }: PlyElement, next: NextNumber): void {
  for (let i = 0; i < count; i++) {
    for (const { type, count: lengthType } of properties) {
      for (let left = lengthType ? next(lengthType) : 1; left > 0; left--) next(type);
    }
  }
}

function readVertices({ count, properties }: PlyElement, dtype: Dtype, next: NextNumber): DtypeMap[Dtype] {
  if (properties.some((property) => property.count)) {
    const message = 'The vertices of the ply file hold lists, which are no array. Read them with elements().';
    throw new DatasetError('unsupported', message, { feature: 'lists in ply vertices' });
  }
  const data = newTypedArray(dtype, count * properties.length);
  let to = 0;
  for (let i = 0; i < count; i++) for (const { type } of properties) data[to++] = next(type);
  return data;
}
