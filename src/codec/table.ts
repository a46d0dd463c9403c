/**
 * Which compressions exist, and which of them this build can read and write.
 *
 * A codec is added with a file beside this one and a line in {@link entries}; everything else asks the entry.
 */
import { DatasetError } from '../errors.js';
import { once } from '../util/once.js';
import type { PictureFormat } from './raster.js';
import type { Codec, CodecConfig, CodecEntry, CompressionKind, ReadHeader } from './types.js';

// Names that the metadata of Deep Lake 3.9.52 may hold.
const names: Readonly<Record<CompressionKind, string>> = {
  bytes: 'lz4',
  image: 'bmp dib eps fli gif ico im jpeg jpeg2000 mpo msp pcx png ppm sgi tga tiff webp wmf xbm',
  audio: 'mp3 flac wav',
  video: 'mp4 mkv avi',
  volume: 'dcm nii nii.gz',
  points: 'las',
  mesh: 'ply stl',
};

const aliases = new Map([
  ['jpg', 'jpeg'],
  ['tif', 'tiff'],
  ['jp2', 'jpeg2000'],
]);

/** Every compression name of Deep Lake 3.9.52 with what it holds, also those that this build cannot read. */
export const compressions: ReadonlyMap<string, CompressionKind> = new Map(
  Object.entries(names).flatMap(([kind, list]) =>
    list.split(' ').map((name): [string, CompressionKind] => [name, kind as CompressionKind]),
  ),
);

/** A format whose files are kept and described, but not decoded yet. */
function described(name: string, loadHeader: () => Promise<ReadHeader>): [string, CodecEntry] {
  return [name, { kind: kindOf(name), where: 'main', loadHeader, load: () => Promise.reject(notDecoded(name)) }];
}

/** A format that is decoded, but not written: its files are kept byte for byte. */
function decoded(
  name: string,
  loadHeader: () => Promise<ReadHeader>,
  load: (config: CodecConfig) => Promise<Codec>,
  keepsDtype = false,
): [string, CodecEntry] {
  return [name, { kind: kindOf(name), where: 'worker', loadHeader, load, ...(keepsDtype && { keepsDtype }) }];
}

function kindOf(name: string): CompressionKind {
  return compressions.get(name) ?? 'bytes';
}

/** An image format whose codec and header reader lie in one small module. */
function picture(name: string, load: () => Promise<PictureFormat>): [string, CodecEntry] {
  const loadHeader = once(() => load().then((format) => format.readHeader));
  return [name, { kind: 'image', where: 'worker', loadHeader, load }];
}

/** A format whose files are kept and described, and cannot be decoded. */
function refused(name: string, reason: string, loadHeader: () => Promise<ReadHeader>): [string, CodecEntry] {
  const refuse = async (): Promise<never> => {
    throw new DatasetError(
      'unsupported',
      `Files of compression "${name}" cannot be decoded: ${reason}. Read the file with encoded() or toBlob().`,
      { feature: `decoding ${name}` },
    );
  };
  return [name, { kind: kindOf(name), where: 'main', loadHeader: once(loadHeader), load: refuse }];
}

