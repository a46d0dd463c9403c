import fc from 'fast-check';
import { expect, test } from 'vitest';
import { locate } from './locate.js';

test('a sample lies in the first chunk whose last index reaches it', () => {
  const table = { ids: [7n, 8n, 9n], lasts: [2, 3, 9] };
  expect(locate(table, 0)).toEqual({ chunks: [7n], local: 0, following: 3 });
  expect(locate(table, 2)).toEqual({ chunks: [7n], local: 2, following: 1 });
  expect(locate(table, 3)).toEqual({ chunks: [8n], local: 0, following: 1 });
  expect(locate(table, 6)).toEqual({ chunks: [9n], local: 2, following: 4 });
});

test('rows with the same last index are the tiles of one sample', () => {
  const table = { ids: [1n, 2n, 3n, 4n, 5n], lasts: [0, 0, 1, 1, 2] };
  expect(locate(table, 0)).toEqual({ chunks: [1n, 2n], local: 0, following: 1 });
  expect(locate(table, 1)).toEqual({ chunks: [3n, 4n], local: 0, following: 1 });
  expect(locate(table, 2)).toEqual({ chunks: [5n], local: 0, following: 1 });
});

test('there is nothing outside the table', () => {
  for (const index of [-1, 3, 0.5 + 3, Number.NaN])
    expect(() => locate({ ids: [1n], lasts: [2] }, index)).toThrow(RangeError);
  expect(() => locate({ ids: [], lasts: [] }, 0)).toThrow(RangeError);
});

test('agrees with a walk over the rows', () => {
  const row = fc.record({ samples: fc.integer({ min: 1, max: 4 }), tiles: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      const table = { ids: [] as bigint[], lasts: [] as number[] };
      const expected: unknown[] = [];
      for (const { samples, tiles } of rows) {
        const chunks = Array.from({ length: tiles }, (_, i) => BigInt(table.ids.length + i));
        const count = tiles > 1 ? 1 : samples; // a chunk of a tile holds nothing else
        for (let local = 0; local < count; local++) expected.push({ chunks, local, following: count - local });
        for (const id of chunks) {
          table.ids.push(id);
          table.lasts.push(expected.length - 1);
        }
      }
      expect(expected.map((_, index) => locate(table, index))).toEqual(expected);
    }),
  );
});
