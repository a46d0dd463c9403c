/** The transfer syntaxes of coded pixels: which there are, and what decodes their frames. Source: DICOM PS3.5 §10, PS3.6 annex A. */
import { cannotDecode, type DecodeFrame } from './dcm-frame.js';

interface Syntax {
  readonly name: string;
  /** Greatest number of values that a byte of a frame can stand for. */
  readonly ratio: number;
  /** Number of values that a file of any size is believed to hold: flat pictures take next to no bytes. */
  readonly believed?: number;
  readonly load: () => Promise<DecodeFrame>;
}

// Blocks of 8 x 8 take at least two bits, and one of colour can stand for 4 x 4 of them.
const DCT_RATIO = 1024;
// PackBits makes 64 values of a byte.
const RLE_RATIO = 64;
// A code takes at least one bit.
const HUFFMAN_RATIO = 8;
// Runs and empty blocks have no bound: above 2^24 values, small files are not believed.
const flat = { ratio: 4096, believed: 2 ** 24 };

const jpeg = (): Promise<DecodeFrame> => import('./dcm-jpeg.js').then((m) => m.decodeDcmJpeg);
const lossless = (): Promise<DecodeFrame> => import('./dcm-jpeg-lossless.js').then((m) => m.decodeLosslessJpeg);
const jpegLs = (): Promise<DecodeFrame> => import('./dcm-jpeg-ls.js').then((m) => m.decodeJpegLs);
const jpeg2000 = (): Promise<DecodeFrame> => import('./dcm-jpeg2000.js').then((m) => m.decodeDcmJpeg2000);

const JPEG = '1.2.840.10008.1.2.4.';

const syntaxes = new Map<string, Syntax>([
  [
    '1.2.840.10008.1.2.5',
    { name: 'RLE', ratio: RLE_RATIO, load: () => import('./dcm-rle.js').then((m) => m.decodeRle) },
  ],
  [`${JPEG}50`, { name: 'JPEG Baseline', ratio: DCT_RATIO, load: jpeg }],
  [`${JPEG}51`, { name: 'JPEG Extended', ratio: DCT_RATIO, load: jpeg }],
  [`${JPEG}57`, { name: 'JPEG Lossless', ratio: HUFFMAN_RATIO, load: lossless }],
  [`${JPEG}70`, { name: 'JPEG Lossless, first-order prediction', ratio: HUFFMAN_RATIO, load: lossless }],
  [`${JPEG}80`, { name: 'JPEG-LS Lossless', ...flat, load: jpegLs }],
  [`${JPEG}81`, { name: 'JPEG-LS Near-Lossless', ...flat, load: jpegLs }],
  [`${JPEG}90`, { name: 'JPEG 2000 Lossless', ...flat, load: jpeg2000 }],
  [`${JPEG}91`, { name: 'JPEG 2000', ...flat, load: jpeg2000 }],
  [`${JPEG}201`, { name: 'High-Throughput JPEG 2000 Lossless', ...flat, load: jpeg2000 }],
  [`${JPEG}202`, { name: 'High-Throughput JPEG 2000 Lossless, by resolution', ...flat, load: jpeg2000 }],
  [`${JPEG}203`, { name: 'High-Throughput JPEG 2000', ...flat, load: jpeg2000 }],
]);

// Coded in ways that are known and not decoded.
const otherNames: Readonly<Record<string, string>> = {
  [`${JPEG}53`]: 'JPEG Spectral Selection',
  [`${JPEG}55`]: 'JPEG Full Progression',
  [`${JPEG}92`]: 'JPEG 2000 Part 2, multi-component, lossless',
  [`${JPEG}93`]: 'JPEG 2000 Part 2, multi-component',
  [`${JPEG}94`]: 'JPIP, which is elsewhere',
  [`${JPEG}95`]: 'JPIP, which is elsewhere',
  [`${JPEG}100`]: 'MPEG-2 video',
  [`${JPEG}101`]: 'MPEG-2 video',
  [`${JPEG}102`]: 'H.264 video',
  [`${JPEG}103`]: 'H.264 video',
  [`${JPEG}107`]: 'HEVC video',
  [`${JPEG}108`]: 'HEVC video',
  [`${JPEG}110`]: 'JPEG XL Lossless',
  [`${JPEG}111`]: 'JPEG XL of a JPEG file',
  [`${JPEG}112`]: 'JPEG XL',
};

/** Finds a transfer syntax. @throws {DatasetError} `unsupported` that names one that cannot be decoded */
export function codedSyntax(uid: string): Syntax {
  const syntax = syntaxes.get(uid);
  if (syntax) return syntax;
  const name = otherNames[uid] ?? 'something else';
  throw cannotDecode(`coded as ${name} (transfer syntax ${uid})`, `decoding dcm of transfer syntax ${uid}`);
}
