/** Sound of WAV, FLAC and MP3 files, whole and in parts, from a source of which parts can be read. */
import { describe, expect, test } from 'vitest';
import sounds from '../../e2e/fixtures/media/audio/audio.json' with { type: 'json' };
import { DatasetError } from '../errors.js';
import { bytesFromNdArray } from '../format/dtypes.js';
import { type ByteSource, byteSourceOf } from '../util/byte-source.js';
import type { Bytes } from '../util/bytes.js';
import { attempt, loadMedia, type SoundFile, seeded } from './audio.contract.js';
import { sha256 } from './media.contract.js';
import { createCodecPool } from './pool.js';
import { openSound } from './sound.js';
import type { Codecs } from './types.js';

const pool = createCodecPool({ size: 0 });
const codecs: Codecs = { decode: pool.decode, encode: pool.encode, run: pool.run };
const load = (name: string) => loadMedia(`audio/${name}`);
const kindOf = (name: string) => name.slice(name.lastIndexOf('.') + 1);
const exact = Object.entries(sounds as Record<string, SoundFile>).filter(([, { sha256: hash }]) => hash !== undefined);

/** A source that tells what is read of it. */
function watched(bytes: Bytes): ByteSource & { readonly reads: [number, number][] } {
  const reads: [number, number][] = [];
  const read = (start: number, end: number) => {
    expect(0 <= start && start <= end && end <= bytes.length).toBe(true);
    reads.push([start, end]);
    return bytes.subarray(start, end);
  };
  return { size: bytes.length, read, reads };
}

const bytesRead = (reads: readonly (readonly [number, number])[]) =>
  reads.reduce((sum, [start, end]) => sum + end - start, 0);

/** A WAV file of two channels of 16 bits, whose numbers count up. */
function longWav(samples: number, junk = 0): Bytes {
  const bytes = new Uint8Array(12 + 24 + 8 + junk + 8 + 4 * samples);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, 44100, true);
  view.setUint32(28, 4 * 44100, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, 'LIST');
  view.setUint32(40, junk, true);
  text(44 + junk, 'data');
  view.setUint32(48 + junk, 4 * samples, true);
  const numbers = new Uint16Array(bytes.buffer, 52 + junk, 2 * samples);
  for (let i = 0; i < numbers.length; i++) numbers[i] = i & 0x7fff;
  return bytes;
}

