/**
 * Which compressions exist, and which of them this build can read and write.
 *
 * A codec is added with a file beside this one and a line in {@link entries}; everything else asks the entry.
 */
import { DatasetError } from '../errors.js';
import { once } from '../util/once.js';
import type { CodecEntry, CompressionKind } from './types.js';

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
]);

/** Every compression name of Deep Lake 3.9.52 with what it holds, also those that this build cannot read. */
export const compressions: ReadonlyMap<string, CompressionKind> = new Map(
  Object.entries(names).flatMap(([kind, list]) =>
    list.split(' ').map((name): [string, CompressionKind] => [name, kind as CompressionKind]),
  ),
);

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
    `Compression "${name}" ${why}. Its samples can be copied as bytes; to decode, use one of: ${[...entries.keys()].join(', ')}.`,
    { feature: `compression ${name}` },
  );
}
