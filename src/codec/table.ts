/**
 * Which compressions exist, and which of them this build can read and write.
 *
 * A codec is added with a file beside this one and a line in {@link entries}; everything else asks the entry.
 */
import { DatasetError } from '../errors.js';
import { once } from '../util/once.js';
import type { CodecEntry, CompressionKind, ReadHeader } from './types.js';

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
  const kind = compressions.get(name) ?? 'bytes';
  return [name, { kind, where: 'main', loadHeader, load: () => Promise.reject(notDecoded(name)) }];
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
  described('wav', () => import('./wav-header.js').then((m) => m.readWavHeader)),
  described('mp3', () => import('./mp3-header.js').then((m) => m.readMp3Header)),
  described('flac', () => import('./flac-header.js').then((m) => m.readFlacHeader)),
  described('mp4', () => import('./mp4-header.js').then((m) => m.readMp4Header)),
  described('mkv', () => import('./mkv-header.js').then((m) => m.readMkvHeader)),
  described('avi', () => import('./avi-header.js').then((m) => m.readAviHeader)),
  described('dcm', () => import('./dcm-header.js').then((m) => m.readDcmHeader)),
  described('nii', () => import('./nii-header.js').then((m) => m.readNiiHeader)),
  described('nii.gz', () => import('./nii-header.js').then((m) => m.readNiiGzHeader)),
  described('las', () => import('./las-header.js').then((m) => m.readLasHeader)),
  described('ply', () => import('./ply-header.js').then((m) => m.readPlyHeader)),
  described('stl', () => import('./stl-header.js').then((m) => m.readStlHeader)),
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
