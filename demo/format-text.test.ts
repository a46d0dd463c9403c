import { describe, expect, it } from 'vitest';
import { commitName, formatAgo, formatBytes, formatMilliseconds, formatNumberOf, messageOf } from './format-text.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_340, '12.3 kB'],
    [482_000, '482 kB'],
    [999_600, '1.00 MB'],
    [5e13, '50.0 TB'],
    [5e16, '50000 TB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('formatMilliseconds', () => {
  it.each([
    [0.44, '0.4 ms'],
    [38.2, '38 ms'],
    [2100, '2.1 s'],
    [120_000, '120 s'],
  ])('%d is %s', (milliseconds, text) => expect(formatMilliseconds(milliseconds)).toBe(text));
});

it('counts with a noun', () => {
  expect(formatNumberOf(1, 'row')).toBe('1 row');
  expect(formatNumberOf(5000, 'box', 'boxes')).toBe('5,000 boxes');
});

it('tells what was thrown, whatever it is', () => {
  expect(messageOf(new TypeError('no'))).toBe('no');
  expect(messageOf('plain')).toBe('plain');
});

it('says how long ago something was', () => {
  const ago = (seconds: number) => formatAgo(new Date(1e12 - seconds * 1000), 1e12);
  expect([5, 60, 3 * 3600 + 20, 86_400 * 2, 86_400 * 400].map(ago)).toEqual([
    'just now',
    '1 minute ago',
    '3 hours ago',
    '2 days ago',
    '1 year ago',
  ]);
});

it('calls commits by their message, with short ids', () => {
  const id = '0123456789abcdef0123456789abcdef01234567';
  expect(commitName({ id, message: `Merge ${id} into main` })).toBe('Merge 01234567 into main');
  expect(commitName({ id, message: null })).toBe('01234567');
});
