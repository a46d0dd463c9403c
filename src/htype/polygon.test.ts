import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { contextWith, noCodecs, refusal } from './context.contract.js';
import { polygon } from './polygon.js';
import type { StoredSample } from './types.js';

const context = contextWith({ htype: 'polygon', dtype: 'float32' });

function parse(input: unknown, used = context) {
  const value = polygon.parse(input, used);
  if (value instanceof Promise || value.kind !== 'bytes') throw new Error('no bytes');
  return value;
}

const stored = (input: unknown, used = context): StoredSample => {
  const { bytes, shape } = parse(input, used);
  const refuse = () => {
    throw new Error('not asked for');
  };
  return {
    key: 't/chunks/1',
    codecs: noCodecs,
    shape,
    dtype: used.meta.dtype as 'float32',
    encoded: () => undefined,
    raw: () => bytes,
    array: refuse,
  };
};

const read = async (input: unknown, used = context) => {
  const polygons = (await polygon.output(stored(input, used), used)) as { shape: number[]; data: ArrayLike<number> }[];
  return polygons.map(({ shape, data }) => ({ shape, numbers: Array.from(data) }));
};

describe('inputs', () => {
  const two = [
    { shape: [3, 2], numbers: [1, 2, 2, 3, 3, 4] },
    { shape: [2, 2], numbers: [10, 12, 14, 19] },
  ];

  test('lists of points, arrays, and both', async () => {
    const first = [
      [1, 2],
      [2, 3],
      [3, 4],
    ];
    const second = [
      [10, 12],
      [14, 19],
    ];
    expect(await read([first, second])).toEqual(two);
    expect(await read([first.map((point) => Float32Array.from(point)), second])).toEqual(two);
    expect(
      await read([
        { data: new Float64Array(first.flat()), shape: [3, 2] },
        { data: new Uint8Array(second.flat()), shape: [2, 2] },
      ]),
    ).toEqual(two);
    expect(parse([first, second]).shape).toEqual([2, 3, 2]);
    // spec §5.3
    expect([...parse([first, second]).bytes.subarray(0, 10)]).toEqual([2, 0, 3, 0, 2, 0, 0, 0, 0x80, 0x3f]);
  });

  test('one array of polygons of equally many points', async () => {
    const data = Int32Array.from({ length: 5 * 7 * 2 }, (_, i) => i);
    const polygons = await read({ data, shape: [5, 7, 2] });
    expect(polygons.length).toBe(5);
    expect(polygons[4]).toEqual({ shape: [7, 2], numbers: [...data.subarray(56)] });
  });

  test('points of space', async () => {
    expect(
      await read([
        [
          [10, 2, 9],
          [12, 3, 8],
        ],
        [[33, 33, 31]],
      ]),
    ).toEqual([
      { shape: [2, 3], numbers: [10, 2, 9, 12, 3, 8] },
      { shape: [1, 3], numbers: [33, 33, 31] },
    ]);
  });

  test('no polygons', async () => {
    for (const none of [null, undefined, [], { data: new Float32Array(0), shape: [0, 3, 2] }]) {
      expect(parse(none)).toMatchObject({ shape: [0, 0, 0], bytes: new Uint8Array(0) });
      expect(await read(none)).toEqual([]);
    }
  });

  test('values decide', async () => {
    const whole = contextWith({ htype: 'polygon', dtype: 'int32' });
    expect(await read([[new Float32Array([1, 2])]], whole)).toEqual([{ shape: [1, 2], numbers: [1, 2] }]);
    expect(await refusal(() => parse([[[1, 2.5]]], whole))).toMatch('got 2.5 at position 1');
  });

  test('more than the counts of the format hold is refused', async () => {
    const many = new Array<number[][]>(65_536).fill([[1, 2]]);
    expect(await refusal(() => parse(many))).toMatch('65536 polygons');
    expect(await refusal(() => parse({ data: new Float32Array(65_536 * 2), shape: [1, 65_536, 2] }))).toMatch(
      'at most 65535',
    );
    expect(await refusal(() => parse([{ data: new Float32Array(256), shape: [1, 256] }]))).toMatch('255 coordinates');
  });
});

test('stored bytes that contradict their counts are an error that names the chunk', async () => {
  const sample = stored([
    [
      [1, 2],
      [3, 4],
    ],
  ]);
  const cut = { ...sample, raw: () => (sample.raw() as Uint8Array<ArrayBuffer>).slice(0, -1) };
  const error: unknown = await Promise.resolve(polygon.output(cut, context)).catch((caught: unknown) => caught);
  expect(isDatasetError(error, 'corrupt') && error.data).toMatchObject({ key: 't/chunks/1', expected: 16, got: 15 });
});
