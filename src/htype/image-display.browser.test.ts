import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import display from '../../e2e/fixtures/media/display.json' with { type: 'json' };
import { createCodecPool } from '../codec/pool.js';
import { paint } from '../codec/rgba.js';
import { canonicalCompression, codecEntry } from '../codec/table.js';
import { createDataset, image, read } from '../index.js';
import type { Bytes } from '../util/bytes.js';
import { ImageSample } from './image-sample.js';
import { Thumbnails, thumbnailKey } from './thumbnails.js';
import type { StoredSample } from './types.js';

const codecs = createCodecPool({ size: 1 });
afterAll(() => codecs.close());
afterEach(() => vi.restoreAllMocks());

const formatOf = (name: string): string => canonicalCompression(name.replace(/.*\./, ''));
const load = async (name: string): Promise<Bytes> =>
  new Uint8Array(await (await fetch(`/e2e/fixtures/media/${name}`)).arrayBuffer());

function sampleOf(bytes: Bytes, compression: string, thumbnails?: Thumbnails): ImageSample {
  return new ImageSample({
    key: 'k',
    shape: [],
    dtype: 'uint8',
    codecs,
    thumbnails: thumbnails && (async () => thumbnails),
    encoded: () => ({ bytes, compression }),
    raw: () => bytes,
    array: (options) => codecs.decode(compression, bytes, {}, options),
  } satisfies StoredSample);
}

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

function seen(bitmap: ImageBitmap): Seen {
  const { width, height } = bitmap;
  const drawing = new OffscreenCanvas(width, height).getContext('2d');
  drawing?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, rgba: drawing?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray() };
}

/** Greatest difference of two pictures as they look on a black ground. */
function distance(a: Seen, b: Seen): number {
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.rgba.length; i++) {
    const alpha = (seen: Seen): number => (i % 4 === 3 ? 1 : (seen.rgba[i | 3] ?? 0) / 255);
    worst = Math.max(worst, Math.abs((a.rgba[i] ?? 0) * alpha(a) - (b.rgba[i] ?? 0) * alpha(b)));
  }
  return worst;
}

/** What the array of a file looks like, by the library alone. */
async function fromArray(name: string): Promise<Seen> {
  const bytes = await load(name);
  const array = await codecs.decode(formatOf(name), bytes);
  const header = (await codecEntry(formatOf(name))?.loadHeader?.())?.(bytes);
  const [height = 0, width = 0] = array.shape;
  const levels = array.dtype === 'bool' ? 'bits' : array.dtype === 'uint8' ? 'bytes' : 'words';
  const { data } = paint({ array, levels, colors: header?.colors, width, height, orientation: 1 });
  return { width, height, rgba: new Uint8ClampedArray(data.buffer) };
}

// Of these the platform shows more than an array tells: transparent pixels of GIF and PNG, frames that cover a part.
const platformKnowsMore = /rgb-8-transparent\.png|clear\.gif|part[^/]*\.gif|part-opaque\.webp/;
const shownByPlatform = Object.keys(display.rgba).filter((name) => /\.(jpg|mpo|png|webp|gif|bmp)$/.test(name));

describe('the platform shows what the array holds', () => {
  test.each(shownByPlatform.filter((name) => !platformKnowsMore.test(name)))('%s', async (name) => {
    const bitmap = await sampleOf(await load(name), formatOf(name)).toBitmap();
    // 3: how far apart decoders are that both round well.
    expect(distance(seen(bitmap), await fromArray(name))).toBeLessThanOrEqual(3);
  });

  test('transparent pixels of a GIF and of a PNG without alpha are transparent', async () => {
    for (const name of ['lib/part-clear.gif', 'rgb-8-transparent.png']) {
      const { rgba } = seen(await sampleOf(await load(name), formatOf(name)).toBitmap());
      expect(new Set(rgba.filter((_, i) => i % 4 === 3))).toEqual(new Set([0, 255]));
    }
  });

  test.each([
    'lib/p.gif',
    'lib/p.tiff',
    'small/pillow-p.pcx',
    'small/pillow-p.tga',
    'palette-8.png',
    'small/pillow-p.bmp',
  ])('%s shows colours and not indices', async (name) => {
    const { rgba } = seen(await sampleOf(await load(name), formatOf(name)).toBitmap());
    const isGray = (i: number): boolean => rgba[i] === rgba[i + 1] && rgba[i] === rgba[i + 2];
    expect(Array.from({ length: rgba.length / 4 }, (_, i) => isGray(i * 4)).filter((gray) => !gray)).not.toEqual([]);
    expect(distance({ ...(await fromArray(name)), rgba }, await fromArray(name))).toBeLessThanOrEqual(1);
  });

  test('an animation shows its first frame', async () => {
    for (const name of ['lib/late-frames.gif', 'lib/late-frames.webp']) {
      const bitmap = await sampleOf(await load(name), formatOf(name)).toBitmap();
      expect(distance(seen(bitmap), await fromArray(name))).toBeLessThanOrEqual(3);
    }
  });
});

