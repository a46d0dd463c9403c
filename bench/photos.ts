import { seededIndexes } from './benchmark.js';
import { withComment } from './jpegs.js';

const QUALITY = 0.85;
const DISTINCT = 8;
const SHAPES = 40;
const GRAIN = 12;

/** Makes `count` different JPEG files: a few scenes with edges, gradients and a little grain, each time with another comment. */
export async function makePhotos(count: number, width: number, height: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const scenes = await Promise.all(Array.from({ length: DISTINCT }, (_, seed) => encodeScene(seed, width, height)));
  return Array.from({ length: count }, (_, i) => withComment(scenes[i % DISTINCT] ?? new Uint8Array(), i));
}

async function encodeScene(seed: number, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  const next = seededIndexes(seed);
  const sky = context.createLinearGradient(0, 0, width / 3, height);
  sky.addColorStop(0, `hsl(${next(360)} 60% 70%)`);
  sky.addColorStop(1, `hsl(${next(360)} 50% 30%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  for (let i = 0; i < SHAPES; i++) {
    context.fillStyle = `hsl(${next(360)} ${next(100)}% ${next(100)}%)`;
    context.beginPath();
    context.ellipse(next(width), next(height), 4 + next(width / 6), 4 + next(height / 6), next(4), 0, 7);
    context.fill();
  }
  const pixels = context.getImageData(0, 0, width, height);
  for (let i = 0; i < pixels.data.length; i++) {
    if (i % 4 < 3) pixels.data[i] = (pixels.data[i] ?? 0) + next(GRAIN) - GRAIN / 2;
  }
  context.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
  return new Uint8Array(await blob.arrayBuffer());
}
