/** The numbers of a PLY file, one after another, of text and of both byte orders. */
import { type Dtype, itemSize } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { PlyLayout } from './ply-header.js';

/** Gives the next number of the file, which is of a type. @throws {DatasetError} `codec` when there is none */
export type NextNumber = (type: Dtype) => number;

/** Begins with the first number behind the header. */
export function plyNumbers(bytes: Bytes, layout: PlyLayout): NextNumber {
  return layout.format === 'ascii' ? textNumbers(bytes, layout.start) : binaryNumbers(bytes, layout);
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
