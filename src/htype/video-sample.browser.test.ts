import { describe, expect, test } from 'vitest';
import videos from '../../e2e/fixtures/media/video/video.json' with { type: 'json' };
import { createDataset, type NdArray, read, type VideoSample, video } from '../index.js';
import { memoryStore } from '../stores.js';

type Bytes = Uint8Array<ArrayBuffer>;

async function load(name: string): Promise<Bytes> {
  return new Uint8Array(await (await fetch(`/e2e/fixtures/media/video/${name}`)).arrayBuffer());
}

async function hash({ data }: NdArray): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data as Bytes));
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function sampleOf(name: string, bytes: Bytes): Promise<{ readonly clip: VideoSample; close(): Promise<void> }> {
  const sampleCompression = name.slice(name.lastIndexOf('.') + 1) as 'mp4' | 'mkv' | 'avi';
  const ds = await createDataset(memoryStore(), { clips: video({ sampleCompression }) });
  await ds.append({ clips: read(bytes) });
  await ds.flush();
  return { clip: (await ds.at(0)).clips, close: () => ds.close() };
}

describe('a video of a dataset', () => {
  test.each(['h264.mp4', 'vp9.mkv', 'h264.avi'] as const)(
    '%s gives its frames, one by one and together',
    async (name) => {
      const { shape, sha256 } = videos[name];
      const { clip, close } = await sampleOf(name, await load(name));
      expect((await clip.info()).frames).toBe(shape[0]);
      const hashes: string[] = [];
      for await (const { array } of clip.frames()) hashes.push(await hash(array));
      expect(hashes).toEqual(sha256);
      expect(await hash(await clip.frame(-1))).toBe(sha256.at(-1));
      expect((await clip.array({ start: 2, end: 4 })).shape).toEqual([2, ...shape.slice(1)]);
      expect((await clip.array()).shape).toEqual(shape);
      for await (const { frame, index } of clip.videoFrames({ start: 1, end: 2 })) {
        expect(index).toBe(1);
        frame.close();
      }
      await expect(clip.frame(99)).rejects.toThrow(RangeError);
      await close();
    },
  );

  test('whose recorded number of frames is too low gives all of them', async () => {
    const { clip, close } = await sampleOf('h264.mkv', await load('h264.mkv'));
    expect((await clip.array()).shape[0]).toBe(24);
    await close();
  });

  test('is an address and a stream for players', async () => {
    const bytes = await load('h264.mp4');
    const { clip, close } = await sampleOf('h264.mp4', bytes);
    const url = await clip.toBlobUrl();
    const player = document.createElement('video');
    player.src = url;
    await new Promise((resolve, reject) => {
      player.onloadedmetadata = resolve;
      player.onerror = reject;
    });
    expect([player.videoWidth, player.videoHeight]).toEqual([64, 48]);
    player.removeAttribute('src');
    URL.revokeObjectURL(url);
    expect(new Uint8Array(await new Response(clip.stream()).arrayBuffer())).toEqual(bytes);
    await close();
  });

  test('is read in the parts that are asked for, and streamed in pieces', async () => {
    const bytes = await load('h264-moov-first.mp4');
    const long = new Uint8Array(bytes.length + 3_000_000); // with a box of nothing behind
    long.set(bytes);
    new DataView(long.buffer).setUint32(bytes.length, 3_000_000);
    long.set(new TextEncoder().encode('free'), bytes.length + 4);
    const ds = await createDataset(memoryStore(), { clips: video({ sampleCompression: 'mp4' }) });
    await ds.append({ clips: read(long) });
    await ds.flush();
    const { clips } = await ds.at(0);
    expect(await hash(await clips.frame(10))).toBe(videos['h264-moov-first.mp4'].sha256[10]);
    const pieces: number[] = [];
    for (const reader = clips.stream().getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value.length);
    }
    expect(pieces.length).toBe(3);
    expect(pieces.reduce((a, b) => a + b, 0)).toBe(long.length);
    await ds.close();
  });

  test('that is raw numbers, or nothing, has arrays only', async () => {
    const ds = await createDataset(memoryStore(), { clips: video({ sampleCompression: null }) });
    const data = Uint8Array.from({ length: 2 * 3 * 4 * 3 }, (_, i) => i);
    await ds.append({ clips: { data, shape: [2, 3, 4, 3] } });
    await ds.append({ clips: null });
    const [first, second] = [(await ds.at(0)).clips, (await ds.at(1)).clips];
    expect((await first.array({ start: 1 })).data).toEqual(data.slice(36));
    expect((await second.array()).shape).toEqual([0, 0, 0, 0]);
    for (const clip of [first, second]) {
      await expect(clip.info()).rejects.toMatchObject({ code: 'unsupported' });
      await expect(clip.frame(0)).rejects.toMatchObject({ code: 'unsupported' });
      await expect(new Response(clip.stream()).arrayBuffer()).rejects.toThrow();
    }
    await ds.close();
  });
});