test.each(['display/profile.png', 'display/profile.jpg'])('the colour profile of %s counts', async (name) => {
  const { rgba } = seen(await sampleOf(await load(name), formatOf(name)).toBitmap());
  const [red = 0, green = 0, blue = 0] = rgba; // stored as red
  expect([red < 16, green > 240, blue < 16]).toEqual([true, true, true]);
  const small = seen(await sampleOf(await load(name), formatOf(name)).toBitmap({ maxWidth: 3 }));
  expect((small.rgba[1] ?? 0) > 240).toBe(true);
});

describe('orientation', () => {
  async function photo(orientation: number): Promise<Bytes> {
    const bytes = await load('rgb-exif.jpg');
    const at = bytes.findIndex((byte, i) => byte === 6 && bytes[i - 8] === 0x12 && bytes[i - 9] === 1);
    bytes[at] = orientation;
    return bytes;
  }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is applied as browsers do it, by either decoder', async (orientation) => {
    const bytes = await photo(orientation);
    const byBrowser = seen(await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })));
    const sample = sampleOf(bytes, 'jpeg');
    expect(distance(seen(await sample.toBitmap({ orient: true })), byBrowser)).toBe(0);
    const plain = seen(await sample.toBitmap());
    expect([plain.width, plain.height]).toEqual([53, 37]);
    refuseFiles();
    expect(distance(seen(await sample.toBitmap({ orient: true })), byBrowser)).toBeLessThanOrEqual(3);
  });

  test('limits count after turning', async () => {
    const sample = sampleOf(await photo(6), 'jpeg'); // stored 53 x 37
    const size = async (options: object) => {
      const { width, height } = seen(await sample.toBitmap(options));
      return [width, height];
    };
    expect(await size({ orient: true, maxWidth: 10 })).toEqual([10, 14]);
    expect(await size({ orient: true, maxHeight: 10 })).toEqual([7, 10]);
    expect(await size({ maxWidth: 10 })).toEqual([10, 7]);
    refuseFiles();
    expect(await size({ orient: true, maxWidth: 10 })).toEqual([10, 14]);
  });

  test('a WebP is turned only when asked, a blob of it too', async () => {
    const bytes = await load('lib/exif.webp');
    const at = bytes.findIndex((_, i) => {
      const [a, b, c, d] = bytes.subarray(i - 8, i - 4);
      return (a === 0x12 && b === 1 && c === 3 && d === 0) || (a === 1 && b === 0x12 && c === 0 && d === 3);
    });
    expect(at).toBeGreaterThan(0);
    const little = bytes[at - 8] === 0x12;
    bytes.set(little ? [6, 0] : [0, 6], at);
    const sample = sampleOf(bytes, 'webp');
    const plain = seen(await sample.toBitmap());
    const turned = seen(await sample.toBitmap({ orient: true }));
    expect([turned.width, turned.height]).toEqual([plain.height, plain.width]);
    const blob = await sample.toBlob({ orient: true });
    expect(blob.type).toBe('image/png');
    expect(distance(seen(await createImageBitmap(blob)), turned)).toBeLessThanOrEqual(3);
    const asStored = await sample.toBlob();
    expect(asStored.type).toBe('image/webp');
    expect(distance(seen(await createImageBitmap(asStored)), plain)).toBe(0);
  });
});

