/** ply: the vertices with all their properties, in the dtype of their first coordinate. */
import { DatasetError } from '../errors.js';
import { type Dtype, type DtypeMap, itemSize, type NdArray, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { type PlyElement, type PlyLayout, readPlyHeader, readPlyLayout } from './ply-header.js';
import type { Codec } from './types.js';

/** Decodes the vertices of PLY files to `[vertices, properties]`; faces and other elements are left out. */
export const ply: Codec = { decode: decodePly };

function decodePly(bytes: Bytes): NdArray {
  const layout = readPlyLayout(bytes);
  const { shape, dtype } = readPlyHeader(bytes);
  const numbers = layout.format === 'ascii' ? textNumbers(bytes, layout.start) : binaryNumbers(bytes, layout);
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

/** Gives the next number of the file, which is of a type. */
type NextNumber = (type: Dtype) => number;

function readVertices({ count, properties }: PlyElement, dtype: Dtype, next: NextNumber): DtypeMap[Dtype] {
  if (properties.some((property) => property.count)) {
    const message =
      'The vertices of the ply file hold lists, which are no array. Read the file with encoded() or toBlob().';
    throw new DatasetError('unsupported', message, { feature: 'lists in ply vertices' });
  }
  const data = newTypedArray(dtype, count * properties.length);
  let to = 0;
  for (let i = 0; i < count; i++) for (const { type } of properties) data[to++] = next(type);
  return data;
}

function binaryNumbers(bytes: Bytes, { format, start }: PlyLayout): NextNumber {
  const file = new FileView(bytes, 'ply', { bigEndian: format === 'binary_big_endian' });
  let at = start;
  return (type) => {
    const from = at;
    at += itemSize(type);
    switch (type) {
      case 'int8':
        return (file.u8(from) << 24) >> 24;
      case 'uint8':
        return file.u8(from);
      case 'int16':
        return file.i16(from);
      case 'uint16':
        return file.u16(from);
      case 'int32':
        return file.i32(from);
      case 'uint32':
        return file.u32(from);
      case 'float32':
        return file.f32(from);
      default:
        return file.f64(from);
    }
  };
}

// Longer words are no numbers.
const MAX_WORD = 64;
const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, infinity: Infinity };

function textNumbers(bytes: Bytes, start: number): NextNumber {
  const file = new FileView(bytes, 'ply');
  let at = start;
  return () => {
    while ((bytes[at] ?? 33) <= 32) at++;
    const from = at;
    while ((bytes[at] ?? 0) > 32) at++;
    if (from === at) throw file.error(`it is cut off: expected a number at byte ${from}, got the end`);
    const word = file.text(from, Math.min(at - from, MAX_WORD + 1));
    const plain = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word);
    const value = plain ? Number(word) : special[word.replace(/^[-+]/, '').toLowerCase()];
    if (value === undefined || word.length > MAX_WORD)
      throw file.error(`expected a number at byte ${from}, got "${word}"`);
    return !plain && word.startsWith('-') ? -value : value;
  };
}
