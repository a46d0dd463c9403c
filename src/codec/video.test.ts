/** Parts of the video codec that need no decoder, in Node. */
import { readFile } from 'node:fs/promises';
import { Logging, LogLevel } from 'mediabunny';
import { assert, describe, expect, test } from 'vitest';
import videos from '../../e2e/fixtures/media/video/video.json' with { type: 'json' };
import { isDatasetError } from '../errors.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { pagedSource } from './paged-source.js';
import { createCodecPool } from './pool.js';
import { openVideo } from './video-reader.js';

Logging.level = LogLevel.Silent;

const folder = new URL('../../e2e/fixtures/media/video/', import.meta.url);
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(name, folder)));
const compressionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const files = Object.entries(videos as unknown as Readonly<Record<string, { readonly shape: readonly number[] }>>);
const codecs = createCodecPool({ size: 0 });

/** The facts of a video, or the reason of the `codec` error; other errors are thrown. */
async function outcome(name: string, bytes: Bytes): Promise<number | string> {
  try {
    return (await (await openVideo(compressionOf(name), byteSourceOf(bytes), { codecs })).info()).frames;
  } catch (error) {
    if (isDatasetError(error, 'codec')) return error.data.reason;
    if (isDatasetError(error, 'unsupported')) return error.message;
    throw error;
  }
}

describe('facts', () => {
  test.each(files)('of %s are read without a decoder', async (name, { shape }) => {
    const video = await openVideo(compressionOf(name), byteSourceOf(await load(name)), { codecs });
    const { frames, height, width } = await video.info();
    expect([frames, height, width, 3]).toEqual(shape);
    const [first, ...more] = await video.keyFrames();
    expect(first).toBeDefined();
    expect([...more].every((frame, i) => frame > (more[i - 1] ?? first ?? 0))).toBe(true);
  });

  test('are the same wherever the parts of the file are cut', async () => {
    const bytes = await load('h264.mp4');
    const source: ByteSource = { size: bytes.length, read: async (start, end) => bytes.slice(start, end) };
    const { duration, fps, codec } = await (await openVideo('mp4', source, { codecs })).info();
    expect(duration).toBeCloseTo(0.96, 6);
    expect(fps).toBeCloseTo(25, 6);
    expect(codec).toBe('avc1.64000a');
  });

  test('pages give the bytes of the file, each read once', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) & 255);
    let read = 0;
    const paged = pagedSource({
      size: bytes.length,
      async read(start, end) {
        read += end - start;
        return bytes.slice(start, end);
      },
    });
    for (const [start, end] of [
      [10, 20],
      [65_530, 65_540],
      [0, 300_000],
      [299_999, 300_000],
      [5, 5],
    ] as const)
      expect(await paged.read(start, end)).toEqual(bytes.slice(start, end));
    expect(read).toBe(300_000);
  });
});

describe('frames without WebCodecs', () => {
  test.each(['h264.mp4', 'vp9.mkv', 'mpeg4.avi'])('of %s are refused with what is missing', async (name) => {
    const video = await openVideo(compressionOf(name), byteSourceOf(await load(name)), { codecs });
    await expect(video.array()).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/need WebCodecs/),
    });
    await expect(codecs.decode(compressionOf(name), await load(name))).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('damaged tables', () => {
  const names = ['h264.mp4', 'h264-fragments.mp4', 'h264.mkv', 'vp9.mkv', 'h264.avi', 'h264-open-dml.avi', 'mpeg4.mp4'];

  test.each(names)('of %s with flipped bits give an error or facts, soon', { timeout: 60_000 }, async (name) => {
    const good = await load(name);
    let seed = 5;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let i = 0; i < 1000; i++) {
      const bytes = good.slice();
      const at = random(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const result = await outcome(name, bytes);
      if (typeof result === 'number') assert.isBelow(result, 16 * bytes.length);
    }
  });

  test.each([
    ['stts', 8, /table stts/],
    ['ctts', 8, /table ctts/],
    ['stsz', 12, /table stsz/],
    ['stss', 8, /table stss/],
  ])('a table %s of 4 billion rows is refused', async (table, place, reason) => {
    const bytes = await load('h264.mp4');
    const at = Buffer.from(bytes).indexOf(table);
    new DataView(bytes.buffer).setUint32(at + place, 0xfffffff0);
    expect(await outcome('h264.mp4', bytes)).toMatch(reason);
  });

  test('an unknown element at the end, or a block with a broken head, does not stop the page', async () => {
    const bytes = await load('h264.mkv');
    const cues = Buffer.from(bytes).lastIndexOf(Buffer.from([0x1c, 0x53, 0xbb, 0x6b]));
    const last = bytes.slice();
    last[cues] = 0x14;
    expect(await outcome('h264.mkv', last)).toMatch(/nothing that is known stands at byte/);
    const block = Buffer.from(bytes).indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75])) + 6;
    bytes[block] = 0x02;
    expect(await outcome('h264.mkv', bytes)).toBeTypeOf('string');
  });

  test('a few rows that stand for 4 billion frames are refused', async () => {
    const bytes = await load('h264.mp4');
    const at = Buffer.from(bytes).indexOf('stts');
    new DataView(bytes.buffer).setUint32(at + 12, 0xfffffff0);
    expect(await outcome('h264.mp4', bytes)).toMatch(/tells of 4294967280 frames/);
    const chunks = await load('h264.mp4');
    new DataView(chunks.buffer).setUint32(Buffer.from(chunks).indexOf('stsc') + 16, 0xfffffff0);
    expect(await outcome('h264.mp4', chunks)).toMatch(/tells of 4294967280 frames/);
    new DataView(chunks.buffer).setUint32(Buffer.from(chunks).indexOf('stsc') + 12, 0xfffffff0);
    expect(await outcome('h264.mp4', chunks)).toMatch(/tells of chunk 4294967280/);
  });

  test('pictures of 65535 x 65535 pixels are refused', async () => {
    const mp4 = await load('h264.mp4');
    new DataView(mp4.buffer).setUint32(Buffer.from(mp4).indexOf('avc1', 3000) + 28, 0xffffffff);
    expect(await outcome('h264.mp4', mp4)).toMatch(/65535 x 65535 pixels/);
    const avi = await load('h264.avi');
    const view = new DataView(avi.buffer);
    const at = Buffer.from(avi).indexOf('strf') + 8;
    view.setInt32(at + 4, 65_535, true);
    view.setInt32(at + 8, 65_535, true);
    expect(await outcome('h264.avi', avi)).toMatch(/65535 x 65535 pixels/);
    const mkv = await load('h264.mkv');
    // Width, height and the interlacing after them make room for a width of two bytes and a height of three.
    const size = Buffer.from(mkv).indexOf(Buffer.from([0xb0, 0x81, 0x40, 0xba, 0x81, 0x30, 0x9a, 0x81, 0x02]));
    mkv.set([0xb0, 0x82, 0xff, 0xff, 0xba, 0x83, 0x00, 0xff, 0xff], size);
    expect(await outcome('h264.mkv', mkv)).toMatch(/65535 x 65535 pixels/);
  });

  test('nothing, text and noise are no videos', async () => {
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (Math.imul(i + 7, 2654435761) >>> 13) & 255);
    for (const name of ['a.mp4', 'a.mkv', 'a.avi'])
      for (const bytes of [new Uint8Array(0), new TextEncoder().encode('no video\n'.repeat(99)), noise])
        expect(await outcome(name, bytes)).toBeTypeOf('string');
  });
});
