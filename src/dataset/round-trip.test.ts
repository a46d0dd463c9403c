/** Random valid samples of every htype come back equal, by whatever way they are read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dtype } from '../format/dtypes.js';
import { createDataset, ImageSample, openDataset, type Tensor } from '../index.js';
import { memoryStore } from '../stores.js';
import type { TensorOptions } from './plan-tensor.js';

interface Plain {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

interface Kind {
  readonly options: readonly TensorOptions[];
  readonly samples: fc.Arbitrary<unknown>;
  /** What a read must give, in the form of {@link plain}. */
  readonly expected: (input: unknown) => unknown;
}

function kind<I>(options: readonly TensorOptions[], samples: fc.Arbitrary<I>, expected: (input: I) => unknown): Kind {
  return { options, samples, expected: (input) => expected(input as I) };
}

const lz4 = [{}, { sampleCompression: 'lz4' }, { chunkCompression: 'lz4' }];
const of = (htype: string, forms: readonly TensorOptions[] = lz4, more: TensorOptions = {}) =>
  forms.map((form) => ({ htype, ...form, ...more }));

const typed = {
  bool: Uint8Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint32: Uint32Array,
  float32: Float32Array,
};
const values: Readonly<Record<keyof typeof typed, fc.Arbitrary<number>>> = {
  bool: fc.integer({ min: 0, max: 1 }),
  int32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  float32: fc.float({ noNaN: true }),
};

/** Arrays of random shapes; a number stands for an axis of that length, a pair for one between both. */
function arrays(
  dtype: keyof typeof typed,
  axes: readonly (number | readonly [number, number])[],
  most = values[dtype],
) {
  const shape = fc.tuple(
    ...axes.map((axis) => (typeof axis === 'number' ? fc.constant(axis) : fc.integer({ min: axis[0], max: axis[1] }))),
  );
  return shape.chain((sizes) => {
    const length = sizes.reduce((product, size) => product * size, 1);
    return fc
      .array(most, { minLength: length, maxLength: length })
      .map((numbers): Plain => ({ dtype, shape: sizes, data: typed[dtype].from(numbers) }));
  });
}

const same = <T>(input: T): T => input;
const numbers = (
  htype: string,
  dtype: keyof typeof typed,
  axes: Parameters<typeof arrays>[1],
  more: TensorOptions = {},
) => kind(of(htype, lz4, more), arrays(dtype, axes), same);

const coordinates = fc.float({ noNaN: true });
const polygonSamples = fc.integer({ min: 2, max: 3 }).chain((dimensions) => {
  const point = fc.array(coordinates, { minLength: dimensions, maxLength: dimensions });
  return fc.array(fc.array(point, { minLength: 1, maxLength: 6 }), { maxLength: 4 });
});
const jsonValues = fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null);
const pixels = arrays('uint8', [[1, 6], [1, 6], 3]);

