import { expect, test } from 'vitest';
import { hex } from './hex.contract.js';
import { joinLz4, splitLz4 } from './lz4-frame.js';

test.each([
  ['40 zero bytes', 40, '1f 00 01 00 0f 50 00 00 00 00 00', '28 00 00 00'],
  ['"hello"', 5, '50 68 65 6c 6c 6f', '05 00 00 00'],
])('%s: size, then the block', (_, size, block, head) => {
  const bytes = hex(`${head} ${block}`);
  expect(joinLz4(size, hex(block))).toEqual(bytes);
  expect(splitLz4(bytes)).toEqual({ kind: 'block', size, block: hex(block) });
});

test('the three empty forms', () => {
  expect(splitLz4(new Uint8Array(0))).toEqual({ kind: 'empty' });
  expect(splitLz4(hex('00×5'))).toEqual({ kind: 'empty' });
  expect(joinLz4(0, hex('00'))).toEqual(new Uint8Array(0));
});

test('a frame is told apart', () => {
  const frame = hex('04 22 4d 18 64 40 a7 00×4');
  expect(splitLz4(frame)).toEqual({ kind: 'frame', frame });
});

test('sizes that no block can reach are refused', () => {
  expect(() => splitLz4(hex('05 00'), 'k')).toThrow('Cannot read k: lz4 data: expected 5 bytes, got 2.');
  expect(() => splitLz4(hex('00 00 00 7f 50 68'), 'k')).toThrow('lz4 size: expected at most 510 bytes');
});
