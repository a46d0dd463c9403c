import { describe, expect, test } from 'vitest';
import { newBytePositions } from '../format/byte-positions.js';
import { serializeChunkHeader } from '../format/chunk.js';
import { serializeChunkIds } from '../format/chunk-ids.js';
import { FIRST_COMMIT } from '../format/keys.js';
import { newShapes } from '../format/shapes.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { serializeTiles, type Tiles } from '../format/tiles.js';
import { withStats } from '../store/counted.js';
import { memoryStore } from '../store/memory.js';
import type { Store } from '../store/types.js';
import { type Bytes, concatBytes, utf8Encode } from '../util/bytes.js';
import { failureOf, readAll, reading, storedTensor } from './chunk.contract.js';
import { readSamples } from './read.js';
import { createChunkCaches, StoredTensor } from './stored-tensor.js';

const VERSION = [6, 0x33, 0x2e, 0x39, 0x2e, 0x35, 0x32];
const KEY = 't/chunks/1';
const u8 = (length: number, fields: Partial<TensorMeta> = {}) => ({
  dtype: 'uint8',
  length,
  minShape: [1],
  maxShape: [9],
  ...fields,
});

/** A chunk of uint8 samples of the given lengths: sample i is filled with i. */
function chunkOf(sizes: readonly number[]): Bytes {
  const [shapes, positions] = [newShapes(1), newBytePositions()];
  for (const size of sizes) {
    shapes.append([size]);
    positions.append([size]);
  }
  return concatBytes([
    serializeChunkHeader(shapes, positions),
    ...sizes.map((size, i) => new Uint8Array(size).fill(i)),
  ]);
}

async function storeWith(files: Readonly<Record<string, Bytes>>): Promise<Store> {
  const store = memoryStore();
  await store.write(Object.entries(files).map(([key, bytes]) => ({ key, bytes })));
  return store;
}

/** A store with one chunk, which the index says to hold `count` samples. */
const oneChunk = (chunk: Bytes, count: number) =>
  storeWith({ [KEY]: chunk, 't/chunks_index/unsharded': serializeChunkIds({ ids: [1n], lasts: [count - 1] }) });

const failing = async (store: Store, fields: Partial<TensorMeta>, start = 0, end = 1) =>
  failureOf(
    readSamples(storedTensor(store, fields), start, end, reading()).then((samples) =>
      Promise.all(samples.map((sample) => sample.array())),
    ),
  );

describe('requests', () => {
  test.each([null, 'jpeg'])(
    'one sample of a large chunk takes at most two, and few bytes (sample compression %s)',
    async (sampleCompression) => {
      const sizes = Array.from({ length: 80 }, (_, i) => 100_000 + i);
      const { store, stats } = withStats(await oneChunk(chunkOf(sizes), 80));
      const tensor = storedTensor(store, u8(80, { sampleCompression }));
      await tensor.chunkIds();
      await tensor.chunkSets();
      const before = { ...stats };
      const [sample] = await readSamples(tensor, 41, 42, reading());
      expect(sample?.shape).toEqual([100_041]);
      const bytes = sampleCompression === null ? await sample?.raw() : sample?.encoded()?.bytes;
      expect(bytes).toHaveLength(100_041);
      expect(bytes?.every((byte) => byte === 41)).toBe(true);
      expect(stats.requests - before.requests).toBe(2);
      expect(stats.bytesRead - before.bytesRead).toBe(16_384 + 100_041);
      await readSamples(tensor, 7, 8, reading());
      expect(stats.requests - before.requests).toBe(3); // the header is known
    },
  );

  test('neighbours come with one request', async () => {
    const sizes = Array.from({ length: 30 }, () => 10_000);
    const { store, stats } = withStats(await oneChunk(chunkOf(sizes), 30));
    const tensor = storedTensor(store, u8(30));
    const samples = await readSamples(tensor, 10, 25, reading());
    expect(await Promise.all(samples.map(async (sample) => (await sample.raw())[0]))).toEqual(
      Array.from({ length: 15 }, (_, i) => 10 + i),
    );
    expect(stats.requests).toBe(3); // index, header, samples
    expect(stats.bytesRead).toBeLessThan(200_000);
    const [one] = samples;
    expect((await one?.raw())?.buffer.byteLength).toBe(10_000); // keeps no neighbours in memory
  });

  test('a header larger than the first read takes one or two more', async () => {
    const sizes = Array.from({ length: 3000 }, (_, i) => 1 + (i % 5));
    const { store, stats } = withStats(await oneChunk(chunkOf(sizes), 3000));
    const tensor = storedTensor(store, u8(3000));
    expect((await readAll(tensor)).map(({ values }) => values.length)).toEqual(sizes);
    expect(stats.requests).toBeLessThanOrEqual(5);
  });

  test('a store without ranges is read whole', async () => {
    const files = new Map([
      [KEY, chunkOf([3, 4])],
      ['t/chunks_index/unsharded', serializeChunkIds({ ids: [1n], lasts: [1] })],
    ]);
    const store: Store = { address: 'map', get: (key) => files.get(key) };
    expect(await readAll(storedTensor(store, u8(2)))).toEqual([
      { shape: [3], values: [0, 0, 0] },
      { shape: [4], values: [1, 1, 1, 1] },
    ]);
  });

  test('what is read is not the store’s own memory', async () => {
    const store = await oneChunk(chunkOf([3]), 1);
    const [sample] = await readSamples(storedTensor(store, u8(1)), 0, 1, reading());
    (await sample?.array())?.data.fill(99 as never);
    expect(await readAll(storedTensor(store, u8(1)))).toEqual([{ shape: [3], values: [0, 0, 0] }]);
  });
});

