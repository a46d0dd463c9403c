import { expect, test } from 'vitest';
import { hex } from './hex.contract.js';
import { isSameOwner, parseLock, serializeLock } from './lock.js';

const lock = { node: 0xa1b2c3d4e5f6, expiry: 1795330751.5, tag: hex('39 30 00 00') };

test('18 bytes: host, end, process', () => {
  const bytes = serializeLock(lock);
  expect(bytes.subarray(0, 6)).toEqual(hex('f6 e5 d4 c3 b2 a1'));
  expect(new DataView(bytes.buffer).getFloat64(6, true)).toBe(1795330751.5);
  expect(bytes.subarray(14)).toEqual(lock.tag);
  expect(parseLock(bytes, 'k')).toEqual(lock);
});

test('empty is unlocked, too short is damaged, the tag has any length', () => {
  expect(parseLock(new Uint8Array(0), 'k')).toBeUndefined();
  expect(() => parseLock(hex('00×13'), 'k')).toThrow('Cannot read k');
  expect(parseLock(hex('00×14'), 'k')?.tag.length).toBe(0);
});

test('owner is host and process', () => {
  expect(isSameOwner(lock, { ...lock, expiry: 0 })).toBe(true);
  expect(isSameOwner(lock, { ...lock, node: 1 })).toBe(false);
  expect(isSameOwner(lock, { ...lock, tag: hex('01') })).toBe(false);
});
