import { afterAll, expect, test } from 'vitest';
import media from '../../e2e/fixtures/media/lib/lib.json' with { type: 'json' };
import type { NdArray } from '../format/dtypes.js';
import type { MediaFile } from './media.contract.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';

const workers = createCodecPool({ size: 2 });
afterAll(() => workers.close());
const files: Readonly<Record<string, MediaFile>> = media;

test.each([
  ['p.gif', 'gif'],
  ['lossy-alpha.webp', 'webp'],
  ['rgb-differences.tiff', 'tiff'],
  ['late-two.mpo', 'mpo'],
  ['rgb.jp2', 'jpeg2000'],
  ['rgba.jp2', 'jpeg2000'],
])('%s is decoded in a worker', async (name, format) => {
  const bytes = new Uint8Array(await (await fetch(`/e2e/fixtures/media/lib/${name}`)).arrayBuffer());
  const { data, shape } = await workers.decode(format, bytes);
  expect(shape).toEqual(files[name]?.shape);
  expect(await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))).toBe(files[name]?.sha256);
});

test.each(['webp', 'jpeg2000', 'tiff'])('%s is encoded in a worker', async (format) => {
  const array: NdArray = { dtype: 'uint8', shape: [20, 30, 3], data: new Uint8Array(1800).fill(99) };
  const back = await workers.decode(format, await workers.encode(format, array));
  expect(back.shape).toEqual(array.shape);
  for (const value of back.data) expect(Math.abs(Number(value) - 99)).toBeLessThan(3);
});
