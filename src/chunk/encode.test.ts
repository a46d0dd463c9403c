import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Dtype, NdArray } from '../format/dtypes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { bbox } from '../htype/bbox.js';
import { generic } from '../htype/generic.js';
import { image } from '../htype/image.js';
import { text } from '../htype/text.js';
import type { HtypeSpec, Value } from '../htype/types.js';
import { memoryStore } from '../store/memory.js';
import type { Bytes } from '../util/bytes.js';
import { codecs, failureOf, metaWith, newDraft, readAll } from './chunk.contract.js';
import { type Codecs, isImageCompression, loadLz4, usesLz4 } from './codecs.js';
import { encodeValue } from './encode.js';
import type { Sample } from './sample.js';

const load = async (name: string): Promise<Bytes> =>
  new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));

interface Options {
  readonly spec?: HtypeSpec;
  readonly tiles?: boolean;
  readonly codecs?: Codecs;
}

/** Reads an input as the htype does and encodes it. */
async function encode(input: unknown, fields: Partial<TensorMeta>, options: Options = {}): Promise<Sample> {
  const spec = options.spec ?? image;
  const meta = metaWith({ htype: spec.htype, ...fields });
  const context = { name: 't', meta, info: {}, closedNames: false, index: 7 };
  const value: Value = await spec.parse(input, context);
  return encodeValue(value, {
    spec,
    context,
    codecs: options.codecs ?? codecs,
    encode: {},
    tiles: options.tiles ?? true,
    call: {},
  });
}

function pixels(shape: readonly number[], dtype: Dtype = 'uint8'): NdArray {
  const length = shape.reduce((a, b) => a * b, 1);
  const data = dtype === 'float32' ? new Float32Array(length) : new Uint8Array(length);
  return { dtype, shape, data: data.map((_, i) => i % 200) };
}

describe('channel axis', () => {
  const shapeOf = async (fields: Partial<TensorMeta>, spec?: HtypeSpec) =>
    (await encode(pixels([4, 6]), fields, spec && { spec })).shape;

  test('is added to (height, width) in image tensors and in image files', async () => {
    expect(await shapeOf({})).toEqual([4, 6, 1]);
    expect(await shapeOf({ sampleCompression: 'png' })).toEqual([4, 6, 1]);
    expect(await shapeOf({ minShape: [1, 1, 3], maxShape: [9, 9, 3] })).toEqual([4, 6, 1]);
    expect(await shapeOf({ dtype: 'uint8', sampleCompression: 'png' }, generic)).toEqual([4, 6, 1]);
  });

  test('is not added with an image as chunk compression, to other htypes, nor where samples have two axes', async () => {
    expect(await shapeOf({ chunkCompression: 'png' })).toEqual([4, 6]);
    expect(await shapeOf({}, generic)).toEqual([4, 6]);
    expect(await shapeOf({ minShape: [1, 1], maxShape: [9, 9] })).toEqual([4, 6]);
  });

  test('a gray file gets one, too', async () => {
    expect((await encode(new Blob([await load('gray.jpg')]), { sampleCompression: 'jpeg' })).shape).toEqual([
      37, 53, 1,
    ]);
  });
});

