import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import small from '../../e2e/fixtures/media/small/small.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import type { Dtype, NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { createCodecPool } from './pool.js';
import { smallContract } from './small.contract.js';
import { requireCodec } from './table.js';
import type { ReadHeader } from './types.js';

const folder = new URL('../../e2e/fixtures/media/small/', import.meta.url);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const pool = createCodecPool();

async function header(name: string): Promise<ReadHeader> {
  const readHeader = await requireCodec(name).loadHeader?.();
  if (!readHeader) throw new Error(`${name} has a header reader`);
  return readHeader;
}

smallContract('inline in Node', small, load, () => pool);

describe('damage', () => {
  test('a size that is allowed, but not filled, is refused before memory is taken', async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    await expect(pool.decode('ppm', text('P6 9000 9000 255\n'))).rejects.toThrow('at least 243000017 bytes');
    await expect(pool.decode('ppm', text('P2 9000 9000 255\n'))).rejects.toThrow('cut off');
    await expect(pool.decode('im', text('Image size (x*y): 9000*9000\n\x1a'))).rejects.toThrow('cut off');
    const fli = await load('black.fli');
    new DataView(fli.buffer).setUint32(8, 9000 | (9000 << 16), true);
    await expect(pool.decode('fli', fli)).rejects.toThrow('more than its');
  });

  test('a wrong check sum, an unknown form and a run over the end are told', async () => {
    const msp = await load('pillow-1.msp');
    msp[20] = 1;
    await expect(pool.decode('msp', msp)).rejects.toThrow('check sum');
    const tga = await load('rle-rgb.tga');
    tga[16] = 8;
    await expect(pool.decode('tga', tga)).rejects.toThrow('type 10 with 8 bits');
    const pcx = await load('pillow-rgb.pcx');
    pcx[128] = 0xff;
    await expect(pool.decode('pcx', pcx)).rejects.toThrow('beyond the end of its row');
    const fli = await load('runs.fli');
    new DataView(fli.buffer).setUint16(128 + 16 + 4, 99, true);
    await expect(pool.decode('fli', fli)).rejects.toThrow('type 99');
    const over = new TextEncoder().encode('P2 1 1 5 6');
    await expect(pool.decode('ppm', over)).rejects.toThrow('has the value 6');
  });

  test('black and white in run-length codes, or a ramp that does not fill its bits, is refused as by Pillow', async () => {
    const bmp = await load('gray-4.bmp');
    new DataView(bmp.buffer).setUint32(46, 1, true); // one colour, black: a ramp
    await expect(pool.decode('bmp', bmp)).rejects.toThrow('palette of 1 grays');
    new DataView(bmp.buffer).setUint32(30, 3, true);
    await expect(pool.decode('bmp', bmp)).rejects.toThrow('have masks');
  });
});

