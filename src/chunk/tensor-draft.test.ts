import { describe, expect, test } from 'vitest';
import { parseChunk } from '../format/chunk.js';
import { parseChunkIds, serializeChunkIds } from '../format/chunk-ids.js';
import { parseCommitDiff } from '../format/commit-diff.js';
import { emptyDatasetDiff } from '../format/dataset-diff.js';
import { emptyDatasetMeta } from '../format/dataset-meta.js';
import { FIRST_COMMIT } from '../format/keys.js';
import { serializeTensorMeta, type TensorMeta } from '../format/tensor-meta.js';
import { parseTiles, serializeTiles } from '../format/tiles.js';
import { withStats } from '../store/counted.js';
import { memoryStore } from '../store/memory.js';
import type { Put, Store } from '../store/types.js';
import type { Bytes } from '../util/bytes.js';
import {
  bytesSample,
  codecs,
  failureOf,
  metaWith,
  newDraft,
  nothing,
  readAll,
  reopened,
  reopenedDraft,
} from './chunk.contract.js';
import { checkCompanion } from './companions.js';
import { Draft } from './draft.js';
import { fitsChunk } from './plan-append.js';
import { readSamples } from './read.js';
import type { Sample } from './sample.js';
import type { TensorDraft } from './tensor-draft.js';

const u8 = { dtype: 'uint8' } as const;

function draftOf(store: Store, ...tensors: TensorDraft[]): Draft {
  const draft = new Draft(store, codecs, {
    commit: FIRST_COMMIT,
    meta: emptyDatasetMeta(),
    info: {},
    diff: emptyDatasetDiff(),
  });
  for (const tensor of tensors) draft.addTensor(tensor);
  return draft;
}

/** Appends samples to a new tensor and stores it. */
async function store(samples: readonly Sample[], fields: Partial<TensorMeta> = u8, into = memoryStore()) {
  const tensor = newDraft(into, fields);
  for (const sample of samples) tensor.append(sample);
  await draftOf(into, tensor).flush();
  return into;
}

const stored = async (from: Store, key: string): Promise<Bytes> => {
  const bytes = await from.get(key);
  if (!bytes) throw new Error(`${key} is not stored`);
  return bytes;
};

const values = async (source: Parameters<typeof readAll>[0]) => (await readAll(source)).map((sample) => sample.values);

/** A tensor with all three companions. */
function withCompanions(into: Store) {
  const main = newDraft(into, { ...u8, links: {} }, 'x');
  const info = newDraft(into, { htype: 'json', dtype: 'Any', hidden: true }, '_x_info');
  const shape = newDraft(into, { dtype: 'int64', hidden: true }, '_x_shape');
  const id = newDraft(into, { hidden: true }, '_x_id');
  main.link('_x_info', { extend: 'extend_info', update: 'update_info', flattenSequence: true }, info);
  main.link('_x_shape', { extend: 'extend_shape', update: 'update_shape', flattenSequence: true }, shape);
  main.link('_x_id', { extend: 'extend_id', flattenSequence: false }, id);
  return { main, info, shape, id, draft: draftOf(into, info, shape, id, main) };
}

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

describe('order of what is stored', () => {
  test('chunks, tables, info, index, metadata (companions first), history, dataset', async () => {
    const keys: string[] = [];
    const inner = memoryStore();
    const recording: Store = { ...wrap(inner), write: async (puts) => void keys.push(...puts.map(({ key }) => key)) };
    const { main, draft } = withCompanions(recording);
    main.append(bytesSample([1]));
    main.setInfo({ a: 1 });
    draft.setMeta(emptyDatasetMeta());
    draft.setInfo({ b: 2 });
    draft.addPut({ key: 'last.json', bytes: new Uint8Array(1) });
    await draft.flush();
    const names = ['_x_info', '_x_shape', '_x_id', 'x'];
    expect(keys).toEqual([
      ...names.map((name) => `${name}/chunks/1`),
      ...names.map((name) => `${name}/tiles_index/unsharded`),
      'x/tensor_info.json',
      ...names.map((name) => `${name}/chunks_index/unsharded`),
      ...names.map((name) => `${name}/tensor_meta.json`),
      ...names.map((name) => `${name}/commit_diff`),
      'dataset_meta.json',
      'dataset_info.json',
      'dataset_diff',
      'last.json',
    ]);
    keys.length = 0;
    await draft.flush();
    expect([keys, draft.isDirty]).toEqual([[], false]);
  });

  test('many chunks go ahead in writes of about 16 MB', async () => {
    const writes: number[] = [];
    const inner = memoryStore();
    const counting: Store = {
      ...wrap(inner),
      write: async (puts) => void writes.push(puts.filter(({ key }) => key.includes('/chunks/')).length),
    };
    const tensor = newDraft(counting, u8);
    const megabytes = new Uint8Array(5_000_000);
    for (let i = 0; i < 8; i++) tensor.append({ bytes: megabytes, shape: [megabytes.length], dtype: 'uint8' });
    await draftOf(counting, tensor).flush();
    expect(writes).toEqual([3, 3, 2]);
  });

  test('what each commit records of a tensor', async () => {
    const into = await store([bytesSample([1]), bytesSample([2])]);
    const diff = async () => parseCommitDiff(await stored(into, 't/commit_diff'), 'diff');
    expect(await diff()).toMatchObject({ created: true, addedStart: 0, addedEnd: 2 });
    const again = await reopenedDraft(into);
    again.append(bytesSample([3]));
    await draftOf(into, again).flush();
    expect(await diff()).toMatchObject({ created: true, addedStart: 0, addedEnd: 3, updated: new Set() });
  });
});

