/** What a browser can show of an image sample. Loaded when a sample is displayed. */
import type { NdArray } from '../format/dtypes.js';
import type { Awaitable, Bytes } from '../util/bytes.js';
import type { EncodedSample } from './types.js';

// Formats that Chromium, Firefox and Safari all show in an <img>.
const shownByBrowsers: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'bmp']);

/**
 * A file that a browser can show: the stored one where browsers know its format, else a PNG of the pixels.
 * @param pixels - decodes the sample; called only when the file cannot be shown.
 */
export async function blobOf(encoded: EncodedSample | undefined, pixels: () => Awaitable<NdArray>): Promise<Blob> {
  if (encoded && shownByBrowsers.has(encoded.compression)) {
    return new Blob(neutralOrientation(encoded), { type: `image/${encoded.compression}` });
  }
  return canvasOf(await pixels()).convertToBlob({ type: 'image/png' });
}

const MAX_CHANNEL = 255;

function canvasOf(array: NdArray): OffscreenCanvas {
  const [height = 0, width = 0, channels = 1] = array.shape;
  const pixels = new Uint8ClampedArray(height * width * 4);
  const { data } = array;
  const scale = array.dtype === 'bool' ? MAX_CHANNEL : 1;
  for (let i = 0, from = 0; i < pixels.length; i += 4, from += channels) {
    const first = Number(data[from]) * scale;
    const colour = channels >= 3;
    pixels[i] = first;
    pixels[i + 1] = colour ? Number(data[from + 1]) * scale : first;
    pixels[i + 2] = colour ? Number(data[from + 2]) * scale : first;
    pixels[i + 3] = channels === 4 || channels === 2 ? Number(data[from + channels - 1]) * scale : MAX_CHANNEL;
  }
  const canvas = new OffscreenCanvas(Math.max(width, 1), Math.max(height, 1));
  const context = canvas.getContext('2d'); // an empty canvas must have one, too
  if (pixels.length > 0) context?.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}

const ORIENTATION_TAG = 0x0112;
const UPRIGHT = 1;
const PNG_EXIF = 0x65584966; // "eXIf"

/**
 * The bytes of a file without what makes browsers turn it: they do so whatever option they are given. In parts; files
 * without an EXIF orientation, and other formats, are given as they are.
 */
function neutralOrientation({ bytes, compression }: EncodedSample): Bytes[] {
  if (compression === 'jpeg') return [uprightJpeg(bytes)];
  return compression === 'png' ? pngWithoutExif(bytes) : [bytes];
}

/** Leaves out the EXIF chunk of a PNG. Chunks are: length, type, content, check sum. */
function pngWithoutExif(bytes: Bytes): Bytes[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (view.getUint32(at + 4) === PNG_EXIF) return [bytes.subarray(0, at), bytes.subarray(end)];
    at = end;
  }
  return [bytes];
}

/** Sets the EXIF orientation of a JPEG to upright, in a copy. */
function uprightJpeg(bytes: Bytes): Bytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 4 <= bytes.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    const length = view.getUint16(at + 2);
    if (marker === 0xda) break; // entropy-coded data: no headers behind it
    const tiff = at + 10;
    if (marker === 0xe1 && tiff + 8 <= bytes.length && view.getUint32(at + 4) === 0x45786966 /* "Exif" */) {
      const little = view.getUint16(tiff) === 0x4949;
      const directory = tiff + view.getUint32(tiff + 4, little);
      if (directory + 2 > bytes.length) return bytes;
      const entries = view.getUint16(directory, little);
      for (let i = 0; i < entries; i++) {
        const entry = directory + 2 + i * 12;
        if (entry + 12 > bytes.length) return bytes;
        if (view.getUint16(entry, little) !== ORIENTATION_TAG) continue;
        if (view.getUint16(entry + 8, little) === UPRIGHT) return bytes;
        const copy = bytes.slice();
        new DataView(copy.buffer).setUint16(entry + 8, UPRIGHT, little);
        return copy;
      }
    }
    at += 2 + length;
  }
  return bytes;
}
