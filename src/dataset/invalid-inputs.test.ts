import { describe, expect, test } from 'vitest';
import { createDataset, isDatasetError, read, type Tensor } from '../index.js';
import { memoryStore } from '../stores.js';
import type { TensorOptions } from './plan-tensor.js';

interface Case {
  readonly options: TensorOptions;
  /** Appended before, so that what is refused is row 1. */
  readonly valid: unknown;
  /** Inputs, each with what the message must say of it and of what is accepted. */
  readonly refused: readonly (readonly [input: unknown, got: RegExp, accepted: RegExp])[];
}

const circle: unknown[] = [];
circle.push(circle);
const picture = { data: new Uint8Array(2 * 2 * 3), shape: [2, 2, 3] };
const notPicture: Case['refused'] = [
  ['cat.jpg', /the string "cat.jpg"/, /File/],
  [{ data: new Uint8Array(8), shape: [2, 2, 2] }, /\(2, 2, 2\)/, /\(height, width, 3\)/],
  [[[1, 2], [3]], /rows of 2 and of 1/, /equally long/],
  [{ data: new Uint16Array([300, 0]), shape: [1, 2] }, /300 at position 0/, /from 0 to 255/],
  [{ data: new Uint8Array(3), shape: [2, 2] }, /3 numbers/, /4 numbers/],
];