/** Makes the platform's decoder refuse all files; other bitmaps are made as ever. */
function refuseFiles(): void {
  const real = createImageBitmap;
  const refuse = (source: ImageBitmapSource, ...rest: []): Promise<ImageBitmap> =>
    source instanceof Blob ? Promise.reject(new DOMException('no', 'InvalidStateError')) : real(source, ...rest);
  vi.spyOn(globalThis, 'createImageBitmap').mockImplementation(refuse as typeof createImageBitmap);
}

describe('smaller', () => {
  test('both decoders agree about a thumbnail', async () => {
    const sample = sampleOf(await load('lib/lossy.webp'), 'webp');
    const byPlatform = seen(await sample.toBitmap({ maxWidth: 7 }));
    refuseFiles();
    expect(distance(seen(await sample.toBitmap({ maxWidth: 7 })), byPlatform)).toBeLessThan(80); // other filters
  });

  test('a thumbnail of 10,000 x 10,000 pixels does not take a canvas of that size', async () => {
    const [height, width] = [10_000, 10_000];
    const data = new Uint8Array(height * width);
    data.fill(200, data.length / 2);
    const sizes: number[] = [];
    const real = createImageBitmap;
    vi.spyOn(globalThis, 'createImageBitmap').mockImplementation(((source: ImageBitmapSource) => {
      if (source instanceof ImageData) sizes.push(source.width, source.height);
      return real(source);
    }) as typeof createImageBitmap);
    const array = { dtype: 'uint8', shape: [height, width], data } as const;
    const stored = {
      key: 'k',
      shape: array.shape,
      dtype: 'uint8',
      codecs,
      raw: () => data,
      array: () => array,
    } as const;
    const { rgba } = seen(await new ImageSample({ ...stored, encoded: () => undefined }).toBitmap({ maxWidth: 200 }));
    expect(sizes).toEqual([200, 200]);
    expect([rgba[0], rgba.at(-4)]).toEqual([0, 200]);
    expect(data.length).toBe(height * width);
  });
});

