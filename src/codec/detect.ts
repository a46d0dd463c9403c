// biome-ignore-all lint/suspicious/noControlCharactersInRegex: magic numbers are control characters
/** Finds the compression of a file from its name and first bytes, in the order that Deep Lake 3.9.52 goes. */
import type { Bytes } from '../util/bytes.js';

// Only these names count; for images the content decides. The longer suffix must come first.
const byExtension = /\.(mp3|flac|wav|mp4|mkv|avi|dcm|las|ply|nii\.gz|nii|stl)$/i;

// Text is matched as latin-1, one character for each byte. Sources: the formats' own magic numbers.
const signatures: readonly (readonly [RegExp, string])[] = [
  [/^\xff\xd8\xff/, 'jpeg'], // mpo too, such as many phones write: Pillow, which is asked, opens both as jpeg
  [/^\x89PNG\r\n\x1a\n/, 'png'],
  [/^RIFF.{4}WEBP/s, 'webp'],
  [/^GIF8[79]a/, 'gif'],
  [/^.{4}ftyp(?:MSNV|isom|iso[2-9]|mp4[12]|avc1|M4V |dash)/s, 'mp4'],
  [/^\x1a\x45\xdf\xa3/, 'mkv'],
  [/^(?:ID3|\xff[\xfb\xf3\xf2])/, 'mp3'],
  [/^fLaC/, 'flac'],
  [/^RIFF.{4}WAVE/s, 'wav'],
  [/^RIFF.{4}AVI /s, 'avi'],
  [/^.{128}DICM/s, 'dcm'],
  [/^(?:\x5c\x01\x00\x00|\x00\x00\x01\x5c).{340}n[+i]1\0/s, 'nii'],
  [/^LASF/, 'las'],
  [/^ply\r?\n/, 'ply'],
  [/^(?:solid|numpy-stl)/, 'stl'],
  [/^(?:II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b)/, 'tiff'],
  [/^(?:\xff\x4f\xff\x51|\0\0\0\x0cjP {2}\r\n\x87\n)/, 'jpeg2000'],
  [/^BM/, 'bmp'],
  [/^\0\0\x01\0/, 'ico'],
  [/^(?:%!PS|\xc5\xd0\xd3\xc6)/, 'eps'],
  [/^(?:\xd7\xcd\xc6\x9a\0\0|\x01\0\x09\0)/, 'wmf'],
  [/^P[1-6][\s#]/, 'ppm'],
  [/^\x01\xda[\0\x01][\x01\x02]/, 'sgi'],
  [/^(?:DanM|LinS)/, 'msp'],
  [/^\s*(?:\/\*.*?\*\/\s*)?#define\s+\S+_width\s/s, 'xbm'],
  [/^.{4}[\x11\x12]\xaf.{8}[\0\x03]\0/s, 'fli'],
  [/^(?:Image type|Name|Comment|Date|Digitalization|File size|Lut|Scale)\s*:[^\n]{0,90}\n/, 'im'],
  [/^[\x0c\x28\x40\x6c\x7c]\0\0\0.{8}\x01\0/s, 'dib'],
  [/^\x0a[\0\x02\x03\x05][\0\x01][\x01\x02\x04\x08]/, 'pcx'],
  // TGA has no magic number, so a header that makes sense decides, last of all.
  [/^.(?:\0[\x02\x03\x0a\x0b]|\x01[\x01\x09]).{13}[\x01\x08\x0f\x10\x18\x20][\0-\x3f]/s, 'tga'],
];

/**
 * Tells the compression of a file, or undefined when nothing fits.
 *
 * @param head - the first 512 bytes, or the whole file when it is shorter.
 * @param filename - name, path or URL; a query and fragment are ignored. Counts before the bytes for audio, video,
 *   volumes, points and meshes; not for images.
 */
export function detectCompression(head: Bytes, filename?: string): string | undefined {
  const extension = filename && byExtension.exec(filename.replace(/[?#].*$/s, ''));
  if (extension?.[1]) return extension[1].toLowerCase();
  const text = String.fromCharCode(...head.subarray(0, 512));
  return signatures.find(([pattern]) => pattern.test(text))?.[1];
}
