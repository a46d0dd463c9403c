import { afterAll, describe, expect, test } from 'vitest';
import videos from '../../e2e/fixtures/media/video/video.json' with { type: 'json' };
import type { NdArray } from '../format/dtypes.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';
import { openVideo, type VideoReader } from './video-reader.js';

interface Expected {
  readonly format: string;
  readonly shape: readonly [number, number, number, number];
  readonly times: readonly number[];
  readonly sha256: readonly string[];
}

const all = videos as unknown as Readonly<Record<string, Expected>>;
const core = '/node_modules/@ffmpeg/core/dist/esm/ffmpeg-core';
const pool = createCodecPool({ size: 2, ffmpeg: { coreURL: `${core}.js`, wasmURL: `${core}.wasm` } });
const coreless = createCodecPool({ size: 1 });
afterAll(() => {
  pool.close();
  coreless.close();
});

async function load(name: string): Promise<Bytes> {
  return new Uint8Array(await (await fetch(`/e2e/fixtures/media/video/${name}`)).arrayBuffer());
}

const compressionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

interface Opened {
  readonly video: VideoReader;
  readonly expected: Expected;
  /** Packets that went to the platform's decoder. */
  readonly packets: number[];
}

async function open(name: string, source?: ByteSource): Promise<Opened> {
  const packets: number[] = [];
  const workers = { codecs: pool, onPacket: (packet: number) => packets.push(packet) };
  const video = await openVideo(compressionOf(name), source ?? byteSourceOf(await load(name)), workers);
  const expected = all[name];
  if (!expected) throw new Error(`${name} is not listed`);
  return { video, expected, packets };
}

async function hash({ data }: NdArray<'uint8'>): Promise<string> {
  return (await sha256(data)).slice(0, 32);
}

/** Numbers of the frames that are given, each of which is checked to have the right pixels. */
async function numbers({ video, expected }: Opened, options: Parameters<VideoReader['frames']>[0]): Promise<number[]> {
  const given: number[] = [];
  for await (const { index, array } of video.frames(options)) {
    expect(await hash(array)).toBe(expected.sha256[index]);
    given.push(index);
  }
  return given;
}

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

describe('all frames', () => {
  test.each(Object.entries(all))('of %s are those of PyAV', async (name, expected) => {
    const { video } = await open(name);
    const hashes: string[] = [];
    const times: number[] = [];
    for await (const { index, timestamp, array } of video.frames()) {
      expect(index).toBe(hashes.length);
      expect(array.shape).toEqual(expected.shape.slice(1));
      hashes.push(await hash(array));
      times.push(timestamp);
    }
    expect(hashes).toEqual(expected.sha256);
    // AVI has no times: FFmpeg makes some up that do not rise.
    if (compressionOf(name) !== 'avi')
      for (const [i, time] of expected.times.entries()) expect(times[i]).toBeCloseTo(time, 5);
    const info = await video.info();
    expect([info.frames, info.height, info.width, 3]).toEqual(expected.shape);
    expect([...(await video.timestamps())]).toEqual(times);
  });

  test('make one array, whole or in part, also in a worker', async () => {
    const { video, expected } = await open('h264.mp4');
    const whole = await video.array();
    expect(whole.shape).toEqual(expected.shape);
    const size = 48 * 64 * 3;
    for (const [i, told] of expected.sha256.entries())
      expect((await sha256(whole.data.slice(i * size, (i + 1) * size))).slice(0, 32)).toBe(told);
    const part = await video.array(9, 12);
    expect(part).toEqual({ ...whole, shape: [3, 48, 64, 3], data: whole.data.slice(9 * size, 12 * size) });
    expect(await pool.decode('mp4', await load('h264.mp4'), { rows: [9, 12] })).toEqual(part);
    expect((await video.array(20, 99)).shape[0]).toBe(4);
    expect((await video.array(50, 60)).shape).toEqual([0, 48, 64, 3]);
  });
});