const kinds: Readonly<Record<string, Kind>> = {
  generic: numbers('generic', 'int32', [[0, 3], [0, 3], 2], { dtype: 'int32' }),
  bbox: numbers('bbox', 'float32', [[0, 4], 4]),
  'bbox.3d': numbers('bbox.3d', 'float32', [[0, 4], 9], { coords: { mode: 'center' } }),
  'bbox.3d of corners': numbers('bbox.3d', 'float32', [[0, 3], 8, 3], { coords: { mode: 'vertex' } }),
  intrinsics: numbers('intrinsics', 'float32', [[1, 2], 3, 3]),
  binary_mask: numbers('binary_mask', 'bool', [
    [1, 5],
    [1, 5],
    [0, 4],
  ]),
  keypoints_coco: numbers('keypoints_coco', 'int32', [9, [0, 3]], { keypoints: ['a', 'b', 'c'] }),
  point: numbers('point', 'int32', [
    [0, 5],
    [2, 3],
  ]),
  instance_label: numbers('instance_label', 'uint32', [
    [0, 4],
    [0, 4],
  ]),
  embedding: numbers('embedding', 'float32', [[0, 20]]),
  segment_mask: kind(
    of('segment_mask', lz4, { classNames: ['a', 'b', 'c'] }),
    arrays(
      'uint32',
      [
        [1, 5],
        [1, 5],
      ],
      fc.integer({ min: 0, max: 2 }),
    ),
    same,
  ),
  'segment_mask as files': kind(
    [{ htype: 'segment_mask', dtype: 'uint8', sampleCompression: 'png', classNames: ['a', 'b', 'c'] }],
    arrays(
      'uint8',
      [
        [1, 5],
        [1, 5],
      ],
      fc.integer({ min: 0, max: 2 }),
    ),
    (input) => ({ ...input, shape: [...input.shape, 1] }),
  ),
  class_label: kind(of('class_label'), arrays('uint32', [[0, 5]], fc.integer({ min: 0, max: 9 })), same),
  image: kind(
    of('image', [
      { sampleCompression: null },
      ...lz4.slice(1),
      { sampleCompression: 'png' },
      { chunkCompression: 'png' },
    ]),
    pixels,
    same,
  ),
  'image.rgb': kind(
    of('image.rgb', [{ sampleCompression: null }, { sampleCompression: 'png' }, { chunkCompression: 'png' }]),
    pixels,
    same,
  ),
  'image.gray': kind(
    of('image.gray', [{ sampleCompression: null }, { chunkCompression: 'lz4' }, { chunkCompression: 'png' }]),
    arrays('uint8', [
      [1, 6],
      [1, 6],
    ]),
    same,
  ),
  polygon: kind(of('polygon'), polygonSamples, (input) =>
    input.map((one) => ({
      dtype: 'float32',
      shape: [one.length, one[0]?.length],
      data: Float32Array.from(one.flat()),
    })),
  ),
  tag: kind(of('tag'), fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), same),
  text: kind(of('text'), fc.string({ unit: 'grapheme' }), same),
  json: kind(of('json'), jsonValues, same),
  'json of a schema': kind(
    of('json', lz4, { dtype: 'Dict[str, List[Optional[int]]]' }),
    fc.dictionary(fc.string(), fc.array(fc.option(fc.integer()))),
    same,
  ),
  list: kind(of('list'), fc.array(jsonValues, { maxLength: 4 }), same),
};

/** A sample as plain data. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof ImageSample) return plain(await value.array());
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== 'object' || value === null || !('data' in value) || !ArrayBuffer.isView(value.data))
    return value;
  const { dtype, shape, data } = value as unknown as Plain;
  return { dtype, shape, data };
}

const cases = Object.entries(kinds).flatMap(([name, { options, ...rest }]) =>
  options.map(
    (one) =>
      [`${name} ${one.sampleCompression ?? ''}/${one.chunkCompression ?? ''}`, { ...rest, options: one }] as const,
  ),
);

describe.each(cases)('%s', (_name, { options, samples, expected }) => {
  test('comes back equal by at, iteration and toArray', async () => {
    const property = fc.asyncProperty(fc.array(samples, { minLength: 1, maxLength: 5 }), async (inputs) => {
      const store = memoryStore();
      const ds = await createDataset(store, {}, { autoFlush: false });
      const tensor: Tensor = await ds.createTensor('x', options as never);
      await tensor.extend(inputs);
      await tensor.set(0, inputs.at(-1)); // the same rules hold for replacing
      await ds.close();
      const wanted = [inputs.at(-1), ...inputs.slice(1)].map(expected);
      const again = await openDataset(store);
      const read = again.tensor('x');
      const one: unknown[] = [];
      for (let row = 0; row < read.length; row++) one.push(await plain(await read.at(row)));
      const iterated: unknown[] = [];
      for await (const sample of read) iterated.push(await plain(sample));
      expect(one).toEqual(wanted);
      expect(iterated).toEqual(wanted);
      expect(await plain(await read.toArray())).toEqual(wanted);
      await again.close();
    });
    await fc.assert(property, { numRuns: 15 });
  });
});
