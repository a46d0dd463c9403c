import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findChunk, parseChunkIds, sampleCount, serializeChunkIds } from './chunk-ids.js';
import { hex, V } from './hex.contract.js';
import { chunkKey, FIRST_COMMIT } from './keys.js';

const one = hex(`${V} | 08 | d4 4a 45 19 1b a1 19 74 | 02 00 00 00 00 00 00 00`);
const tiled = hex(`${V} 08 | 0a 00×7 00×8 | 0b 00×7 01 00×7 | 0c 00×7 01 00×7 | 0d 00×7 02 00×7`);

describe('chunk ids', () => {
  test('one chunk of three samples', () => {
    const table = parseChunkIds(one, 'k');
    expect(table).toEqual({ ids: [0x7419a11b19454ad4n], lasts: [2] });
    expect(serializeChunkIds(table)).toEqual(one);
    expect(chunkKey(FIRST_COMMIT, 'a', table.ids[0] ?? 0n)).toBe('a/chunks/7419a11b19454ad4');
    expect(sampleCount(table)).toBe(3);
  });

  test('plain, tiled in two, plain: rows of one sample share its last index', () => {
    const table = parseChunkIds(tiled, 'k');
    expect(table).toEqual({ ids: [10n, 11n, 12n, 13n], lasts: [0, 1, 1, 2] });
    expect(serializeChunkIds(table)).toEqual(tiled);
    expect([0, 1, 2].map((i) => findChunk(table, i))).toEqual([0, 1, 3]);
  });

  test('the first sample may be tiled', () => {
    expect(findChunk({ ids: [1n, 2n, 3n], lasts: [0, 0, 0] }, 0)).toBe(0);
  });

  test('no chunks: no bytes, no rows, in either width', () => {
    const none = { ids: [], lasts: [] };
    for (const bytes of ['', `${V} 08`, `${V} 04`]) expect(parseChunkIds(hex(bytes), 'k')).toEqual(none);
    expect(serializeChunkIds(none)).toEqual(hex(`${V} 08`));
    expect(sampleCount(none)).toBe(0);
    expect(() => findChunk(none, 0)).toThrow(RangeError);
  });

  test('32-bit ids of old releases, with and without the width', () => {
    const table = { ids: [0xfffffffen], lasts: [4] };
    expect(parseChunkIds(hex(`${V} 04 fe ff ff ff 04 00×3`), 'k')).toEqual(table);
    expect(parseChunkIds(hex('05 32 2e 37 2e 35 fe ff ff ff 04 00×3'), 'k')).toEqual(table); // 2.7.5
    expect(serializeChunkIds(table)).toEqual(hex(`${V} 08 fe ff ff ff 00×4 04 00×7`));
  });

  test('finds as a linear search does', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1 }), (steps) => {
        const lasts: number[] = [];
        for (const step of steps) lasts.push((lasts.at(-1) ?? 0) + step);
        const table = { ids: lasts.map((_, i) => BigInt(i)), lasts };
        for (let i = 0; i < sampleCount(table); i++)
          expect(findChunk(table, i)).toBe(lasts.findIndex((last) => last >= i));
        expect(parseChunkIds(serializeChunkIds(table), 'k')).toEqual(table);
      }),
    );
  });

  test('contradictions are refused', () => {
    const wrong = [
      `${V} 05`,
      `${V} 08 01 00×7 05 00×7 02 00×7 04 00×7`, // last index falls
      `${V} 08 01 00×7 00×7 80`, // last index above 2^53
      `${V} 08 01 00×7 02 00×6`, // cut short
      '03 61 62 63 08', // version "abc"
    ];
    for (const bytes of wrong) expect(() => parseChunkIds(hex(bytes), 'k')).toThrow('Cannot read k');
    expect(() => parseChunkIds(one.subarray(0, 20), 'k')).toThrow('rows of 16 bytes: expected 24 bytes, got 20.');
  });
});