/** A memory store whose methods can be replaced one by one. */
function wrap(inner: ReturnType<typeof memoryStore>): Store {
  return {
    address: 'memory://',
    get: inner.get.bind(inner),
    getRange: inner.getRange.bind(inner),
    list: inner.list.bind(inner),
    write: inner.write.bind(inner),
  };
}

describe('a flush', () => {
  test('that fails keeps the draft; the next one stores everything', async () => {
    const inner = memoryStore();
    let failures = 2;
    const failing: Store = {
      ...wrap(inner),
      write: async (puts) => {
        if (failures-- > 0) throw new Error('disk full');
        await inner.write(puts);
      },
    };
    const tensor = newDraft(failing, u8);
    const draft = draftOf(failing, tensor);
    tensor.append(bytesSample([1]));
    draft.setMeta(emptyDatasetMeta());
    await expect(draft.flush()).rejects.toThrow('disk full');
    expect([draft.isDirty, draft.pendingBytes]).toEqual([true, 1]);
    tensor.append(bytesSample([2]));
    await expect(draft.flush()).rejects.toThrow('disk full');
    expect(await values(tensor)).toEqual([[1], [2]]);
    await draft.flush();
    expect([draft.isDirty, draft.pendingBytes]).toEqual([false, 0]);
    expect(await values(await reopened(inner))).toEqual([[1], [2]]);
    expect(parseCommitDiff(await stored(inner, 't/commit_diff'), 'diff').addedEnd).toBe(2);
    expect(inner.get('dataset_meta.json')).toBeDefined();
  });

  test('stores what was there when it began; what is appended meanwhile waits for the next', async () => {
    const inner = memoryStore();
    const { store: slow, begun, release } = held(inner);
    const tensor = newDraft(slow, { ...u8, maxChunkSize: 8 });
    const draft = draftOf(slow, tensor);
    for (const value of [1, 2, 3]) tensor.append(bytesSample([value]));
    const first = draft.flush();
    await begun;
    for (const value of [4, 5, 6]) tensor.append(bytesSample([value, value]));
    expect(await values(tensor)).toEqual([[1], [2], [3], [4, 4], [5, 5], [6, 6]]);
    release();
    await first;
    expect(await values(await reopened(inner))).toEqual([[1], [2], [3]]);
    expect(draft.isDirty).toBe(true);
    await draft.flush();
    expect(await values(await reopened(inner))).toEqual([[1], [2], [3], [4, 4], [5, 5], [6, 6]]);
    expect(draft.isDirty).toBe(false);
  });

  test('lets go of full chunks, also of those that an earlier one has stored', async () => {
    const { store: into, stats } = withStats(memoryStore());
    const tensor = newDraft(into, { ...u8, maxChunkSize: 8 });
    const draft = draftOf(into, tensor);
    for (const value of [1, 2]) {
      tensor.append(bytesSample(new Array(5).fill(value))); // each fills a chunk
      await draft.flush();
    }
    const before = stats.requests;
    await readSamples(tensor, 1, 2, { codecs, unpacked: tensor.stored.from.caches.unpacked });
    expect(stats.requests).toBe(before); // the open one is at hand
    await readSamples(tensor, 0, 1, { codecs, unpacked: tensor.stored.from.caches.unpacked });
    expect(stats.requests).toBeGreaterThan(before);
    expect(await values(tensor)).toEqual([new Array(5).fill(1), new Array(5).fill(2)]);
  });

  test('that ends between the two steps of a replacement does not take its chunk away', async () => {
    const inner = memoryStore();
    const { store: slow, begun, release } = held(inner);
    const tensor = newDraft(slow, { ...u8, maxChunkSize: 8 });
    const draft = draftOf(slow, tensor);
    for (const value of [1, 2, 3]) tensor.append(bytesSample([value, value, value])); // one for each chunk
    const flushing = draft.flush();
    await begun;
    await tensor.prepareReplace(0, codecs);
    release();
    await flushing;
    tensor.replace(0, bytesSample([9]));
    await draft.flush();
    expect(await values(await reopened(inner))).toEqual([[9], [2, 2, 2], [3, 3, 3]]);
  });
});

/** A store whose first write waits for `release`; `begun` resolves when it has been called. */
function held(inner: ReturnType<typeof memoryStore>) {
  let release = () => {};
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let gate: Promise<void> | undefined = new Promise((resolve) => {
    release = resolve;
  });
  const write = async (puts: readonly Put[]): Promise<void> => {
    const wait = gate;
    begin();
    gate = undefined;
    await wait;
    await inner.write(puts);
  };
  return { store: { ...wrap(inner), write } satisfies Store, begun, release: () => release() };
}

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
    expect(await failureOf(tensor.prepareReplace(1, codecs))).toMatchObject({
      code: 'unsupported',
      data: { tensor: 't', index: 1 },
    });
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
