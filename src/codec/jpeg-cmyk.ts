/** Decodes JPEG files of four components to the CMYK values that Pillow gives. */
import type { Bytes } from '../util/bytes.js';
import { type JpegPlane, splitJpeg } from './jpeg-planes.js';
import type { JpegPixels } from './libjpeg-turbo.js';

/**
 * Decodes a CMYK or YCCK file.
 *
 * @param decodeGray - decodes a JPEG file of one component.
 * @returns `[height, width, 4]`. Pillow takes every such file for one of Adobe's, which are stored inverted.
 */
export async function decodeCmyk(bytes: Bytes, decodeGray: (file: Bytes) => Promise<JpegPixels>): Promise<JpegPixels> {
  const { planes, adobeTransform } = splitJpeg(bytes);
  const width = Math.max(...planes.map((plane) => plane.width));
  const height = Math.max(...planes.map((plane) => plane.height));
  const full: Bytes[] = [];
  for (const plane of planes) full.push(upsample((await decodeGray(plane.file)).data, plane, width, height));
  const [c0, c1, c2, c3] = full;
  if (!c0 || !c1 || !c2 || !c3) throw new TypeError(`decodeCmyk takes files of 4 components, got ${full.length}.`);
  const data = new Uint8ClampedArray(width * height * 4);
  const ycck = adobeTransform === 2;
  for (let i = 0, o = 0; i < c0.length; i++, o += 4) {
    const [a = 0, b = 0, c = 0] = [c0[i], c1[i], c2[i]];
    if (ycck) {
      // Inverse YCbCr in 16-bit fixed point, as libjpeg has it (jdcolor.c); inverted twice, so not at all.
      const [cb, cr] = [b - 128, c - 128];
      data[o] = a + ((91881 * cr + 32768) >> 16);
      data[o + 1] = a + ((-22554 * cb - 46802 * cr + 32768) >> 16);
      data[o + 2] = a + ((116130 * cb + 32768) >> 16);
    } else {
      data[o] = 255 - a;
      data[o + 1] = 255 - b;
      data[o + 2] = 255 - c;
    }
    data[o + 3] = 255 - (c3[i] ?? 0);
  }
  return { width, height, components: 4, data: new Uint8Array(data.buffer) };
}

/** Widens a plane to the size of the picture, as libjpeg does. */
export function upsample(from: Bytes, plane: JpegPlane, width: number, height: number): Bytes {
  const { scaleX, scaleY } = plane;
  if (scaleX === 1 && scaleY === 1) return from;
  const to = new Uint8Array(width * height);
  // libjpeg interpolates (jdsample.c, "fancy") by these factors, across only where the plane is wider than 2; else it repeats.
  const smooth = (scaleX === 2 && scaleY <= 2 && plane.width > 2) || (scaleX === 1 && scaleY === 2);
  for (let y = 0; y < height; y++) {
    if (smooth) smoothRow(from, plane, y, to, width);
    else {
      const row = Math.floor(y / scaleY) * plane.width;
      for (let x = 0; x < width; x++) to[y * width + x] = from[row + Math.floor(x / scaleX)] ?? 0;
    }
  }
  return to;
}

// Each output value is 3/4 of the nearer and 1/4 of the farther sample in each halved direction; at the edges the
// sample itself stands for its neighbour. The rounding differs from value to value, as libjpeg has it.
function smoothRow(from: Bytes, plane: JpegPlane, y: number, to: Bytes, width: number): void {
  const tall = plane.scaleY === 2;
  const near = tall ? y >> 1 : y;
  const far = tall ? Math.min(Math.max(near + (y & 1 ? 1 : -1), 0), plane.height - 1) : near;
  const last = plane.width - 1;
  const sum = (x: number): number => {
    const here = from[near * plane.width + x] ?? 0;
    return tall ? 3 * here + (from[far * plane.width + x] ?? 0) : here;
  };
  for (let x = 0; x < width; x++) {
    const odd = x & 1;
    let value: number;
    if (plane.scaleX === 1) {
      value = (sum(x) + 1 + (y & 1)) >> 2;
    } else {
      const at = x >> 1;
      const other = sum(Math.min(Math.max(at + (odd ? 1 : -1), 0), last));
      value = tall ? (3 * sum(at) + other + 8 - odd) >> 4 : (3 * sum(at) + other + 1 + odd) >> 2;
    }
    to[y * width + x] = value;
  }
}