const cases: Readonly<Record<string, Case>> = {
  generic: {
    options: { htype: 'generic', dtype: 'uint8' },
    valid: [1, 2],
    refused: [
      ['a', /the string "a"/, /a number/],
      [256, /256 at position 0/, /0 to 255/],
      [[0.5], /0\.5/, /whole numbers/],
      [{}, /a Object/, /typed array/],
    ],
  },
  image: {
    options: { htype: 'image', sampleCompression: 'png' },
    valid: picture,
    refused: [
      ['cat.jpg', /the string "cat.jpg"/, /File/],
      [5, /shape \(1,\)/, /pixels of shape/],
      [[[1, 2], [3]], /rows of 2 and of 1/, /equally long/],
      [{ data: new Uint8Array(3), shape: [2, 2] }, /3 numbers/, /4 numbers/],
    ],
  },
  'image.rgb': { options: { htype: 'image.rgb', sampleCompression: 'png' }, valid: picture, refused: notPicture },
  'image.gray': { options: { htype: 'image.gray', sampleCompression: null }, valid: picture, refused: notPicture },
  class_label: {
    options: { htype: 'class_label', classNames: ['cat', 'dog'] },
    valid: 'cat',
    refused: [
      ['cow', /the string "cow"/, /cat, dog/],
      [2, /label 2/, /below the 2 class names/],
      [-1, /-1/, /whole numbers/],
      [{ label: 1 }, /a Object/, /class name/],
    ],
  },
  tag: {
    options: { htype: 'tag' },
    valid: 'a',
    refused: [
      [5, /the number 5/, /string or an array of strings/],
      [['a', 5], /the number 5 at position 1/, /strings/],
      [[['a']], /an array of 1 at position 0/, /strings/],
      [{ a: 1 }, /a Object/, /strings/],
      [[null], /null at position 0/, /strings/],
    ],
  },
  bbox: {
    options: { htype: 'bbox' },
    valid: [[1, 2, 3, 4]],
    refused: [
      [[1, 2, 3, 4], /shape \(4,\)/, /four numbers each/],
      [[[1, 2, 3]], /shape \(1, 3\)/, /four numbers each/],
      ['1,2,3,4', /the string/, /nested arrays/],
      [[[1, 2, 3, 1e39]], /1e\+39 at position 3/, /float32/],
    ],
  },
  'bbox.3d': {
    options: { htype: 'bbox.3d', coords: { mode: 'center' } },
    valid: [[1, 2, 3, 4, 5, 6, 7, 8, 9]],
    refused: [
      [[[462, 123, 238, 98, 22, 36, 44, 18, 0, 36, 0]], /shape \(1, 11\)/, /nine numbers/], // the guide's own box
      [[1, 2, 3, 4, 5, 6, 7, 8, 9], /shape \(9,\)/, /nine numbers/],
      [{ data: new Float32Array(24), shape: [1, 8, 3] }, /shape \(1, 8, 3\)/, /\(boxes, 9\)/],
      ['box', /the string "box"/, /nested arrays/],
    ],
  },
  'bbox.3d of corners': {
    options: { htype: 'bbox.3d', coords: { mode: 'vertex' } },
    valid: { data: new Float32Array(24), shape: [1, 8, 3] },
    refused: [
      [[[1, 2, 3, 4, 5, 6, 7, 8, 9]], /shape \(1, 9\)/, /eight corners/],
      [{ data: new Float32Array(18), shape: [1, 6, 3] }, /shape \(1, 6, 3\)/, /\(boxes, 8, 3\)/],
      [{ data: new Float32Array(24), shape: [8, 3] }, /shape \(8, 3\)/, /\(boxes, 8, 3\)/],
      [{}, /a Object/, /nested arrays/],
    ],
  },
  intrinsics: {
    options: { htype: 'intrinsics' },
    valid: { data: new Float64Array(9), shape: [3, 3] },
    refused: [
      [new Float32Array(9), /shape \(9,\)/, /\(3, 3\)/],
      [{ data: new Float32Array(12), shape: [3, 4] }, /shape \(3, 4\)/, /\(n, 3, 3\)/],
      [{ data: new Float32Array(18), shape: [2, 3, 3] }, /shape \(2, 3, 3\)/, /2 dimensions like those before/],
      [[['a']], /the string "a"/, /numbers only/],
    ],
  },
  segment_mask: {
    options: { htype: 'segment_mask', classNames: ['background', 'cat'] },
    valid: [[0, 1]],
    refused: [
      [[[0, 2]], /label 2 at position 1/, /below the 2 class names \(background, cat\)/],
      [[[-1, 0]], /-1 at position 0/, /whole numbers/],
      [[0, 1], /shape \(2,\)/, /\(height, width\)/],
      [{ data: new Uint8Array(12), shape: [2, 2, 3] }, /shape \(2, 2, 3\)/, /\(height, width\)/],
      [[['cat']], /the string "cat"/, /numbers only/],
    ],
  },
  binary_mask: {
    options: { htype: 'binary_mask' },
    valid: { data: new Uint8Array(8), shape: [2, 2, 2] },
    refused: [
      [{ data: new Uint8Array([2, 0]), shape: [1, 2, 1] }, /2 at position 0/, /from 0 to 1/],
      [{ data: new Uint8Array(4), shape: [4] }, /shape \(4,\)/, /\(height, width, objects\)/],
      ['mask', /the string "mask"/, /nested arrays/],
      [[[[true], [true, false]]], /rows of 1 and of 2/, /equally long/],
    ],
  },
  keypoints_coco: {
    options: { htype: 'keypoints_coco' },
    valid: { data: new Int32Array(6), shape: [3, 2] },
    refused: [
      [{ data: new Int32Array(8), shape: [8, 1] }, /shape \(8, 1\)/, /\(3 x points, objects\)/],
      [[1, 2, 2], /shape \(3,\)/, /\(3 x points, objects\)/],
      [[[0.5], [1], [2]], /0\.5 at position 0/, /whole numbers/],
      [{ x: 1 }, /a Object/, /nested arrays/],
    ],
  },
  point: {
    options: { htype: 'point' },
    valid: [
      [0, 1],
      [1, 3],
    ],
    refused: [
      [[0, 1], /shape \(2,\)/, /\(points, 2\)/],
      [[[1, 2, 3, 4]], /shape \(1, 4\)/, /\(points, 3\)/],
      [[[0.5, 1]], /0\.5/, /whole numbers/],
      ['0,1', /the string/, /nested arrays/],
    ],
  },
  polygon: {
    options: { htype: 'polygon' },
    valid: [
      [
        [1, 2],
        [2, 3],
      ],
    ],
    refused: [
      [
        [
          [1, 2],
          [2, 3],
        ],
        /a polygon of shape \(2,\)/,
        /array of polygons/,
      ],
      [[[]], /a polygon of shape \(0,\)/, /at least one point/],
      [[[[1, 2]], [[1, 2, 3]]], /points of 2 and of 3 numbers/, /same number of coordinates/],
      [[[[1, 2], [3]]], /rows of 2 and of 1/, /equally long/],
      [new Float32Array(4), /a Float32Array/, /array of polygons/],
      [{ data: new Float32Array(4), shape: [2, 2] }, /shape \(2, 2\)/, /\(polygons, points, 2\)/],
      [['a'], /the string "a" as a polygon/, /array of polygons/],
    ],
  },
  text: {
    options: { htype: 'text' },
    valid: 'a',
    refused: [
      [5, /the number 5/, /a string/],
      [['a'], /an array of 1/, /a string/],
      [{}, /a Object/, /a string/],
      [new Uint8Array(1), /a Uint8Array/, /a string/],
    ],
  },
  json: {
    options: { htype: 'json', dtype: 'Dict[str, Union[int, List[str]]]' },
    valid: { a: 1 },
    refused: [
      [[1], /an array of 1/, /Dict\[str, Union\[int, List\[str\]\]\]/],
      [{ a: 0.5 }, /the number 0.5 at \["a"\]/, /Dict/],
      [{ a: { b: 1 } }, /at \["a"\]/, /Dict/],
      [{ a: circle }, /in a circle/, /JSON can hold/],
      [{ a: () => 1 }, /Function/, /JSON can hold/],
    ],
  },
  list: {
    options: { htype: 'list', dtype: 'List[int]' },
    valid: [1],
    refused: [
      [{ a: 1 }, /a Object/, /an array/],
      ['abc', /the string "abc"/, /an array/],
      [[1, 'a'], /the string "a" at \[1\]/, /List\[int\]/],
      [5, /the number 5/, /an array/],
      [{ data: new Uint8Array(3), shape: [2, 2] }, /3 numbers for shape \(2, 2\)/, /4 numbers/],
    ],
  },
  instance_label: {
    options: { htype: 'instance_label' },
    valid: [1, 2],
    refused: [
      [-1, /-1/, /0 to 4294967295/],
      [[0.5], /0\.5/, /whole numbers/],
      ['a', /the string "a"/, /a number/],
      [[[1]], /shape \(1, 1\)/, /1 dimensions like those before/],
    ],
  },
  embedding: {
    options: { htype: 'embedding' },
    valid: new Float64Array(4),
    refused: [
      ['0.5', /the string "0.5"/, /typed array/],
      [[0.5, 'a'], /the string "a"/, /numbers only/],
      [[1e39], /1e\+39/, /float32/],
      [[[1]], /shape \(1, 1\)/, /1 dimensions like those before/],
      [new Date(0), /a Date/, /typed array/],
    ],
  },
};