describe('wav and flac', () => {
  test.each(exact)('%s has the numbers of the file, in the smallest dtype', async (name, expected) => {
    const sound = await openSound(kindOf(name), byteSourceOf(await load(name)));
    const { rate, channels, length, dtype } = expected;
    expect(sound.info).toEqual({ sampleRate: rate, channels, length, duration: length / rate });
    const array = await sound.read(0, length, codecs);
    expect([array.dtype, array.shape]).toEqual([dtype, [length, channels]]);
    expect(await sha256(bytesFromNdArray(array))).toBe(expected.sha256);
  });

  test.each(exact)(
    'parts of %s are those of the whole, sample by sample and by rows of the array',
    async (name, { channels, length }) => {
      const bytes = await load(name);
      const sound = await openSound(kindOf(name), byteSourceOf(bytes));
      const whole = await sound.read(0, length, codecs);
      const array = await codecs.decode(kindOf(name), bytes, {});
      for (const start of [0, 1, 255, 256, 257, 511, 700, length - 1, length]) {
        for (const size of [0, 1, 255, 256, 600, length]) {
          const end = Math.min(start + size, length);
          if (start > end) continue;
          const part = await sound.read(start, end, codecs);
          expect([part.dtype, part.shape]).toEqual([whole.dtype, [end - start, channels]]);
          expect(part.data).toEqual(whole.data.slice(start * channels, end * channels));
          const rows = await codecs.decode(kindOf(name), bytes, { rows: [start, start + size] });
          expect(rows).toEqual({
            dtype: array.dtype,
            shape: [end - start, channels],
            data: array.data.slice(start * channels, end * channels),
          });
        }
      }
    },
  );

  test('24 bits are not shifted, unlike in the array', async () => {
    for (const name of ['s24-stereo.wav', 's24-stereo.flac']) {
      const bytes = await loadMedia(name);
      const sound = await openSound(kindOf(name), byteSourceOf(bytes));
      const { data } = await sound.read(0, sound.info.length, codecs);
      const array = await codecs.decode(kindOf(name), bytes, {});
      expect([...data].map((value) => Number(value) * 256)).toEqual([...array.data]);
    }
  });

  test('a second of a long WAV file costs its bytes and one read of the head', async () => {
    const source = watched(longWav(500_000, 100_000));
    const sound = await openSound('wav', source);
    expect(sound.info).toEqual({ sampleRate: 44100, channels: 2, length: 500_000, duration: 500_000 / 44100 });
    expect(source.reads.length).toBeLessThanOrEqual(2);
    expect(bytesRead(source.reads)).toBeLessThan(40_000);
    source.reads.length = 0;
    const { data } = await sound.read(200_000, 244_100, codecs);
    expect(source.reads).toEqual([[100_052 + 800_000, 100_052 + 976_400]]);
    expect([data[0], data[88_199]]).toEqual([400_000 & 0x7fff, 488_199 & 0x7fff]);
  });

  test('a flac file of unknown length tells its length by its last frame, and its rows end there', async () => {
    const bytes = await loadMedia('piped.flac');
    const sound = await openSound('flac', byteSourceOf(bytes));
    expect(sound.info).toEqual({ sampleRate: 8000, channels: 2, length: 400, duration: 0.05 });
    const { shape } = await sound.read(300, 400, codecs);
    expect(shape).toEqual([100, 2]);
    expect((await codecs.decode('flac', bytes, { rows: [390, 500] })).shape).toEqual([10, 2]);
    expect((await codecs.decode('flac', bytes, { rows: [500, 600] })).shape).toEqual([0, 2]);
  });

  test.each(['s16-frames.flac', 'seek-table.flac'])(
    '%s: a part in a long file costs the frames near it',
    async (name) => {
      const bytes = await load(name);
      const whole = await (await openSound('flac', byteSourceOf(bytes))).read(0, 2205, codecs);
      const long = repeatFlac(bytes, 150);
      const source = watched(long);
      const sound = await openSound('flac', source);
      expect(sound.info.length).toBe(8 * 256 * 150);
      const start = 8 * 256 * 117 + 200;
      source.reads.length = 0;
      const part = await sound.read(start, start + 900, codecs);
      expect(part.data).toEqual(whole.data.slice(400, 2200));
      expect(bytesRead(source.reads)).toBeLessThan(long.length / 6);
      const [last] = source.reads.slice(-1);
      expect((last?.[1] ?? 0) - (last?.[0] ?? 0)).toBeLessThan(12_000); // the frames themselves
      const rows = await codecs.decode('flac', long, { rows: [start, start + 900] });
      expect([...rows.data]).toEqual([...part.data]);
    },
  );

  test('a table of places that lies costs time, and gives no wrong sound', async () => {
    const bytes = await load('seek-table.flac');
    const expected = await (await openSound('flac', byteSourceOf(bytes))).read(900, 1000, codecs);
    const random = seeded(3);
    const table = 4 + 4 + 34 + 4;
    for (let i = 0; i < 200; i++) {
      const lying = bytes.slice();
      for (let n = 0; n < 3; n++) lying[table + Math.floor(random() * 54)] = Math.floor(random() * 256);
      const sound = await openSound('flac', byteSourceOf(lying));
      const result = await attempt(() => sound.read(900, 1000, codecs));
      if (!(result instanceof DatasetError)) expect(result).toEqual(expected);
    }
  });
});

