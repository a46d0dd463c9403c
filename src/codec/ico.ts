/**
 * ico: a list of icons, each a png file or a dib with a mask. The largest is the picture.
 *
 * The file is u16 0, u16 1, u16 number of icons, then 16 bytes for each: u8 width, u8 height (0 for 256), u8 colours,
 * u8 0, u16 planes, u16 bits, u32 bytes, u32 position. Source: the Windows documentation of ICONDIR.
 */
import { type Bytes, concatBytes } from '../util/bytes.js';
import { openDib } from './dib.js';
import { FileView } from './file-view.js';
import { png } from './png.js';
import { readPngHeader } from './png-header.js';
import {
  checkSize,
  type Picture,
  type PictureFormat,
  pictureEncoder,
  pictureFormat,
  readBits,
  readPixels,
} from './raster.js';

interface Icon {
  readonly area: number;
  readonly depth: number;
  readonly bits: number;
  /** Where it lies in the file. */
  readonly at: number;
  readonly end: number;
}

// The largest; among equals the deepest, and among those the last: so Pillow chooses.
function findIcon(file: FileView): Icon {
  file.expect(file.has('\0\0\x01\0', 0), 'an ICO file');
  const count = file.u16(4);
  let best: Icon | undefined;
  for (let i = 0, at = 6; i < count; i++, at += 16) {
    const bits = file.u16(at + 6);
    const depth = bits || Math.ceil(Math.log2(file.u8(at + 2) || 2 ** 256));
    const area = (file.u8(at) || 256) * (file.u8(at + 1) || 256);
    const start = file.u32(at + 12);
    const icon = { area, depth, bits, at: start, end: start + file.u32(at + 8) };
    if (!best || area > best.area || (area === best.area && depth >= best.depth)) best = icon;
  }
  if (!best) throw file.error('it has no icons');
  return best;
}

// The bytes of the icon when it is a png file.
function pngOf(bytes: Bytes): Bytes | undefined {
  const file = new FileView(bytes, 'ico');
  const { at } = findIcon(file);
  return file.has('\x89PNG\r\n\x1a\n', at) ? bytes.subarray(at) : undefined;
}

/** Opens a dib icon: RGBA, its alpha from the pixels when the list says 32 bits, else from a mask at its end. */
function openIcon(file: FileView): Picture {
  const icon = findIcon(file);
  const dib = openDib(file, icon.at, 0, true);
  const { width, height } = dib;
  checkSize(file, width, height);
  const stride = Math.ceil(width / 32) * 4;
  const maskAt = icon.bits === 32 ? dib.start + 3 : icon.end - stride * height;
  if (maskAt < 0) throw file.error('it has no mask');
  file.need(icon.bits === 32 ? dib.start + width * height * 4 : icon.end);
  const pixels = (): Bytes => {
    const alpha =
      icon.bits === 32
        ? readPixels(file.bytes, maskAt, { width, height, order: [0], step: 4, stride: width * 4, bottomUp: true })
        : readBits(file.bytes, maskAt, { width, height, stride, bottomUp: true, inverted: true });
    return toRgba(dib, alpha, icon.bits === 32 ? 1 : 255);
  };
  return { mode: 'RGBA', width, height, coded: dib.coded ?? false, pixels };
}

function toRgba({ mode, colors, pixels }: Picture, alpha: Bytes, unit: number): Bytes {
  const values = pixels();
  const step = mode === 'RGBA' ? 4 : mode === 'RGB' ? 3 : 1;
  const rgba = new Uint8Array(alpha.length * 4);
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++, from += step, to += 4) {
    const value = values[from] ?? 0;
    for (let c = 0; c < 3; c++) {
      if (step > 1) rgba[to + c] = values[from + c] ?? 0;
      else if (mode === '1') rgba[to + c] = 255 * value;
      else rgba[to + c] = typeof colors === 'object' ? (colors[3 * value + c] ?? value) : value;
    }
    rgba[to + 3] = (alpha[i] ?? 0) * unit;
  }
  return rgba;
}

// Pillow, as Deep Lake calls it, writes one icon of the full size, as a png file that the list says has 32 bits.
const encode = pictureEncoder('ico', ['L', '1', 'LA', 'RGB', 'RGBA'], 256, async ({ mode, width, height, data }) => {
  const channels = mode.length;
  const dtype = mode === '1' ? 'bool' : 'uint8';
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  const icon = (await png.encode?.({ dtype, shape, data }, {})) ?? new Uint8Array(0);
  const head = new Uint8Array(22);
  head.set([0, 0, 1, 0, 1, 0, width, height, 0, 0, 0, 0, 32]); // 256 becomes 0
  const view = new DataView(head.buffer);
  view.setUint32(14, icon.length, true);
  view.setUint32(18, head.length, true);
  return concatBytes([head, icon]);
});

const dibIcon = pictureFormat('ico', openIcon);

/** ico as a codec. */
export const ico: PictureFormat = {
  decode(bytes, hint) {
    const icon = pngOf(bytes);
    return icon ? png.decode(icon, hint) : dibIcon.decode(bytes, hint);
  },
  readHeader(bytes) {
    const icon = pngOf(bytes);
    return icon ? readPngHeader(icon) : dibIcon.readHeader(bytes);
  },
  encode,
};
