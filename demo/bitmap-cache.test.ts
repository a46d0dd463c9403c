import { expect, it } from 'vitest';
import { BitmapCache } from './bitmap-cache.js';

interface Fake extends ImageBitmap {
  closed: boolean;
}

function fake(): Fake {
  const bitmap = { width: 10, height: 10, closed: false, close: () => {} };
  bitmap.close = () => {
    bitmap.closed = true;
  };
  return bitmap;
}

const never = new AbortController().signal;

it('closes the bitmap that was not used for the longest time', async () => {
  const made: Fake[] = [];
  const cache = new BitmapCache({ load: async () => made[made.push(fake()) - 1], maxBytes: 800 });
  for (const index of [0, 1]) await cache.request(index, never);
  cache.get(0);
  await cache.request(2, never);
  expect(made.map(({ closed }) => closed)).toEqual([false, true, false]);
  expect(cache.get(1)).toBeUndefined();
  cache.clear();
  expect(made.every(({ closed }) => closed)).toBe(true);
});

it('loads the latest wish first and drops those that were withdrawn', async () => {
  const asked: number[] = [];
  const load = async (index: number) => {
    asked.push(index);
    return fake();
  };
  const cache = new BitmapCache({ load, maxBytes: 10_000, concurrency: 1 });
  const gone = new AbortController();
  const wishes = [cache.request(1, never), cache.request(2, gone.signal), cache.request(3, never)];
  gone.abort(new Error('scrolled away'));
  const results = await Promise.allSettled(wishes);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(asked).toEqual([3, 1]);
});

it('throws away what arrives after it was cleared', async () => {
  const late = fake();
  let arrive: (bitmap: Fake) => void = () => {};
  const cache = new BitmapCache({ load: () => new Promise((resolve) => (arrive = resolve)), maxBytes: 10_000 });
  const wish = cache.request(0, never);
  await Promise.resolve();
  cache.clear();
  arrive(late);
  expect(await wish).toBeUndefined();
  expect(late.closed).toBe(true);
});
