import { expect, test } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { readExif } from './exif.js';

type Entry = readonly [tag: number, type: number, count: number, value: readonly number[]];

// Builds a directory; values longer than 4 bytes follow it.
function tiff(little: boolean, entries: readonly Entry[]): Bytes {
  const bytes = new Uint8Array(1000);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, entries.length, little);
  let free = 10 + entries.length * 12 + 4;
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + i * 12;
    view.setUint16(at, tag, little);
    view.setUint16(at + 2, type, little);
    view.setUint32(at + 4, count, little);
    const size = [1, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8][type] ?? 1;
    const total = value.length * size;
    const to = total <= 4 ? at + 8 : free;
    if (total > 4) {
      view.setUint32(at + 8, free, little);
      free += total;
    }
    value.forEach((number, k) => {
      const p = to + k * size;
      if (type === 11) view.setFloat32(p, number, little);
      else if (type === 12) view.setFloat64(p, number, little);
      else if (size === 2) view.setInt16(p, number, little);
      else if (size === 4) view.setInt32(p, number, little);
      else view.setUint8(p, number);
    });
  });
  return bytes.slice(0, free);
}

const text = (value: string): number[] => [...`${value}\0`].map((char) => char.charCodeAt(0));

test.each([true, false])('tags of all types, little-endian %s', (little) => {
  const bytes = tiff(little, [
    [274, 3, 1, [6]],
    [271, 2, 8, text('LakeCam')],
    [34665, 4, 1, [1234]],
    [282, 5, 1, [145, 2]],
    [318, 5, 2, [1, 4, 1, 8]],
    [305, 2, 4, text('\xe9t\xe9')],
    [33434, 10, 1, [-1, 2]],
    [256, 9, 1, [-7]],
    [257, 8, 2, [-7, 8]],
    [258, 6, 1, [254]],
    [262, 11, 1, [0.5]],
    [263, 12, 1, [0.1]],
  ]);
  expect(readExif(bytes)).toEqual({
    Orientation: 6,
    Make: 'LakeCam',
    ExifOffset: 1234,
    XResolution: 72.5,
    WhitePoint: [0.25, 0.125],
    Software: 'été',
    ExposureTime: -0.5,
    ImageWidth: -7,
    ImageLength: [-7, 8],
    BitsPerSample: -2,
    PhotometricInterpretation: 0.5,
    Thresholding: 0.1,
  });
  expect(Object.keys(readExif(bytes)).slice(0, 2)).toEqual(['Orientation', 'Make']); // in the order of the file
});

test('unknown, binary and oversized tags are left out', () => {
  const bytes = tiff(true, [
    [60000, 3, 1, [1]],
    [271, 7, 4, [1, 2, 3, 4]],
    [272, 1, 2, [1, 2]],
    [273, 99, 1, [1]],
    [279, 3, 5000, [1, 2, 3]],
    [274, 3, 1, [1]],
  ]);
  expect(readExif(bytes)).toEqual({ Orientation: 1 });
});

test('damaged blocks give what can be read, and end', () => {
  const good = tiff(true, [
    [274, 3, 1, [6]],
    [271, 2, 8, text('LakeCam')],
  ]);
  for (let cut = 0; cut < good.length; cut++) readExif(good.slice(0, cut));
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bytes = good.slice();
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    readExif(bytes);
  }
  expect(readExif(good.slice(0, 22))).toEqual({ Orientation: 6 });
});