describe('some frames', () => {
  const files = ['h264.mp4', 'h264-open-gop.mp4', 'h264-vfr.mp4', 'h264-edited.mp4', 'h264-fragments.mp4', 'h264.mkv'];
  const avis = ['h264.avi', 'h264-open-gop.avi', 'h264-dropped.avi', 'vp9.mkv', 'vp8-alt-ref.mkv', 'av1.mkv'];
  const slow = ['mpeg4.avi', 'mpeg4.mp4', 'mpeg4.mkv', 'hevc.mp4', 'mjpeg.avi'];

  test.each([...files, ...avis, ...slow])('of %s are the same in every order', async (name) => {
    const opened = await open(name);
    const count = opened.expected.shape[0];
    expect(await numbers(opened, { start: 3, end: 6 })).toEqual(range(3, 6));
    expect(await numbers(opened, { start: -2 })).toEqual(range(count - 2, count));
    expect(await numbers(opened, { step: 5 })).toEqual(range(0, count).filter((i) => i % 5 === 0));
    expect(await numbers(opened, { step: -1 })).toEqual(range(0, count).reverse());
    expect(await numbers(opened, { start: 4, end: 0, step: -2 })).toEqual([4, 2]);
    const at = [count - 1, 0, 3, 3, 1, -1];
    expect(await numbers(opened, { at })).toEqual([count - 1, 0, 3, 3, 1, count - 1]);
    for (let i = 0; i < count; i += slow.includes(name) ? 7 : 1)
      expect(await numbers(opened, { at: [i] })).toEqual([i]);
  });

  test('that are none of the video are cut away, or refused', async () => {
    const opened = await open('h264.mp4');
    expect(await numbers(opened, { start: 22, end: 100 })).toEqual([22, 23]);
    expect(await numbers(opened, { start: 100 })).toEqual([]);
    expect(await numbers(opened, { start: 5, end: 2 })).toEqual([]);
    expect(await numbers(opened, { start: -100, end: 2 })).toEqual([0, 1]);
    expect(await numbers(opened, { start: 100, step: -12 })).toEqual([23, 11]);
    await expect(numbers(opened, { at: [24] })).rejects.toThrow('Frame 24 is outside of the video, which has 24.');
    await expect(numbers(opened, { at: [-25] })).rejects.toThrow(RangeError);
    await expect(numbers(opened, { step: 0 })).rejects.toThrow('step is a whole number and not 0, got 0.');
    await expect(numbers(opened, { start: 0.5 })).rejects.toThrow(RangeError);
  });

  test('are decoded from the key frame before, and no further than needed', async () => {
    const closed = await open('h264.mp4'); // key frames are 0, 8 and 16
    expect(await closed.video.keyFrames()).toEqual([0, 8, 16]);
    await numbers(closed, { at: [17] });
    expect(closed.packets[0]).toBe(16);
    expect(closed.packets.length).toBeLessThanOrEqual(4);
    closed.packets.length = 0;
    await numbers(closed, { start: 0, step: 8 });
    expect(closed.packets).toEqual([0, 8, 16]);
    // The I frame of an open group is no place to begin at: browsers refuse it.
    const opened = await open('h264-open-gop.mp4');
    expect((await opened.video.keyFrames()).length).toBeGreaterThan(2);
    await numbers(opened, { at: [20] });
    expect(opened.packets[0]).toBe(0);
  });

  test('need only their own bytes of the file', async () => {
    const bytes = await load('h264-moov-first.mp4');
    // As a long film: its frames are far from each other.
    const long = new Uint8Array(bytes.length + 4_000_000);
    long.set(bytes);
    const view = new DataView(long.buffer);
    view.setUint32(bytes.length, 4_000_000);
    long.set(new TextEncoder().encode('free'), bytes.length + 4);
    let read = 0;
    const source: ByteSource = {
      size: long.length,
      async read(start, end) {
        read += end - start;
        return long.slice(start, end);
      },
    };
    expect(await numbers(await open('h264-moov-first.mp4', source), { at: [10] })).toEqual([10]);
    expect(read).toBeLessThan(200_000);
  });
});

describe('pictures', () => {
  test('of the platform have size and time, and are the caller’s to close', async () => {
    const { video } = await open('h264.mp4');
    const seen: number[] = [];
    for await (const { index, timestamp, frame } of video.pictures({ start: 2, end: 5 })) {
      expect([frame.displayWidth, frame.displayHeight, frame.timestamp]).toEqual([64, 48, Math.round(timestamp * 1e6)]);
      frame.close();
      seen.push(index);
    }
    expect(seen).toEqual([2, 3, 4]);
    for await (const { frame } of (await open('mpeg4.avi')).video.pictures({ at: [3, 3] })) {
      expect([frame.format, frame.codedWidth]).toEqual(['I420', 64]);
      frame.close();
    }
  });

  test('are all closed when the loop ends early, by return, error or abort', async () => {
    const held = new Set<VideoFrame>();
    let made = 0;
    const { close } = VideoFrame.prototype;
    const Decoder = VideoDecoder;
    globalThis.VideoDecoder = class extends Decoder {
      constructor(init: VideoDecoderInit) {
        super({
          ...init,
          output(frame) {
            held.add(frame);
            made++;
            init.output(frame);
          },
        });
      }
    };
    VideoFrame.prototype.close = function () {
      held.delete(this);
      close.call(this);
    };
    try {
      const { video } = await open('h264.mp4');
      for await (const { index, frame } of video.pictures()) {
        frame.close();
        if (index === 4) break;
      }
      expect(made).toBeGreaterThan(4);
      expect(held.size).toBe(0);
      const failing = (async () => {
        for await (const { frame } of video.pictures({ step: -1 })) {
          frame.close();
          throw new Error('of the loop');
        }
      })();
      await expect(failing).rejects.toThrow('of the loop');
      expect(held.size).toBe(0);
      const controller = new AbortController();
      const aborted = (async () => {
        for await (const { index } of video.frames({ signal: controller.signal }))
          if (index === 3) controller.abort(new Error('enough'));
      })();
      await expect(aborted).rejects.toThrow('enough');
      expect(held.size).toBe(0);
      for await (const { index } of video.frames()) if (index === 6) break;
      expect(held.size).toBe(0);
    } finally {
      VideoFrame.prototype.close = close;
      globalThis.VideoDecoder = Decoder;
    }
  });

  test('are decoded a few ahead and no more', async () => {
    const { video, packets } = await open('vp9.mkv');
    for await (const { index } of video.frames()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (index === 2) break;
    }
    expect(packets.length).toBeLessThan(32);
  });
});

describe('videos that the platform does not decode', () => {
  test('need a core, which the error asks for', async () => {
    const video = await openVideo('avi', byteSourceOf(await load('mpeg4.avi')), { codecs: coreless });
    expect((await video.info()).codec).toBe('XVID');
    await expect(video.array()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/coded as XVID.*createCodecPool\(\{ ffmpeg: \{ coreURL, wasmURL \} \}\)/),
    });
  });

  test('tell when the core cannot be loaded', async () => {
    const lost = createCodecPool({ size: 0, ffmpeg: { coreURL: '/nowhere.js', wasmURL: '/nowhere.wasm' } });
    const video = await openVideo('avi', byteSourceOf(await load('mpeg4.avi')), { codecs: lost });
    await expect(video.array()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/could not be started from .*nowhere.js/),
    });
    lost.close();
  });
});