describe('damage', () => {
  test('a missing chunk', async () => {
    const store = await storeWith({ 't/chunks_index/unsharded': serializeChunkIds({ ids: [0x1fn], lasts: [0] }) });
    expect(await failing(store, u8(1))).toEqual({
      code: 'not-found',
      data: { what: 'chunk', name: 't/chunks/1f', key: 't/chunks/1f' },
      message: 'Chunk t/chunks/1f is missing. Restore it from a copy of the dataset.',
    });
  });

  test('a truncated chunk, at every length', async () => {
    const whole = chunkOf([3, 5]);
    for (let length = 0; length < whole.length; length++) {
      const { code, data } = await failing(await oneChunk(whole.slice(0, length), 2), u8(2), 0, 2);
      expect([code, data.key], `${length} bytes`).toEqual(['corrupt', KEY]);
    }
    const long = chunkOf([100, 20_000]);
    const cut = await failing(await oneChunk(long.slice(0, -1), 2), u8(2), 1, 2);
    expect(cut).toMatchObject({ code: 'corrupt', data: { expected: long.length, got: long.length - 1 } });
    expect(cut.message).toBe(
      `Chunk ${KEY} ends early: expected at least ${long.length} bytes, got ${long.length - 1}. Restore it from a copy.`,
    );
    const tables = chunkOf(Array.from({ length: 3000 }, (_, i) => i % 5)).slice(0, 30_000);
    expect(await failing(await oneChunk(tables, 3000), u8(3000))).toMatchObject({
      code: 'corrupt',
      data: { key: KEY, got: 30_000 },
    });
  });

  const lies: [string, number[]][] = [
    ['more shapes than bytes', [...VERSION, 255, 255, 255, 127, 2, 0, 0, 0]],
    ['shapes of a huge width', [...VERSION, 1, 0, 0, 0, 255, 255, 255, 127]],
    ['a negative number of shapes', [...VERSION, 255, 255, 255, 255, 2, 0, 0, 0]],
    ['more byte positions than bytes', [...VERSION, 0, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255]],
    [
      'positions that fall',
      [
        ...VERSION,
        0,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        5,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        6,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
      ],
    ],
    [
      'a sample longer than the file',
      [...VERSION, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    ['no version', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ];
  test.each(lies)('a header that lies: %s', async (_, header) => {
    const { store, stats } = withStats(
      await oneChunk(Uint8Array.from([...header, ...new Array<number>(100).fill(1)]), 1),
    );
    const { code, data } = await failing(store, u8(1));
    expect([code, data.key]).toEqual(['corrupt', KEY]);
    expect(stats.requests).toBeLessThanOrEqual(4);
  });

  test('a chunk with fewer samples than the index says', async () => {
    expect(await failing(await oneChunk(chunkOf([3, 4]), 3), u8(3), 2, 3)).toMatchObject({
      code: 'corrupt',
      data: { key: KEY, expected: 'at least 3 samples', got: 2 },
    });
    const noTables = concatBytes([serializeChunkHeader(newShapes(1), newBytePositions()), new Uint8Array(9)]);
    expect(await failing(await oneChunk(noTables, 3), u8(3), 0, 3)).toMatchObject({
      code: 'corrupt',
      data: { key: KEY },
    });
  });

  test('an index that is short, truncated or missing', async () => {
    const store = await oneChunk(chunkOf([3]), 1);
    const short = await failing(store, u8(5));
    expect(short).toMatchObject({
      code: 'corrupt',
      data: { tensor: 't', key: 't/chunks_index/unsharded', expected: 5, got: 1 },
    });
    const cut = await storeWith({
      't/chunks_index/unsharded': serializeChunkIds({ ids: [1n], lasts: [0] }).slice(0, 15),
    });
    expect(await failing(cut, u8(1))).toMatchObject({ code: 'corrupt', data: { key: 't/chunks_index/unsharded' } });
    expect(await failing(memoryStore(), u8(1))).toMatchObject({ code: 'corrupt', data: { expected: 1, got: 0 } });
  });

  test('a sample whose shape is not that of its bytes', async () => {
    const [shapes, positions] = [newShapes(1), newBytePositions()];
    shapes.append([2 ** 32 - 1]);
    positions.append([4]);
    const store = await oneChunk(concatBytes([serializeChunkHeader(shapes, positions), new Uint8Array(4)]), 1);
    expect(await failing(store, u8(1))).toMatchObject({ code: 'corrupt', data: { key: KEY, got: 4 } });
    expect(await failing(store, u8(1, { sampleCompression: 'lz4' }))).toMatchObject({
      code: 'codec',
      data: { key: KEY },
    });
    expect(await failing(store, u8(1, { sampleCompression: 'png' }))).toMatchObject({
      code: 'codec',
      data: { key: KEY },
    });
  });

  test('tiles that do not make the sample are refused before memory is taken', async () => {
    const withTiles = (tiles: Tiles, ids: bigint[]) =>
      storeWith({
        't/tiles_index/unsharded': serializeTiles(tiles),
        't/chunks_index/unsharded': serializeChunkIds({ ids, lasts: ids.map(() => 0) }),
        [KEY]: new Uint8Array(0),
        't/chunks/2': new Uint8Array(0),
      });
    const grid = await withTiles(new Map([[0, { sampleShape: [2 ** 40, 2 ** 40], tileShape: [1, 1] }]]), [1n, 2n]);
    expect(await failing(grid, u8(1))).toMatchObject({ code: 'corrupt', data: { got: 2 } });
    const huge = await withTiles(new Map([[0, { sampleShape: [2 ** 40, 2], tileShape: [2 ** 40, 1] }]]), [1n, 2n]);
    expect(await failing(huge, u8(1))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('2199023255552 bytes, more than the 2147483648'),
    });
    const zeros = await withTiles(new Map([[0, { sampleShape: [2, 2], tileShape: [2, 1] }]]), [1n, 2n]);
    expect(await readAll(storedTensor(zeros, u8(1)))).toEqual([{ shape: [2, 2], values: [0, 0, 0, 0] }]);
  });

  test('a failure is not remembered', async () => {
    const store = memoryStore();
    const tensor = storedTensor(store, u8(1));
    expect((await failureOf(tensor.chunkIds())).code).toBe('corrupt');
    await store.write([{ key: 't/chunks_index/unsharded', bytes: serializeChunkIds({ ids: [1n], lasts: [0] }) }]);
    expect((await tensor.chunkIds()).ids).toEqual([1n]);
  });
});

test('an abort stops before anything is read', async () => {
  const { store, stats } = withStats(await oneChunk(chunkOf([3]), 1));
  const signal = AbortSignal.abort('enough');
  await expect(readSamples(storedTensor(store, u8(1)), 0, 1, reading(), { signal })).rejects.toBe('enough');
  expect(stats.requests).toBe(0);
});

test('the nearest commit that lists a chunk owns it', async () => {
  const store = await storeWith({
    'versions/b/t/chunk_set': utf8Encode('2'),
    'versions/a/t/chunk_set': utf8Encode('1,2,3:x,4:y:other'),
  });
  const tensor = new StoredTensor(
    { store, lineage: ['b', 'a', FIRST_COMMIT], caches: createChunkCaches() },
    't',
    storedTensor(store, {}).meta,
  );
  expect(await Promise.all([1n, 2n, 3n, 4n, 5n].map((id) => tensor.chunkKey(id)))).toEqual([
    'versions/a/t/chunks/1',
    'versions/b/t/chunks/2',
    'versions/x/t/chunks/3',
    'versions/y/other/chunks/4',
    't/chunks/5',
  ]);
});
