import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hex, V } from './hex.contract.js';
import { newSequences, parseSequences, sequenceAt, serializeSequences } from './sequences.js';

const example = hex(`${V} | 03 00×3 00×4 00×4 | 00×4 03 00×3 01 00×3 | 01 00×3 03 00×3 02 00×3`);

test('sequences of 3, 0 and 1 items', () => {
  const table = parseSequences(example, 'k');
  expect([0, 1, 2].map((s) => sequenceAt(table, s))).toEqual([
    { start: 0, end: 3 },
    { start: 3, end: 3 },
    { start: 3, end: 4 },
  ]);
  expect(serializeSequences(table)).toEqual(example);
  const made = newSequences();
  for (const items of [3, 0, 1]) made.append([items]);
  expect(serializeSequences(made)).toEqual(example);
});

test('items of any sequences lie one after another', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3)), (lengths) => {
      const made = newSequences();
      for (const items of lengths) made.append([items]);
      const table = parseSequences(serializeSequences(made), 'k');
      let start = 0;
      lengths.forEach((items, s) => {
        expect(sequenceAt(table, s)).toEqual({ start, end: start + items });
        start += items;
      });
      expect(table.total).toBe(start);
    }),
  );
});

test('wrong starts and cut rows are refused', () => {
  expect(() => parseSequences(hex(`${V} 03 00×3 01 00×3 00×4`), 'k')).toThrow('table, row 0: expected start 0, got 1.');
  expect(() => parseSequences(example.subarray(0, -1), 'k')).toThrow('rows of 12 bytes: expected 43 bytes, got 42.');
  expect(() => sequenceAt(newSequences(), 0)).toThrow(RangeError);
});