function notDecoded(name: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Files of compression "${name}" cannot be decoded by this version. Read the file with encoded() or toBlob().`,
    { feature: `decoding ${name}` },
  );
}

const entries = new Map<string, CodecEntry>([
  ['lz4', { kind: 'bytes', where: 'main', load: () => import('./lz4.js').then((m) => m.lz4) }],
  [
    'jpeg',
    {
      kind: 'image',
      where: 'worker',
      loadHeader: once(() => import('./jpeg-header.js').then((m) => m.readJpegHeader)),
      load: (config) => import('./jpeg.js').then((m) => m.createJpeg(config)),
    },
  ],
  [
    'png',
    {
      kind: 'image',
      where: 'worker',
      loadHeader: once(() => import('./png-header.js').then((m) => m.readPngHeader)),
      load: () => import('./png.js').then((m) => m.png),
    },
  ],
  [
    'webp',
    {
      kind: 'image',
      where: 'worker',
      loadHeader: once(() => import('./webp-header.js').then((m) => m.readWebpHeader)),
      load: (config) => import('./webp.js').then((m) => m.createWebp(config)),
    },
  ],
  picture('bmp', () => import('./bmp.js').then((m) => m.bmp)),
  picture('dib', () => import('./dib.js').then((m) => m.dib)),
  refused('eps', 'it is a program, which needs Ghostscript to run', () =>
    import('./eps-wmf-header.js').then((m) => m.readEpsHeader),
  ),
  picture('fli', () => import('./fli.js').then((m) => m.fli)),
  picture('gif', () => import('./gif.js').then((m) => m.gif)),
  picture('ico', () => import('./ico.js').then((m) => m.ico)),
  picture('im', () => import('./im.js').then((m) => m.im)),
  [
    'jpeg2000',
    {
      kind: 'image',
      where: 'worker',
      loadHeader: once(() => import('./jpeg2000-header.js').then((m) => m.readJpeg2000Header)),
      load: (config) => import('./jpeg2000.js').then((m) => m.createJpeg2000(config)),
    },
  ],
  [
    'mpo',
    {
      kind: 'image',
      where: 'worker',
      // Pillow shows the first picture, which is a JPEG file with others behind it.
      loadHeader: once(() => import('./jpeg-header.js').then((m) => m.readJpegHeader)),
      load: (config) => import('./jpeg.js').then((m) => m.createJpeg(config)),
    },
  ],
  picture('msp', () => import('./msp.js').then((m) => m.msp)),
  picture('pcx', () => import('./pcx.js').then((m) => m.pcx)),
  picture('ppm', () => import('./ppm.js').then((m) => m.ppm)),
  picture('sgi', () => import('./sgi.js').then((m) => m.sgi)),
  picture('tga', () => import('./tga.js').then((m) => m.tga)),
  picture('tiff', () => import('./tiff.js').then((m) => m.tiff)),
  refused('wmf', 'it is a drawing, which needs Windows to paint it', () =>
    import('./eps-wmf-header.js').then((m) => m.readWmfHeader),
  ),
  picture('xbm', () => import('./xbm.js').then((m) => m.xbm)),
  decoded(
    'wav',
    () => import('./wav-header.js').then((m) => m.readWavHeader),
    () => import('./wav.js').then((m) => m.wav),
  ),
  described('mp3', () => import('./mp3-header.js').then((m) => m.readMp3Header)),
  decoded(
    'flac',
    () => import('./flac-header.js').then((m) => m.readFlacHeader),
    () => import('./flac.js').then((m) => m.flac),
  ),
  described('mp4', () => import('./mp4-header.js').then((m) => m.readMp4Header)),
  described('mkv', () => import('./mkv-header.js').then((m) => m.readMkvHeader)),
  described('avi', () => import('./avi-header.js').then((m) => m.readAviHeader)),
  decoded(
    'dcm',
    () => import('./dcm-header.js').then((m) => m.readDcmHeader),
    (config) => import('./dcm.js').then((m) => m.createDcm(config)),
    true, // later files of another dtype are read in their own
  ),
  decoded(
    'nii',
    () => import('./nii-header.js').then((m) => m.readNiiHeader),
    () => import('./nii.js').then((m) => m.nii),
  ),
  decoded(
    'nii.gz',
    () => import('./nii-header.js').then((m) => m.readNiiGzHeader),
    () => import('./nii.js').then((m) => m.niiGz),
  ),
  decoded(
    'las',
    () => import('./las-header.js').then((m) => m.readLasHeader),
    () => import('./las.js').then((m) => m.las),
  ),
  decoded(
    'ply',
    () => import('./ply-header.js').then((m) => m.readPlyHeader),
    () => import('./ply.js').then((m) => m.ply),
  ),
  decoded(
    'stl',
    () => import('./stl-header.js').then((m) => m.readStlHeader),
    () => import('./stl.js').then((m) => m.stl),
  ),
]);

/** Resolves the aliases `jpg`, `tif` and `jp2`; other names are returned as they are. */
export function canonicalCompression(name: string): string {
  return aliases.get(name) ?? name;
}

/** Finds the table line of a canonical compression name; undefined when this build has no codec for it. */
export function codecEntry(name: string): CodecEntry | undefined {
  return entries.get(name);
}

/**
 * Finds the table line of a canonical compression name.
 *
 * @throws {DatasetError} `unsupported` when the name is unknown or this build has no codec for it.
 */
export function requireCodec(name: string): CodecEntry {
  const entry = entries.get(name);
  if (entry) return entry;
  const why = compressions.has(name) ? 'has no codec in this version' : 'is not a compression of Deep Lake';
  throw new DatasetError(
    'unsupported',
    `Compression "${name}" ${why}. Its samples can be copied as bytes; known are ${[...entries.keys()].join(', ')}.`,
    { feature: `compression ${name}` },
  );
}
