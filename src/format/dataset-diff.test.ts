import { expect, test } from 'vitest';
import { emptyDatasetDiff, parseDatasetDiff, serializeDatasetDiff } from './dataset-diff.js';
import { hex } from './hex.contract.js';

test('info changed and l renamed to l2', () => {
  const example = hex('01 | 00×7 01 | 00×7 01 | 00×7 02 | 6c | 6c 32 | 00×8');
  const diff = { infoUpdated: true, renamed: new Map([['l', 'l2']]), deleted: [] };
  expect(parseDatasetDiff(example, 'k')).toEqual(diff);
  expect(serializeDatasetDiff(diff)).toEqual(example);
});

test('nothing changed: 17 bytes', () => {
  expect(serializeDatasetDiff(emptyDatasetDiff())).toEqual(hex('00×17'));
  expect(parseDatasetDiff(hex('00×17'), 'k')).toEqual(emptyDatasetDiff());
});

test('lengths count bytes, not characters', () => {
  const diff = { infoUpdated: false, renamed: new Map([['ä', '🙂/x']]), deleted: ['größe', ''] };
  expect(parseDatasetDiff(serializeDatasetDiff(diff), 'k')).toEqual(diff);
});

test('contradictions are refused', () => {
  const wrong = [
    '00×16',
    '00×18',
    '00 01 00×7 00×8', // little-endian count
    '00 00×7 01 00×6 ff ff 00×8 00×8',
    '00 00×8 00×7 01 00×7 01 c3', // half a letter
  ];
  for (const bytes of wrong) expect(() => parseDatasetDiff(hex(bytes), 'k')).toThrow('Cannot read k');
});
