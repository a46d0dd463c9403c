import { expect, test } from 'vitest';
import { hex, V } from './hex.contract.js';
import { parseLinkedTiles, serializeLinkedTiles } from './linked-tiles.js';

const example = hex(`${V} | 03 | 01000000 02000000 01000000 | 61 2e 6a 70 67 00 62 2e 6a 70 67 00`);

test('a 1x2 grid of a.jpg and b.jpg', () => {
  const tiles = { grid: [1, 2, 1], paths: ['a.jpg', 'b.jpg'] };
  expect(parseLinkedTiles(example)).toEqual(tiles);
  expect(serializeLinkedTiles(tiles)).toEqual(example);
});

test('what does not fit is refused', () => {
  expect(() => parseLinkedTiles(example.subarray(0, -1), 'k')).toThrow('expected a zero byte at its end');
  expect(() => parseLinkedTiles(example.subarray(0, -6), 'k')).toThrow('expected 2 paths, got 1 paths.');
  expect(() => parseLinkedTiles(hex(`${V} 02 ff×8`), 'k')).toThrow('got 0 paths');
  expect(() => serializeLinkedTiles({ grid: [2], paths: ['a'] })).toThrow(RangeError);
  for (const path of ['ä', 'a\0']) expect(() => serializeLinkedTiles({ grid: [1], paths: [path] })).toThrow(RangeError);
});
