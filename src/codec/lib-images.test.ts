import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import media from '../../e2e/fixtures/media/lib/lib.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { detectCompression } from './detect.js';
import { type MediaFile, sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';
import { canonicalCompression, requireCodec } from './table.js';
import type { ReadHeader } from './types.js';

const folder = new URL('../../e2e/fixtures/media/lib/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const formatOf = (name: string): string => canonicalCompression(/\w+$/.exec(name)?.[0] ?? '');
const files: Readonly<Record<string, MediaFile & { readonly mode: string }>> = media;
const names = Object.keys(files);

async function headerOf(format: string): Promise<ReadHeader> {
  const read = await requireCodec(format).loadHeader?.();
  if (!read) throw new Error('the format has a header reader');
  return read;
}

function noise(shape: readonly number[], seed = 1): Bytes {
  let state = seed;
  return Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return i % 64 < 40 ? state >>> 24 : 77;
  });
}

describe('files', () => {
  test('are all described', () => {
    expect([...names, 'lib.json'].sort()).toEqual(readdirSync(folder).sort());
  });

  test.each(names)('%s has the values that Pillow reads', async (name) => {
    const { shape, dtype, sha256: sum } = files[name] ?? {};
    const bytes = await load(name);
    const array = await pool.decode(formatOf(name), bytes);
    const raw = new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
    expect({ shape: array.shape, dtype: array.dtype, sha256: await sha256(raw) }).toEqual({
      shape,
      dtype,
      sha256: sum,
    });
  });

  test.each(names)('%s has a header that tells them', async (name) => {
    const { shape, dtype, mode, exif } = files[name] ?? {};
    const bytes = await load(name);
    const read = await headerOf(formatOf(name));
    const { colors, ...header } = read(bytes);
    expect(header).toEqual({ shape, dtype, info: { exif: exif ?? {} } });
    expect(typeof colors).toBe(mode === 'P' ? 'object' : mode === 'CMYK' ? 'string' : 'undefined');
    expect(detectCompression(bytes.subarray(0, 512))).toBe(formatOf(name) === 'mpo' ? 'jpeg' : formatOf(name));
  });
});

async function roundTrip(format: string, array: NdArray): Promise<NdArray> {
  return pool.decode(format, await pool.encode(format, array));
}

async function refused(action: Promise<unknown>): Promise<string> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isDatasetError(error) ? error.code : String(error);
}

describe('gif', () => {
  test.each([
    [1, 1],
    [3, 500],
    [120, 131],
    [300, 300],
  ])('writes and reads %i x %i gray', async (...shape) => {
    for (const data of [noise(shape), noise(shape).fill(9), noise(shape).map((_, i) => i)]) {
      const array: NdArray = { dtype: 'uint8', shape, data };
      expect(await roundTrip('gif', array)).toEqual(array);
    }
  });

  test('refuses colours', async () => {
    const array: NdArray = { dtype: 'uint8', shape: [2, 2, 3], data: new Uint8Array(12) };
    expect(await refused(pool.encode('gif', array))).toBe('codec');
  });
});

describe('webp', () => {
  const ramp = (height: number, width: number, channels: number): NdArray => ({
    dtype: 'uint8',
    shape: [height, width, channels],
    data: Uint8Array.from({ length: height * width * channels }, (_, i) => Math.floor(i / channels / width) * 3 + 20),
  });

  test.each([
    [1, 1, 3],
    [33, 40, 3],
    [17, 64, 4],
  ])('writes %i x %i with %i channels, not far off', async (...size) => {
    const array = ramp(...size);
    const back = await roundTrip('webp', array);
    expect(back.shape).toEqual(array.shape);
    const far = array.data.map((value, i) => Math.abs(Number(value) - Number(back.data[i])) as never);
    expect(Math.max(...Array.from(far, Number))).toBeLessThan(8);
  });

  test('writes smaller files at less quality', async () => {
    const array: NdArray = { dtype: 'uint8', shape: [60, 60, 3], data: noise([60, 60, 3]) };
    const [low, normal] = [await pool.encode('webp', array, { quality: 10 }), await pool.encode('webp', array)];
    expect(low.length).toBeLessThan(normal.length);
    expect(await pool.encode('webp', array, { quality: 80 })).toEqual(normal);
    await expect(pool.encode('webp', array, { quality: 0 })).rejects.toThrow(RangeError);
  });

  test('refuses gray, and four channels without transparency', async () => {
    for (const shape of [
      [4, 4],
      [4, 4, 1],
      [4, 4, 4],
    ]) {
      const data = noise(shape).fill(255);
      expect(await refused(pool.encode('webp', { dtype: 'uint8', shape, data }))).toBe('codec');
    }
  });
});

