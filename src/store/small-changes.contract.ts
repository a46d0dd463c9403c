import { expect } from 'vitest';
import type { Bytes } from '../util/bytes.js';
import { concatBytes } from '../util/bytes.js';
import { randomOf } from '../util/random.js';
import { keysOf, sumOf, testBytes } from './store.contract.js';
import type { Put, Store } from './types.js';

/** Values as they should be, in the parts in which they were last written or read. */
export type Model = Map<string, readonly Bytes[]>;

const keys = ['a/chunks/1', 'a/chunks/12', 'b/chunks/1', 'a/chunks/short', 'meta.json'];

/** Changes values a little, again and again, and checks what the store gives against a model. */
export async function changeAtRandom(store: Store, model: Model, seed: number, steps: number): Promise<void> {
  const random = randomOf(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  for (let step = 0; step < steps; step++) {
    const puts: Put[] = [];
    const scratch: Bytes[] = [];
    for (let count = 1 + below(3); count > 0; count--) {
      const key = keys[below(keys.length)] ?? '';
      const change = below(16);
      const before = model.get(key);
      if (!before || change === 0) {
        const fresh = testBytes(key.endsWith('short') ? below(70_000) : 66_000 + below(150_000), below(1000));
        model.set(key, [fresh]);
        puts.push({ key, bytes: fresh, lasting: random() < 0.5 });
      } else if (change === 1) {
        model.delete(key);
        puts.push({ key, bytes: null });
      } else if (change === 2) {
        // The caller's buffer, which he uses again afterwards.
        const own = concatBytes(before).slice();
        own[below(own.length)] = 255;
        model.set(key, [own.slice()]);
        scratch.push(own);
        puts.push({ key, bytes: own });
      } else if (change === 3) {
        const got = await store.get(key);
        const pending = puts.some((put) => put.key === key);
        if (!pending) expect([key, sumOf(got)]).toEqual([key, sumOf(concatBytes(before))]);
        if (got && !pending) model.set(key, [got]);
      } else {
        const after = spliced(before, below, change === 4);
        model.set(key, after);
        puts.push({ key, bytes: after, lasting: true });
      }
    }
    await store.write?.(puts);
    for (const bytes of scratch) bytes.fill(7);
    if (step % 3 === 0) await checkRange(store, model, keys[below(keys.length)] ?? '', below);
  }
  await checkModel(store, model);
}

/** Checks all values, and that there are no other keys. */
export async function checkModel(store: Store, model: Model): Promise<void> {
  expect(await keysOf(store, '')).toEqual([...model.keys()].sort());
  for (const [key, parts] of model)
    expect([key, sumOf(await store.get(key))]).toEqual([key, sumOf(concatBytes(parts))]);
}

async function checkRange(store: Store, model: Model, key: string, below: (bound: number) => number): Promise<void> {
  const parts = model.get(key);
  const whole = parts && concatBytes(parts);
  const start = below((whole?.length ?? 0) + 10);
  const end = start + below(below(2) === 0 ? 300 : 100_000);
  const got = await store.getRange?.(key, start, end);
  expect([key, start, end, sumOf(got)]).toEqual([key, start, end, sumOf(whole?.slice(start, end))]);
}

/** Some bytes of a value replaced by others, mostly few; the parts before and after them stay in their buffers. */
function spliced(parts: readonly Bytes[], below: (bound: number) => number, isLarge: boolean): Bytes[] {
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const start = below(4) === 0 ? size : below(size);
  const end = Math.min(start + below(isLarge ? 60_000 : 200), size);
  const more = testBytes(below(isLarge ? 60_000 : 200), below(1000));
  return [...within(parts, 0, start), more, ...within(parts, end, size)];
}

/** Views of bytes `[start, end)` of a value in parts. */
export function within(parts: readonly Bytes[], start: number, end: number): Bytes[] {
  const found: Bytes[] = [];
  let at = 0;
  for (const part of parts) {
    found.push(part.subarray(Math.max(start - at, 0), Math.max(end - at, 0)));
    at += part.length;
  }
  return found.filter(({ length }) => length > 0);
}
