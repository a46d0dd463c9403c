import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import expected from '../../e2e/fixtures/media/jpeg.json';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { createJpeg } from './jpeg.js';
import { upsample } from './jpeg-cmyk.js';
import { splitJpeg } from './jpeg-planes.js';
import { createTurboDecoder, createTurboEncoder, type JpegPixels } from './libjpeg-turbo.js';

const wasm = new URL('../../wasm/libjpeg-turbo/', import.meta.url);
const media = new URL('../../e2e/fixtures/media/', import.meta.url);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, media)));
const decoder = createTurboDecoder({});
const encoder = createTurboEncoder({});

async function decode(file: Bytes): Promise<JpegPixels> {
  const pixels = await decoder.run((turbo) => turbo.decode(file));
  if (!pixels) throw new Error('no WebAssembly');
  return pixels;
}

/** The numbers of e2e/fixtures/make_jpeg_expectations.py. */
function numbers(height: number, width: number, components: number): JpegPixels {
  const data = new Uint8Array(height * width * components);
  let state = 1;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < components; c++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        data[at++] = ((x * (c + 2) + y * 3) % 200) + (state >>> 27);
      }
    }
  }
  return { width, height, components, data };
}

/** Widens planes and turns them to RGB with the whole numbers of jdsample.c and jdcolor.c, one value after another. */
async function decodeSlowly(file: Bytes, width: number, height: number): Promise<Bytes> {
  const full: Bytes[] = [];
  for (const plane of splitJpeg(file).planes)
    full.push(upsample((await decode(plane.file)).data, plane, width, height));
  const [y, cb, cr] = full;
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const [luma, b, r] = [y?.[i] ?? 0, (cb?.[i] ?? 0) - 128, (cr?.[i] ?? 0) - 128];
    rgb[3 * i] = luma + ((91881 * r + 32768) >> 16);
    rgb[3 * i + 1] = luma + ((-22554 * b - 46802 * r + 32768) >> 16);
    rgb[3 * i + 2] = luma + ((116130 * b + 32768) >> 16);
  }
  return new Uint8Array(rgb.buffer);
}

test('the files are those of the build, use SIMD, and ask for nothing but memory and errors', async () => {
  const sums = (await readFile(new URL('SHA256SUMS', wasm), 'utf8')).trim().split('\n');
  expect(sums.map((line) => line.slice(66))).toEqual(['decode.wasm', 'encode.wasm']);
  for (const line of sums) {
    const bytes = new Uint8Array(await readFile(new URL(line.slice(66), wasm)));
    expect(sha256(bytes)).toBe(line.slice(0, 64));
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    expect(imports.map(({ module, name }) => `${module}.${name}`).sort()).toEqual(['env.fail', 'env.grow']);
  }
  const code = (await readFile(new URL('decode.wasm', wasm))).toString('latin1');
  expect(code.split('\xfd\xba\x01').length).toBeGreaterThan(20); // i32x4.dot_i16x8_s, in the inverse DCT
});

test.each(expected)('$shape at quality $quality is written and read as by Pillow', async (one) => {
  const [height = 0, width = 0, components = 0] = one.shape;
  const file = await encoder.run((turbo) => turbo.encode(numbers(height, width, components), one.quality));
  if (!file) throw new Error('no WebAssembly');
  expect(sha256(file)).toBe(one.file);
  expect(sha256((await decode(file)).data)).toBe(one.pixels);
});

describe('every width, so every way that vectors end', () => {
  test('4:2:0', async () => {
    for (let width = 5; width < 70; width++) {
      const file = await encoder.run((turbo) => turbo.encode(numbers(19, width, 3), 90));
      const { data } = await decode(file ?? new Uint8Array());
      expect([width, sha256(data)]).toEqual([width, sha256(await decodeSlowly(file ?? new Uint8Array(), width, 19))]);
    }
  });

  // A JPEG file of other widths, as long as the numbers of its MCUs and blocks are the same.
  test.each([
    ['rgb-422.jpg', 49, 64],
    ['rgb-444.jpg', 49, 56],
    ['rgb-progressive.jpg', 49, 56],
  ])('%s', async (name, from, to) => {
    const bytes = await load(name);
    const sof = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2));
    for (let width = from; width <= to; width++) {
      bytes[sof + 8] = width;
      const { data, height } = await decode(bytes);
      expect([width, sha256(data)]).toEqual([width, sha256(await decodeSlowly(bytes, width, height))]);
    }
  });
});

describe('damage', () => {
  const jpeg = createJpeg({});
  const outcome = async (file: Bytes): Promise<string> => {
    try {
      const { data, shape } = await jpeg.decode(file, {});
      expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      return 'fine';
    } catch (error) {
      if (isDatasetError(error, 'codec')) return error.data.reason;
      throw error;
    }
  };

  test.each(['rgb-444.jpg', 'rgb-422.jpg', 'rgb-restart.jpg', 'gray.jpg', 'rgb-progressive.jpg'])(
    '%s cut at ten places is refused, and with 1,000 flipped bits refused or whole',
    async (name) => {
      const bytes = await load(name);
      for (let i = 0; i < 10; i++) {
        expect(await outcome(bytes.slice(0, Math.floor((bytes.length * i) / 10)))).not.toBe('fine');
      }
      let state = 5;
      const next = (below: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      for (let i = 0; i < 1000; i++) {
        const copy = bytes.slice();
        const at = next(copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << next(8));
        await outcome(copy);
      }
      expect(await outcome(bytes)).toBe('fine'); // what was thrown before has left nothing behind
    },
  );

  test('a large picture that breaks off in its pixels is refused', async () => {
    const file = await encoder.run((turbo) => turbo.encode(numbers(480, 640, 3), 90));
    if (!file) throw new Error('no WebAssembly');
    expect(await outcome(file)).toBe('fine');
    const cut = new Uint8Array([...file.slice(0, file.length - 9000), 0xff, 0xd9]);
    expect(await outcome(cut)).toBe('its pixels are damaged or cut off');
  });
});

test('the memory of an instance is what its pictures need', async () => {
  const bytesOf = (): Promise<number | undefined> => decoder.run((turbo) => turbo.HEAPU8.byteLength);
  const file = await encoder.run((turbo) => turbo.encode(numbers(480, 640, 3), 75));
  for (let i = 0; i < 3; i++) await decode(file ?? new Uint8Array());
  const after = await bytesOf();
  expect(after).toBeLessThan(2 ** 21); // 0.9 MB of pixels, the file, tables and rows
  for (let i = 0; i < 3; i++) await decode(file ?? new Uint8Array());
  expect(await bytesOf()).toBe(after);
});
