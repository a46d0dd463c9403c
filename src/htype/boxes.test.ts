import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoxCoords, convertBoxes, guessBoxCoords } from './boxes.js';

const types = ['pixel', 'fractional'] as const;
const modes = ['LTRB', 'LTWH', 'CCWH'] as const;
const all: BoxCoords[] = types.flatMap((type) => modes.map((mode) => ({ type, mode })));
const size = { width: 640, height: 480 };
const boxes = (...numbers: number[]) => ({ data: Float32Array.from(numbers), shape: [numbers.length / 4, 4] });

describe('convertBoxes', () => {
  test('knows every convention', () => {
    const given = boxes(64, 48, 128, 240, 0, 0, 640, 480); // left, top, width, height
    const from = { type: 'pixel', mode: 'LTWH' } as const;
    const to = (type: BoxCoords['type'], mode: BoxCoords['mode']) => [
      ...convertBoxes(given, from, { type, mode }, size).data,
    ];
    expect(to('pixel', 'LTWH')).toEqual([64, 48, 128, 240, 0, 0, 640, 480]);
    expect(to('pixel', 'LTRB')).toEqual([64, 48, 192, 288, 0, 0, 640, 480]);
    expect(to('pixel', 'CCWH')).toEqual([128, 168, 128, 240, 320, 240, 640, 480]);
    expect(to('fractional', 'LTWH')).toEqual([0.1, 0.1, 0.2, 0.5, 0, 0, 1, 1]);
    expect(to('fractional', 'CCWH')).toEqual([0.2, 0.35, 0.2, 0.5, 0.5, 0.5, 1, 1]);
    expect(convertBoxes(given, from, from).shape).toEqual([2, 4]);
  });

  test('there and back gives the same float32 numbers', () => {
    const side = fc.integer({ min: 0, max: 8000 }).map((n) => n / 4);
    const samples = fc
      .array(fc.tuple(side, side, side, side), { minLength: 1, maxLength: 4 })
      .map((list) => boxes(...list.flat()));
    const coords = fc.constantFrom(...all);
    const sides = fc.record({
      width: fc.integer({ min: 1, max: 10_000 }),
      height: fc.integer({ min: 1, max: 10_000 }),
    });
    fc.assert(
      fc.property(samples, coords, coords, sides, (given, from, to, picture) => {
        const there = convertBoxes(given, from, to, picture);
        const back = convertBoxes(there, to, from, picture);
        const off = back.data.map((value, i) => Math.abs(value - (given.data[i] ?? 0)));
        expect(Math.max(...off)).toBeLessThan(1e-9 * 8000);
        expect(from.type !== to.type || back.data.every((value, i) => Math.fround(value) === given.data[i])).toBe(true);
      }),
    );
  });

  test('empty samples need nothing', () => {
    const [from, to] = [all[0], all[4]];
    if (!from || !to) throw new Error('there are six');
    expect(convertBoxes({ data: new Float32Array(0), shape: [0, 0] }, from, to, size).shape).toEqual([0, 0]);
  });

  test('what cannot be converted is refused', () => {
    const from = { type: 'pixel', mode: 'LTWH' } as const;
    const to = { type: 'fractional', mode: 'LTWH' } as const;
    expect(() => convertBoxes(boxes(1, 2, 3, 4), from, to)).toThrow(/needs \{ width, height \}/);
    expect(() => convertBoxes(boxes(1, 2, 3, 4), from, to, { width: 0, height: 1 })).toThrow(/above 0/);
    expect(() => convertBoxes(boxes(1, 2, 3, 4), {} as BoxCoords, to)).toThrow(/guessBoxCoords/);
    expect(() => convertBoxes(boxes(1, 2, 3, 4), from, { type: 'pixel', mode: 'foo' } as unknown as BoxCoords)).toThrow(
      /mode: foo/,
    );
    expect(() => convertBoxes({ data: new Float32Array(5), shape: [1, 5] }, from, to, size)).toThrow(
      /\(1, 5\) with 5 numbers/,
    );
  });
});

test('guessBoxCoords is the rule of the visualizer', () => {
  expect(guessBoxCoords(boxes(0.5, 0.5, 1, 0.2))).toEqual({ type: 'fractional', mode: 'CCWH' });
  expect(guessBoxCoords(boxes(462, 123, 238, 98))).toEqual({ type: 'pixel', mode: 'LTWH' });
  expect(guessBoxCoords(boxes(1, 1, 1, 1))).toEqual({ type: 'pixel', mode: 'LTWH' });
  expect(guessBoxCoords(boxes())).toEqual({ type: 'pixel', mode: 'LTWH' });
});