/** Puts the whole frames of a file many times behind one another, numbered anew. All frames but the last have 256 samples. */
function repeatFlac(bytes: Bytes, times: number): Bytes {
  const starts: number[] = [];
  for (let at = 40; at < bytes.length - 5; at++) {
    const isHead = bytes[at] === 0xff && bytes[at + 1] === 0xf8 && bytes[at + 4] === starts.length;
    if (isHead && ((bytes[at + 2] ?? 0) >> 4 === 8 || starts.length === 8)) starts.push(at);
  }
  const frames = starts.slice(0, 8).map((start, i) => bytes.subarray(start, starts[i + 1]));
  const out: number[] = [...bytes.subarray(0, starts[0])];
  const samples = 8 * 256 * times;
  out.splice(22, 4, samples >>> 24, (samples >> 16) & 255, (samples >> 8) & 255, samples & 255);
  for (let number = 0; number < 8 * times; number++)
    out.push(...renumber(frames[number % 8] ?? new Uint8Array(0), number));
  return new Uint8Array(out);
}

function renumber(frame: Bytes, number: number): number[] {
  const code = number < 128 ? [number] : [0xc0 | (number >> 6), 0x80 | (number & 63)];
  const head = [...frame.subarray(0, 4), ...code];
  const body = [...head, crc(head, 8, 0x07), ...frame.subarray(6, -2)];
  const sum = crc(body, 16, 0x8005);
  return [...body, sum >> 8, sum & 255];
}

function crc(bytes: readonly number[], bits: number, polynomial: number): number {
  const mask = (1 << bits) - 1;
  return bytes.reduce((before, byte) => {
    let value = before ^ (byte << (bits - 8));
    for (let i = 0; i < 8; i++) value = ((value << 1) ^ (value & (1 << (bits - 1)) ? polynomial : 0)) & mask;
    return value;
  }, 0);
}

describe('mp3', () => {
  test('is read through once, then in the frames that are needed', async () => {
    const bytes = await load('joint-44100.mp3');
    const source = watched(bytes);
    const sound = await openSound('mp3', source);
    expect(sound.info).toEqual({ sampleRate: 44100, channels: 2, length: 13230, duration: 0.3 });
    expect(source.reads).toEqual([[0, bytes.length]]);
    source.reads.length = 0;
    const whole = await sound.read(0, 13230, codecs);
    source.reads.length = 0;
    const part = await sound.read(9000, 9010, codecs);
    expect(part).toEqual({ dtype: 'float32', shape: [10, 2], data: whole.data.slice(18000, 18020) });
    expect(bytesRead(source.reads)).toBeLessThan(4 * 419);
  });
});

describe('damaged files', () => {
  test.each(['s16-stereo.wav', 's24-frames.flac', 'seek-table.flac', 'mono-8000.mp3'])(
    '%s cut at ten places',
    async (name) => {
      const bytes = await load(name);
      for (let i = 0; i < 10; i++) {
        const source = byteSourceOf(bytes.slice(0, Math.floor((bytes.length * (i + 0.5)) / 10)));
        const result = await attempt(async () => {
          const sound = await openSound(kindOf(name), source);
          return sound.read(0, sound.info.length, codecs);
        });
        expect(result).toMatchObject({ code: 'codec' });
      }
    },
  );

  test.each(['s16-stereo.wav', 'seek-table.flac', 's24-frames.flac'])('%s with 300 flipped bits', async (name) => {
    const good = await load(name);
    const random = seeded(11);
    for (let i = 0; i < 300; i++) {
      const bytes = good.slice();
      const at = Math.floor(random() * (i % 2 ? 120 : bytes.length));
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const result = await attempt(async () => {
        const sound = await openSound(kindOf(name), byteSourceOf(bytes));
        const end = Math.min(1000, sound.info.length);
        return { array: await sound.read(0, end, codecs), shape: [end, sound.info.channels] };
      });
      if (!(result instanceof DatasetError)) expect(result.array.shape).toEqual(result.shape);
    }
  });

  test('nothing, and formats without sound', async () => {
    for (const name of ['wav', 'flac', 'mp3']) {
      const result = await attempt(() => openSound(name, byteSourceOf(new Uint8Array(0))));
      expect(result).toMatchObject({ code: 'codec', data: { compression: name } });
    }
    expect(await attempt(() => openSound('png', byteSourceOf(new Uint8Array(9))))).toMatchObject({
      code: 'unsupported',
    });
  });
});
