import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { type DamageCase, damageContract } from './damage.contract.js';
import { createCodecPool } from './pool.js';
import { codecEntry, compressions, requireCodec } from './table.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));

/** Names of one folder, in a list. */
const small = (names: string): string[] => names.split(' ').map((name) => `small/${name}`);
const lib = (names: string): string[] => names.split(' ').map((name) => `lib/${name}`);
const points = (names: string): string[] => names.split(' ').map((name) => `points/${name}`);

// Each coding and layout of a format once, as far as files of media have them.
const files: Readonly<Record<string, readonly string[]>> = {
  jpeg: 'rgb-420.jpg rgb-progressive.jpg rgb-restart.jpg gray-progressive.jpg cmyk-422-progressive.jpg ycck-420.jpg'.split(
    ' ',
  ),
  png: 'rgb-8.png gray-1-interlaced.png palette-4.png rgba-16-interlaced.png gray-16.png gray-alpha-8.png'.split(' '),
  webp: lib(
    'lossy.webp lossy-alpha.webp lossless.webp lossless-alpha.webp one-color.webp part.webp part-set.webp exif.webp',
  ),
  jpeg2000: lib('l.jp2 la.jp2 rgb.jp2 rgba.jp2 i16.jp2 lossy.jp2 stream-rgb.jp2 tiles.jp2 one-pixel.jp2'),
  mpo: lib('one.mpo'),
  gif: lib(
    'p.gif l.gif bits.gif rgb.gif part.gif part-interlaced.gif beyond-screen.gif no-palette.gif own-palette.gif large.gif',
  ),
  tiff: lib(
    '1-packbits.tiff 1-tiff_deflate.tiff 1-tiff_lzw.tiff 1.tiff bits-white.tiff cmyk-tiff_lzw.tiff exif.tiff f-differences.tiff ' +
      'f-mm.tiff gray-16-mm.tiff gray-2.tiff gray-4-low.tiff gray-s16.tiff i16-differences.tiff i16-tiff_lzw.tiff i.tiff la.tiff ' +
      'p-tiff_lzw.tiff palette-4.tiff planes-strips.tiff planes.tiff rgb-differences.tiff rgb-packbits.tiff ' +
      'rgb-tiff_adobe_deflate.tiff rgba-multiplied.tiff rgbx.tiff strips-big.tiff strips-mm.tiff tiles-deflate.tiff ' +
      'tiles-planes.tiff tiles.tiff turned-6.tiff u32.tiff',
  ),
  bmp: small('pillow-rgb.bmp palette-4.bmp rle-8.bmp rle-4.bmp rgb-565.bmp rgba-v5.bmp'),
  dib: small('pillow-1.dib rle-8.dib'),
  ico: small('pillow-rgb.ico dib-32.ico dib-8.ico'),
  pcx: small('pillow-rgb.pcx pillow-1.pcx planes-4.pcx'),
  ppm: small('pillow-rgb.ppm pillow-1.ppm gray-text.ppm bits-text.ppm rgb-16.ppm'),
  sgi: small('pillow-rgb.sgi rgb-8-rle.sgi rgba-16-rle.sgi gray-16.sgi'),
  tga: small('pillow-rgba.tga rle-rgb.tga rle-palette.tga'),
  xbm: small('pillow-130-wide.xbm hot-spot.xbm'),
  msp: small('pillow-1.msp coded.msp'),
  im: small('pillow-rgb.im pillow-f.im pillow-p.im pillow-1.im'),
  fli: small('runs.fli lines.fli words.fli copy.fli'),
  wav: ['s16-mono.wav', 's24-stereo.wav', 'f64.wav', 'mulaw.wav', '5-channels.wav'],
  flac: ['s16-mono.flac', 's24-stereo.flac'],
  nii: points('scaled.nii two.nii c8.nii f4.nii'),
  'nii.gz': points('times.nii.gz.bin two.nii.gz.bin parts.nii.gz.bin'),
  las: points('format-0.las format-10.las extra.las plain.laz extra.laz'),
  ply: ['ascii.ply', 'big.ply', 'little.ply', 'points/double.ply'],
  stl: ['ascii.stl', ...points('binary.stl trap.stl one-line.stl')],
  lz4: ['block.lz4'],
};

// Drawings are not decoded: see the end of this file. Videos need Chromium's decoders: see video-damage.browser.test.ts.
// Of dcm each transfer syntax is a codec: see dcm-damage.test.ts. And mp3.test.ts decodes mp3, which takes longer.
const elsewhere = 'eps wmf mp3 mp4 mkv avi dcm'.split(' ');

/** A file with other bytes at some places. */
async function changed(
  name: string,
  edits: readonly (readonly [at: number, bytes: readonly number[]])[],
): Promise<Bytes> {
  const bytes = await load(name);
  for (const [at, values] of edits) bytes.set(values, at);
  return bytes;
}