describe('files', () => {
  test('of the tensor’s own format are kept byte for byte, without decoding', async () => {
    const bytes = await load('rgb-420.jpg');
    const refuse = () => Promise.reject(new Error('touched'));
    const sample = await encode(
      new File([bytes], 'a.jpg'),
      { sampleCompression: 'jpeg' },
      { codecs: { decode: refuse, encode: refuse, run: refuse } },
    );
    expect(sample).toMatchObject({ shape: [37, 53, 3], dtype: 'uint8', info: { filename: 'a.jpg' } });
    expect(sample.bytes).toEqual(bytes);
  });

  test('of another format are decoded and encoded again; their facts stay', async () => {
    const sample = await encode(new File([await load('rgb-8.png')], 'a.png'), { sampleCompression: 'jpeg' });
    expect(sample).toMatchObject({ shape: [37, 53, 3], info: { format: 'png', filename: 'a.png' } });
    expect(sample.bytes.slice(0, 3)).toEqual(new Uint8Array([0xff, 0xd8, 0xff]));
    const raw = await encode(new Blob([await load('rgb-8.png')]), { dtype: 'float32' });
    expect([raw.dtype, raw.bytes.length]).toEqual(['float32', 37 * 53 * 3 * 4]);
  });

  test('that the format cannot hold are refused when they are appended', async () => {
    const failure = await failureOf(encode(new Blob([await load('rgba-8.png')]), { sampleCompression: 'jpeg' }));
    expect(failure).toMatchObject({ code: 'codec', message: expect.stringContaining('jpeg holds uint8 arrays') });
    expect((await failureOf(encode(pixels([4, 4, 3], 'float32'), { sampleCompression: 'png' }))).code).toBe('codec');
    expect((await failureOf(encode(pixels([4, 4, 3]), { sampleCompression: 'wmf' }))).code).toBe('unsupported');
  });

  test('larger than the limit are cut into tiles, but not when they replace a sample', async () => {
    const file = new Blob([await load('rgb-420.jpg')]);
    const fields = { sampleCompression: 'jpeg', tilingThreshold: 1000 };
    const { tiling, bytes, shape } = await encode(file, fields);
    expect([bytes.length, shape, tiling?.tileShape]).toEqual([0, [37, 53, 3], [19, 27, 3]]);
    expect(tiling?.tiles.map((tile) => tile.shape)).toEqual([
      [19, 27, 3],
      [19, 26, 3],
      [18, 27, 3],
      [18, 26, 3],
    ]);
    expect((await encode(file, fields, { tiles: false })).bytes).toHaveLength(file.size);
  });
});

describe('an image as chunk compression', () => {
  test('what could not be stored later is refused at once', async () => {
    const refused = (input: unknown, chunkCompression: string, spec?: HtypeSpec) =>
      failureOf(encode(input, { chunkCompression }, spec && { spec }));
    expect(await refused(pixels([4, 4, 3], 'float32'), 'png')).toMatchObject({
      code: 'codec',
      message: expect.stringContaining('png holds'),
    });
    expect((await refused(pixels([4, 4, 4]), 'jpeg')).code).toBe('codec');
    expect((await refused(pixels([4, 4, 3]), 'wmf')).code).toBe('unsupported');
    expect((await refused(pixels([1, 70_000, 1]), 'jpeg')).code).toBe('codec');
    expect((await refused(new Uint8Array(5), 'png', generic)).code).toBe('codec');
  });

  test('what is known to fit is not tried again', async () => {
    let calls = 0;
    const counting: Codecs = {
      decode: (...args) => codecs.decode(...args),
      run: (...args) => codecs.run(...args),
      encode: (...args) => {
        calls++;
        return codecs.encode(...args);
      },
    };
    for (const side of [3, 4, 5])
      await encode(pixels([side, side, 3]), { chunkCompression: 'png' }, { codecs: counting });
    expect(calls).toBe(1);
    await encode(pixels([3, 3, 1]), { chunkCompression: 'png' }, { codecs: counting });
    expect(calls).toBe(2);
  });

  test('all samples have the same channels', async () => {
    const fields = { chunkCompression: 'png', minShape: [0, 0, 0], maxShape: [9, 9, 3] };
    expect(await failureOf(encode(pixels([4, 4, 1]), fields))).toMatchObject({
      code: 'sample-mismatch',
      message:
        'Tensor "t" (image), row 7: got shape (4, 4, 1). Pass a picture of 3 channels: with png as chunk compression all have the same.',
    });
    expect((await encode(pixels([0, 0, 0]), fields)).bytes).toHaveLength(0);
    expect((await encode(pixels([4, 4, 3]), fields)).bytes).toHaveLength(48);
    expect((await encode(pixels([4, 4, 1]), { ...fields, chunkCompression: 'lz4' })).bytes).toHaveLength(16);
  });
});

