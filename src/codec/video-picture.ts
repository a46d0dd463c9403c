/** Turns the pictures of decoders into RGB: a task of the codec pool. */
import { DatasetError } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { loadKernels } from './kernels.js';
import { checkPixels } from './video-packets.js';
import { softToRgb } from './yuv-soft.js';
import { fullRangeToRgb } from './yuv-to-rgb.js';

/** A picture as planes of 8 bits in one buffer, without gaps: Y, U, V. */
export interface RawPicture {
  readonly format: 'I420' | 'I422' | 'I444';
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  readonly data: Bytes;
  /** Whether values use all of 0-255, and not 16-235. */
  readonly fullRange: boolean;
}

/** What the task takes. */
export interface PictureInput {
  readonly picture: VideoFrame | RawPicture;
  /** Whether the full range of values counts: FFmpeg heeds it for H.264, H.265 and JPEG. */
  readonly heedsRange: boolean;
}

const chromaSteps: Readonly<Record<string, readonly [1 | 2, 1 | 2]>> = {
  I420: [2, 2],
  I420A: [2, 2],
  NV12: [2, 2],
  I422: [2, 1],
  I422A: [2, 1],
  I444: [1, 1],
  I444A: [1, 1],
};

/** Converts a picture to `[height, width, 3]`, and closes it. @throws {DatasetError} `unsupported` for other formats */
export async function rgbOfPicture({ picture, heedsRange }: PictureInput): Promise<NdArray<'uint8'>> {
  if (!isVideoFrame(picture)) {
    const { width, height, data, format, fullRange } = picture;
    return convert(format, width, height, data, tightPlanes(picture), heedsRange && fullRange);
  }
  try {
    const { format, visibleRect, colorSpace } = picture;
    const { width = 0, height = 0 } = visibleRect ?? {};
    checkPixels('video', width, height);
    if (format === null) throw unsupported('unknown');
    const data = new Uint8Array(picture.allocationSize());
    const planes = await picture.copyTo(data);
    if (format === 'I444' && isRgb(colorSpace)) return planarToRgb(width, height, data, planes);
    return await convert(format, width, height, data, planes, heedsRange && colorSpace.fullRange === true);
  } finally {
    picture.close();
  }
}

/** Whether a picture is the platform's. */
export function isVideoFrame(picture: VideoFrame | RawPicture): picture is VideoFrame {
  return 'close' in picture;
}

/** Bytes of a picture's planes, and where they lie. */
export function tightPlanes({ format, width, height }: Pick<RawPicture, 'format' | 'width' | 'height'>): PlaneLayout[] {
  const [across, down] = chromaSteps[format] ?? [1, 1];
  const stride = Math.ceil(width / across);
  const chroma = stride * Math.ceil(height / down);
  const y = width * height;
  return [
    { offset: 0, stride: width },
    { offset: y, stride },
    { offset: y + chroma, stride },
  ];
}

async function convert(
  format: string,
  width: number,
  height: number,
  data: Bytes,
  layout: readonly PlaneLayout[],
  fullRange: boolean,
): Promise<NdArray<'uint8'>> {
  const rgb = new Uint8Array(width * height * 3);
  const [y, u, v] = layout;
  if (y && !u && /^(RGB|BGR)[AX]$/.test(format)) {
    packedToRgb(format, width, height, data, y, rgb);
    return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
  }
  const deep = /^(I4\d\dA?)P(1[02])$/.exec(format);
  const deepChroma = chromaSteps[deep?.[1] ?? ''];
  if (deepChroma && y && u && v) {
    const values = (plane: PlaneLayout): Uint16Array => new Uint16Array(data.buffer, plane.offset);
    const [yStride, uStride, vStride] = [y.stride / 2, u.stride / 2, v.stride / 2];
    const planes = { width, height, y: values(y), u: values(u), v: values(v), yStride, uStride, vStride };
    softToRgb({ ...planes, chroma: deepChroma, step: 1, bits: Number(deep?.[2]) }, fullRange, rgb);
    return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
  }
  const chroma = chromaSteps[format];
  if (!y || !u || !chroma || (format !== 'NV12' && !v)) throw unsupported(format);
  const second = v ?? { offset: u.offset + 1, stride: u.stride };
  const planes = {
    width,
    height,
    y: data.subarray(y.offset),
    u: data.subarray(u.offset),
    v: data.subarray(second.offset),
    yStride: y.stride,
    uStride: u.stride,
    vStride: second.stride,
    chroma,
    step: v ? 1 : 2,
  } as const;
  const kernels = await loadKernels();
  if (chroma[0] === 1 || height & 1) softToRgb({ ...planes, bits: 8 }, fullRange, rgb);
  else if (fullRange) fullRangeToRgb(planes, rgb);
  else if (v) kernels.i420ToRgb(planes, rgb);
  else kernels.nv12ToRgb({ ...planes, uv: planes.u, uvStride: u.stride }, rgb);
  return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
}

/** Chromium has no name for the matrix of planes that are no YCbCr, and does not say rgb either; others it fills in. */
function isRgb({ matrix, fullRange }: VideoColorSpace): boolean {
  return matrix === 'rgb' || (matrix === null && fullRange === true);
}

/** Three planes that are green, blue and red. */
function planarToRgb(width: number, height: number, data: Bytes, layout: readonly PlaneLayout[]): NdArray<'uint8'> {
  const rgb = new Uint8Array(width * height * 3);
  for (const [i, channel] of [1, 2, 0].entries()) {
    const { offset, stride } = layout[i] ?? { offset: 0, stride: 0 };
    for (let row = 0, out = channel; row < height; row++) {
      for (let x = 0, at = offset + row * stride; x < width; x++, out += 3) rgb[out] = data[at + x] ?? 0;
    }
  }
  return { dtype: 'uint8', shape: [height, width, 3], data: rgb };
}

/** Some platforms give RGB only: it is taken as it is. */
function packedToRgb(
  format: string,
  width: number,
  height: number,
  data: Bytes,
  { offset, stride }: PlaneLayout,
  rgb: Bytes,
): void {
  const [red, blue] = format.startsWith('RGB') ? [0, 2] : [2, 0];
  for (let row = 0, out = 0; row < height; row++) {
    for (let x = 0, at = offset + row * stride; x < width; x++, at += 4) {
      rgb[out++] = data[at + red] ?? 0;
      rgb[out++] = data[at + 1] ?? 0;
      rgb[out++] = data[at + blue] ?? 0;
    }
  }
}

function unsupported(format: string): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    `Frames of the pixel format ${format} cannot be turned into numbers yet. Draw them with videoFrames(), or read the ` +
      'file with encoded().',
    { feature: `video frames of ${format}` },
  );
}
