/** Sounds of a tensor: the true sound, its facts, and parts of it, from memory and from a store that counts. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { loadMedia } from '../codec/audio.contract.js';
import {
  type AudioInfo,
  type AudioSample,
  audio,
  createDataset,
  type Dataset,
  isDatasetError,
  openDataset,
  read,
  type Store,
} from '../index.js';
import { withStats } from '../store/counted.js';
import { memoryStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';

async function soundsOf(
  compression: 'mp3' | 'wav' | 'flac',
  files: readonly (Bytes | null)[],
  store: Store = memoryStore(),
) {
  const ds = await createDataset(store, { s: audio({ sampleCompression: compression }) }, { autoFlush: false });
  for (const bytes of files) await ds.append({ s: bytes && read(bytes, { compression }) });
  return ds;
}

async function soundAt(ds: Dataset, index: number): Promise<AudioSample> {
  const sample = await ds.tensor('s').at(index);
  if (typeof sample === 'object' && sample !== null && 'samples' in sample && 'info' in sample)
    return sample as AudioSample;
  throw new TypeError('not a sound');
}

test('mp3: the sound without what was put around it; the array as it was recorded', async () => {
  const ds = await soundsOf('mp3', [await loadMedia('audio/joint-44100.mp3')]);
  const { s: sound } = await ds.at(0);
  expectTypeOf(sound).toEqualTypeOf<AudioSample>();
  expect(await sound.info()).toEqual({ sampleRate: 44100, channels: 2, length: 13230, duration: 0.3 });
  expectTypeOf(sound.info).returns.resolves.toEqualTypeOf<AudioInfo>();
  expect([sound.shape, sound.dtype]).toEqual([[14976, 2], 'float64']);
  const samples = await sound.samples();
  expect([samples.dtype, samples.shape]).toEqual(['float32', [13230, 2]]);
  const array = await sound.array();
  expect([array.dtype, array.shape]).toEqual(['float64', [14976, 2]]);
  expect([...array.data.slice(0, 26460)]).toEqual([...samples.data]);
  expect(array.data.slice(26460).every((value) => value === 0)).toBe(true);
  const rows = await sound.array({ start: 13000, end: 13500 });
  expect(rows).toEqual({ dtype: 'float64', shape: [500, 2], data: array.data.slice(26000, 27000) });
  await ds.close();
});

describe.each([
  ['wav', 'audio/s16-stereo.wav', 'int16'],
  ['wav', 'audio/u8-stereo.wav', 'uint8'],
  ['wav', 'f32.wav', 'float32'],
  ['flac', 'audio/s16-frames.flac', 'int16'],
  ['flac', 's24-stereo.flac', 'int32'],
] as const)('%s of %s', (compression, name, dtype) => {
  test('has the numbers of the file, all or in parts', async () => {
    const ds = await soundsOf(compression, [null, await loadMedia(name)]);
    const sound = await soundAt(ds, 1);
    const { length, channels } = await sound.info();
    const all = await sound.samples();
    expect([all.dtype, all.shape]).toEqual([dtype, [length, channels]]);
    const shift = name.startsWith('s24') ? 256 : 1;
    expect([...(await sound.array()).data]).toEqual([...all.data].map((value) => Number(value) * shift));
    const part = await sound.samples({ start: 100, end: 333 });
    expect(part).toEqual({ dtype, shape: [233, channels], data: all.data.slice(100 * channels, 333 * channels) });
    expect((await sound.samples({ start: length - 2, end: length + 9 })).shape).toEqual([2, channels]);
    expect((await sound.samples({ start: length + 5 })).shape).toEqual([0, channels]);
    const blocks = [];
    for await (const block of sound.blocks({ size: 300, start: 50, end: 790 })) blocks.push(block);
    expect(blocks.map(({ start, samples }) => [start, ...samples.shape])).toEqual([
      [50, 300, channels],
      [350, 300, channels],
      [650, 140, channels],
    ]);
    expect(blocks.flatMap(({ samples }) => [...samples.data])).toEqual([
      ...all.data.slice(50 * channels, 790 * channels),
    ]);
    await ds.close();
  });
});

test('raw arrays and empty samples have samples, and no rate', async () => {
  const ds = await createDataset(memoryStore(), { s: audio({ sampleCompression: null }) }, { autoFlush: false });
  await ds.append({ s: new Float32Array([1, 2, 3, 4]) });
  await ds.append({ s: null });
  const [raw, empty] = [await soundAt(ds, 0), await soundAt(ds, 1)];
  expect(await raw.samples({ start: 1, end: 3 })).toEqual({
    dtype: 'float64',
    shape: [2, 1],
    data: new Float64Array([2, 3]),
  });
  expect(await empty.samples()).toMatchObject({ data: { length: 0 }, shape: [0, 0] });
  for (const sample of [raw, empty]) {
    const failure = await sample.info().catch((error: unknown) => error);
    expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(/samples\(\)/);
  }
  await ds.close();
});

test('parts and sizes that are none are refused', async () => {
  const ds = await soundsOf('wav', [await loadMedia('u8.wav')]);
  const sound = await soundAt(ds, 0);
  for (const part of [{ start: -1 }, { start: 0.5 }, { start: 5, end: 4 }, { end: Number.NaN }, { end: 2.5 }]) {
    await expect(sound.samples(part)).rejects.toThrow(RangeError);
    await expect(sound.blocks(part).next()).rejects.toThrow(RangeError);
  }
  await expect(sound.blocks({ size: 0 }).next()).rejects.toThrow(/size/);
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(sound.samples({ signal: stopped })).rejects.toThrow('stopped');
  await ds.close();
});

test('a damaged file is told with its place', async () => {
  const bytes = await loadMedia('audio/s16-frames.flac');
  const at = bytes.length - 1000; // in one of the last of nine frames
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const ds = await soundsOf('flac', [bytes]);
  const sound = await soundAt(ds, 0);
  await expect(sound.samples()).rejects.toMatchObject({
    code: 'codec',
    data: { key: expect.stringContaining('s/chunks') },
  });
  expect((await sound.samples({ end: 500 })).shape).toEqual([500, 2]); // what is not damaged can be read
  await ds.close();
});

test('a part of a large WAV file in a store costs the bytes of the part', async () => {
  const samples = 400_000;
  const file = new Uint8Array(44 + 2 * samples);
  file.set((await loadMedia('s16-mono.wav')).subarray(0, 36));
  new DataView(file.buffer).setUint32(4, file.length - 8, true);
  new DataView(file.buffer).setUint32(16, 16, true);
  file.set(new TextEncoder().encode('data'), 36);
  new DataView(file.buffer).setUint32(40, 2 * samples, true);
  const numbers = new Int16Array(file.buffer, 44);
  for (let i = 0; i < samples; i++) numbers[i] = i;
  const inner = memoryStore();
  await (await soundsOf('wav', [file], inner)).close();
  const { store, stats } = withStats(inner);
  const ds = await openDataset(store);
  const sound = await soundAt(ds, 0);
  expect(await sound.info()).toEqual({ sampleRate: 8000, channels: 1, length: samples, duration: 50 });
  const before = stats.bytesRead;
  const { data } = await sound.samples({ start: 300_000, end: 308_000 });
  expect([...data]).toEqual([...numbers.subarray(300_000, 308_000)]);
  expect(stats.bytesRead - before).toBeLessThan(20_000);
  await ds.close();
});