describe('shapes', () => {
  test('have as many dimensions as those before', async () => {
    expect(await failureOf(encode([1, 2], { minShape: [0, 0], maxShape: [2, 2] }, { spec: generic }))).toMatchObject({
      code: 'sample-mismatch',
      message: 'Tensor "t" (generic), row 7: got shape (2,). Pass a sample of 2 dimensions like those before it.',
    });
    expect((await encode([[1, 2]], { minShape: [0, 0], maxShape: [2, 2] }, { spec: generic })).shape).toEqual([1, 2]);
    expect((await failureOf(encode([[1, 2, 3]], { dtype: 'float32' }, { spec: bbox }))).code).toBe('sample-mismatch');
  });

  test('with a zero have no bytes, whatever the compression', async () => {
    for (const sampleCompression of [null, 'lz4', 'png']) {
      expect(await encode(pixels([0, 4, 3]), { sampleCompression })).toMatchObject({
        shape: [0, 4, 3],
        bytes: new Uint8Array(0),
      });
    }
  });
});

test('lz4 by sample compresses numbers and text; nothing stays nothing', async () => {
  const { decompressBlock } = await loadLz4();
  const numbers = await encode([1, 2], { dtype: 'uint16', sampleCompression: 'lz4' }, { spec: generic });
  expect(decompressBlock(numbers.bytes)).toEqual(new Uint8Array([1, 0, 2, 0]));
  const words = await encode('hello', { dtype: 'str', sampleCompression: 'lz4' }, { spec: text });
  expect(words).toMatchObject({ bytes: Uint8Array.from([5, 0, 0, 0, 0x50, 0x68, 0x65, 0x6c, 0x6c, 0x6f]), shape: [1] });
  expect((await encode(null, { dtype: 'str', sampleCompression: 'lz4' }, { spec: text })).bytes).toHaveLength(0);
  expect(await encode(null, { dtype: 'uint8' }, { spec: generic })).toEqual({
    bytes: new Uint8Array(0),
    shape: undefined,
    dtype: undefined,
  });
  expect([usesLz4(metaWith({ chunkCompression: 'lz4' })), usesLz4(metaWith({ chunkCompression: 'png' }))]).toEqual([
    true,
    false,
  ]);
  expect([null, 'png', 'lz4', 'mp3', 'nonsense'].map(isImageCompression)).toEqual([false, true, false, false, false]);
});

describe('tiles come back whole', () => {
  const kinds: [string, Partial<TensorMeta>][] = [
    ['raw', { htype: 'generic' }],
    ['lz4 by sample', { htype: 'generic', sampleCompression: 'lz4' }],
    ['lz4 by chunk', { htype: 'generic', chunkCompression: 'lz4' }],
    ['png by sample', { htype: 'image', sampleCompression: 'png' }],
    ['png by chunk', { htype: 'image', chunkCompression: 'png' }],
  ];
  test.each(kinds)('%s', async (_, fields) => {
    await loadLz4();
    const array = pixels([15, 11, 3]);
    const spec = fields.htype === 'image' ? image : generic;
    const sample = await encode(array, { ...fields, tilingThreshold: 100 }, { spec });
    expect(sample.tiling?.tiles.length).toBeGreaterThan(2);
    const draft = newDraft(memoryStore(), { dtype: 'uint8', ...fields });
    draft.append(sample);
    expect(await readAll(draft)).toEqual([{ shape: [15, 11, 3], values: Array.from(array.data, Number) }]);
  });

  test('the sizes at which cutting begins', async () => {
    const tiled = async (length: number, fields: Partial<TensorMeta>) =>
      (await encode(pixels([length, 1]), { tilingThreshold: 100, ...fields }, { spec: generic })).tiling !== undefined;
    expect([await tiled(100, {}), await tiled(101, {})]).toEqual([false, true]);
    expect([await tiled(100, { chunkCompression: 'lz4' }), await tiled(101, { chunkCompression: 'lz4' })]).toEqual([
      false,
      true,
    ]);
    expect([await tiled(200, { sampleCompression: 'lz4' }), await tiled(201, { sampleCompression: 'lz4' })]).toEqual([
      false,
      true,
    ]);
    expect([await tiled(200, { sampleCompression: 'png' }), await tiled(201, { sampleCompression: 'png' })]).toEqual([
      false,
      true,
    ]);
    expect(await tiled(5000, { tilingThreshold: -1 })).toBe(false);
  });
});
