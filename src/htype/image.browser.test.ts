import { describe, expect, test } from 'vitest';
import { createCodecPool } from '../codec/pool.js';
import { elementCount, type NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { contextWith, refusal } from './context.contract.js';
import { image } from './image.js';
import { ImageSample } from './image-sample.js';
import type { EncodedSample, StoredSample, Value } from './types.js';

const codecs = createCodecPool({ size: 0 });
const context = contextWith({ sampleCompression: 'png' });
const fixture = (name: string) => new URL(`../../e2e/fixtures/media/${name}`, import.meta.url);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await (await fetch(fixture(name))).arrayBuffer());

/** Pixels (height, width, 4): red rises with x, green with y. */
function pixels(width: number, height: number, alpha = 255): ImageData {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) data.set([(i % width) * 10, Math.floor(i / width) * 10, 7, alpha], i * 4);
  return new ImageData(data, width, height);
}

function rgb(width: number, height: number): number[] {
  return Array.from({ length: width * height }, (_, i) => [(i % width) * 10, Math.floor(i / width) * 10, 7]).flat();
}

function arrayOf(value: Value): NdArray {
  if (value.kind !== 'array') throw new Error(`a value of kind ${value.kind}`);
  return value.array;
}

function canvasWith(picture: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas;
}

function sampleOf(array: NdArray, encoded?: EncodedSample): ImageSample {
  const { shape, dtype } = array;
  return new ImageSample({
    key: 'k',
    codecs,
    shape,
    dtype,
    encoded: () => encoded,
    raw: () => new Uint8Array(0),
    array: () => array,
  } satisfies StoredSample);
}

/** What a page sees of a picture: its size and RGBA values. */
async function seen(source: Blob | ImageBitmap) {
  const bitmap = source instanceof Blob ? await createImageBitmap(source) : source;
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const drawing = canvas.getContext('2d');
  drawing?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: Array.from(drawing?.getImageData(0, 0, width, height).data ?? []) };
}

describe('inputs', () => {
  test('ImageData, ImageBitmap and canvases lose an alpha channel that is opaque everywhere', async () => {
    const data = pixels(5, 3);
    const element = document.createElement('canvas');
    [element.width, element.height] = [5, 3];
    element.getContext('2d')?.putImageData(data, 0, 0);
    for (const input of [data, await createImageBitmap(data), canvasWith(data), element]) {
      const { dtype, shape, data: values } = arrayOf(await image.parse(input, context));
      expect([dtype, shape, Array.from(values as Uint8Array)]).toEqual(['uint8', [3, 5, 3], rgb(5, 3)]);
    }
  });

  test('an alpha channel that says something is kept', async () => {
    const data = pixels(2, 2, 128);
    expect(arrayOf(await image.parse(data, context))).toEqual({
      dtype: 'uint8',
      shape: [2, 2, 4],
      data: new Uint8Array(data.data),
    });
    const last = pixels(2, 2);
    last.data[15] = 254; // only the last pixel
    expect(arrayOf(await image.parse(last, context)).shape).toEqual([2, 2, 4]);
  });

  test('the array is a copy', async () => {
    const data = pixels(2, 2, 128);
    const array = arrayOf(await image.parse(data, context));
    data.data.fill(0);
    expect(array.data[3]).toBe(128);
  });

  test('a File keeps its bytes and its name', async () => {
    const bytes = await load('rgb-8.png');
    const value = await image.parse(new File([bytes], 'a.png', { type: 'image/png' }), context);
    expect(value).toMatchObject({ kind: 'file', info: { filename: 'a.png', format: 'png' } });
    expect(value.kind === 'file' && value.file.bytes).toEqual(bytes);
  });

  test('a bitmap that was closed and an empty canvas say so', async () => {
    const bitmap = await createImageBitmap(pixels(1, 1));
    bitmap.close();
    expect(await refusal(() => image.parse(bitmap, context))).toMatch(
      'got an empty ImageBitmap (closed, or without pixels)',
    );
    expect(await refusal(() => image.parse(new OffscreenCanvas(0, 5), context))).toMatch(
      'got an empty OffscreenCanvas',
    );
  });
});

