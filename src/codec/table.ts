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

/** A format whose header reader is a module beside its codec, so that a file can be stored without loading the codec. */
function format(
  name: string,
  loadHeader: () => Promise<ReadHeader>,
  load: (config: CodecConfig) => Promise<Codec>,
  more: Pick<CodecEntry, 'keepsDtype' | 'decodesRows'> = {},
): [string, CodecEntry] {
  return [name, { kind: kindOf(name), where: 'worker', loadHeader: once(loadHeader), load, ...more }];
}

/** An image format whose codec and header reader lie in one small module. */
function picture(name: string, load: () => Promise<PictureFormat>): [string, CodecEntry] {
  return format(name, () => load().then((both) => both.readHeader), load);
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

function kindOf(name: string): CompressionKind {
  return compressions.get(name) ?? 'bytes';
}

const entries = new Map<string, CodecEntry>([
  ['lz4', { kind: 'bytes', where: 'main', load: () => import('./lz4.js').then((m) => m.lz4) }],
  format(
    'jpeg',
    () => import('./jpeg-header.js').then((m) => m.readJpegHeader),
    (config) => import('./jpeg.js').then((m) => m.createJpeg(config)),
  ),
  format(
    'png',
    () => import('./png-header.js').then((m) => m.readPngHeader),
    () => import('./png.js').then((m) => m.png),
  ),
  format(
    'webp',
    () => import('./webp-header.js').then((m) => m.readWebpHeader),
    (config) => import('./webp.js').then((m) => m.createWebp(config)),
  ),
  picture('bmp', () => import('./bmp.js').then((m) => m.bmp)),
  picture('dib', () => import('./dib.js').then((m) => m.dib)),
  format(
    'eps',
    () => import('./eps-wmf-header.js').then((m) => m.readEpsHeader),
    () => import('./eps.js').then((m) => m.eps),
  ),
  picture('fli', () => import('./fli.js').then((m) => m.fli)),
  picture('gif', () => import('./gif.js').then((m) => m.gif)),
  picture('ico', () => import('./ico.js').then((m) => m.ico)),
  picture('im', () => import('./im.js').then((m) => m.im)),
  format(
    'jpeg2000',
    () => import('./jpeg2000-header.js').then((m) => m.readJpeg2000Header),
    (config) => import('./jpeg2000.js').then((m) => m.createJpeg2000(config)),
  ),
  format(
    'mpo',
    // Pillow shows the first picture, which is a JPEG file with others behind it.
    () => import('./jpeg-header.js').then((m) => m.readJpegHeader),
    (config) => import('./jpeg.js').then((m) => m.createJpeg(config)),
  ),
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
  format(
    'wav',
    () => import('./wav-header.js').then((m) => m.readWavHeader),
    () => import('./wav.js').then((m) => m.wav),
    { decodesRows: true },
  ),
  format(
    'mp3',
    () => import('./mp3-header.js').then((m) => m.readMp3Header),
    () => import('./mp3.js').then((m) => m.mp3),
    { decodesRows: true },
  ),
  format(
    'flac',
    () => import('./flac-header.js').then((m) => m.readFlacHeader),
    () => import('./flac.js').then((m) => m.flac),
    { decodesRows: true },
  ),
  format(
    'mp4',
    () => import('./mp4-header.js').then((m) => m.readMp4Header),
    (config) => import('./video.js').then((m) => m.createVideo('mp4', config)),
    { decodesRows: true },
  ),
  format(
    'mkv',
    () => import('./mkv-header.js').then((m) => m.readMkvHeader),
    (config) => import('./video.js').then((m) => m.createVideo('mkv', config)),
    { decodesRows: true },
  ),
  format(
    'avi',
    () => import('./avi-header.js').then((m) => m.readAviHeader),
    (config) => import('./video.js').then((m) => m.createVideo('avi', config)),
    { decodesRows: true },
  ),
  format(
    'dcm',
    () => import('./dcm-header.js').then((m) => m.readDcmHeader),
    (config) => import('./dcm.js').then((m) => m.createDcm(config)),
    { keepsDtype: true, decodesRows: true }, // later files of another dtype are read in their own
  ),
  format(
    'nii',
    () => import('./nii-header.js').then((m) => m.readNiiHeader),
    () => import('./nii.js').then((m) => m.nii),
  ),
  format(
    'nii.gz',
    () => import('./nii-header.js').then((m) => m.readNiiGzHeader),
    () => import('./nii.js').then((m) => m.niiGz),
  ),
  format(
    'las',
    () => import('./las-header.js').then((m) => m.readLasHeader),
    (config) => import('./las.js').then((m) => m.createLas(config)),
    { decodesRows: true },
  ),
  format(
    'ply',
    () => import('./ply-header.js').then((m) => m.readPlyHeader),
    () => import('./ply.js').then((m) => m.ply),
  ),
  format(
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
 * @throws {DatasetError} `unsupported` when the name is unknown.
 */
export function requireCodec(name: string): CodecEntry {
  const entry = entries.get(name);
  if (entry) return entry;
  throw new DatasetError(
    'unsupported',
    `Compression "${name}" is not one of Deep Lake 3.9.52. Its samples can be copied as bytes; known are ${[...entries.keys()].join(', ')}.`,
    { feature: `compression ${name}` },
  );
}