const side = [0xa0, 0x86, 1, 0]; // 100,000, little-endian
const sideBig = [0, 1, 0x86, 0xa0];
const full = [0xff, 0xff]; // 65,535, where there are 16 bits

/** A file with two sides at a place. */
const sides = (name: string, at: number, value: readonly number[]) => ({
  [name]: () => changed(name, [[at, [...value, ...value]]]),
});
/** A file that is all text. */
const text = (name: string, content: string) => ({ [name]: async () => new TextEncoder().encode(content) });

const lies: Readonly<Record<string, DamageCase['lies']>> = {
  jpeg: Object.fromEntries(
    ['rgb-420.jpg', 'rgb-progressive.jpg', 'cmyk.jpg'].map((name) => [
      name,
      async () => {
        const bytes = await load(name);
        const sof = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2));
        bytes.set([...full, ...full], sof + 5);
        return bytes;
      },
    ]),
  ),
  png: { 'rgb-8.png': async () => sealedPng(await changed('rgb-8.png', [[16, [...sideBig, ...sideBig]]])) },
  webp: {
    'lib/late-frames.webp': () => changed('lib/late-frames.webp', [[24, new Array(6).fill(255)]]),
    'lib/lossy.webp': () => changed('lib/lossy.webp', [[26, [255, 63, 255, 63]]]),
  },
  jpeg2000: sides('lib/stream-rgb.jp2', 8, sideBig),
  gif: { ...sides('lib/l.gif', 6, full), ...sides('lib/p.gif', 6, full) },
  tiff: Object.fromEntries(
    ['lib/l-tiff_lzw.tiff', 'lib/rgb.tiff', 'lib/1-packbits.tiff'].map((name) => [name, () => largeTiff(name)]),
  ),
  bmp: { ...sides('small/pillow-rgb.bmp', 18, side), ...sides('small/rle-8.bmp', 18, side) },
  dib: sides('small/pillow-rgb.dib', 4, side),
  ico: sides('small/dib-8-gray.ico', 26, side),
  pcx: sides('small/pillow-rgb.pcx', 8, [0xfe, 0xff]),
  ppm: { ...text('P6', 'P6 100000 100000 255\n'), ...text('P1', 'P1 100000 100000\n') },
  sgi: { ...sides('small/pillow-rgb.sgi', 6, full), ...sides('small/rgb-8-rle.sgi', 6, full) },
  tga: { ...sides('small/pillow-rgb.tga', 12, full), ...sides('small/rle-rgb.tga', 12, full) },
  xbm: text('xbm', '#define a_width 100000\n#define a_height 100000\nstatic char a_bits[] = {\n'),
  msp: {
    'small/coded.msp': () => largeMsp('small/coded.msp'),
    'small/pillow-1.msp': () => largeMsp('small/pillow-1.msp'),
  },
  im: text('im', 'Image type: RGB image\nImage size (x*y): 100000*100000\n\x1a'),
  fli: { ...sides('small/copy.fli', 8, full), ...sides('small/black.fli', 8, full) },
  mpo: {
    'lib/one.mpo': async () => {
      const bytes = await load('lib/one.mpo');
      const sof = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
      bytes.set([...full, ...full], sof + 5);
      return bytes;
    },
  },
  wav: { 's16-mono.wav': () => changed('s16-mono.wav', [[40, [0, 0xe4, 0x0b, 0x54]]]) },
  flac: { 's16-mono.flac': () => changed('s16-mono.flac', [[21, [0xff, 0xff, 0xff, 0xff, 0xff]]]) },
  nii: { 'points/two.nii': () => voxels('points/two.nii') },
  'nii.gz': { 'points/two.nii': async () => gzip(await voxels('points/two.nii')) },
  las: {
    'points/extra.las': () => changed('points/extra.las', [[247, [0, 0xe4, 0x0b, 0x54, 2, 0, 0, 0]]]),
    'points/plain.laz': () => changed('points/plain.laz', [[107, [...full, ...full]]]),
  },
  ply: {
    ...text('ply', 'ply\nformat ascii 1.0\nelement vertex 10000000000\nproperty float x\nend_header\n1\n'),
    ...text(
      'binary ply',
      'ply\nformat binary_little_endian 1.0\nelement vertex 10000000000\nproperty float x\nend_header\n1234',
    ),
  },
  stl: { 'points/binary.stl': () => changed('points/binary.stl', [[80, [...full, ...full]]]) },
  lz4: { 'block.lz4': async () => Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0x10, 65) },
};

/** NIfTI-2 with 100,000 x 100,000 voxels in a plane. */
async function voxels(name: string): Promise<Bytes> {
  const bytes = await load(name);
  const view = new DataView(bytes.buffer);
  for (const at of [24, 32]) view.setBigInt64(at, 100_000n, view.getInt32(0, true) === 540);
  return bytes;
}

async function gzip(bytes: Bytes): Promise<Bytes> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Width and height are the first two entries of its directory. */
async function largeTiff(name: string): Promise<Bytes> {
  const bytes = await load(name);
  const view = new DataView(bytes.buffer);
  const first = view.getUint32(4, true) + 2;
  for (const at of [first, first + 12]) {
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 8, 100_000, true);
  }
  return bytes;
}