describe('tiff and jpeg2000', () => {
  test.each(['tiff', 'jpeg2000'])('%s gives back what it was given', async (format) => {
    for (const shape of [
      [1, 1],
      [13, 21],
      [40, 3, 1],
      [70, 60, 3],
      [9, 200, 4],
    ]) {
      const array: NdArray = { dtype: 'uint8', shape, data: noise(shape) };
      const back = await roundTrip(format, array);
      expect(back.data).toEqual(array.data);
      expect(back.shape).toEqual(shape[2] === 1 ? shape.slice(0, 2) : shape);
    }
  });

  test('tiff holds bool, two channels, and wider numbers', async () => {
    const shape = [5, 11];
    const values = Array.from({ length: 55 }, (_, i) => i * 997);
    const arrays: NdArray[] = [
      { dtype: 'bool', shape, data: Uint8Array.from(values, (v) => v & 1) },
      { dtype: 'uint8', shape: [...shape, 2], data: noise([...shape, 2]) },
      { dtype: 'uint16', shape, data: Uint16Array.from(values) },
      { dtype: 'int32', shape, data: Int32Array.from(values, (v) => -v * 9999) },
      { dtype: 'float32', shape, data: Float32Array.from(values, (v) => v / 7) },
    ];
    for (const array of arrays) expect(await roundTrip('tiff', array)).toEqual(array);
  });

  test('refuse what they cannot hold', async () => {
    const wide: NdArray = { dtype: 'int64', shape: [2, 2], data: new BigInt64Array(4) };
    const pair: NdArray = { dtype: 'uint8', shape: [2, 2, 2], data: new Uint8Array(8) };
    for (const format of ['tiff', 'jpeg2000']) expect(await refused(pool.encode(format, wide))).toBe('codec');
    expect(await refused(pool.encode('jpeg2000', pair))).toBe('codec');
  });
});

describe('eps and wmf', () => {
  const eps = '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 10 20 50 44.5\n%%EndComments\nshowpage\n';
  const image = `${eps}%ImageData: 7 5 8 1 0 1 1 "false"\n`;
  const wmf = '\xd7\xcd\xc6\x9a\0\0\x0a\0\0\0\xb4\0\x68\x01\x78\0\0\0\0\0\0\0\x01\0\x09\0';
  const bytesOf = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

  test.each([
    ['eps', eps, [24, 40, 3]],
    ['eps', image, [5, 7]],
    ['eps', `\xc5\xd0\xd3\xc6\x0c\0\0\0\0\0\0\0${eps}`, [24, 40, 3]],
    ['wmf', wmf, [216, 102, 3]],
  ])('%s tells its size', async (format, text, shape) => {
    expect((await headerOf(format))(bytesOf(text))).toEqual({ shape, dtype: 'uint8', info: { exif: {} } });
  });

  test.each([
    ['eps', ''],
    ['eps', '%!PS'],
    ['eps', eps.replace('10 20', '90 20')],
    ['eps', eps.replace('10 20', '(atend)')],
    ['wmf', ''],
    ['wmf', wmf.slice(0, 20)],
    ['wmf', wmf.replace('\x78', '\0')],
  ])('%s that is damaged is refused', async (format, text) => {
    const read = await headerOf(format);
    expect(await refused((async () => read(bytesOf(text)))())).toBe('codec');
  });

  test.each(['eps', 'wmf'])('%s is not decoded, and says why', async (format) => {
    await expect(pool.decode(format, bytesOf(eps))).rejects.toThrow(/needs/);
    expect(await refused(pool.decode(format, bytesOf(eps)))).toBe('unsupported');
  });
});
