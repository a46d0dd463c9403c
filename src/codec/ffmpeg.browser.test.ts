/** The real FFmpeg: cores that are none, and calls that are given up. */
import { describe, expect, test } from 'vitest';
import { byteSourceOf } from '../util/byte-source.js';
import { createCodecPool } from './pool.js';
import type { FfmpegUrls } from './types.js';
import { openVideo, type VideoReader } from './video-reader.js';

const core = '/node_modules/@ffmpeg/core/dist/esm/ffmpeg-core';
const good: FfmpegUrls = { coreURL: `${core}.js`, wasmURL: `${core}.wasm` };

async function open(size: number, ffmpeg: FfmpegUrls): Promise<{ video: VideoReader; close: () => void }> {
  const pool = createCodecPool({ size, ffmpeg });
  const response = await fetch('/e2e/fixtures/media/video/mpeg4.avi');
  const source = byteSourceOf(new Uint8Array(await response.arrayBuffer()));
  return { video: await openVideo('avi', source, { codecs: pool }), close: () => pool.close() };
}

const url = (content: string, type: string): string => URL.createObjectURL(new Blob([content], { type }));

describe.each([0, 1])('in a pool of size %i', (size) => {
  test.each<[string, FfmpegUrls]>([
    ['is not there', { coreURL: '/nowhere.js', wasmURL: '/nowhere.wasm' }],
    ['is a page', { ...good, coreURL: url('<html></html>', 'text/html') }],
    ['fails as it begins', { ...good, coreURL: url('throw new Error("no")', 'text/javascript') }],
    ['is another program', { ...good, coreURL: url('export default 5', 'text/javascript') }],
    ['has a wasm file that is none', { ...good, wasmURL: url('<html></html>', 'text/html') }],
  ])('a core that %s is told', async (_, urls) => {
    const { video, close } = await open(size, urls);
    for (let i = 0; i < 2; i++) {
      const failure = await video.array(0, 1).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/FFmpeg could not be started from .*Check that coreURL/),
      });
    }
    close();
  });

  test('a call that is given up ends at once, and the next one works', async () => {
    const { video, close } = await open(size, good);
    const stop = new AbortController();
    const call = video.array(0, 20, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(call).rejects.toThrow('enough');
    expect((await video.array(0, 2)).shape[0]).toBe(2);
    close();
  });
});
