/** The MP3 decoder against FFmpeg's, in whole files, in parts and in damaged ones. */
import { describe, expect, test } from 'vitest';
import sounds from '../../e2e/fixtures/media/audio/audio.json' with { type: 'json' };
import { DatasetError } from '../errors.js';
import type { Bytes } from '../util/bytes.js';
import { attempt, loadMedia, type SoundFile, seeded } from './audio.contract.js';
import { mp3 } from './mp3.js';
import { readMp3Header } from './mp3-header.js';
import { decodeMp3Part, planMp3Part } from './mp3-part.js';
import { type Mp3Stream, readMp3Stream } from './mp3-stream.js';

const load = (name: string) => loadMedia(`audio/${name}`);
const files: readonly (readonly [string, SoundFile])[] = Object.entries(sounds as Record<string, SoundFile>).filter(
  ([name]) => name.endsWith('.mp3'),
);
const names = files.map(([name]) => name);

// FFmpeg computes in float32, and with tables that are rounded; it is what differs.
const TOLERANCE = 4e-6;

function soundOf(bytes: Bytes, stream: Mp3Stream, start = 0, end = stream.length): Float32Array {
  const plan = planMp3Part(stream, start, end);
  return decodeMp3Part({ ...plan, bytes: bytes.slice(plan.offset, plan.end) }).data;
}

describe('whole files', () => {
  test.each(files)('%s has the numbers, the length and the rate that FFmpeg finds', async (name, expected) => {
    const bytes = await load(name);
    const stream = readMp3Stream(bytes);
    const data = soundOf(bytes, stream);
    expect([stream.first.sampleRate, stream.first.channels, stream.length]).toEqual([
      expected.rate,
      expected.channels,
      expected.length,
    ]);
    const { step = 1, points = [], energy = 0 } = expected;
    expect(points.length).toBe(Math.ceil(data.length / step));
    points.forEach((point, i) => {
      expect(Math.abs((data[i * step] ?? 0) - point)).toBeLessThan(TOLERANCE);
    });
    expect(data.reduce((sum, value) => sum + value * value, 0) / energy).toBeCloseTo(1, 5);
  });

  test.each(names)('%s decodes to the recorded length: the sound, then zeros', async (name) => {
    const bytes = await load(name);
    const { dtype, shape, data } = await mp3.decode(bytes, {});
    expect([dtype, shape]).toEqual(['float32', readMp3Header(bytes).shape]);
    const sound = soundOf(bytes, readMp3Stream(bytes)).subarray(0, data.length);
    expect(data.subarray(0, sound.length)).toEqual(sound);
    expect(data.subarray(sound.length)).toEqual(new Float32Array(data.length - sound.length));
  });

  test.each(['intensity-44100.mp3', 'intensity-22050.mp3'])(
    '%s is another sound without its directions',
    async (name) => {
      const bytes = await load(name);
      const stream = readMp3Stream(bytes);
      const spread = soundOf(bytes, stream);
      for (const at of stream.frames) bytes[at + 3] = (bytes[at + 3] ?? 0) & 0xcf;
      const plain = soundOf(bytes, stream);
      expect(plain.filter((value, i) => Math.abs(value - (spread[i] ?? 0)) > 1e-3).length).toBeGreaterThan(1000);
    },
  );
});

describe('parts', () => {
  const kinds = ['joint-44100', 'vbr-48000', 'mono-22050', 'stereo-11025', 'mixed-22050', 'no-reservoir', 'tags'];

  test.each(kinds.map((name) => `${name}.mp3`))(
    'of %s are exactly those of the whole, at every kind of border',
    async (name) => {
      const bytes = await load(name);
      const stream = readMp3Stream(bytes);
      const whole = soundOf(bytes, stream);
      const { samples, channels } = stream.first;
      const skipped = stream.start % samples;
      const borders = [0, 1, 576, samples - skipped, samples - skipped + 1, 3 * samples - skipped - 1, 5 * samples - 7];
      for (const start of borders) {
        for (const length of [0, 1, samples + 3, stream.length]) {
          const end = Math.min(start + length, stream.length);
          const part = soundOf(bytes, stream, start, start + length);
          expect(part).toEqual(whole.slice(start * channels, Math.max(end, start) * channels));
        }
      }
      expect(soundOf(bytes, stream, stream.length, stream.length + 5)).toHaveLength(0);
    },
  );

  test('read and decode a few frames, not the file', async () => {
    const stream = readMp3Stream(await load('joint-44100.mp3'));
    const { frames, kept, offset, end } = planMp3Part(stream, 9000, 9001);
    expect([frames.length - kept, kept]).toEqual([2, 2]); // one before; two more hold the 511 bytes before that
    expect(end - offset).toBeLessThan(4 * 419);
    const half = readMp3Stream(await load('mono-22050.mp3'));
    const plan = planMp3Part(half, 6000, 6001);
    expect([plan.frames.length - plan.kept, plan.kept]).toEqual([3, 3]);
  });

  test('rows of the array are those of the whole, beyond the sound too', async () => {
    const bytes = await load('joint-44100.mp3');
    const { data, shape } = await mp3.decode(bytes, {});
    for (const [start, end] of [
      [0, 10],
      [13220, 13240],
      [14970, 20000],
      [20000, 20001],
      [5000, 5000],
    ] as const) {
      const rows = await mp3.decode(bytes, { rows: [start, end] });
      const to = Math.min(end, shape[0] ?? 0);
      expect(rows.shape).toEqual([Math.max(0, to - start), 2]);
      expect(rows.data).toEqual(data.slice(start * 2, to * 2));
    }
  });
});

