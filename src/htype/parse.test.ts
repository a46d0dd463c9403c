import { expect, test } from 'vitest';
import { formatHtype, parseHtype } from './parse.js';

const parsed = (base: string | null, isSequence = false, isLink = false) => ({ base, isSequence, isLink });

test.each([
  ['image', parsed('image'), 'image'],
  ['sequence[image]', parsed('image', true), 'sequence[image]'],
  ['link[image]', parsed('image', false, true), 'link[image]'],
  ['sequence[link[image]]', parsed('image', true, true), 'link[sequence[image]]'],
  ['link[sequence[image]]', parsed('image', true, true), 'link[sequence[image]]'],
  ['sequence', parsed(null, true), 'sequence[None]'],
  ['sequence[]', parsed(null, true), 'sequence[None]'],
  ['image.rgb', parsed('image.rgb'), 'image.rgb'],
  ['sequencer', parsed('sequencer'), 'sequencer'],
  ['', parsed(null), null],
  [null, parsed(null), null],
  [undefined, parsed(null), null],
])('%s', (name, expected, printed) => {
  expect(parseHtype(name)).toEqual(expected);
  expect(formatHtype(expected)).toBe(printed);
});

test.each([
  ['sequence[image', 'unknown form'],
  ['image]', 'unknown form'],
  ['sequence[image]]', 'unknown form'],
  ['sequence[sequence[image]]', 'sequence may stand only once'],
  ['link[sequence[link[image]]]', 'link may stand only once'],
  ['link', 'a link names what it points to'],
  ['link[]', 'a link names what it points to'],
  ['link[generic]', 'a link names what it points to'],
  ['sequence[tag]', 'no sequences of tags'],
])('%s is refused: %s', (name, message) => {
  expect(() => parseHtype(name)).toThrow(TypeError);
  expect(() => parseHtype(name)).toThrow(message);
});