describe('display', () => {
  test('a photo with an EXIF orientation is shown as its array lies', async () => {
    const bytes = await load('rgb-exif.jpg');
    const pool = createCodecPool({ size: 0 });
    const array = await pool.decode('jpeg', bytes);
    const sample = sampleOf(array, { bytes, compression: 'jpeg' });
    const [height, width] = array.shape;
    const turned = await seen(new Blob([bytes]));
    expect([turned.width, turned.height]).toEqual([height, width]); // what a browser does by itself
    const blob = await sample.toBlob();
    expect([blob.type, blob.size]).toEqual(['image/jpeg', bytes.length]);
    for (const shown of [await seen(blob), await seen(await sample.toBitmap())]) {
      expect([shown.width, shown.height]).toEqual([width, height]);
      const worst = shown.rgba.reduce((most, value, i) => {
        const expected = i % 4 === 3 ? 255 : Number(array.data[Math.floor(i / 4) * 3 + (i % 4)]);
        return Math.max(most, Math.abs(value - expected));
      }, 0);
      expect(worst).toBeLessThan(12); // decoders differ a little
    }
    expect(new Uint8Array(await blob.arrayBuffer()).filter((byte, i) => byte !== bytes[i])).toEqual(
      new Uint8Array([1]),
    );
    expect(bytes).toEqual(await load('rgb-exif.jpg')); // the sample's own bytes are untouched
    pool.close();
  });

  test('a PNG with an EXIF orientation, too', async () => {
    const plain = await load('rgb-8.png');
    const exif = new Uint8Array([
      ...[...'eXIfMM'].map((letter) => letter.charCodeAt(0)),
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      18,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
    const chunk = new DataView(new ArrayBuffer(exif.length + 8));
    chunk.setUint32(0, exif.length - 4);
    new Uint8Array(chunk.buffer).set(exif, 4);
    chunk.setUint32(exif.length + 4, crc32(exif));
    const bytes = new Uint8Array([...plain.slice(0, 33), ...new Uint8Array(chunk.buffer), ...plain.slice(33)]); // behind IHDR
    const array: NdArray = { dtype: 'uint8', shape: [37, 53, 3], data: new Uint8Array(0) };
    expect(await seen(new Blob([bytes]))).toMatchObject({ width: 37, height: 53 }); // what a browser does by itself
    const blob = await sampleOf(array, { bytes, compression: 'png' }).toBlob();
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(plain);
    for (const cut of [20, 40, bytes.length - 30]) {
      const part = bytes.slice(0, cut);
      expect((await sampleOf(array, { bytes: part, compression: 'png' }).toBlob()).size).toBeLessThanOrEqual(cut);
    }
  });

  test('a file without orientation is given as it is', async () => {
    for (const [name, compression] of [
      ['rgb-420.jpg', 'jpeg'],
      ['rgba-8.png', 'png'],
    ] as const) {
      const bytes = await load(name);
      const blob = await sampleOf(
        { dtype: 'uint8', shape: [37, 53, 3], data: new Uint8Array(0) },
        { bytes, compression },
      ).toBlob();
      expect(blob.type).toBe(`image/${compression}`);
      expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
    }
  });

  test('damaged headers do not stop the display of the file', async () => {
    const whole = await load('rgb-exif.jpg');
    for (let at = 2; at < 120; at++) {
      const bytes = whole.slice();
      bytes.fill(0xff, at, at + 4);
      const blob = await sampleOf(
        { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) },
        { bytes, compression: 'jpeg' },
      ).toBlob();
      expect(blob.size).toBe(bytes.length);
    }
    const cut = whole.slice(0, 40);
    expect(
      (
        await sampleOf(
          { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) },
          { bytes: cut, compression: 'jpeg' },
        ).toBlob()
      ).size,
    ).toBe(40);
  });

  test.each([
    ['gray', 'uint8', [1, 2, 1], [10, 20], [10, 10, 10, 255, 20, 20, 20, 255]],
    ['without channels', 'uint8', [1, 2], [10, 20], [10, 10, 10, 255, 20, 20, 20, 255]],
    ['gray and alpha', 'uint8', [1, 2, 2], [10, 255, 20, 0], [10, 10, 10, 255, 0, 0, 0, 0]],
    ['colour', 'uint8', [1, 1, 3], [1, 2, 3], [1, 2, 3, 255]],
    ['colour and alpha', 'uint8', [1, 1, 4], [1, 2, 3, 255], [1, 2, 3, 255]],
    ['bits', 'bool', [1, 2, 1], [0, 1], [0, 0, 0, 255, 255, 255, 255, 255]],
    ['bits with alpha', 'bool', [1, 1, 4], [0, 1, 0, 1], [0, 255, 0, 255]],
  ] as const)('raw pixels are shown: %s', async (_, dtype, shape, values, rgba) => {
    const array: NdArray = { dtype, shape, data: new Uint8Array(values) };
    const sample = sampleOf(array);
    const blob = await sample.toBlob();
    expect(blob.type).toBe('image/png');
    for (const shown of [await seen(blob), await seen(await sample.toBitmap())]) {
      expect(shown).toEqual({ width: shape[1], height: shape[0], rgba: [...rgba] });
    }
  });

  test('an empty sample is shown as one clear pixel', async () => {
    const array: NdArray = { dtype: 'uint8', shape: [0, 0, 0], data: new Uint8Array(0) };
    expect(await seen(await sampleOf(array).toBlob())).toEqual({ width: 1, height: 1, rgba: [0, 0, 0, 0] });
  });

  test('bitmaps are made smaller, never larger, and keep their proportions', async () => {
    const shape = [20, 40, 3];
    const sample = sampleOf({ dtype: 'uint8', shape, data: new Uint8Array(elementCount(shape)).fill(200) });
    const size = async (options: object) => {
      const { width, height, rgba } = await seen(await sample.toBitmap(options));
      expect(rgba.slice(0, 4)).toEqual([200, 200, 200, 255]);
      return [width, height];
    };
    expect(await size({})).toEqual([40, 20]);
    expect(await size({ maxWidth: 10 })).toEqual([10, 5]);
    expect(await size({ maxHeight: 5, maxWidth: 30 })).toEqual([10, 5]);
    expect(await size({ maxWidth: 400 })).toEqual([40, 20]);
    expect(await size({ maxWidth: 1 })).toEqual([1, 1]);
    await expect(sample.toBitmap({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });
});
