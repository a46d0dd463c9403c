import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesFromNdArray, type Dtype, dtypes, elementCount } from '../format/dtypes.js';
import { concatBytes } from '../util/bytes.js';
import { bbox } from './bbox.js';
import { toNdArray } from './cast.js';
import { classLabel } from './class-label.js';
import { contextWith } from './context.contract.js';
import { generic } from './generic.js';
import { type NumberRuns, numberRuns, sameShape } from './number-runs.js';
import type { HtypeSpec } from './types.js';

const LIMIT = 400;

function runsOf(spec: HtypeSpec, dtype: Dtype, dims: number, info = {}): NumberRuns {
  const minShape = new Array<number>(dims).fill(1);
  const runs = numberRuns(spec, contextWith({ htype: spec.htype, dtype, minShape }, info), LIMIT);
  if (!runs) throw new Error(`${spec.htype} of ${dtype} is not read in runs`);
  return runs;
}

/** Adds inputs; true for those that were taken. */
function add(runs: NumberRuns, ...inputs: unknown[]): boolean[] {
  return inputs.map((input) => {
    try {
      runs.add(input);
      return true;
    } catch {
      return false;
    }
  });
}

describe('NumberRuns', () => {
  test('joins samples of one shape, and gives their bytes one after another', () => {
    const runs = runsOf(bbox, 'float32', 2);
    const inputs = [[[1, 2, 3, 4]], [[5, 6, 7, 8]], [], null, undefined, [new Float32Array([9, 10, 11, 12])]];
    expect(add(runs, ...inputs)).toEqual(inputs.map(() => true));
    expect([runs.samples, runs.bytes]).toEqual([6, 48]);
    const { bytes, runs: taken } = runs.take();
    expect(taken).toMatchObject([
      { shape: [1, 4], count: 2, itemBytes: 16 },
      { shape: [0, 0], count: 3, itemBytes: 0 },
      { shape: [1, 4], count: 1, itemBytes: 16 },
    ]);
    expect([...new Float32Array(bytes.buffer)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(runs.take()).toEqual({ bytes: new Uint8Array(0), runs: [] });
  });

  test('keeps what was taken when more is added', () => {
    const runs = runsOf(generic, 'uint8', 1);
    add(runs, [1, 2]);
    const { bytes } = runs.take();
    add(runs, [3, 4]);
    expect([...bytes]).toEqual([1, 2]);
  });

  test('takes the last sample back', () => {
    const runs = runsOf(generic, 'uint8', 1);
    runs.undo(); // nothing to take back
    add(runs, [1], [2], [3, 4]);
    runs.undo();
    runs.undo();
    add(runs, [5, 6]);
    const { bytes, runs: taken } = runs.take();
    expect([...bytes]).toEqual([1, 5, 6]);
    expect(taken).toMatchObject([
      { shape: [1], count: 1 },
      { shape: [2], count: 1 },
    ]);
  });

  test('is not changed by what it refuses', () => {
    const runs = runsOf(bbox, 'float32', 2);
    add(runs, [[1, 2, 3, 4]]);
    const wrong = [
      [[1, 2, 3]], // not boxes
      [1, 2, 3, 4], // other dimensions
      [[1, 2, 3, 1e39]], // more than a float32
      [[1, 2, 3, 'x']],
      [
        [1, 2, 3, 4],
        [5, 6, 7],
      ],
      'text',
      {},
      new Float32Array(0), // like an empty sample, but its shape is a wrong one
      { data: new Float32Array(4), shape: [4, 1], dtype: 'float32' },
      new Array(26).fill([1, 2, 3, 4]), // above the limit of bytes
      new Float64Array(51),
    ];
    expect(add(runs, ...wrong)).toEqual(wrong.map(() => false));
    add(runs, [[5, 6, 7, 8]]);
    const { bytes, runs: taken } = runs.take();
    expect([...new Float32Array(bytes.buffer)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(taken).toMatchObject([{ shape: [1, 4], count: 2 }]);
  });

  test('checks the shape of an array without elements, although empty samples have the same', () => {
    const nothing = { data: new Float32Array(0), shape: [0, 0], dtype: 'float32' };
    expect(add(runsOf(bbox, 'float32', 2), [], nothing)).toEqual([true, false]);
    const none = { ...nothing, shape: [0, 4] };
    const runs = runsOf(bbox, 'float32', 2);
    expect(add(runs, none, [], none)).toEqual([true, true, true]);
    expect(runs.take().runs).toMatchObject([{ shape: [0, 4] }, { shape: [0, 0] }, { shape: [0, 4] }]);
  });

  test('takes no memory for what nested lists promise', () => {
    const runs = runsOf(generic, 'uint8', 3);
    const wide = new Array(1e6);
    wide[0] = new Array(1e6);
    wide[0][0] = [1];
    expect(add(runs, wide)).toEqual([false]);
  });

  test('reads the same numbers as one by one, in every dtype that it takes', () => {
    const taken = dtypes.filter((dtype) => numberRuns(generic, contextWith({ dtype }), LIMIT));
    expect(dtypes.filter((dtype) => !taken.includes(dtype))).toEqual(['float16', 'complex64', 'complex128']);
    const leaf = fc.oneof(
      fc.integer({ min: -2, max: 300 }),
      fc.boolean(),
      fc.bigInt({ min: 0n, max: 99n }),
      fc.double(),
      fc.constantFrom(0, 1),
    );
    const input = fc.oneof(
      fc.array(leaf, { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 60 }),
      leaf,
      fc.uint8Array({ maxLength: 5 }),
      fc.float64Array({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...taken), fc.array(input, { maxLength: 30 }), (dtype, inputs) => {
        const runs = runsOf(generic, dtype, 1);
        const parts: Uint8Array<ArrayBuffer>[] = [];
        const shapes: number[][] = [];
        for (const one of inputs) {
          const [isTaken] = add(runs, one);
          let array: ReturnType<typeof toNdArray> | undefined;
          try {
            array = toNdArray(one, dtype, contextWith());
          } catch {}
          const fits = array !== undefined && elementCount(array.shape) * 8 <= LIMIT;
          if (!fits && !isTaken) continue;
          if (!array || (fits && !isTaken)) throw new Error(`${dtype} ${String(one)} ${isTaken}`);
          parts.push(bytesFromNdArray(array));
          shapes.push([...array.shape]);
        }
        const { bytes, runs: found } = runs.take();
        expect(bytes).toEqual(concatBytes(parts));
        expect(found.flatMap(({ shape, count }) => new Array(count).fill(shape))).toEqual(shapes);
      }),
    );
  });

  test('looks up class names that there are, and leaves all others', () => {
    const names = { class_names: ['cat', 'dog'] };
    const runs = runsOf(classLabel, 'uint32', 1, names);
    expect(add(runs, 'dog', 'cat', 'dog', 1, ['cat', 1])).toEqual([true, true, true, true, true]);
    expect([...new Uint32Array(runs.take().bytes.buffer)]).toEqual([1, 0, 1, 1, 0, 1]);
    const left = ['bird', ['cat', 'bird'], 2, -1, 0.5, true, 1n, [['cat']], {}];
    expect(add(runs, ...left)).toEqual(left.map(() => false));
    // As a float32 it is 2.
    expect(add(runsOf(classLabel, 'float32', 1, names), 1.9999999999)).toEqual([false]);
    expect(add(runsOf(classLabel, 'uint32', 1, {}), 7, 'cat')).toEqual([true, false]);
  });
});

test('htypes that read inputs in their own way are left out', () => {
  const own: HtypeSpec = { ...generic, numbers: undefined as never };
  expect(numberRuns(own, contextWith({ dtype: 'uint8' }), LIMIT)).toBeUndefined();
  expect(numberRuns(generic, contextWith({ dtype: 'str' }), LIMIT)).toBeUndefined();
});

test('sameShape compares axes, and what is not known', () => {
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape(undefined, undefined)).toBe(true);
  for (const other of [[1], [1, 3], [1, 2, 3], undefined]) expect(sameShape([1, 2], other)).toBe(false);
});
