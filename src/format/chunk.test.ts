import { describe, expect, test } from 'vitest';
import { concatBytes } from '../util/bytes.js';
import { newBytePositions, positionAt } from './byte-positions.js';
import { parseChunk, parseChunkHeader, serializeChunkHeader } from './chunk.js';
import { hex, V } from './hex.contract.js';
import { newShapes, shapeAt } from './shapes.js';

const int32 = hex(`${V} | 01 00 00 00  02 00 00 00 | 02 00 00 00  02 00 00 00 | 01 00 00 00 | 08 00×3 00×4 02 00×3
  | 01 00×3 02 00×3 03 00×3 04 00×3 05 00×3 06 00×3`);
const floats = hex(`${V} | 03 00×3 03 00×3 | 02 00×3 02 00×3 00×4  00×4 00×4 01 00×3  01 00×3 03 00×3 02 00×3
  | 03 00×3 | 10 00×3 00×4 00×4  00×4 10 00×3 01 00×3  0c 00×3 10 00×3 02 00×3 | 00×28`);
const text = hex(`${V} | 01 00×3 02 00×3 | 01 00×3 03 00×3
  | 04 00×3 | 02 00×3 00×4 00×4  03 00×3 02 00×3 01 00×3  00×4 05 00×3 02 00×3  03 00×3 05 00×3 03 00×3
  | 68 69 68 c3 a9 78 79 7a`);
const png = hex(`${V} | 03 00×3 04 00×3 | 02 00×3 03 00×3 03 00×3 00×4  00×4 00×4 00×4 01 00×3
  03 00×3 02 00×3 03 00×3 02 00×3 | 00×4 | 89 50 4e 47`);

describe('chunk', () => {
  test.each([
    ['int32', int32],
    ['float32 with None', floats],
    ['text', text],
    ['one image', png],
  ])('%s: is printed as it was read', (_, bytes) => {
    const { shapes, positions, data, version } = parseChunk(bytes, 'k');
    expect(version).toBe('3.9.52');
    expect(concatBytes([serializeChunkHeader(shapes, positions), data])).toEqual(bytes);
  });

  test('int32: three samples of two numbers', () => {
    const { shapes, positions, data, dataStart } = parseChunk(int32, 'k');
    expect(shapes.items).toBe(3);
    expect(shapeAt(shapes, 2)).toEqual([2]);
    expect(positionAt(positions, 1)).toEqual({ start: 8, end: 16 });
    expect([dataStart, data.length]).toEqual([39, 24]);
    expect(data.buffer).toBe(int32.buffer);
  });

  test('float32: shapes (2,2), None, (1,3)', () => {
    const { shapes, positions } = parseChunk(floats, 'k');
    expect([0, 1, 2].map((i) => shapeAt(shapes, i))).toEqual([
      [2, 2],
      [0, 0],
      [1, 3],
    ]);
    expect(positionAt(positions, 1)).toEqual({ start: 16, end: 16 });
    expect(positionAt(positions, 2)).toEqual({ start: 16, end: 28 });
  });

  test('text: "hi", "hé", "", "xyz"', () => {
    const { positions, data } = parseChunk(text, 'k');
    const words = [0, 1, 2, 3].map((i) => {
      const span = positionAt(positions, i);
      return new TextDecoder().decode(data.subarray(span?.start, span?.end));
    });
    expect(words).toEqual(['hi', 'hé', '', 'xyz']);
  });

  test('the same tables are made by appending', () => {
    const shapes = newShapes(2);
    const positions = newBytePositions();
    for (const shape of [
      [2, 2],
      [0, 0],
      [1, 3],
    ]) {
      shapes.append(shape);
      positions.append([4 * (shape[0] ?? 0) * (shape[1] ?? 0)]);
    }
    expect(serializeChunkHeader(shapes, positions)).toEqual(floats.subarray(0, -28));
  });

  test('one image: no byte positions, each sample is the whole data area', () => {
    expect(positionAt(parseChunk(png, 'k').positions, 0)).toBeUndefined();
  });

  test('shapes that are missing at the end mean zeros', () => {
    expect(shapeAt(parseChunk(floats, 'k').shapes, 3)).toEqual([0, 0]);
    expect(shapeAt(newShapes(3), 0)).toEqual([0, 0, 0]);
  });

  test('no bytes are an empty chunk; no rows are printed with 2 columns', () => {
    const { shapes, positions, data } = parseChunk(new Uint8Array(0), 'k');
    expect([shapes.items, positions.items, data.length]).toEqual([0, 0, 0]);
    const empty = hex(`${V} 00×4 02 00×3 00×4`);
    expect(serializeChunkHeader(shapes, positions)).toEqual(empty);
    expect(parseChunk(empty, 'k').shapes.items).toBe(0);
    expect(parseChunk(hex(`${V} 00×4 00×4 00×4`), 'k').shapes.items).toBe(0);
  });

  test('a header is read from its first bytes, in at most three steps', () => {
    for (const whole of [int32, floats, text, png]) {
      for (let length = 0; length <= whole.length; length++) {
        let steps = 0;
        let have = length;
        let header = parseChunkHeader(whole.subarray(0, have), 'k', whole.length);
        while ('needed' in header) {
          expect(header.needed).toBeGreaterThan(have);
          have = header.needed;
          steps++;
          header = parseChunkHeader(whole.subarray(0, have), 'k', whole.length);
        }
        expect(steps).toBeLessThanOrEqual(4);
        expect(header.dataStart).toBe(parseChunk(whole, 'k').dataStart);
        expect(have).toBeLessThanOrEqual(Math.max(length, header.dataStart));
      }
    }
  });

  test('headers that lie are refused without allocating', () => {
    const lies = [
      `${V} ff ff ff 7f 02 00×3`, // 2^31 - 1 rows
      `${V} ff ff ff ff 02 00×3 00×4`, // -1 rows
      `${V} 01 00×3 01 00×3 00×4 00×4`, // rows without a dimension
      `${V} 01 00×3 ff ff ff 7f 00×8`,
      `${V} 00×4 02 00×3 ff ff ff ff`,
      `${V} 01 00×3 02 00×3 02 00×3 02 00×3 01 00×3 08 00×3 01 00×3 02 00×3`, // starts at 1
      `${V} 02 00×3 02 00×3 02 00×3 02 00×3 03 00×3 02 00×3 00×4`, // last index does not rise
      `ff 00×300`,
    ];
    for (const lie of lies) expect(() => parseChunk(hex(lie), 'k')).toThrow('Cannot read k');
    expect(() => parseChunkHeader(hex(`${V} ff ff ff 7f ff ff ff 7f`), 'k')).toThrow('Cannot read k');
    expect(() => parseChunkHeader(hex(`${V} 00 01 00 00 02 00×3`), 'k', 1000)).toThrow(
      'Cannot read k: shape table: expected 2067 bytes, got 1000.',
    );
  });
});
