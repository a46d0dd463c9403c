/** JPEG frames of DICOM files: their components as they are stored, which pydicom does not convert to RGB either. */
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { createJpeg } from './jpeg.js';
import { upsample } from './jpeg-cmyk.js';
import { readJpegFrame } from './jpeg-header.js';
import { splitJpeg } from './jpeg-planes.js';
import type { CodecConfig } from './types.js';

const codecs = new WeakMap<CodecConfig, ReturnType<typeof createJpeg>>();

/**
 * Decodes a frame of `[rows, columns, components]`.
 *
 * Colours stay YCbCr, unless the data set calls them RGB and Adobe's segment says that they were converted.
 * @throws {DatasetError} `codec` when the frame has another shape, which is checked first, or is damaged.
 */
export async function decodeDcmJpeg(
  frame: Bytes,
  shape: readonly number[],
  photometric: string,
  config: CodecConfig,
): Promise<Bytes> {
  const jpeg = codecs.get(config) ?? createJpeg(config);
  codecs.set(config, jpeg);
  const { width, height, components } = readJpegFrame(frame);
  const got = [height, width, components].join(' x ');
  if (got !== shape.join(' x ')) throw fileError('dcm', `expected frames of ${shape.join(' x ')}, got ${got}`);
  const decode = async (file: Bytes): Promise<Bytes> => {
    const { data } = await jpeg.decode(file, {});
    if (data instanceof Uint8Array) return data;
    throw new TypeError('The jpeg codec gives bytes.');
  };
  if (components !== 3) return decode(frame);
  const { planes, adobeTransform } = splitJpeg(frame);
  if (photometric === 'RGB' && adobeTransform === 1) return decode(frame);
  const data = new Uint8Array(width * height * components);
  for (const [channel, plane] of planes.entries()) {
    const full = upsample(await decode(plane.file), plane, width, height);
    for (let i = 0, to = channel; i < full.length; i++, to += components) data[to] = full[i] ?? 0;
  }
  return data;
}
