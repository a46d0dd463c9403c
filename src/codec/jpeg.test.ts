import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { createJpeg } from './jpeg.js';
import { checkJpeg, readJpegHeader } from './jpeg-header.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const pool = createCodecPool();

afterEach(() => {
  vi.unstubAllGlobals();
});

function uint8(shape: readonly number[], value: (i: number) => number): NdArray<'uint8'> {
  const length = shape.reduce((a, b) => a * b, 1);
  return { dtype: 'uint8', shape, data: Uint8Array.from({ length }, (_, i) => value(i)) };
}

function largestDifference(a: NdArray, b: NdArray): number {
  return [...a.data.keys()].reduce((most, i) => Math.max(most, Math.abs(Number(a.data[i]) - Number(b.data[i]))), 0);
}

describe('decoding', () => {
  test('a header that promises more pixels than its bytes can hold is refused without decoding', async () => {
    const bytes = await load('rgb-420.jpg');
    const sof = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
    bytes.set([0xff, 0xff, 0xff, 0xff], sof + 5);
    await expect(pool.decode('jpeg', bytes)).rejects.toThrow('65535 x 65535');
    bytes.set([0x20, 0, 0x20, 0], sof + 5);
    await expect(pool.decode('jpeg', bytes)).rejects.toThrow('promises 8192 x 8192 pixels');
  });

  test('restart markers, with and without interleaved components', async () => {
    // Encoders at hand write none, so they are put in: with an interval of the whole scan none are due.
    const bytes = await load('cmyk.jpg');
    const sos = checkJpeg(bytes).scanStart;
    const withInterval = new Uint8Array([...bytes.slice(0, sos), 0xff, 0xdd, 0, 4, 0x7f, 0xff, ...bytes.slice(sos)]);
    expect(await pool.decode('jpeg', withInterval)).toEqual(await pool.decode('jpeg', bytes));
    withInterval[sos + 4] = 0;
    withInterval[sos + 5] = 3;
    await expect(pool.decode('jpeg', withInterval)).rejects.toThrow('restart marker is missing');
  });

  test('without WebAssembly jpeg-js decodes, nearly the same', async () => {
    const [gray, rgb, cmyk] = await Promise.all(['gray.jpg', 'rgb-444.jpg', 'cmyk.jpg'].map(load));
    if (!gray || !rgb || !cmyk) throw new Error('no files');
    const exact = await Promise.all([gray, rgb, cmyk].map((bytes) => pool.decode('jpeg', bytes)));
    vi.stubGlobal('WebAssembly', undefined);
    const alone = createJpeg({});
    for (const [i, bytes] of [gray, rgb, cmyk].entries()) {
      const array = await alone.decode(bytes, {});
      expect(array.shape).toEqual(exact[i]?.shape);
      expect(largestDifference(array, exact[i] ?? array)).toBeLessThan(8);
    }
    await expect(alone.decode(gray.slice(0, 500), {})).rejects.toSatisfy((e) => isDatasetError(e, 'codec'));
    await expect(
      alone.encode?.(
        uint8([2, 2], () => 1),
        {},
      ),
    ).rejects.toSatisfy((e) => isDatasetError(e, 'unsupported'));
  });

  test('a wasm folder that is not there is told with its address', async () => {
    vi.stubGlobal('fetch', async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }));
    const lost = createCodecPool({ wasmUrl: 'https://example.org/assets/' });
    const decoded = lost.decode('jpeg', await load('gray.jpg'));
    await expect(decoded).rejects.toThrow('https://example.org/assets/libjpeg-turbo/decode.wasm');
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
    await expect(lost.decode('jpeg', await load('gray.jpg'))).rejects.toSatisfy(
      (error) => isDatasetError(error, 'storage') && error.data.status === 404,
    );
  });
});

