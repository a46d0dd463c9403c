/**
 * Reads the headers of eps and wmf files, which are drawings: the size that Pillow tells, no pixels.
 *
 * eps: text with `%%BoundingBox: left bottom right top`, and `%ImageData: width height bits mode` where it is one picture;
 * or C5D0D3C6 and the u32 offset of that text. wmf: D7CDC69A, then i16 left, top, right, bottom at 6 and u16 units per
 * inch at 14, and a metafile at 22. Source: Adobe EPSF 3.0; [MS-WMF] 2.3.2.3.
 */
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

const maxHeader = 2 ** 16;
const dotsPerInch = 72; // Pillow's
const channelsOf: Readonly<Record<string, number>> = { 1: 1, 2: 3, 3: 3, 4: 4 };

/** Reads the size of an eps file. @throws {DatasetError} `codec` when it tells none. */
export function readEpsHeader(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'eps');
  const start = file.has('\xc5\xd0\xd3\xc6', 0) ? file.u32(4) : 0;
  file.expect(file.has('%!PS', start), 'an EPS file');
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + maxHeader));
  const comments = text.split(/[\r\n]%%EndComments/, 1)[0] ?? '';
  const image = /[\r\n]%ImageData:\s*(\d+)\s+(\d+)\s+([18])\s+(\d)/.exec(text);
  const box = /[\r\n]%%BoundingBox:\s*(-?\d\S*)\s+(-?\d\S*)\s+(-?\d\S*)\s+(-?\d\S*)/.exec(comments);
  if (image) {
    const [, width, height, bits, mode = ''] = image;
    const channels = bits === '1' ? 1 : (channelsOf[mode] ?? 3);
    return header(file, Number(width), Number(height), channels, bits === '1');
  }
  if (!box) throw file.error('it tells no bounding box');
  const [left = 0, bottom = 0, right = 0, top = 0] = box.slice(1).map((value) => Math.trunc(Number(value)));
  return header(file, right - left, top - bottom, 3);
}

/** Reads the size of a placeable wmf file. @throws {DatasetError} `codec` when it is none. */
export function readWmfHeader(bytes: Bytes): SampleHeader {
  const file = new FileView(bytes, 'wmf');
  file.expect(file.has('\xd7\xcd\xc6\x9a\0\0', 0) && file.has('\x01\0\x09\0', 22), 'a placeable WMF file');
  const scale = (size: number): number => Math.floor((size * dotsPerInch) / file.u16(14));
  return header(file, scale(file.i16(10) - file.i16(6)), scale(file.i16(12) - file.i16(8)), 3);
}

function header(file: FileView, width: number, height: number, channels: number, bits = false): SampleHeader {
  if (!(width > 0 && height > 0 && Number.isFinite(width * height)))
    throw file.error(`its size is ${width} x ${height}`);
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  return { shape, dtype: bits ? 'bool' : 'uint8', info: { exif: {} } };
}
