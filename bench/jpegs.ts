import { seededIndexes } from './benchmark.js';

const DISTINCT = 16;
// Noise of this size at this quality is about 95 kB; the comment brings files to 96-104 kB.
const WIDTH = 384;
const HEIGHT = 288;
const QUALITY = 0.8;
const COMMENT_BYTES = 8192;
const COM = 0xfe;

/** Makes `count` different JPEG files of about 100 kB: a few noisy pictures, each time with another comment. */
export async function makeJpegs(count: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const pictures = await Promise.all(Array.from({ length: DISTINCT }, (_, seed) => encodeNoise(seed)));
  return Array.from({ length: count }, (_, i) => withComment(pictures[i % DISTINCT] ?? new Uint8Array(), i));
}

async function encodeNoise(seed: number): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
  const pixels = new ImageData(WIDTH, HEIGHT);
  const next = seededIndexes(seed);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = i % 4 === 3 ? 255 : next(256);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}

/** Puts a comment segment (`FF FE`, u16 length with itself, bytes) behind the start mark. */
export function withComment(jpeg: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  const next = seededIndexes(index);
  const length = 8 + next(COMMENT_BYTES);
  const file = new Uint8Array(jpeg.length + 2 + length);
  file.set(jpeg.subarray(0, 2));
  const view = new DataView(file.buffer);
  view.setUint16(2, 0xff00 + COM);
  view.setUint16(4, length);
  view.setUint32(6, index);
  for (let at = 10; at < 4 + length; at++) file[at] = next(256);
  file.set(jpeg.subarray(2), 4 + length);
  return file;
}

/** Whether two files hold the same bytes. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && indexedDB.cmp(a, b) === 0; // compares typed arrays natively
}
