/** JPEG frames of DICOM files: their components as they are stored, which pydicom does not convert to RGB either. */
import type { Bytes } from '../util/bytes.js';
import { checkFrame, type DecodeFrame } from './dcm-frame.js';
import { createJpeg } from './jpeg.js';
import { upsample } from './jpeg-cmyk.js';
import { readJpegFrame } from './jpeg-header.js';
import { splitJpeg } from './jpeg-planes.js';
import type { CodecConfig } from './types.js';

const codecs = new WeakMap<CodecConfig, ReturnType<typeof createJpeg>>();

/**
 * Decodes a frame of 8 bits (baseline, extended or progressive) or of 12 (extended).
 *
 * Colours stay YCbCr, unless the data set calls them RGB and Adobe's segment says that they were converted.
 */
export const decodeDcmJpeg: DecodeFrame = async (frame, form, config) => {
  if (precisionOf(frame) === 12)
    return (await import('./dcm-jpeg-extended.js')).decodeExtendedJpeg(frame, form, config);
  const jpeg = codecs.get(config) ?? createJpeg(config);
  codecs.set(config, jpeg);
  const { width, height, components } = readJpegFrame(frame);
  checkFrame(form, { width, height, components, bits: 8 });
  const decode = async (file: Bytes): Promise<Bytes> => {
    const { data } = await jpeg.decode(file, {});
    if (data instanceof Uint8Array) return data;
    throw new TypeError('The jpeg codec gives bytes.');
  };
  if (components !== 3) return decode(frame);
  const { planes, adobeTransform } = splitJpeg(frame);
  if (form.photometric === 'RGB' && adobeTransform === 1) return decode(frame);
  const data = new Uint8Array(width * height * components);
  for (const [channel, plane] of planes.entries()) {
    const full = upsample(await decode(plane.file), plane, width, height);
    for (let i = 0, to = channel; i < full.length; i++, to += components) data[to] = full[i] ?? 0;
  }
  return data;
};

/** Bits of a value in the frame header; 0 when there is none. */
function precisionOf(bytes: Bytes): number {
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xc3) return bytes[at + 4] ?? 0;
    else at += 2 + Math.max(2, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
  return 0;
}
