import { expect, test } from 'vitest';
import { hex, V } from './hex.contract.js';
import { parseTiles, serializeTiles } from './tiles.js';

const example = hex(`${V} | 01 00×7 | 02 00×7 | 01 00×7 | 0f 00×7  0b 00×7 | 08 00×7  0b 00×7`);
const tiles = new Map([[1, { sampleShape: [15, 11], tileShape: [8, 11] }]]);

test('sample 1 of shape (15,11) in tiles of (8,11)', () => {
  expect(parseTiles(example, 'k')).toEqual(tiles);
  expect(serializeTiles(tiles)).toEqual(example);
});

test('no tiled samples are 15 bytes', () => {
  const empty = hex(`${V} 00×8`);
  expect(parseTiles(empty, 'k')).toEqual(new Map());
  expect(serializeTiles(new Map())).toEqual(empty);
});

test('very old files: no version, big-endian', () => {
  expect(parseTiles(hex('00×7 01 | 00×7 02 | 00×7 01 | 00×7 0f 00×7 0b | 00×7 08 00×7 0b'), 'k')).toEqual(tiles);
  expect(parseTiles(hex('00×8'), 'k')).toEqual(new Map());
});

test('contradictions are refused', () => {
  const wrong = [
    '',
    `${V} 00×7`,
    `${V} ff×8`,
    `${V} ff×6 1f 00 ff×6 1f 00`,
    `${V} 01 00×7 00×8 01 00×7`, // no axes
    `${V} 01 00×7 01 00×7 01 00×7 05 00×7 00×8`, // tiles of nothing
    `${V} 02 00×7 01 00×7 | 01 00×7 05 00×7 03 00×7 | 01 00×7 05 00×7 03 00×7`, // twice the same sample
  ];
  for (const bytes of wrong) expect(() => parseTiles(hex(bytes), 'k')).toThrow('Cannot read k');
  const mixed = new Map([...tiles, [2, { sampleShape: [3], tileShape: [2] }]]);
  expect(() => serializeTiles(mixed)).toThrow(RangeError);
});
