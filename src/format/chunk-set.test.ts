import { expect, test } from 'vitest';
import { utf8Encode } from '../util/bytes.js';
import { type ChunkOwner, parseChunkSet, serializeChunkSet } from './chunk-set.js';

test('own chunks and chunks adopted by a merge', () => {
  const text = '85e43fd416024c55,beed3a84af24c37:c1,1:c2:a/b';
  const set = new Map<bigint, ChunkOwner>([
    [0x85e43fd416024c55n, {}],
    [0xbeed3a84af24c37n, { commit: 'c1' }],
    [1n, { commit: 'c2', tensor: 'a/b' }],
  ]);
  expect(parseChunkSet(utf8Encode(text), 'k')).toEqual(set);
  expect(serializeChunkSet(set)).toEqual(utf8Encode(text));
});

test('an empty file is an empty set', () => {
  expect(parseChunkSet(new Uint8Array(0), 'k')).toEqual(new Map());
  expect(serializeChunkSet(new Map())).toEqual(new Uint8Array(0));
});

test('entries that are none, or lead elsewhere, are refused', () => {
  const wrong = [',', 'xyz', '12345678901234567', '1:', '1::a', '1:c:../a', '1:..', '1:a/b', '1:c:a:b', '1\n'];
  for (const text of wrong) expect(() => parseChunkSet(utf8Encode(text), 'k'), text).toThrow('Cannot read k');
  expect(() => parseChunkSet(Uint8Array.of(0xff), 'k')).toThrow('expected UTF-8');
});