describe.each(Object.entries(cases))('%s', (_name, { options, valid, refused }) => {
  test.each(refused.map((one) => [one[1].source, one] as const))(
    'refuses %s',
    async (_title, [input, got, accepted]) => {
      const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
      const tensor: Tensor = await ds.createTensor('the tensor', options as never);
      await tensor.append(valid);
      const error: unknown = await tensor.append(input).catch((caught: unknown) => caught);
      if (!isDatasetError(error, 'sample-mismatch')) throw error;
      expect(error.message).toMatch(/^Tensor "the tensor" \(\S+\), row 1: got /);
      expect(error.data.got).toMatch(got);
      expect(error.message).toMatch(accepted);
      expect(error.data).toMatchObject({ tensor: 'the tensor', index: 1 });
      expect(tensor.length).toBe(1);
      await ds.close();
    },
  );
});

test('a file that is no picture is refused by every htype that takes files', async () => {
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
  for (const htype of ['image.rgb', 'image.gray', 'segment_mask', 'binary_mask', 'instance_label'] as const) {
    const tensor: Tensor = await ds.createTensor(htype, { htype, sampleCompression: 'png' });
    const file = read(new Uint8Array([1, 2, 3]), { filename: 'a.png' });
    await expect(tensor.append(file)).rejects.toMatchObject({ code: 'codec', data: { tensor: htype, index: 0 } });
  }
  await ds.close();
});

test('options that make no sense are refused at creation', async () => {
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
  const wrong: readonly (readonly [TensorOptions, RegExp])[] = [
    [{ htype: 'json', dtype: 'Dict[str' }, /a schema such as/],
    [{ htype: 'json', dtype: 'Set[int]' }, /a schema/],
    [{ htype: 'list', dtype: 'Dict' }, /"List" or a schema/],
    [{ htype: 'tag', dtype: 'List[str]' }, /must be "List"/],
    [{ htype: 'bbox.3d', coords: { type: 'pixel' } }, /no key "type"/],
    [{ htype: 'bbox.3d', coords: { mode: 'corner' } }, /center, vertex/],
    [{ htype: 'keypoints_coco', keypoints: 'knee' }, /array of strings/],
    [{ htype: 'keypoints_coco', keypoints: ['a', 'b'], connections: [[0, 2]] }, /below 2/],
    [{ htype: 'keypoints_coco', connections: ['a-b'] }, /pairs of numbers/],
    [{ htype: 'segment_mask', classNames: ['a', 'a'] }, /twice/],
    [{ htype: 'polygon', sampleCompression: 'png' }, /takes: lz4/],
    [{ htype: 'embedding', chunkCompression: 'jpeg' }, /takes: lz4/],
    [{ htype: 'image.rgb' }, /needs sampleCompression/],
    [{ htype: 'image.gray', sampleCompression: 'png', intrinsics: null }, /not an option/],
    [{ htype: 'point', classNames: [] }, /not an option/],
    [{ htype: 'sequence[tag]' }, /no sequences of tags/],
  ];
  for (const [options, message] of wrong) await expect(ds.createTensor('x', options as never)).rejects.toThrow(message);
  expect(ds.tensors).toEqual([]);
  await ds.close();
});
