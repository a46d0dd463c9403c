import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { readPngHeader } from './png-header.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const pool = createCodecPool();

// Where the chunks of a file begin.
function chunksOf(bytes: Bytes): { readonly type: string; readonly start: number; readonly end: number }[] {
  const view = new DataView(bytes.buffer);
  const chunks = [];
  for (let at = 8; at < bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    chunks.push({ type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), start: at, end });
    at = end;
  }
  return chunks;
}

function sealed(bytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer);
  for (const { start, end } of chunksOf(bytes)) view.setUint32(end - 4, crc32(bytes.subarray(start + 4, end - 4)));
  return bytes;
}

describe('decoding', () => {
  test('a header that promises more pixels than its bytes can hold is refused before memory is taken', async () => {
    const bytes = await load('rgb-8.png');
    const view = new DataView(bytes.buffer);
    view.setUint32(16, 100_000);
    view.setUint32(20, 100_000);
    await expect(pool.decode('png', sealed(bytes))).rejects.toThrow('its size is 100000 x 100000');
    view.setUint32(16, 10_000);
    view.setUint32(20, 10_000);
    await expect(pool.decode('png', sealed(bytes))).rejects.toThrow('promises 300010000 bytes of pixels');
  });

  test('more pixels than the header promises are not inflated', async () => {
    const bytes = await load('rgb-8.png');
    new DataView(bytes.buffer).setUint32(20, 3);
    const array = await pool.decode('png', sealed(bytes));
    expect(array.shape).toEqual([3, 53, 3]);
    const whole = await pool.decode('png', await load('rgb-8.png'));
    expect(array.data).toEqual(whole.data.slice(0, array.data.length));
  });

  test('a wrong check sum, a missing palette and disorder are told', async () => {
    const palette = await load('palette-8.png');
    const flipped = palette.slice();
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    await expect(pool.decode('png', flipped)).rejects.toThrow('check sum');
    const [, plte] = chunksOf(palette);
    const without = new Uint8Array([...palette.slice(0, plte?.start), ...palette.slice(plte?.end)]);
    expect(() => readPngHeader(without)).toThrow('palette is missing');
    const many = await load('rgb-8-many-idat.png');
    const [header, first] = chunksOf(many);
    const text = Uint8Array.of(0, 0, 0, 0, 0x74, 0x45, 0x58, 0x74, 0, 0, 0, 0);
    const split = new Uint8Array([...many.slice(0, first?.end), ...text, ...many.slice(first?.end)]);
    expect(() => readPngHeader(split)).toThrow('do not follow each other');
    expect(() => readPngHeader(new Uint8Array([...many.slice(0, 8), ...many.slice(header?.end)]))).toThrow(
      'first chunk',
    );
    const depth = await load('rgb-8.png');
    depth[24] = 4;
    expect(() => readPngHeader(depth)).toThrow('colour type 2, 4 bits');
  });

  test('bytes after the end are tolerated', async () => {
    const bytes = await load('gray-8.png');
    const longer = new Uint8Array([...bytes, 1, 2, 3]);
    expect(await pool.decode('png', longer)).toEqual(await pool.decode('png', bytes));
  });
});

describe('encoding', () => {
  const arrays = fc
    .record({
      height: fc.integer({ min: 1, max: 20 }),
      width: fc.integer({ min: 1, max: 40 }),
      kind: fc.constantFrom('L', 'L1', 'LA', 'RGB', 'RGBA', 'bool', 'uint16'),
      step: fc.integer({ min: 0, max: 70 }),
      noise: fc.array(fc.nat(65535), { minLength: 1, maxLength: 50 }),
    })
    .map(({ height, width, kind, step, noise }): NdArray => {
      const channels = Math.max(1, ['L', 'L', 'LA', 'RGB', 'RGBA'].lastIndexOf(kind));
      const shape = kind === 'L1' ? [height, width, 1] : channels === 1 ? [height, width] : [height, width, channels];
      const value = (_: unknown, i: number): number => i * step + (noise[i % noise.length] ?? 0);
      const length = height * width * channels;
      if (kind === 'uint16') return { dtype: 'uint16', shape, data: Uint16Array.from({ length }, value) };
      if (kind === 'bool')
        return { dtype: 'bool', shape, data: Uint8Array.from({ length }, (_, i) => value(_, i) & 1) };
      return { dtype: 'uint8', shape, data: Uint8Array.from({ length }, value) };
    });

  test('every array that fits comes back, uint16 as the int32 that Pillow makes of it', async () => {
    await fc.assert(
      fc.asyncProperty(arrays, async (array) => {
        const bytes = await pool.encode('png', array);
        const back = await pool.decode('png', bytes);
        const shape = array.shape[2] === 1 ? array.shape.slice(0, 2) : array.shape;
        expect(back.shape).toEqual(shape);
        expect(back.dtype).toBe(array.dtype === 'uint16' ? 'int32' : array.dtype);
        expect(Array.from<number | bigint>(back.data)).toEqual(Array.from<number | bigint>(array.data));
        expect(readPngHeader(bytes)).toMatchObject({ shape, dtype: back.dtype });
      }),
      { numRuns: 100 },
    );
  });

  test('what png cannot hold is refused with what it can', async () => {
    const bad: NdArray[] = [
      { dtype: 'uint8', shape: [1, 1, 5], data: new Uint8Array(5) },
      { dtype: 'uint8', shape: [4], data: new Uint8Array(4) },
      { dtype: 'bool', shape: [1, 1, 3], data: new Uint8Array(3) },
      { dtype: 'uint16', shape: [1, 1, 3], data: new Uint16Array(3) },
      { dtype: 'int64', shape: [1, 1], data: new BigInt64Array(1) },
      { dtype: 'uint8', shape: [0, 3], data: new Uint8Array(0) },
      { dtype: 'uint8', shape: [2, 3], data: new Uint8Array(5) },
    ];
    for (const array of bad) {
      await expect(pool.encode('png', array)).rejects.toSatisfy((e) => isDatasetError(e, 'codec'));
    }
    await expect(pool.encode('png', bad[4] ?? { dtype: 'bool', shape: [], data: new Uint8Array(0) })).rejects.toThrow(
      'got int64 [1,1]',
    );
  });
});
