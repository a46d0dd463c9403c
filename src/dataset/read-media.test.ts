import { expect, test } from 'vitest';
import { createDataset, type Dataset, type MediaSample, openDataset, read } from '../index.js';
import { memoryStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';

const SECONDS = 4;
const RATE = 44_100;

/** A mono WAV file of 16 bits, 352,844 bytes long; sample i is i + `first` (mod 2^16). */
function wavFile(first: number, seconds = SECONDS): Bytes {
  const count = seconds * RATE;
  const bytes = new Uint8Array(44 + 2 * count);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  for (const [at, value] of [
    [16, 16],
    [24, RATE],
    [28, 2 * RATE],
    [40, 2 * count],
  ] as const)
    view.setUint32(at, value, true);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    view.setUint16(at, value, true);
  text(36, 'data');
  for (let i = 0; i < count; i++) view.setInt16(44 + 2 * i, i + first, true);
  return bytes;
}

async function soundsOf(store: ReturnType<typeof memoryStore>, ...files: Bytes[]): Promise<void> {
  const ds = await createDataset(store);
  const sounds = await ds.createTensor('sounds', { htype: 'audio', sampleCompression: 'wav' });
  for (const file of files) await sounds.append(read(file, { compression: 'wav' }));
  await ds.close();
}

const at = (ds: Dataset, row: number) => ds.tensor('sounds').at(row) as Promise<MediaSample>;

test('a large file stays where it is until it is asked for; a small one is read at once', async () => {
  const store = memoryStore();
  await soundsOf(store, wavFile(0), wavFile(7, 1), wavFile(9));
  const ds = await openDataset(store);
  const before = ds.stats.bytesRead;
  const large = await at(ds, 2);
  expect([large.shape, large.bytes, large.compression]).toEqual([[SECONDS * RATE, 1], 352_844, 'wav']);
  expect(ds.stats.bytesRead - before).toBeLessThan(40_000); // the head of the chunk
  expect(await large.encoded()).toEqual({ bytes: wavFile(9), compression: 'wav' });
  expect(ds.stats.bytesRead - before).toBeGreaterThan(352_844);
  const small = await at(ds, 1);
  const read = ds.stats.bytesRead;
  expect((await small.encoded())?.bytes).toEqual(wavFile(7, 1));
  expect(ds.stats.bytesRead).toBe(read);
  const all = (await ds.tensor('sounds').toArray()) as MediaSample[];
  expect(all.map((sample) => sample.bytes)).toEqual([352_844, 88_244, 352_844]);
  expect((await all[0]?.array())?.shape).toEqual([SECONDS * RATE, 1]);
  await ds.close();
  await expect(large.encoded()).rejects.toMatchObject({ code: 'closed' });
});

test('a large file is found again when its chunk was stored anew', async () => {
  const store = memoryStore();
  await soundsOf(store, wavFile(0), wavFile(1));
  const ds = await openDataset(store, { mode: 'rw' });
  const first = await at(ds, 0);
  const second = await at(ds, 1);
  const sounds = ds.tensor('sounds');
  if (sounds.htype !== 'audio') throw new Error('no sounds');
  await sounds.append(read(wavFile(2, 1), { compression: 'wav' }));
  await ds.flush(); // the tables before the files have grown
  expect((await second.encoded())?.bytes).toEqual(wavFile(1));
  await sounds.set(0, read(wavFile(3, 2), { compression: 'wav' }));
  await expect(first.encoded()).rejects.toThrow(/was replaced while it was read: expected 352844 bytes, got 176444/);
  await ds.flush();
  expect((await second.encoded())?.bytes).toEqual(wavFile(1));
  await ds.close();
});

test('a part of the first axis is cut to what there is', async () => {
  const store = memoryStore();
  await soundsOf(store, wavFile(5));
  const ds = await openDataset(store);
  const sound = await at(ds, 0);
  expect(await sound.array({ start: 3, end: 6 })).toEqual({
    dtype: 'float64',
    shape: [3, 1],
    data: Float64Array.of(8, 9, 10),
  });
  expect((await sound.array({ start: SECONDS * RATE - 2 })).shape).toEqual([2, 1]);
  expect((await sound.array({ start: 10 ** 9 })).shape).toEqual([0, 1]);
  await expect(sound.array({ start: -1 })).rejects.toThrow(RangeError);
  await expect(sound.array({ start: 5, end: 4 })).rejects.toThrow(RangeError);
  await ds.close();
});
