import { Logging, LogLevel } from 'mediabunny';
import { afterAll, assert, describe, expect, test } from 'vitest';
import videos from '../../e2e/fixtures/media/video/video.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import { byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { createCodecPool } from './pool.js';
import { openVideo } from './video-reader.js';

Logging.level = LogLevel.Silent;

const pool = createCodecPool({ size: 2 });
afterAll(() => pool.close());

async function load(name: string): Promise<Bytes> {
  return new Uint8Array(await (await fetch(`/e2e/fixtures/media/video/${name}`)).arrayBuffer());
}

/** Reads all frames: how many there were, or the reason of a `codec` error; other errors are thrown. */
async function outcome(name: string, bytes: Bytes): Promise<number | string> {
  let count = 0;
  try {
    const compression = name.slice(name.lastIndexOf('.') + 1);
    const video = await openVideo(compression, byteSourceOf(bytes), { codecs: pool });
    for await (const { array } of video.frames()) {
      assert.equal(
        array.data.length,
        array.shape.reduce((a, b) => a * b, 1),
      );
      count++;
    }
    return count;
  } catch (error) {
    if (isDatasetError(error, 'codec', 'unsupported')) return error.message;
    throw error;
  }
}

const files = ['h264.mp4', 'h264-fragments.mp4', 'h264.mkv', 'vp9.mkv', 'h264.avi', 'h264-open-dml.avi'] as const;
const counts = videos as unknown as Readonly<Record<string, { readonly shape: readonly number[] }>>;

// With two files of each format a thousand; as many again, without pictures, are in video.test.ts.
const FLIPS = 500;
const AT_ONCE = 4; // decoders wait for another process most of the time

// A flipped bit among coded pictures gives other pictures, or fewer: no video format has check sums of them. The form of
// each frame must be right, and a decoder that gives up is a `codec` error, not a hang.
describe('damaged videos', () => {
  test.each(files)('%s cut at ten places is refused, or read up to there', async (name) => {
    const bytes = await load(name);
    const [all = 0] = counts[name]?.shape ?? [];
    for (let i = 0; i < 10; i++) {
      const result = await outcome(name, bytes.slice(0, Math.floor((bytes.length * i) / 10) + 1));
      if (typeof result === 'number') expect(result, `${i} tenths`).toBeLessThan(all);
    }
  });

  test.each(files)('%s with flipped bits gives an error or frames', { timeout: 120_000 }, async (name) => {
    const good = await load(name);
    const [all = 0] = counts[name]?.shape ?? [];
    let seed = 1;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const damaged = Array.from({ length: FLIPS }, (_, i) => {
      const bytes = good.slice();
      const at = random(i % 2 ? Math.min(1000, bytes.length) : bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    });
    for (let i = 0; i < damaged.length; i += AT_ONCE) {
      const group = damaged.slice(i, i + AT_ONCE);
      for (const result of await Promise.all(group.map((bytes) => outcome(name, bytes))))
        if (typeof result === 'number') assert.isAtMost(result, 16 * good.length);
    }
    expect(await outcome(name, good)).toBe(all);
  });
});
