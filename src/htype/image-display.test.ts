import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import display from '../../e2e/fixtures/media/display.json' with { type: 'json' };
import { sha256 } from '../codec/media.contract.js';
import { createCodecPool } from '../codec/pool.js';
import { canonicalCompression, codecEntry } from '../codec/table.js';
import { isDatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { ImageSample } from './image-sample.js';
import type { EncodedSample, StoredSample } from './types.js';

const codecs = createCodecPool();
const load = async (name: string): Promise<Bytes> =>
  new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
const expected = new Map(
  Object.entries(display.rgba).map(([name, facts]) => [name, facts as [number, number, string]]),
);
const formatOf = (name: string): string => canonicalCompression(name.replace(/.*\./, ''));

afterEach(() => vi.unstubAllGlobals());

function storedFile(file: EncodedSample, shape: readonly number[] = []): StoredSample {
  const array = () => codecs.decode(file.compression, file.bytes);
  return { key: 'k', shape, dtype: 'uint8', codecs, encoded: () => file, raw: () => file.bytes, array };
}

function storedArray(array: NdArray): StoredSample {
  const { shape, dtype } = array;
  return { key: 'k', shape, dtype, codecs, encoded: () => undefined, raw: () => new Uint8Array(0), array: () => array };
}

async function sampleOf(name: string): Promise<ImageSample> {
  return new ImageSample(storedFile({ bytes: await load(name), compression: formatOf(name) }));
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** A platform that has bitmaps, and whose decoder refuses every file. */
function stubPlatform(): void {
  vi.stubGlobal(
    'ImageData',
    class {
      constructor(
        readonly data: Uint8ClampedArray,
        readonly width: number,
        readonly height: number,
      ) {}
    },
  );
  const refuse = async (source: unknown): Promise<unknown> => {
    if (source instanceof Blob) throw new DOMException('The source image could not be decoded.', 'InvalidStateError');
    return source;
  };
  vi.stubGlobal('createImageBitmap', refuse);
}

async function painted(sample: ImageSample, options = {}): Promise<Pixels> {
  return (await sample.toBitmap(options)) as unknown as Pixels;
}

/** RGBA pixels of a PNG that `toBlob` made. */
async function pixelsOf(blob: Blob): Promise<{ width: number; height: number; data: Bytes }> {
  expect(blob.type).toBe('image/png');
  const { shape, data } = await codecs.decode('png', new Uint8Array(await blob.arrayBuffer()));
  const [height = 0, width = 0, channels = 1] = shape;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += channels, to += 4)
    for (let c = 0; c < channels; c++) rgba[to + c] = Number(data[from + c]);
  return { width, height, data: rgba };
}

describe('every format', () => {
  test.each([...expected.keys()])('%s has its colours where the platform cannot show it', async (name) => {
    stubPlatform();
    const { width, height, data } = await painted(await sampleOf(name));
    expect([width, height, await sha256(new Uint8Array(data))]).toEqual(expected.get(name));
  });

  const unknownToBrowsers = [...expected.keys()].filter((name) => !/\.(jpg|mpo|png|webp|gif|bmp)$/.test(name));
  test.each(unknownToBrowsers)('%s becomes a PNG of its colours, in Node', async (name) => {
    const { width, height, data } = await pixelsOf(await (await sampleOf(name)).toBlob());
    expect([width, height, await sha256(data)]).toEqual(expected.get(name));
  });

  test.each([
    ['rgb-420.jpg', 'image/jpeg'],
    ['lib/one.mpo', 'image/jpeg'],
    ['gray-16.png', 'image/png'],
    ['palette-8.png', 'image/png'],
    ['lib/lossy-alpha.webp', 'image/webp'],
    ['lib/p.gif', 'image/gif'],
    ['small/pillow-rgb.bmp', 'image/bmp'],
    ['cmyk.jpg', 'image/jpeg'],
  ])('%s is handed out as it is', async (name, type) => {
    const blob = await (await sampleOf(name)).toBlob();
    expect(blob.type).toBe(type);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(await load(name));
  });

  test.each(['small/rle-8.bmp', 'small/two-grays-8.bmp', 'lib/beyond-screen.gif', 'lib/no-palette.gif'])(
    '%s, which browsers show otherwise, becomes a PNG',
    async (name) => {
      const { data } = await pixelsOf(await (await sampleOf(name)).toBlob());
      expect(await sha256(data)).toBe(expected.get(name)?.[2]);
    },
  );

  test("inks that are not Adobe's become a PNG", async () => {
    const bytes = await load('cmyk.jpg');
    const at = bytes.indexOf(0xee, 2);
    expect(String.fromCharCode(...bytes.subarray(at + 3, at + 8))).toBe('Adobe');
    bytes[at] = 0xed; // a segment without meaning
    const blob = await new ImageSample(storedFile({ bytes, compression: 'jpeg' })).toBlob();
    const { data } = await pixelsOf(blob);
    const [cyan = 0, , , black = 0] = (await codecs.decode('jpeg', bytes)).data;
    expect(Math.abs((data[0] ?? 0) - ((255 - Number(cyan)) * (255 - Number(black))) / 255)).toBeLessThan(2);
  });

  test('readers of the formats that have colours tell them', async () => {
    for (const name of ['lib/p.tiff', 'small/pillow-p.pcx', 'small/rle-palette.tga', 'palette-8.png']) {
      const header = (await codecEntry(formatOf(name))?.loadHeader?.())?.(await load(name));
      expect(header?.colors).toBeInstanceOf(Uint8Array);
    }
  });
});

describe('raw numbers', () => {
  test.each([
    ['uint16', new Uint16Array([0, 255, 256, 65535]), [0, 0, 1, 255]],
    ['int8', new Int8Array([-100, 0, 50, 100]), [0, 128, 191, 255]],
    ['int32', new Int32Array([-10, -10, 0, 10]), [0, 0, 128, 255]],
    ['int64', new BigInt64Array([5n, 5n, 5n, 6n]), [0, 0, 0, 255]],
    ['float32', new Float32Array([0, 0.25, 0.5, 1]), [0, 64, 128, 255]],
    ['float32', new Float32Array([Number.NaN, Infinity, 2, 4]), [0, 255, 0, 255]],
    ['float64', new Float64Array([7, 7, 7, 7]), [0, 0, 0, 0]],
    ['bool', new Uint8Array([0, 1, 1, 0]), [0, 255, 255, 0]],
  ] as const)('%s %o', async (dtype, values, levels) => {
    const array = { dtype, shape: [2, 2], data: values } as unknown as NdArray;
    const before = values.slice();
    const { data } = await pixelsOf(await new ImageSample(storedArray(array)).toBlob());
    expect([0, 4, 8, 12].map((at) => data[at])).toEqual(levels);
    expect(values).toEqual(before); // and still there: nothing of the sample was handed over
  });

  test('complex numbers are refused with what to do', async () => {
    const array: NdArray = { dtype: 'complex64', shape: [1, 1], data: new Float32Array(2) };
    await expect(new ImageSample(storedArray(array)).toBlob()).rejects.toThrow('have no colours');
  });

  test('an empty sample is one clear pixel', async () => {
    const array: NdArray = { dtype: 'uint8', shape: [0, 0, 0], data: new Uint8Array(0) };
    expect(await pixelsOf(await new ImageSample(storedArray(array)).toBlob())).toEqual({
      width: 1,
      height: 1,
      data: new Uint8Array(4),
    });
  });
});

describe('smaller', () => {
  test('each pixel counts once, colours by their alpha', async () => {
    stubPlatform();
    const rgba = [...[200, 0, 0, 255], ...[0, 100, 0, 255], ...[9, 9, 9, 0], ...[0, 0, 80, 255], ...[50, 0, 0, 255]];
    const array: NdArray = { dtype: 'uint8', shape: [1, 5, 4], data: Uint8Array.from(rgba) };
    const { width, height, data } = await painted(new ImageSample(storedArray(array)), { maxWidth: 2 });
    // Pixels 0 to 2 fall into the first, 3 and 4 into the second.
    expect([width, height, ...data]).toEqual([2, 1, 100, 50, 0, 170, 25, 0, 40, 255]);
  });

  test('a large picture takes the memory of its thumbnail and a row', async () => {
    stubPlatform();
    const [height, width] = [6000, 6000];
    const data = new Uint8Array(height * width).fill(40);
    data.fill(240, data.length / 2);
    const before = process.memoryUsage().arrayBuffers;
    const run = vi.spyOn(codecs, 'run');
    const sample = new ImageSample(storedArray({ dtype: 'uint8', shape: [height, width], data }));
    const small = await painted(sample, { maxWidth: 200, maxHeight: 100 });
    const grown = process.memoryUsage().arrayBuffers - before;
    expect([small.width, small.height, small.data[0], small.data.at(-4)]).toEqual([100, 100, 40, 240]);
    expect(grown).toBeLessThan(data.length + 2 ** 20); // one copy for the worker, no RGBA of the whole
    run.mockRestore();
  });

  test.each([0, -1, Number.NaN])('a limit of %d is refused', async (maxWidth) => {
    stubPlatform();
    const array: NdArray = { dtype: 'uint8', shape: [1, 1], data: new Uint8Array(1) };
    await expect(new ImageSample(storedArray(array)).toBitmap({ maxWidth })).rejects.toThrow(RangeError);
  });
});

describe('what cannot be', () => {
  test('Node has no bitmaps', async () => {
    const failure = (await sampleOf('rgb-8.png')).toBitmap();
    await expect(failure).rejects.toSatisfy((error) => isDatasetError(error, 'unsupported'));
  });

  test.each(['rgb-420.jpg', 'rgb-8.png', 'lib/p.gif', 'lib/rgb.tiff'])(
    '%s that is damaged gives the error of the library, with its place',
    async (name) => {
      stubPlatform();
      const bytes = (await load(name)).slice(0, 90);
      const sample = new ImageSample(storedFile({ bytes, compression: formatOf(name) }));
      await expect(sample.toBitmap()).rejects.toSatisfy(
        (error) => isDatasetError(error, 'codec') && error.data.key === 'k',
      );
    },
  );

  test('a program that cannot be decoded says so', async () => {
    const bytes = await codecs.encode('eps', { dtype: 'uint8', shape: [1, 1], data: new Uint8Array(1) });
    const failure = new ImageSample(storedFile({ bytes, compression: 'eps' })).toBlob();
    await expect(failure).rejects.toSatisfy((error) => isDatasetError(error, 'unsupported'));
  });
});

describe('orientation', () => {
  test('a JPEG keeps its tag for browsers to turn it, unless it is to be shown as stored', async () => {
    const jpeg = await sampleOf('rgb-exif.jpg');
    const bytes = await load('rgb-exif.jpg');
    expect(new Uint8Array(await (await jpeg.toBlob({ orient: true })).arrayBuffer())).toEqual(bytes);
    expect(new Uint8Array(await (await jpeg.toBlob()).arrayBuffer())).not.toEqual(bytes);
  });

  test.each([2, 3, 4, 5, 6, 7, 8])('%i is applied to pixels as EXIF says', async (orientation) => {
    stubPlatform();
    const bytes = await load('rgb-exif.jpg');
    const at = bytes.findIndex((byte, i) => byte === 6 && bytes[i - 8] === 0x12 && bytes[i - 9] === 1);
    expect(at).toBeGreaterThan(0);
    bytes[at] = orientation;
    const sample = new ImageSample(storedFile({ bytes, compression: 'jpeg' }));
    const plain = await painted(sample);
    const turned = await painted(sample, { orient: true });
    const [w, h] = [plain.width, plain.height];
    expect([turned.width, turned.height]).toEqual(orientation >= 5 ? [h, w] : [w, h]);
    // Where the corner that the tag names comes to lie: rows and columns of the stored picture, as in Exif 2.3 4.6.4.
    const corners = {
      2: [w - 1, 0],
      3: [w - 1, h - 1],
      4: [0, h - 1],
      5: [0, 0],
      6: [0, h - 1],
      7: [w - 1, h - 1],
      8: [w - 1, 0],
    };
    const [x = 0, y = 0] = corners[orientation as 2];
    expect(turned.data.slice(0, 4)).toEqual(plain.data.slice((y * w + x) * 4, (y * w + x) * 4 + 4));
    const limited = await painted(sample, { orient: true, maxWidth: 10 });
    expect(limited.width).toBe(10);
  });

  test('a TIFF is turned by its decoder, and not once more', async () => {
    stubPlatform();
    const sample = await sampleOf('lib/turned-6.tiff');
    expect((await painted(sample, { orient: true })).data).toEqual((await painted(sample)).data);
  });
});
