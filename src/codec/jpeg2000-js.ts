/** JPEG 2000 in plain JavaScript, for the pictures that OpenJPEG's build refuses. */
import { JpxImage } from 'jpeg2000';
import { fileError } from './file-view.js';
import type { Jpeg2000Info } from './jpeg2000-header.js';

// It takes some hundred bytes of memory for a pixel of a damaged file.
const maxPixels = 2 ** 24;

/** Decodes a picture of 8 bits. @throws {DatasetError} `codec` when it is damaged, deeper, or of more than 2^24 pixels. */
export function decodeJpeg2000Js({ stream, width, height, components, bits }: Jpeg2000Info): Uint8Array {
  if (bits !== 8) throw fileError('jpeg2000', `${components} components of ${bits} bits are not supported`);
  if (width * height > maxPixels) throw fileError('jpeg2000', `with alpha it may have ${maxPixels} pixels at most`);
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  // The two methods of Node's Buffer that it calls.
  const data = Object.assign(stream.slice(), {
    readUInt16BE: (at: number) => view.getUint16(at),
    readUInt32BE: (at: number) => view.getUint32(at),
  });
  const image = new JpxImage();
  image.failOnCorruptedImage = true;
  try {
    image.parse(data);
  } catch (error) {
    throw fileError('jpeg2000', `its pixels are damaged: ${error instanceof Error ? error.message : error}`, error);
  }
  const out = new Uint8Array(width * height * components);
  let filled = 0;
  for (const { left, top, width: across, height: rows, items } of image.tiles) {
    filled += across * rows;
    if (left + across > width || top + rows > height || items.length !== across * rows * components) {
      throw fileError('jpeg2000', 'a tile does not fit its picture');
    }
    for (let y = 0; y < rows; y++) {
      const row = items.subarray(y * across * components, (y + 1) * across * components);
      out.set(row, ((top + y) * width + left) * components);
    }
  }
  if (filled !== width * height) throw fileError('jpeg2000', `expected ${width * height} pixels, got ${filled}`);
  return out;
}