describe('what cannot be decoded', () => {
  test('nothing, text and a lone header', async () => {
    for (const bytes of [
      new Uint8Array(0),
      new TextEncoder().encode('no sound\n'.repeat(99)),
      (await load('tags.mp3')).slice(0, 60),
    ]) {
      expect(await attempt(() => mp3.decode(bytes, {}))).toMatchObject({ code: 'codec' });
    }
  });

  test.each(['joint-44100.mp3', 'bare-44100.mp3', 'mono-8000.mp3'])('%s cut at ten places', async (name) => {
    const bytes = await load(name);
    for (let i = 0; i < 10; i++) {
      const part = bytes.slice(0, Math.floor((bytes.length * (i + 0.5)) / 10));
      const result = await attempt(() => mp3.decode(part, {}));
      expect(result instanceof DatasetError && result.message).toMatch(/^The mp3 file cannot be read: .*again\.$/);
    }
  });

  test('a header that promises 10^12 samples, before memory is taken', async () => {
    const bytes = await load('vbr-48000.mp3');
    const at = Buffer.from(bytes).indexOf('Xing');
    new DataView(bytes.buffer).setUint32(at + 8, 0xffffffff);
    const before = process.memoryUsage().arrayBuffers;
    expect(await attempt(() => mp3.decode(bytes, {}))).toMatchObject({
      code: 'codec',
      message: expect.stringMatching(/promises 4294967295 frames|expected 4294967295 frames/),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  test('a file that ends between two frames, before those that it promises', async () => {
    const bytes = await load('vbr-48000.mp3');
    const { frames } = readMp3Stream(bytes);
    const cut = bytes.slice(0, frames.at(-2));
    cut.fill(0xff, (frames[0] ?? 0) - 1, frames[0]);
    expect(await attempt(() => mp3.decode(cut, {}))).toMatchObject({
      message: expect.stringMatching(/cut off: expected \d+ (frames|bytes), got \d+/),
    });
  });

  test('other layers and free format are told by name', async () => {
    expect(await attempt(async () => mp3.decode(await load('layer2.mp3'), {}))).toMatchObject({
      code: 'unsupported',
      data: { feature: 'MPEG sound of layer II' },
    });
    const free = await load('bare-44100.mp3');
    for (const at of readMp3Stream(free).frames) free[at + 2] = (free[at + 2] ?? 0) & 0x0f;
    expect(await attempt(() => mp3.decode(free, {}))).toMatchObject({
      code: 'unsupported',
      data: { feature: 'frames of free format' },
    });
  });

  test('a wrong check sum is told, with the place', async () => {
    const bytes = await load('crc-44100.mp3');
    const at = readMp3Stream(bytes).frames[3] ?? 0;
    bytes[at + 12] = (bytes[at + 12] ?? 0) ^ 4;
    expect(await attempt(() => mp3.decode(bytes, {}))).toMatchObject({
      message: expect.stringContaining(`the frame at byte ${at} has a description whose check sum is wrong`),
    });
    // The part of the file before is not concerned.
    expect((await mp3.decode(bytes, { rows: [0, 1000] })).shape).toEqual([1000, 2]);
  });

  test('bytes between frames are told', async () => {
    const bytes = await load('bare-44100.mp3');
    const at = readMp3Stream(bytes).frames[5] ?? 0;
    const broken = new Uint8Array([...bytes.subarray(0, at), 1, 2, 3, ...bytes.subarray(at)]);
    expect(await attempt(() => mp3.decode(broken, {}))).toMatchObject({
      message: expect.stringContaining(`expected a frame at byte ${at}, got one at byte ${at + 3} only`),
    });
  });

  test('1,000 flipped bits give an error or an array of the size that the header tells', {
    timeout: 60_000,
  }, async () => {
    const random = seeded(7);
    const inputs = ['bare-44100.mp3', 'intensity-22050.mp3', 'stereo-11025.mp3', 'mono-8000.mp3', 'mono-22050.mp3'];
    const loaded = await Promise.all(inputs.map(load));
    let refused = 0;
    for (let i = 0; i < 1000; i++) {
      const bytes = loaded[i % loaded.length]?.slice() ?? new Uint8Array(0);
      const at = Math.floor(random() * (i % 3 === 0 ? 600 : bytes.length));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const result = await attempt(() => mp3.decode(bytes, {}));
      if (result instanceof DatasetError) refused++;
      else
        expect([result.data.length, result.shape]).toEqual([
          (result.shape[0] ?? 0) * (result.shape[1] ?? 0),
          readMp3Header(bytes).shape,
        ]);
    }
    expect(refused).toBeGreaterThan(10);
    expect(refused).toBeLessThan(500);
  });
});
