/** Linked videos and pictures in a browser: their frames by ranges, their thumbnails from the dataset's cache. */
import { afterEach, expect, test, vi } from 'vitest';
import videos from '../../e2e/fixtures/media/video/video.json' with { type: 'json' };
import { createDataset, type ImageSample, type LinkSample, link, type VideoSample } from '../index.js';
import { memoryStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';
import { spacedMp4 } from './links.contract.js';

const load = async (name: string): Promise<Bytes> =>
  new Uint8Array(await (await fetch(`/e2e/fixtures/media/${name}`)).arrayBuffer());

afterEach(() => vi.unstubAllGlobals());

async function hash(data: Bytes): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

test('frames of a linked video cost the bytes they are decoded from', async () => {
  const bytes = spacedMp4(await load('video/h264.mp4'), 8 * 2 ** 20);
  let sent = 0;
  const server: typeof fetch = async (_, init) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('Range') ?? '') ?? [];
    const part = bytes.slice(Number(first ?? 0), Number(last ?? bytes.length) + 1);
    sent += part.length;
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    return new Response(part, { status: first === undefined ? 200 : 206, headers: { 'Content-Range': range } });
  };
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false, fetch: server });
  const form = { htype: 'link[video]', sampleCompression: 'mp4', verify: false } as const;
  const clips = await ds.createTensor('clips', form);
  await clips.append(link('https://example.com/clip.mp4'));
  const clip = await ((await clips.at(0)) as LinkSample<VideoSample>).resolve();
  const { shape, sha256 } = videos['h264.mp4'];
  expect(clip.shape).toEqual(shape);
  for await (const { index, array } of clip.frames({ start: 20, end: 22 }))
    expect(await hash(array.data)).toBe(sha256[index]);
  expect(sent).toBeLessThan(300_000); // of 8 MB
  await ds.close();
});

test('thumbnails of linked pictures are made once', async () => {
  const picture = await load('rgb-8.png');
  const resolveLink = () => picture;
  const ds = await createDataset(memoryStore(), {}, { autoFlush: false, resolveLink });
  const images = await ds.createTensor('images', { htype: 'link[image]', sampleCompression: 'png' });
  await images.append(link('a.png'));
  let made = 0;
  const original = createImageBitmap;
  vi.stubGlobal('createImageBitmap', (source: ImageBitmapSource, options?: ImageBitmapOptions) => {
    if (!(source instanceof ImageBitmap)) made++;
    return original(source, options);
  });
  for (let i = 0; i < 3; i++) {
    const sample = await ((await images.at(0)) as LinkSample<ImageSample>).resolve();
    const bitmap = await sample.toBitmap({ maxWidth: 8 });
    expect(bitmap.width).toBe(8);
    bitmap.close();
  }
  expect(made).toBe(1);
  await ds.close();
});
