import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import { type Bytes, utf8Encode } from '../util/bytes.js';
import { contextWith, noCodecs, refusal } from './context.contract.js';
import { read } from './file-sample.js';
import { image } from './image.js';
import { ImageSample } from './image-sample.js';
import { readFileHeader } from './parse-file.js';
import type { EncodedSample, StoredSample } from './types.js';

const load = async (name: string): Promise<Bytes> =>
  new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
const fresh = contextWith({ sampleCompression: 'jpeg' });
const raw = contextWith();

/** Code and message of the error that something fails with. */
async function failure(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isDatasetError(error) ? `${error.code}: ${error.message}` : `${error}`;
  }
  return 'no error';
}

function stored(array: NdArray, encoded?: EncodedSample): StoredSample {
  const { shape, dtype } = array;
  return {
    key: 'k',
    codecs: noCodecs,
    shape,
    dtype,
    encoded: () => encoded,
    raw: () => new Uint8Array(array.data.buffer),
    array: () => array,
  };
}

describe('files', () => {
  test('a file is kept as it is, with the facts of its header', async () => {
    const bytes = await load('rgb-exif.jpg');
    const value = await image.parse(read(bytes, { filename: 'lake.jpg' }), fresh);
    expect(value).toMatchObject({ kind: 'file', file: { compression: 'jpeg' }, dtype: 'uint8' });
    if (value.kind !== 'file') return;
    expect(value.file.bytes).toEqual(bytes);
    expect(Object.keys(value.info)).toEqual(['exif', 'shape', 'format', 'filename', 'modified']);
    expect(value.info).toMatchObject({
      exif: { Orientation: 6 },
      shape: value.shape,
      format: 'jpeg',
      filename: 'lake.jpg',
      modified: false,
    });
  });

  test('File, Blob, bytes with their compression, and a sample that was read are the same', async () => {
    const bytes = await load('gray.jpg');
    const encoded = { bytes, compression: 'jpeg' };
    const array: NdArray = { dtype: 'uint8', shape: [1, 1, 1], data: new Uint8Array(1) };
    const inputs = [
      new File([bytes], 'x.jpg'),
      new Blob([bytes]),
      encoded,
      { bytes, compression: 'jpg' },
      new ImageSample(stored(array, encoded)),
    ];
    const values = await Promise.all(inputs.map((input) => image.parse(input, fresh)));
    expect(values.map((value) => value.kind === 'file' && [value.file.compression, value.shape])).toEqual(
      inputs.map(() => ['jpeg', [37, 53]]),
    );
    expect(values.map((value) => value.kind === 'file' && value.info.filename)).toEqual([
      'x.jpg',
      ...Array(4).fill(undefined),
    ]);
  });

  test('the content decides over the name; an explicit compression over both', async () => {
    const bytes = await load('rgb-8.png');
    expect(await read(bytes, { filename: 'a.jpg' }).load()).toMatchObject({ compression: 'png' });
    expect(await read(bytes, { compression: 'tif' }).load()).toMatchObject({ compression: 'tiff' });
    expect(await failure(() => image.parse(read(bytes, { compression: 'jpeg' }), fresh))).toMatch(/^codec: /);
  });

  test('bad files say what is wrong with them', async () => {
    const whole = await load('rgb-420.jpg');
    const parse = (bytes: Bytes, name: string) => failure(() => image.parse(new File([bytes], name), fresh));
    expect(await parse(new Uint8Array(0), 'none.jpg')).toBe(
      'codec: none.jpg is empty (0 bytes). Choose a file with content.',
    );
    expect(await parse(utf8Encode('hello, this is text'), 'text.jpg')).toMatch(
      /^codec: text\.jpg is of no format that can be recognised/,
    );
    expect(await parse(whole.slice(0, whole.length / 2), 'cut.jpg')).toMatch(/^codec: .*jpeg/);
    expect(await parse(utf8Encode('GIF89a..........'), 'a.gif')).toMatch(/^codec: .*gif file cannot be read/);
    expect(await failure(() => readFileHeader({ bytes: whole, compression: 'lz4' }, undefined))).toMatch(
      /^unsupported: Files of compression "lz4"/,
    );
  });

  test('a file that cannot be read any more is an error of the storage', async () => {
    const gone = new File(['x'], 'gone.jpg');
    gone.arrayBuffer = () => Promise.reject(new DOMException('changed', 'NotReadableError'));
    expect(await failure(() => read(gone).load())).toBe(
      'storage: gone.jpg could not be read: it was moved, changed or locked. Choose it again.',
    );
  });

  test('an address is fetched when needed; failures name it', async () => {
    const bytes = await load('gray.jpg');
    const asked: unknown[] = [];
    const answer = (response: () => Response) => async (url: unknown) => {
      asked.push(url);
      return response();
    };
    const at = (response: () => Response) =>
      read('https://lake.test/a/b.jpg?x=1', { fetch: answer(response) as typeof fetch });
    const sample = at(() => new Response(bytes));
    expect([sample.filename, asked]).toEqual(['b.jpg', []]);
    expect((await sample.load()).bytes).toEqual(bytes);
    expect(asked).toEqual(['https://lake.test/a/b.jpg?x=1']);
    expect(await failure(() => at(() => new Response('', { status: 404 })).load())).toMatch(
      /^storage: https:\/\/lake\.test\/a\/b\.jpg\?x=1 answered 404/,
    );
    expect(await failure(() => at(() => Response.error()).load())).toMatch(/^storage: /);
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError('cut off')) });
    expect(await failure(() => at(() => new Response(broken)).load())).toMatch(/^storage: .* could not be fetched/);
  });

  test('an abort is passed on untouched', async () => {
    const signal = AbortSignal.abort('enough');
    const stopped = read('https://lake.test/a', { fetch: () => Promise.reject(signal.reason) });
    await expect(stopped.load({ signal })).rejects.toBe('enough');
  });

  test('other arguments are wrong', () => {
    expect(() => read(5 as never)).toThrow('read() takes a File, a Blob, an address, or the bytes of a file.');
    expect(() => read('no address')).toThrow(TypeError);
  });
});