describe('thumbnails', () => {
  test('are kept, by what the file holds and how it is shown', async () => {
    const cache = new Thumbnails();
    const bytes = await load('rgb-420.jpg');
    const decodes = vi.spyOn(globalThis, 'createImageBitmap');
    const fromFiles = () =>
      decodes.mock.calls.filter(([source]) => source instanceof Blob || source instanceof VideoFrame).length;
    const first = seen(await sampleOf(bytes, 'jpeg', cache).toBitmap({ maxWidth: 20 }));
    expect([fromFiles(), cache.bytes]).toEqual([1, first.width * first.height * 4]);
    expect(distance(seen(await sampleOf(bytes.slice(), 'jpeg', cache).toBitmap({ maxWidth: 20 })), first)).toBe(0);
    expect(fromFiles()).toBe(1);
    await sampleOf(bytes, 'jpeg', cache).toBitmap({ maxWidth: 21 });
    expect(fromFiles()).toBe(2);
    await sampleOf(bytes, 'jpeg', cache).toBitmap(); // not smaller: not kept
    await sampleOf(bytes, 'jpeg', cache).toBitmap({ maxWidth: 5000 });
    expect(fromFiles()).toBe(4);
    const other = seen(await sampleOf(await load('rgb-444.jpg'), 'jpeg', cache).toBitmap({ maxWidth: 20 })); // same key
    expect(fromFiles()).toBe(5);
    expect(distance(other, first)).toBeGreaterThan(0);
    cache.close();
    expect(cache.bytes).toBe(0);
    expect((await sampleOf(bytes, 'jpeg', cache).toBitmap({ maxWidth: 20 })).width).toBe(20);
    expect(cache.bytes).toBe(0);
  });

  test("a bitmap is the caller's own", async () => {
    const cache = new Thumbnails();
    const sample = sampleOf(await load('rgb-420.jpg'), 'jpeg', cache);
    const all = await Promise.all([1, 2, 3].map(() => sample.toBitmap({ maxWidth: 9 })));
    all[0]?.close();
    expect(all.map(({ width }) => width)).toEqual([0, 9, 9]);
    all[1]?.close();
    expect((await sample.toBitmap({ maxWidth: 9 })).width).toBe(9);
  });

  const plain = (size: number) => createImageBitmap(new ImageData(size, size));

  test('are bounded: the oldest is closed, a heavy one is not kept', async () => {
    const cache = new Thumbnails(1000);
    const made: ImageBitmap[] = [];
    const make = (size: number) => async () => {
      const bitmap = await plain(size);
      made.push(bitmap);
      return bitmap;
    };
    for (const key of ['a', 'b', 'c']) await cache.get(key, make(10)); // 400 bytes each
    expect([cache.bytes, ...made.map(({ width }) => width)]).toEqual([800, 0, 10, 10]);
    expect((await cache.get('d', make(16))).width).toBe(16);
    expect([cache.bytes, made[3]?.width]).toEqual([800, 0]); // closed as soon as its caller had a copy
    await cache.get('b', make(10));
    expect(made).toHaveLength(4);
    await cache.get('a', make(10));
    expect(made).toHaveLength(5);
  });

  test('callers at the same time share one making, which ends when the last gives up', async () => {
    const cache = new Thumbnails();
    const signals: (AbortSignal | undefined)[] = [];
    let finish = (): void => {};
    const make = async ({ signal }: { readonly signal?: AbortSignal }): Promise<ImageBitmap> => {
      signals.push(signal);
      await new Promise<void>((resolve) => (finish = resolve));
      return plain(4);
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const results = Promise.allSettled([cache.get('k', make, one.signal), cache.get('k', make, two.signal)]);
    one.abort('first');
    await Promise.resolve();
    expect([signals.length, signals[0]?.aborted]).toEqual([1, false]);
    finish();
    const [first, second] = await results;
    expect(first).toEqual({ status: 'rejected', reason: 'first' });
    expect(second?.status).toBe('fulfilled');
    expect(cache.bytes).toBe(64);
    const alone = new AbortController();
    const gone = cache.get('other', make, alone.signal);
    alone.abort('enough');
    await expect(gone).rejects.toBe('enough');
    expect(signals[1]?.aborted).toBe(true);
    const again = cache.get('other', make);
    await vi.waitFor(() => expect(signals).toHaveLength(3));
    finish();
    expect((await again).width).toBe(4);
  });

  test('a failure is not kept', async () => {
    const cache = new Thumbnails();
    await expect(cache.get('k', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect((await cache.get('k', () => plain(3))).width).toBe(3);
  });

  test('a dataset keeps those of its samples until it is closed', async () => {
    const ds = await createDataset('memory://thumbnails', { images: image({ sampleCompression: 'jpeg' }) });
    await ds.append({ images: read(await load('rgb-420.jpg')) });
    const small = async () => {
      const { images } = await ds.at(0);
      return images.toBitmap({ maxWidth: 12 });
    };
    const decodes = vi.spyOn(globalThis, 'createImageBitmap');
    const kept = vi.spyOn(ImageBitmap.prototype, 'close');
    for (let i = 0; i < 3; i++) expect((await small()).width).toBe(12);
    expect(
      decodes.mock.calls.filter(([source]) => source instanceof Blob || source instanceof VideoFrame),
    ).toHaveLength(1);
    expect(kept).not.toHaveBeenCalled();
    await ds.close();
    expect(kept).toHaveBeenCalledTimes(1);
  });

  test('keys tell files, formats and sizes apart', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i * 31);
    const file = { bytes, compression: 'jpeg' };
    const keys = new Set([thumbnailKey(file, [1, 2, 1])]);
    for (let at = 0; at < bytes.length; at++) {
      const other = bytes.slice();
      other[at] = (other[at] ?? 0) ^ (1 << (at & 7));
      keys.add(thumbnailKey({ ...file, bytes: other }, [1, 2, 1]));
    }
    keys.add(thumbnailKey({ ...file, compression: 'mpo' }, [1, 2, 1]));
    keys.add(thumbnailKey({ ...file, bytes: bytes.slice(1) }, [1, 2, 1]));
    for (const settings of [
      [2, 1, 1],
      [1, 2, 6],
      [12, 1],
    ])
      keys.add(thumbnailKey(file, settings));
    expect(keys.size).toBe(bytes.length + 6);
    expect(thumbnailKey({ ...file, bytes: bytes.slice() }, [1, 2, 1])).toBe(thumbnailKey(file, [1, 2, 1]));
  });
});
