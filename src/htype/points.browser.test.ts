import { afterAll, expect, test } from 'vitest';
import { createCodecPool } from '../codec/pool.js';
import type { Bytes } from '../util/bytes.js';
import { niftiSample } from './nifti-sample.js';
import { countedSource, diskName, pointsContract, storedFile } from './points.contract.js';

const pool = createCodecPool({ size: 1 });
afterAll(() => pool.close());

async function load(name: string): Promise<Bytes> {
  const response = await fetch(`/e2e/fixtures/media/points/${diskName(name)}`);
  return new Uint8Array(await response.arrayBuffer());
}

pointsContract('in a worker of Chromium', load, () => pool);

/** Gray values of a bitmap, row by row. */
function grays(bitmap: ImageBitmap): number[] {
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const { data } = context?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: [] };
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] ?? -1);
}

test('a bitmap of a slice: across goes right, up goes up, white is the greatest number', async () => {
  const sample = niftiSample(storedFile('u1.nii', countedSource(await load('u1.nii')), pool), 3);
  const slice = await sample.slice({ axis: 2, index: 1 });
  const values = Array.from(slice.data, Number);
  const bitmap = await sample.toBitmap({ axis: 2, index: 1 });
  expect([bitmap.width, bitmap.height]).toEqual(slice.shape);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [width = 0, height = 0] = slice.shape;
  const expected = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [i % width, height - 1 - Math.floor(i / width)];
    return Math.round((((values[x * height + y] ?? 0) - low) / (high - low)) * 255);
  });
  expect(grays(bitmap)).toEqual(expected);
  bitmap.close();
  const dark = await sample.toBitmap({ axis: 0, index: 0, window: [255, 256] });
  expect(new Set(grays(dark))).toEqual(new Set([0]));
  expect([dark.width, dark.height]).toEqual([4, 3]);
  dark.close();
});

test('a gzip file of many streams, as the platform may know one only', async () => {
  const whole = await load('times.nii');
  const parts = await Promise.all(
    [0, 400, 700].map(async (start, i) => {
      const part = new Blob([whole.subarray(start, [400, 700, whole.length][i])]).stream();
      return new Uint8Array(await new Response(part.pipeThrough(new CompressionStream('gzip'))).arrayBuffer());
    }),
  );
  const bytes = new Uint8Array(parts.flatMap((part) => [...part]));
  const packed = niftiSample(storedFile('x.nii.gz', countedSource(bytes), pool), 3);
  const plain = niftiSample(storedFile('x.nii', countedSource(whole), pool), 3);
  for (const time of [0, 5]) expect(await packed.volume({ time })).toEqual(await plain.volume({ time }));
});