describe('pixels', () => {
  test('lists are bytes in an image file, and inferred in a raw tensor; arrays keep their type', async () => {
    const list = [[[1, 2, 3]]];
    const dtypeOf = async (input: unknown, context = raw) => {
      const value = await image.parse(input, context);
      return value.kind === 'array' ? value.array.dtype : value.kind;
    };
    expect(await dtypeOf(list, fresh)).toBe('uint8');
    expect(await dtypeOf(list, contextWith({ chunkCompression: 'png' }))).toBe('uint8');
    expect(await dtypeOf(list)).toBe('int64');
    expect(await dtypeOf([[0.5]])).toBe('float64');
    expect(await dtypeOf([[0.5]], contextWith({ dtype: 'float32' }))).toBe('float32');
    expect(await dtypeOf({ data: new Uint16Array(2), shape: [1, 2] }, fresh)).toBe('uint16');
    expect(await refusal(() => image.parse([[256]], fresh))).toMatch('got 256 at position 0');
  });

  test('null and [] are empty samples, and so is an empty one that was read', async () => {
    const none = new ImageSample(stored({ dtype: 'uint8', shape: [0, 0, 0], data: new Uint8Array(0) }));
    for (const input of [null, undefined, [], none]) expect(await image.parse(input, fresh)).toEqual({ kind: 'empty' });
  });

  test('have two or three axes', async () => {
    image.checkShape?.([2, 3], raw);
    image.checkShape?.([2, 3, 7], raw);
    for (const shape of [[3], [1, 2, 3, 4]])
      expect(await refusal(() => image.checkShape?.(shape, raw))).toMatch('Pass a File, Blob, read(…), ImageData');
  });

  test('anything else is refused', async () => {
    for (const input of ['photo.jpg', {}, () => 1, new Date(0), { bytes: [1], compression: 'jpeg' }]) {
      expect(await refusal(() => image.parse(input, raw))).toMatch(
        'Pass a File, Blob, read(…), ImageData, ImageBitmap, canvas, or pixels',
      );
    }
  });
});

test('a sample that is read decodes nothing by itself', async () => {
  const array: NdArray = { dtype: 'uint8', shape: [1, 2, 3], data: new Uint8Array(6) };
  const sample = image.output(
    { ...stored(array), array: () => Promise.reject(new Error('decoded')) },
    raw,
  ) as ImageSample;
  expect([sample.shape, sample.dtype, sample.encoded()]).toEqual([[1, 2, 3], 'uint8', undefined]);
  await expect(sample.array()).rejects.toThrow('decoded');
});