/** The check sum of its header, the exclusive or of all words, is made right again. */
async function largeMsp(name: string): Promise<Bytes> {
  const bytes = await load(name);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 0xffffffff);
  let sum = 0;
  for (let at = 0; at < 24; at += 2) sum ^= view.getUint16(at, true);
  view.setUint16(24, sum, true);
  return bytes;
}

/** Makes the check sums of the chunks of a PNG right, as far as its chunks can be told. */
function sealedPng(bytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    view.setUint32(end - 4, crc32(bytes.subarray(at + 4, end - 4)));
    at = end;
  }
  return bytes;
}

const shape = [40, 50];
const lz4File = (): Promise<Bytes> =>
  pool.encode('lz4', { dtype: 'uint8', shape, data: Uint8Array.from({ length: 2000 }, (_, i) => (i % 97) * (i >> 8)) });

const special: Readonly<Record<string, Partial<DamageCase>>> = {
  png: { reseal: sealedPng, summedFrom: 8 },
  lz4: { load: lz4File, hint: { shape, dtype: 'uint8' }, readsNothing: true },
  flac: { cutsAreUnseen: true, summedFrom: 42 },
  ply: { cutsAreUnseen: true },
  stl: { cutsAreUnseen: true },
  'nii.gz': { cutsAreUnseen: true, summedFrom: 10 },
};

test('every compression that can be decoded is damaged, here or in a test of its own', () => {
  expect([...Object.keys(files), ...elsewhere].sort()).toEqual([...compressions.keys()].sort());
  for (const name of compressions.keys()) expect(codecEntry(name)).toBeDefined();
});

describe.each(Object.entries(files))('damaged %s', (compression, list) => {
  const own = lies[compression];
  damageContract({ compression, files: list, load, pool, ...(own && { lies: own }), ...special[compression] });
});

// Drawings have a size and no pixels: only their headers are read.
describe.each([
  [
    'eps',
    '%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 30\n%ImageData: 40 30 8 3 0 1 1 "x"\n%%EndComments\n',
    [30, 40, 3],
  ],
  ['wmf', '\xd7\xcd\xc6\x9a\0\0\x0a\0\0\0\xb4\0\x68\x01\x78\0\0\0\0\0\0\0\x01\0\x09\0', [216, 102, 3]],
])('damaged %s', (compression, content, shape) => {
  const good = Uint8Array.from(content, (char) => char.charCodeAt(0));
  const read = async (bytes: Bytes) => (await requireCodec(compression).loadHeader?.())?.(bytes);
  const outcome = (bytes: Bytes) =>
    read(bytes).catch((error: unknown) => {
      if (isDatasetError(error, 'codec')) return error.data.reason;
      throw error;
    });

  test('cut at ten places, or nothing at all, is refused or told by what is left', async () => {
    expect(await outcome(good)).toMatchObject({ shape });
    expect(await outcome(new Uint8Array(0))).toBe('it has 0 bytes');
    for (let i = 0; i < 10; i++) {
      const result = await outcome(good.slice(0, Math.floor((good.length * i) / 10) + 1));
      if (typeof result === 'object') expect(result.shape).toHaveLength(3);
    }
  });

  test('1,000 flipped bits give an error or a size, and nothing is decoded', async () => {
    for (let i = 0; i < 1000; i++) {
      const bytes = good.slice();
      const bit = (i * 7919) % (8 * good.length);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = await outcome(bytes);
      if (typeof result === 'object')
        expect(result.shape.every((side) => side > 0 && Number.isSafeInteger(side))).toBe(true);
    }
    await expect(pool.decode(compression, good)).rejects.toMatchObject({ code: 'unsupported' });
  });
});

test('a gzip stream that goes on behind its volume, which nothing tells, is read to its check sum', async () => {
  const volume = await load('points/i2.nii');
  const longer = new Uint8Array(3 * volume.length);
  longer.set(volume);
  const packed = await gzip(longer);
  const tagged = new Uint8Array([...packed, 0, 0, 0, 0]); // the length of the stream is no more the last number
  const good = await pool.decode('nii', volume);
  for (const bytes of [packed, tagged]) expect(await pool.decode('nii.gz', bytes)).toEqual(good);
  const sum = packed.length - 8;
  for (const bytes of [packed, tagged]) {
    bytes[sum] = (bytes[sum] ?? 0) ^ 1;
    await expect(pool.decode('nii.gz', bytes)).rejects.toThrow('check sum');
  }
});

test('an eps file of 100,000 x 100,000 has that size, and takes no memory', async () => {
  const read = await requireCodec('eps').loadHeader?.();
  const { shape } = (await read?.(new TextEncoder().encode('%!PS\n%%BoundingBox: 0 0 100000 100000\n'))) ?? {};
  expect(shape).toEqual([100_000, 100_000, 3]);
});
