import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newBytePositions, spanAt } from '../format/byte-positions.js';
import { newShapes, shapeAt } from '../format/shapes.js';
import { type Bytes, concatBytes, equalBytes } from '../util/bytes.js';
import { OpenChunk } from './open-chunk.js';

const fill = (length: number, seed: number): Bytes => Uint8Array.from({ length }, (_, i) => seed + i * 7);

/** Bytes and shapes of all samples. */
function contents(chunk: OpenChunk) {
  return Array.from({ length: chunk.count }, (_, i) => {
    const { start, end } = spanAt(chunk.positions, i);
    return { bytes: chunk.read(start, end), shape: chunk.shapes && shapeAt(chunk.shapes, i) };
  });
}

describe('random changes', () => {
  // Sizes around those at which bytes are copied one by one, copied together, and kept as parts.
  const size = fc.oneof(
    fc.nat(20),
    fc.integer({ min: 60, max: 70 }),
    fc.integer({ min: 900, max: 1100 }),
    fc.integer({ min: 16_380, max: 16_390 }),
  );
  const seed = fc.nat(255);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), size, seed, inside: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('replace' as const), at: fc.nat(), size, seed }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('parts' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('read' as const),
        from: fc.double({ min: 0, max: 1, noNaN: true }),
        to: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
  );

  test('keep what a plain list keeps; parts that were handed out stay as they were', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const chunk = new OpenChunk(1n);
        const model: Bytes[] = [];
        const handed: { parts: Bytes[]; copy: Bytes }[] = [];
        let revision = 0;
        for (const each of steps) {
          if (each.do === 'add') {
            const bytes = fill(each.size, each.seed);
            if (each.inside)
              chunk.add(concatBytes([fill(3, 1), bytes, fill(2, 9)]), [bytes.length], 3, 3 + bytes.length);
            else chunk.add(bytes.slice(), [bytes.length]);
            model.push(bytes);
          } else if (each.do === 'replace' && model.length > 0) {
            const bytes = fill(each.size, each.seed);
            chunk.replace(each.at % model.length, bytes, [bytes.length]);
            model[each.at % model.length] = bytes;
          } else if (each.do === 'parts') {
            const parts = chunk.parts();
            handed.push({ parts, copy: concatBytes(parts).slice() });
          } else if (each.do === 'read') {
            const [a = 0, b = 0] = [each.from, each.to]
              .map((share) => Math.floor(share * chunk.dataBytes))
              .sort((x, y) => x - y);
            expect(equalBytes(chunk.read(a, b), concatBytes(model).slice(a, b))).toBe(true);
          }
          if (each.do === 'add' || (each.do === 'replace' && model.length > 0)) expect(chunk.revision).toBe(++revision);
        }
        expect([chunk.count, chunk.dataBytes]).toEqual([model.length, concatBytes(model).length]);
        expect(contents(chunk).map(({ shape }) => shape)).toEqual(model.map(({ length }) => [length]));
        expect(contents(chunk).every(({ bytes }, i) => equalBytes(bytes, model[i] ?? bytes.slice(1)))).toBe(true);
        expect(equalBytes(concatBytes(chunk.parts()), concatBytes(model))).toBe(true);
        expect(chunk.parts().every((part) => part.length > 0)).toBe(true);
        for (const { parts, copy } of handed) expect(equalBytes(concatBytes(parts), copy)).toBe(true);
      }),
    );
  });
});

describe('shapes', () => {
  test('of empty samples before the first one with a shape become zeros', () => {
    const chunk = new OpenChunk(1n);
    chunk.add(fill(0, 0), undefined);
    chunk.add(fill(0, 0), undefined);
    expect(chunk.shapes).toBeUndefined();
    chunk.add(fill(6, 0), [2, 3]);
    expect(contents(chunk).map(({ shape }) => shape)).toEqual([
      [0, 0],
      [0, 0],
      [2, 3],
    ]);
    expect(chunk.shapes?.toArray()).toEqual(new Uint32Array([0, 0, 1, 2, 3, 2]));
  });

  test('are made when a sample without one is replaced', () => {
    const chunk = new OpenChunk(1n);
    for (let i = 0; i < 3; i++) chunk.add(fill(0, 0), undefined);
    chunk.replace(1, fill(2, 0), [2]);
    expect(contents(chunk)).toEqual([0, 2, 0].map((size) => ({ bytes: fill(size, 0), shape: [size] })));
    chunk.replace(1, fill(0, 0), undefined);
    expect(contents(chunk)[1]).toEqual({ bytes: fill(0, 0), shape: [2] }); // no shape given: it stays
  });
});

test('short samples are compared before they are replaced', () => {
  const chunk = new OpenChunk(1n);
  chunk.add(fill(4, 1), [2]);
  chunk.add(fill(100, 1), [50]);
  const asks: readonly (readonly [number, Bytes, readonly number[] | undefined])[] = [
    [0, fill(4, 1), [2]],
    [0, fill(4, 1), undefined],
    [0, fill(4, 1), [1]],
    [0, fill(4, 2), [2]],
    [0, fill(3, 1), [2]],
    [1, fill(100, 1), [50]], // too long
  ];
  expect(asks.map((ask) => chunk.holds(...ask))).toEqual([true, true, false, false, false, false]);
});

test('tables that do not change stay as they were stored', () => {
  const chunk = new OpenChunk(1n);
  for (let i = 0; i < 3; i++) chunk.add(fill(4, i), [1]);
  const stored = new Uint8Array(1);
  const kept = (change: () => void): boolean => {
    chunk.header = stored;
    change();
    return chunk.header === stored;
  };
  expect(kept(() => chunk.replace(1, fill(4, 9), [1]))).toBe(true);
  expect(kept(() => chunk.replace(1, fill(4, 9), [2]))).toBe(false);
  expect(kept(() => chunk.replace(1, fill(5, 9), undefined))).toBe(false);
  expect(kept(() => chunk.add(fill(4, 0), [1]))).toBe(false);
  expect(kept(() => chunk.addRun(fill(8, 0), [1], 4, 2))).toBe(false);
});

test('tables stay canonical', () => {
  const chunk = new OpenChunk(1n);
  for (let i = 0; i < 5; i++) chunk.add(fill(4, i), [1]);
  expect([chunk.positions.rows, chunk.shapes?.rows]).toEqual([1, 1]);
});

test('a stored chunk is taken up where it ends', () => {
  const [positions, shapes] = [newBytePositions(), newShapes(1)];
  positions.append([2], 2);
  shapes.append([2], 2);
  const chunk = new OpenChunk(5n, { shapes, positions, data: fill(4, 0) });
  expect([chunk.count, chunk.dataBytes, chunk.revision]).toEqual([2, 4, 0]);
  chunk.add(fill(2, 50), [2]);
  expect(concatBytes(chunk.parts())).toEqual(new Uint8Array([0, 7, 14, 21, 50, 57]));
  expect(contents(chunk)[2]).toEqual({ bytes: fill(2, 50), shape: [2] });
});