describe('encoding', () => {
  test.each([[[37, 53]], [[37, 53, 1]], [[37, 53, 3]], [[1, 1]], [[1, 1, 3]], [[9, 5, 3]], [[3, 700]], [[700, 2, 3]]])(
    'a smooth picture of shape %j comes back nearly the same',
    async (shape) => {
      const [, width = 1, channels = 1] = shape;
      const array = uint8(
        shape,
        (i) => 60 + (Math.floor(i / channels) % width) / 8 + Math.floor(i / channels / width) / 8,
      );
      const bytes = await pool.encode('jpeg', array);
      expect(readJpegHeader(bytes).shape).toEqual(channels === 1 ? shape.slice(0, 2) : shape);
      expect(largestDifference(await pool.decode('jpeg', bytes), array)).toBeLessThan(12);
    },
  );

  test('noise at quality 100 takes more bytes than its pixels and is whole', async () => {
    let seed = 1;
    const noise = uint8([120, 90], () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 24;
    });
    const bytes = await pool.encode('jpeg', noise, { quality: 100 });
    expect(bytes.length).toBeGreaterThan(noise.data.length);
    expect(largestDifference(await pool.decode('jpeg', bytes), noise)).toBeLessThan(4);
  });

  test('chroma is halved and quality counts', async () => {
    const array = uint8([64, 64, 3], (i) => (i * i) & 255);
    const normal = await pool.encode('jpeg', array);
    expect([...normal].join().includes('17,8,0,64,0,64,3,1,34,0,2,17,1,3,17,1')).toBe(true); // SOF0: 4:2:0
    expect((await pool.encode('jpeg', array, { quality: 20 })).length).toBeLessThan(normal.length);
    expect(await pool.encode('jpeg', array, { quality: 75 })).toEqual(normal);
    await expect(pool.encode('jpeg', array, { quality: 0 })).rejects.toThrow(RangeError);
  });

  test('what jpeg cannot hold is refused with what it can', async () => {
    const bad: NdArray[] = [
      uint8([2, 2, 4], () => 0),
      uint8([2, 2, 2], () => 0),
      uint8([4], () => 0),
      uint8([0, 4], () => 0),
      { dtype: 'float32', shape: [1, 1], data: Float32Array.of(1) },
      { dtype: 'uint8', shape: [2, 2], data: new Uint8Array(3) },
    ];
    for (const array of bad) {
      await expect(pool.encode('jpeg', array)).rejects.toSatisfy((e) => isDatasetError(e, 'codec'));
    }
    await expect(
      pool.encode(
        'jpeg',
        uint8([2, 2, 4], () => 0),
      ),
    ).rejects.toThrow('got uint8 [2,2,4]');
  });
});

describe('header', () => {
  test('the end mark may stand before other bytes, also where a scan holds many markers', async () => {
    for (const name of ['rgb-progressive.jpg', 'rgb-420.jpg', 'rgb-exif.jpg']) {
      const bytes = await load(name);
      const longer = new Uint8Array(bytes.length + 100);
      longer.set(bytes);
      expect(checkJpeg(longer)).toEqual(checkJpeg(bytes));
    }
  });

  test('an end mark inside a thumbnail does not count', async () => {
    const bytes = await load('rgb-420.jpg');
    const sos = checkJpeg(bytes).scanStart;
    const thumbnail = [0xff, 0xe1, 0, 6, 1, 2, 0xff, 0xd9];
    const cut = new Uint8Array([...bytes.slice(0, 2), ...thumbnail, ...bytes.slice(2, sos + 100)]);
    expect(() => readJpegHeader(cut)).toThrow('end mark is missing');
    expect(() => readJpegHeader(new Uint8Array([...bytes.slice(0, 2), ...thumbnail]))).toThrow('cut off in its header');
  });

  test('codings that are not decoded are named', async () => {
    const bytes = await load('rgb-420.jpg');
    const sof = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
    const changed = (offset: number, value: number): Bytes => {
      const copy = bytes.slice();
      copy[sof + offset] = value;
      return copy;
    };
    expect(() => readJpegHeader(changed(1, 0xc3))).toThrow('SOF3');
    expect(() => readJpegHeader(changed(4, 12))).toThrow('12 bits');
    expect(() => readJpegHeader(changed(9, 2))).toThrow('2 components');
    expect(() => readJpegHeader(changed(8, 0))).toThrow('its size is 0 x 37');
  });
});
