/** Decodes JPEG files where WebAssembly is not allowed. Close to Pillow's pixels, not equal. */
import jpegJs from 'jpeg-js';
import type { Bytes } from '../util/bytes.js';
import { jpegError, readJpegFrame } from './jpeg-header.js';
import type { JpegPixels } from './libjpeg-turbo.js';

/** Decodes a file of one or three components. @throws {DatasetError} `codec` when it is damaged. */
export function decodeJpegJs(bytes: Bytes): JpegPixels {
  let image: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  try {
    image = jpegJs.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: 300,
      maxMemoryUsageInMB: 4096,
    });
  } catch (error) {
    throw jpegError(error instanceof Error ? error.message : String(error), error);
  }
  const { width, height } = image;
  const data = new Uint8Array(image.data);
  if (readJpegFrame(bytes).components === 3) return { width, height, components: 3, data };
  // It repeats gray three times.
  return { width, height, components: 1, data: data.filter((_, i) => i % 3 === 0) };
}