describe('encoding', () => {
  const kinds: Readonly<Record<string, readonly [Dtype, number]>> = {
    bool: ['bool', 1],
    L: ['uint8', 1],
    LA: ['uint8', 2],
    RGB: ['uint8', 3],
    RGBA: ['uint8', 4],
    I: ['int32', 1],
    'I;16': ['uint16', 1],
    F: ['float32', 1],
  };
  const holds: Readonly<Record<string, string>> = {
    bmp: 'bool L RGB',
    dib: 'bool L RGB',
    ico: 'bool L LA RGB RGBA',
    im: 'bool L LA RGB RGBA I I;16 F',
    msp: 'bool',
    pcx: 'bool L RGB',
    ppm: 'bool L RGB I',
    sgi: 'L RGB RGBA',
    tga: 'bool L LA RGB RGBA',
    xbm: 'bool',
  };

  function make(kind: string, height: number, width: number, seed: number, runs: number, depth = false): NdArray {
    const [dtype, channels] = kinds[kind] ?? ['uint8', 1];
    const shape = channels > 1 || depth ? [height, width, channels] : [height, width];
    const length = height * width * channels;
    const value = (_: unknown, i: number): number =>
      (Math.imul(Math.floor(i / runs) + seed, 2654435761) >>> 9) & 0xffff;
    if (dtype === 'int32') return { dtype, shape, data: Int32Array.from({ length }, value) };
    if (dtype === 'uint16') return { dtype, shape, data: Uint16Array.from({ length }, value) };
    if (dtype === 'float32') return { dtype, shape, data: Float32Array.from({ length }, value) };
    const mask = dtype === 'bool' ? 1 : 255;
    return {
      dtype: dtype === 'bool' ? dtype : 'uint8',
      shape,
      data: Uint8Array.from({ length }, (_, i) => value(_, i) & mask),
    };
  }

  const sizes = fc.integer({ min: 1, max: 40 });
  test.each(Object.entries(holds))('%s gives back every array that it holds', async (name, list) => {
    const read = await header(name);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...list.split(' ')),
        sizes,
        sizes,
        fc.nat(9999),
        fc.integer({ min: 1, max: 200 }),
        fc.boolean(),
        async (kind, height, width, seed, runs, depth) => {
          fc.pre(!(name === 'pcx' && kind === 'RGB' && (width === 1 || width === 3)));
          const array = make(kind, height, width, seed, runs, depth);
          const bytes = await pool.encode(name, array);
          const back = await pool.decode(name, bytes);
          const shape = array.shape[2] === 1 ? array.shape.slice(0, 2) : array.shape;
          expect(back).toEqual({ ...array, shape });
          expect(read(bytes)).toEqual({ shape, dtype: array.dtype, info: { exif: {} } });
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(Object.entries(holds))(
    '%s refuses what it would not give back, and says what it holds',
    async (name, list) => {
      for (const kind of Object.keys(kinds)) {
        if (list.split(' ').includes(kind)) continue;
        const failure = pool.encode(name, make(kind, 2, 5, 1, 1));
        await expect(failure).rejects.toSatisfy((error) => isDatasetError(error, 'codec'));
        await expect(failure).rejects.toThrow(`${name} holds`);
      }
      const [kind = ''] = list.split(' ');
      const good = make(kind, 2, 5, 1, 1);
      const bad: NdArray[] = [
        { ...good, shape: [10] },
        { ...good, shape: [2, 5, 5] },
        { ...good, shape: [0, 5], data: new Uint8Array(0) } as NdArray,
        { ...good, shape: [3, 5] },
        { dtype: 'int64', shape: [1, 1], data: new BigInt64Array(1) },
      ];
      for (const array of bad) await expect(pool.encode(name, array)).rejects.toThrow(`${name} holds`);
    },
  );

  test('sides beyond what a header can tell are refused', async () => {
    const wide = (width: number): NdArray => ({ dtype: 'uint8', shape: [1, width], data: new Uint8Array(width) });
    await expect(pool.encode('ico', wide(257))).rejects.toThrow('sides of 1 to 256');
    expect((await pool.decode('ico', await pool.encode('ico', wide(256)))).shape).toEqual([1, 256]);
    for (const name of ['pcx', 'sgi', 'tga']) {
      await expect(pool.encode(name, wide(65_536))).rejects.toThrow('sides of 1 to 65535');
      expect((await pool.decode(name, await pool.encode(name, wide(65_535)))).shape).toEqual([1, 65_535]);
    }
  });

  test('rows of 1 and 3 colours in pcx, and numbers beyond 16 bits in ppm, are refused', async () => {
    for (const width of [1, 3]) {
      await expect(pool.encode('pcx', make('RGB', 4, width, 1, 1))).rejects.toThrow(`RGB rows of ${width} pixels`);
    }
    const array: NdArray = { dtype: 'int32', shape: [1, 2], data: Int32Array.of(5, 65_536) };
    await expect(pool.encode('ppm', array)).rejects.toThrow('got 65536');
  });

  test('fli is only read', async () => {
    await expect(pool.encode('fli', make('L', 2, 2, 1, 1))).rejects.toThrow();
  });
});
