import { expect, test } from 'vitest';
import { hex, V } from './hex.contract.js';
import { parsePads, serializePads } from './pads.js';

test('index 8 of 3 samples was assigned: 3 to 7 are padding', () => {
  const example = hex(`${V} | 03 00 00 00 | 08 00 00 00`);
  const pads = parsePads(example, 'k');
  expect(pads).toEqual([{ start: 3, end: 8 }]);
  expect(serializePads(pads)).toEqual(example);
});

test('nothing is padded', () => {
  expect(parsePads(hex(V), 'k')).toEqual([]);
  expect(serializePads([])).toEqual(hex(V));
  expect(() => parsePads(hex(`${V} 03 00×3`), 'k')).toThrow('intervals of 8 bytes: expected 15 bytes, got 11.');
});
