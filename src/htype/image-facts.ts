/** What is known of an image sample before its pixels, and whether browsers show it as it is meant. */
import type { Levels } from '../codec/rgba.js';
import { codecEntry } from '../codec/table.js';
import type { FileColors, SampleHeader } from '../codec/types.js';
import { DatasetError, errorAt } from '../errors.js';
import type { Dtype } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { orientationOf, UPRIGHT } from './image-orientation.js';
import type { EncodedSample, StoredSample } from './types.js';

// Formats that Chromium, Firefox and Safari all show in an <img>. They show the first picture of an mpo, as a jpeg.
/** Media types for the platform's decoders, by compression. */
export const browserTypes: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  mpo: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  bmp: 'image/bmp',
};

// Formats whose int32 arrays are 16-bit grays, which is how Pillow holds those.
const grays16: ReadonlySet<string> = new Set(['png', 'ppm', 'ico']);

/** What is known of a picture before its pixels. */
export interface Facts {
  /** Its file; undefined for raw pixels, packed by lz4 or not. */
  readonly file: EncodedSample | undefined;
  /** Pixels, before turning. */
  readonly width: number;
  /** Pixels, before turning. */
  readonly height: number;
  readonly dtype: Dtype;
  readonly colors: FileColors | undefined;
  /** EXIF orientation that the caller wants applied; 1 where there is none. */
  readonly orientation: number;
  /** Media type for the platform's decoder; undefined where that would not show the picture right. */
  readonly platformType: string | undefined;
}

/** The stored file of a sample, if it is an image's. */
export function imageFileOf(sample: StoredSample): EncodedSample | undefined {
  const file = sample.encoded();
  return file && codecEntry(file.compression)?.kind === 'image' ? file : undefined;
}

/**
 * Reads the facts of a sample from the header of its file.
 *
 * @param orient - whether the EXIF orientation counts.
 * @throws {DatasetError} `codec` when the header tells that the file is damaged or cut off
 */
export async function readFacts(sample: StoredSample, orient: boolean): Promise<Facts> {
  const file = imageFileOf(sample);
  const readHeader = file && (await codecEntry(file.compression)?.loadHeader?.());
  if (!file || !readHeader) {
    const { shape, dtype } = sample;
    const [height = 0, width = 0] = shape;
    const raw = { colors: undefined, orientation: UPRIGHT, platformType: undefined };
    return { file: undefined, width, height, dtype, ...raw };
  }
  try {
    const header = readHeader(file.bytes);
    const { dtype, colors } = header;
    const [height = 0, width = 0] = header.shape;
    const orientation = orient ? orientationOf(file) : UPRIGHT;
    const isRight = doubts[file.compression]?.(file.bytes, header) ?? true;
    const platformType = isRight ? browserTypes[file.compression] : undefined;
    return { file, width, height, dtype, colors, orientation, platformType };
  } catch (error) {
    throw errorAt(error, { key: sample.key });
  }
}

/** Whether browsers show a file of a doubtful format as it is meant. Measured in Chromium 156. */
type Doubt = (bytes: Bytes, header: SampleHeader) => boolean;

const doubts: Readonly<Record<string, Doubt>> = {
  // They take inks to be inverted, as Adobe stores them.
  jpeg: (bytes, { colors }) => colors !== 'cmyk' || hasAdobeSegment(bytes),
  mpo: (bytes, { colors }) => colors !== 'cmyk' || hasAdobeSegment(bytes),
  // Run-length codes that skip pixels, and indices beyond the palette, come out otherwise than in the array.
  bmp: (_, { shape }) => shape.length === 3,
  // A picture beyond its screen is cut there, and one without a palette is not shown in grays.
  gif([, , , , , , w0 = 0, w1 = 0, h0 = 0, h1 = 0, flags = 0], { shape: [height, width], colors }) {
    const isWithin = (w1 << 8) + w0 === width && (h1 << 8) + h0 === height;
    return isWithin && (flags >= 0x80 || colors !== undefined);
  },
};

/** Whether a JPEG has the segment by which Adobe's programs mark their files. Its header has been checked. */
function hasAdobeSegment(bytes: Bytes): boolean {
  for (let at = 2; bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    if (bytes[at + 1] === 0xff) at++;
    else if (bytes[at + 1] === 0xee && String.fromCharCode(...bytes.subarray(at + 4, at + 9)) === 'Adobe') return true;
    else at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return false;
}

/** How the numbers of a picture become levels. @throws {DatasetError} `unsupported` for complex ones */
export function levelsOf({ dtype, file }: Facts): Levels {
  if (dtype === 'bool') return 'bits';
  if (dtype === 'uint8') return 'bytes';
  if (dtype === 'uint16' || (dtype === 'int32' && file && grays16.has(file.compression))) return 'words';
  if (!dtype.startsWith('complex')) return 'window';
  const message = `Complex numbers (${dtype}) have no colours. Use array() and show what of them is meant.`;
  throw new DatasetError('unsupported', message, { feature: 'display of complex numbers' });
}
