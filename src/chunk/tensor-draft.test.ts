import { describe, expect, test } from 'vitest';
import { parseChunk } from '../format/chunk.js';
import { parseChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { parseTiles, serializeTiles } from '../format/tiles.js';
import { memoryStore } from '../store/memory.js';
import type { Put, Store } from '../store/types.js';
import {
  bytesSample,
  codecs,
  metaWith,
  newDraft,
  nothing,
  readAll,
  reopened,
  reopenedDraft,
} from './chunk.contract.js';
import { checkCompanion } from './companions.js';
import { draftOf, store, stored, u8, values, withCompanions, wrap } from './draft.contract.js';
import { fitsChunk } from './plan-append.js';
import { readSamples } from './read.js';
import type { Sample } from './sample.js';
import type { TensorDraft } from './tensor-draft.js';

async function jsonRows(source: TensorDraft): Promise<string[]> {
  const samples = await readSamples(source, 0, source.length, { codecs, unpacked: source.stored.from.caches.unpacked });
  return Promise.all(samples.map(async (sample) => new TextDecoder().decode(await sample.raw())));
}

describe('companions', () => {
  test('get a row with each sample', async () => {
    const into = memoryStore();
    const { main, info, shape, id, draft } = withCompanions(into);
    main.append(nothing);
    main.append({ ...bytesSample([1, 2, 3, 4, 5, 6], [2, 3]), info: { format: 'png' } });
    main.append(nothing);
    expect([main, info, shape, id].map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    expect(await jsonRows(info)).toEqual(['{}', '{"format": "png"}', '{}']);
    expect(await readAll(shape)).toEqual([
      { shape: [1], values: [0] }, // no dimensions were known yet
      { shape: [2], values: [2, 3] },
      { shape: [2], values: [0, 0] },
    ]);
    expect(id.meta).toMatchObject({ htype: 'generic', dtype: 'uint64', typestr: '<u8' });
    expect(shape.meta).toMatchObject({ htype: 'generic', dtype: 'int64', typestr: null, minShape: [1], maxShape: [2] });
    await draft.flush();
    const ids = parseChunk(await stored(into, '_x_id/chunks/1'), 'ids');
    expect(ids.data).toHaveLength(24);
    expect(new Set(new BigUint64Array(ids.data.slice().buffer)).size).toBe(3);
    expect((await reopened(into, 'x')).meta.links).toEqual(main.meta.links);
  });

  test('have their rows changed with a sample, but for ids', async () => {
    const { main, info, shape, id } = withCompanions(memoryStore());
    for (const size of [1, 2]) main.append({ ...bytesSample(new Uint8Array(size)), info: { n: size } });
    const before = await readAll(id);
    await main.prepareReplace(0, codecs);
    main.replace(0, bytesSample([7, 8, 9]));
    expect([await values(main), await values(shape), await jsonRows(info)]).toEqual([
      [
        [7, 8, 9],
        [0, 0],
      ],
      [[3], [2]],
      ['{}', '{"n": 2}'],
    ]);
    expect(await readAll(id)).toEqual(before);
  });

  test('that this version cannot keep are refused', () => {
    checkCompanion('x', '_x_id', 'extend_id');
    expect(() => checkCompanion('x', '_x_down', 'extend_downsample')).toThrow(
      'companion "_x_down" (extend_downsample)',
    );
    expect(() => checkCompanion('x', '_x_down', 'constructor')).toThrow('cannot be kept up to date');
  });
});

describe('empty samples', () => {
  test('before the first shape count as zeros from then on (trap T1)', async () => {
    const into = await store([nothing, nothing, bytesSample([1, 2], [1, 2])]);
    const tensor = await reopened(into);
    expect(tensor.meta).toMatchObject({ length: 3, minShape: [0, 0], maxShape: [1, 2] });
    const { shapes, positions } = parseChunk(await stored(into, 't/chunks/1'), 'k');
    expect([shapes.toArray(), positions.toArray()]).toEqual([
      new Uint32Array([0, 0, 1, 1, 2, 2]),
      new Uint32Array([0, 0, 1, 2, 0, 2]),
    ]);
    expect(await readAll(tensor)).toEqual([
      { shape: [0, 0], values: [] },
      { shape: [0, 0], values: [] },
      { shape: [1, 2], values: [1, 2] },
    ]);
  });

  test('have no shape row while nothing has; the first shape comes in a later session', async () => {
    const into = await store([nothing, nothing]);
    expect((await reopened(into)).meta).toMatchObject({ length: 2, minShape: [], maxShape: [] });
    expect(parseChunk(await stored(into, 't/chunks/1'), 'k').shapes.rows).toBe(0);
    expect(await readAll(await reopened(into))).toEqual([
      { shape: [0], values: [] },
      { shape: [0], values: [] },
    ]);
    const again = await reopenedDraft(into);
    again.append(bytesSample([5]));
    await draftOf(into, again).flush();
    expect(await values(await reopened(into))).toEqual([[], [], [5]]);
    expect((await reopened(into)).meta).toMatchObject({ minShape: [0], maxShape: [1] });
  });

  test('may replace one another before there is a shape', async () => {
    const { main, shape, draft } = withCompanions(memoryStore());
    main.append(nothing);
    await main.prepareReplace(0, codecs);
    main.replace(0, nothing);
    await draft.flush();
    expect([await readAll(main), await readAll(shape)]).toEqual([
      [{ shape: [0], values: [] }],
      [{ shape: [1], values: [0] }],
    ]);
    expect(main.meta).toMatchObject({ minShape: [], maxShape: [] });
  });

  test('a replacement may bring the first shape', async () => {
    const into = await store([nothing, nothing]);
    const tensor = await reopenedDraft(into);
    await tensor.prepareReplace(1, codecs);
    tensor.replace(1, bytesSample([4, 5]));
    await draftOf(into, tensor).flush();
    expect(await values(await reopened(into))).toEqual([[], [4, 5]]);
    expect((await reopened(into)).meta).toMatchObject({ minShape: [0], maxShape: [2] });
  });
});

describe('tiles', () => {
  const tiled = (fill: number): Sample => ({
    bytes: new Uint8Array(0),
    shape: [3, 2],
    dtype: 'uint8',
    tiling: {
      tileShape: [2, 2],
      tiles: [
        { bytes: new Uint8Array(4).fill(fill), shape: [2, 2] },
        { bytes: new Uint8Array(2).fill(fill + 1), shape: [1, 2] },
      ],
    },
  });
  const whole = (fill: number) => ({ shape: [3, 2], values: [fill, fill, fill, fill, fill + 1, fill + 1] });
  const plain = bytesSample([9], [1, 1]);

  test('are chunks of their own, read from the draft and from the store', async () => {
    const into = memoryStore();
    const tensor = newDraft(into, u8);
    for (const sample of [plain, tiled(5), plain]) tensor.append(sample);
    const expected = [{ shape: [1, 1], values: [9] }, whole(5), { shape: [1, 1], values: [9] }];
    expect(await readAll(tensor)).toEqual(expected);
    expect(tensor.pendingBytes).toBe(8);
    await draftOf(into, tensor).flush();
    expect(await readAll(tensor)).toEqual(expected);
    expect(await readAll(await reopened(into))).toEqual(expected);
    expect(parseChunkIds(await stored(into, 't/chunks_index/unsharded'), 'ids')).toEqual({
      ids: [1n, 2n, 3n, 4n],
      lasts: [0, 1, 1, 2],
    });
    expect(parseTiles(await stored(into, 't/tiles_index/unsharded'), 'tiles')).toEqual(
      new Map([[1, { sampleShape: [3, 2], tileShape: [2, 2] }]]),
    );
    const tile = parseChunk(await stored(into, 't/chunks/3'), 'k');
    expect([tile.shapes.toArray(), tile.positions.rows, tile.data]).toEqual([
      new Uint32Array([1, 2, 0]),
      0,
      new Uint8Array([6, 6]),
    ]);
    expect((await reopened(into)).meta).toMatchObject({ minShape: [1, 1], maxShape: [3, 2], length: 3 });
  });

  test('nothing is added to the chunk of a tile, in a later session either', async () => {
    const into = await store([plain, tiled(5)]);
    const tensor = await reopenedDraft(into);
    tensor.append(plain);
    expect(tensor.chunkIds().lasts).toEqual([0, 1, 1, 2]);
  });

  test('rows of the index and of the tiles that the metadata does not count are dropped', async () => {
    const into = await store([tiled(5)]);
    const { ids } = parseChunkIds(await stored(into, 't/chunks_index/unsharded'), 'ids');
    await into.write([
      { key: 't/chunks_index/unsharded', bytes: serializeChunkIds({ ids: [...ids, 7n, 8n], lasts: [0, 0, 1, 1] }) },
      {
        key: 't/tiles_index/unsharded',
        bytes: serializeTiles(new Map([0, 1].map((i) => [i, { sampleShape: [3, 2], tileShape: [2, 2] }]))),
      },
    ]);
    expect(await readAll(await reopened(into))).toEqual([whole(5)]);
    const tensor = await reopenedDraft(into);
    tensor.append(plain);
    await draftOf(into, tensor).flush();
    expect(await readAll(await reopened(into))).toEqual([whole(5), { shape: [1, 1], values: [9] }]);
    expect([...parseTiles(await stored(into, 't/tiles_index/unsharded'), 'tiles').keys()]).toEqual([0]);
  });
});

describe('a write that was cut off', () => {
  const kinds: [string, Partial<TensorMeta>, readonly number[]][] = [
    ['raw', {}, [2, 2, 1]],
    ['lz4', { chunkCompression: 'lz4' }, [2, 2, 1]],
    ['one image', { chunkCompression: 'png' }, [2, 2, 1]],
    ['small chunks', { maxChunkSize: 16 }, [2, 2, 1]],
  ];
  test.each(kinds)('after any number of keys: %s', async (_, fields, shape) => {
    const sample = (value: number) => bytesSample([value, value, value, value], shape);
    const old = [1, 2, 3];
    for (let cut = 0; ; cut++) {
      const into = await store(old.map(sample), { ...u8, ...fields });
      const writer = await reopenedDraft(into);
      let all: readonly Put[] = [];
      for (const value of [4, 5]) writer.append(sample(value));
      const torn: Store = {
        ...wrap(into),
        write: async (puts) => {
          all = puts;
          await into.write(puts.slice(0, cut));
        },
      };
      await draftOf(torn, writer).flush();
      const found = (await values(await reopened(into))).map(([value]) => value);
      expect([old, [...old, 4, 5]]).toContainEqual(found);
      const next = await reopenedDraft(into, 200n);
      for (const value of [6, 7]) next.append(sample(value));
      await draftOf(into, next).flush();
      expect((await values(await reopened(into))).map(([value]) => value)).toEqual([...found, 6, 7]);
      const meta = (await reopened(into)).meta;
      expect(parseChunkIds(await stored(into, 't/chunks_index/unsharded'), 'ids').lasts.at(-1)).toBe(meta.length - 1);
      if (cut >= all.length) break;
    }
  });

  test('an index that is ahead of the metadata in the middle of a chunk', async () => {
    const into = await store([1, 2, 3, 4].map((value) => bytesSample([value])));
    const meta = { ...(await reopened(into)).meta, length: 2 };
    await into.write([{ key: 't/tensor_meta.json', bytes: serializeTensorMeta(meta) }]);
    const tensor = await reopenedDraft(into);
    tensor.append(bytesSample([9]));
    await draftOf(into, tensor).flush();
    expect(await values(await reopened(into))).toEqual([[1], [2], [9]]);
  });
});

describe('later sessions', () => {
  test('add to the last chunk while it has room', async () => {
    const into = await store([bytesSample([1, 1]), bytesSample([2, 2])], { ...u8, maxChunkSize: 12 });
    const tensor = await reopenedDraft(into);
    for (const value of [3, 4]) tensor.append(bytesSample([value, value]));
    expect(tensor.chunkIds()).toEqual({ ids: [1n, 100n], lasts: [2, 3] });
    expect(fitsChunk(metaWith({ maxChunkSize: 12 }), 6, 1)).toBe(false);
    await draftOf(into, tensor).flush();
    expect(await values(await reopened(into))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  test('do not add to a chunk that would lose by it', async () => {
    const into = await store([bytesSample(new Uint8Array(64).fill(100), [8, 8, 1])], {
      ...u8,
      chunkCompression: 'jpeg',
    });
    const tensor = await reopenedDraft(into);
    tensor.append(bytesSample(new Uint8Array(64).fill(50), [8, 8, 1]));
    expect(tensor.chunkIds()).toEqual({ ids: [1n, 100n], lasts: [0, 1] });
  });

  test('replace samples of stored chunks', async () => {
    const into = await store(
      [1, 2, 3].map((value) => bytesSample([value])),
      { ...u8, maxChunkSize: 4 },
    );
    const tensor = await reopenedDraft(into);
    await tensor.prepareReplace(0, codecs);
    tensor.replace(0, bytesSample([7, 8, 9]));
    expect(await values(tensor)).toEqual([[7, 8, 9], [2], [3]]);
    await draftOf(into, tensor).flush();
    expect(await values(await reopened(into))).toEqual([[7, 8, 9], [2], [3]]);
    expect((await reopened(into)).meta).toMatchObject({ minShape: [1], maxShape: [3] });
    expect(() => tensor.put(2, new Uint8Array(1), [1])).not.toThrow(); // the open chunk is at hand
  });
});

test('the form for encoding is the metadata, but for the length', () => {
  const tensor = newDraft(memoryStore(), u8);
  tensor.append(bytesSample([1], [1, 1, 1]));
  const { form } = tensor;
  tensor.append(bytesSample([1, 2], [1, 2, 1]));
  expect(tensor.form).toBe(form);
  tensor.append(bytesSample([1, 2], [1, 1, 2]));
  expect(tensor.form.maxShape).toEqual([1, 2, 2]);
  expect(tensor.meta).toMatchObject({ length: 3, minShape: [1, 1, 1], maxShape: [1, 2, 2] });
});
