import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createDataset, ImageSample, read, type Tensor } from '../index.js';
import { zipStore } from '../store/zip-read.js';
import { memoryStore } from '../stores.js';

const fixture = (name: string) => new URL(`../../e2e/fixtures/${name}`, import.meta.url);
const media = (name: string) => readFileSync(fixture(`media/${name}`));

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/** What a tensor makes of an input. */
async function stored(htype: 'image.rgb' | 'image.gray', input: unknown, compression: string | null = null) {
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
  const tensor: Tensor = await ds.createTensor('x', { htype, sampleCompression: compression } as never);
  await tensor.append(input);
  const sample = await tensor.at(0);
  if (!(sample instanceof ImageSample)) throw new Error('no picture');
  const { shape, data } = await sample.array();
  return { shape: [...shape], data: [...data], file: (await tensor.encoded(0))?.bytes, tensor };
}

const colors = { data: new Uint8Array([255, 0, 0, 10, 20, 30, 0, 255, 0, 99, 98, 97]), shape: [2, 2, 3] };

describe('arrays', () => {
  test('to gray: every product is cut to a whole number before they are added', async () => {
    // 0.299 * 255 = 76.2; 2.99 + 11.74 + 3.42; 0.587 * 255 = 149.7; 29.6 + 57.5 + 11.1
    const { shape, data } = await stored('image.gray', colors);
    expect(shape).toEqual([2, 2]);
    expect(data).toEqual([76, 2 + 11 + 3, 149, 29 + 57 + 11]);
  });

  test('to gray: a fourth channel does not count, fractions and 64-bit numbers do', async () => {
    expect((await stored('image.gray', { data: new Uint8Array([255, 0, 0, 9]), shape: [1, 1, 4] })).data).toEqual([76]);
    expect((await stored('image.gray', [[[10.9, 20.9, 30.9]]])).data).toEqual([3 + 12 + 3]);
    expect((await stored('image.gray', { data: new BigInt64Array([10n, 20n, 30n]), shape: [1, 1, 3] })).data).toEqual([
      16,
    ]);
  });

  test('of the wanted mode are left alone', async () => {
    expect((await stored('image.gray', [[1, 2]])).data).toEqual([1, 2]);
    expect((await stored('image.gray', [[[1], [2]]])).shape).toEqual([1, 2]);
    expect((await stored('image.gray', [[1, 2]], 'png')).shape).toEqual([1, 2, 1]);
    expect((await stored('image.rgb', colors)).data).toEqual([...colors.data]);
  });

  test('to colour: gray is repeated, a fourth channel is dropped', async () => {
    expect(await stored('image.rgb', [[7, 8]])).toMatchObject({ shape: [1, 2, 3], data: [7, 7, 7, 8, 8, 8] });
    expect((await stored('image.rgb', [[[7], [8]]])).data).toEqual([7, 7, 7, 8, 8, 8]);
    expect((await stored('image.rgb', [[[1, 2, 3, 4]]])).data).toEqual([1, 2, 3]);
  });

  test('that replace a sample are converted, too', async () => {
    const { tensor } = await stored('image.rgb', [[7]], 'png');
    await tensor.set(0, [[1, 2]]);
    expect((await (tensor as Tensor<string, unknown, ImageSample>).at(0)).shape).toEqual([1, 2, 3]);
  });

  test('null is an empty sample', async () => {
    expect((await stored('image.rgb', null)).data).toEqual([]);
    expect((await stored('image.gray', null, 'png')).data).toEqual([]);
  });
});

describe('files', () => {
  test('of the wanted mode keep their bytes', async () => {
    for (const [htype, name, compression] of [
      ['image.rgb', 'rgb-420.jpg', 'jpeg'],
      ['image.rgb', 'rgb-8.png', 'png'],
      ['image.gray', 'gray.jpg', 'jpeg'],
      ['image.gray', 'gray-4.png', 'png'],
    ] as const) {
      const { file } = await stored(htype, read(media(name)), compression);
      expect(Buffer.from(file ?? []).equals(media(name)), name).toBe(true);
    }
  });

  test('are converted as Deep Lake and Pillow do it, to the byte', async () => {
    const { states } = JSON.parse(readFileSync(fixture('golden/images_files.expected.json'), 'utf8'));
    const assets = await zipStore(new Blob([readFileSync(fixture('golden/assets.zip'))]), { root: '' });
    for (const [htype, tensor, name] of [
      ['image.rgb', 'rgb', 'gray.png'],
      ['image.rgb', 'rgb', 'palette.png'],
      ['image.rgb', 'rgb', 'rgba.png'],
      ['image.gray', 'gray', 'rgb.png'],
    ] as const) {
      const { file, data } = await stored(htype, read((await assets.get(`assets/${name}`)) ?? ''), 'png');
      const { samples } = states['branch:main'].tensors[tensor];
      const pixels = await sha256(new Uint8Array(data.map(Number)));
      const expected = samples.find((sample: { sha256: string }) => sample.sha256 === pixels);
      expect(expected?.stored_sha256, name).toBe(await sha256(file ?? new Uint8Array(0)));
    }
  });

  test('equal channels stay what they are; gray in colour and back is the same', async () => {
    const gray = await stored('image.gray', read(media('gray-8.png')), 'png');
    const rgb = await stored('image.rgb', read(media('gray-8.png')), 'png');
    const back = await stored('image.gray', read(rgb.file ?? ''), 'png');
    expect(rgb.shape).toEqual([...gray.shape.slice(0, 2), 3]);
    expect(back.data).toEqual(gray.data);
  });

  test('bits become black and white, 16 bits are clipped, alpha is dropped', async () => {
    const bits = await stored('image.gray', read(media('gray-1.png')), 'png');
    expect([...new Set(bits.data)].sort()).toEqual([0, 255]);
    const wide = await stored('image.gray', read(media('gray-16.png')), 'png');
    expect(wide.data.every((value) => Number(value) <= 255)).toBe(true);
    expect(wide.data).toContain(255);
    expect((await stored('image.rgb', read(media('gray-alpha-8.png')), 'png')).shape[2]).toBe(3);
    expect((await stored('image.gray', read(media('rgba-8.png')), 'png')).shape[2]).toBe(1);
  });

  test('of four inks are mixed on white paper', async () => {
    const { data, shape } = await stored('image.rgb', read(media('cmyk.jpg')), null);
    const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
    const plain = await ds.createTensor('plain', { htype: 'image', sampleCompression: 'jpeg' });
    await plain.append(read(media('cmyk.jpg')));
    const inks = (await (await plain.at(0)).array()).data;
    expect(shape).toEqual([...(await plain.at(0)).shape.slice(0, 2), 3]);
    for (let pixel = 0; pixel < data.length / 3; pixel += 37) {
      const paper = 255 - Number(inks[4 * pixel + 3]);
      for (let i = 0; i < 3; i++) {
        const exact = (paper * (255 - Number(inks[4 * pixel + i]))) / 255;
        expect(Math.abs(Number(data[3 * pixel + i]) - exact)).toBeLessThanOrEqual(0.51);
      }
    }
  });

  test('samples of other tensors are converted like files', async () => {
    const { tensor } = await stored('image.rgb', read(media('rgb-8.png')), 'png');
    const { shape } = await stored('image.gray', await tensor.at(0), 'png');
    expect(shape[2]).toBe(1);
  });

  test('damaged files fail before anything is stored', async () => {
    await expect(stored('image.gray', read(media('rgb-420.jpg').subarray(0, 500)), 'jpeg')).rejects.toMatchObject({
      code: 'codec',
    });
  });
});
