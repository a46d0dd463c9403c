import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { crc32 } from '../util/crc32.js';
import { type DamageCase, damageContract } from './damage.contract.js';
import { createCodecPool } from './pool.js';
import { codecEntry, compressions } from './table.js';

const folder = new URL('../../e2e/fixtures/media/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));

/** Names of one folder, in a list. */
const small = (names: string): string[] => names.split(' ').map((name) => `small/${name}`);
const lib = (names: string): string[] => names.split(' ').map((name) => `lib/${name}`);

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
  lz4: ['block.lz4'],
};

// Formats whose decoders are tested for this in files of their own, and those that are not decoded.
const elsewhere = 'eps wmf mp3 mp4 mkv avi dcm nii nii.gz las ply stl'.split(' ');

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
  lz4: { 'block.lz4': async () => Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0x10, 65) },
};

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
  png: { reseal: sealedPng },
  lz4: { load: lz4File, hint: { shape, dtype: 'uint8' }, readsNothing: true },
  flac: { cutsAreUnseen: true },
};

test('every compression that can be decoded is damaged, here or in a test of its own', () => {
  expect([...Object.keys(files), ...elsewhere].sort()).toEqual([...compressions.keys()].sort());
  for (const name of compressions.keys()) expect(codecEntry(name)).toBeDefined();
});

describe.each(Object.entries(files))('damaged %s', (compression, list) => {
  const own = lies[compression];
  damageContract({ compression, files: list, load, pool, ...(own && { lies: own }), ...special[compression] });
});
