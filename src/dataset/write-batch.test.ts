import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newDraft } from '../chunk/chunk.contract.js';
import { TensorDraft } from '../chunk/tensor-draft.js';
import { parseChunkIds } from '../format/chunk-ids.js';
import { chunkIdsKey, chunkKey, FIRST_COMMIT } from '../format/keys.js';
import type { TensorMeta } from '../format/tensor-meta.js';
import { loadHtypes } from '../htype/table.js';
import {
  bbox,
  classLabel,
  createDataset,
  embedding,
  generic,
  image,
  instanceLabel,
  isDatasetError,
  openDataset,
  type Progress,
  text,
} from '../index.js';
import type { WritableStore } from '../store/types.js';
import { memoryStore } from '../stores.js';
import type { Column } from './encode-row.js';
import { RowBatch } from './write-batch.js';

type Row = Readonly<Record<string, unknown>>;
type Skipped = readonly [index: number, message: string];

const noFlush = { autoFlush: false } as const;
let placed = 0; // samples that went into the tensor "labels" in batches
let largest = 0; // bytes of a tensor in one batch

beforeEach(() => {
  placed = 0;
  largest = 0;
  const { appendRuns } = TensorDraft.prototype;
  vi.spyOn(TensorDraft.prototype, 'appendRuns').mockImplementation(function (this: TensorDraft, source, runs) {
    const before = this.length;
    appendRuns.call(this, source, runs);
    largest = Math.max(largest, source.length);
    if (this.key === 'labels') placed += this.length - before;
  });
});
afterEach(() => vi.restoreAllMocks());

/** Rows as an iterable that is read row by row. */
async function* oneByOne(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

// Chunks of 100 bytes at most.
const small = { maxChunkSize: 200 } as const;
const schema = () => ({
  labels: classLabel(['cat', 'dog'], small),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' }, ...small }),
  packed: generic({ dtype: 'int64', chunkCompression: 'lz4', ...small }),
  grids: generic({ dtype: 'uint8', tilingThreshold: 20, ...small }),
  flags: generic({ dtype: 'bool' }),
  vectors: embedding({ dtype: 'float64' }),
});

/** What a store holds, with chunks named by their order instead of their random ids. */
async function contents(store: WritableStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const hex = async (key: string) => Buffer.from((await store.get(key)) ?? []).toString('hex');
  for await (const key of store.list('')) {
    if (!key.includes('/chunks/') && !key.endsWith('/chunks_index/unsharded')) found[key] = await hex(key);
    if (!key.endsWith('/tensor_meta.json')) continue;
    const tensor = key.slice(0, -'/tensor_meta.json'.length);
    const table = await store.get(chunkIdsKey(FIRST_COMMIT, tensor));
    const { ids, lasts } = table ? parseChunkIds(table, key) : { ids: [], lasts: [] };
    for (const [i, id] of ids.entries()) {
      found[`${tensor} chunk ${i} to ${lasts[i]}`] = await hex(chunkKey(FIRST_COMMIT, tensor, id));
    }
  }
  return found;
}

/** Appends rows to a new dataset; gives what is stored then, and all that the caller was told. */
async function write(rows: Iterable<Row> | AsyncIterable<Row>, ignoreErrors: boolean, closed = false) {
  // Sample ids are random; those of chunks stay so.
  const random = crypto.getRandomValues.bind(crypto);
  const fixed = vi
    .spyOn(crypto, 'getRandomValues')
    .mockImplementation((array) => (array instanceof Uint8Array ? array.fill(7) : random(array)));
  const store = memoryStore();
  const created = await createDataset(store, schema(), noFlush);
  await created.close();
  // A schema with names closes the list of names; without it names are added.
  const ds = await openDataset(store, { ...noFlush, mode: 'rw', ...(closed && { schema: schema() }) });
  const skipped: Skipped[] = [];
  const told: Progress[] = [];
  const options = {
    ignoreErrors,
    onSkip: (error: unknown, index: number) => skipped.push([index, (error as Error).message]),
    onProgress: (progress: Progress) => told.push(progress),
  };
  const end = await ds.extend(rows as never, options).catch((error: unknown) => (error as Error).message);
  const { length } = ds;
  await ds.close();
  fixed.mockRestore();
  const last = told.at(-1);
  return { end, length, skipped, done: last?.done, bytes: last?.bytes, stored: await contents(store) };
}

const float = fc.oneof(fc.float(), fc.double({ min: -3e38, max: 3e38 }), fc.constantFrom(0.1, -0, 16777217, Infinity));
const picture = (height: number, width: number) => ({
  data: new Uint8Array(height * width).fill(height),
  shape: [height, width],
  dtype: 'uint8',
});
// What is read together, and what is not: new names, samples that become tiles, unusual forms, wrong inputs.
const plainCells = {
  labels: fc.oneof(
    fc.constantFrom<unknown>('cat', 'dog', 0, 1, null),
    fc.array(fc.constantFrom<unknown>('cat', 'dog', 1), { maxLength: 3 }),
  ),
  boxes: fc.oneof(
    fc.array(fc.tuple(float, float, float, float), { maxLength: 3 }),
    fc.constantFrom<unknown>([[1, 2, 3, 4]], null, [new Float32Array(4)], [new Float64Array(4), [5, 6, 7, 8]]),
  ),
  packed: fc.oneof(fc.array(fc.integer(), { maxLength: 4 }), fc.constantFrom<unknown>(5, 2n ** 62n, [2n], [true])),
  grids: fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }))
      .map(([height, width]) => picture(height, width)),
    fc.constantFrom<unknown>([[1, 2]], null),
  ),
  flags: fc.constantFrom<unknown>(true, false, 0, 1, [true, false], null),
  vectors: fc.constantFrom<unknown>(new Float64Array([1, 2]), new Float32Array(3), [1, 2], [], new Uint8Array(1)),
};
const oddCells = {
  labels: fc.constantFrom<unknown>(
    'bird',
    ['cat', 'fox'],
    1n,
    true,
    -1,
    9,
    0.5,
    NaN,
    {},
    [['cat']],
    [0, 9],
    new Uint32Array([1]),
  ),
  boxes: fc.constantFrom<unknown>([[1, 2, 3]], [[1, 2, 3, 1e39]], [1, 2, 3, 4], [[1, 2, 3, 4], [5]], ['box'], 7),
  packed: fc.constantFrom<unknown>([1.5], [[1]], '1', 2 ** 70, new Array(2)),
  grids: fc.constantFrom<unknown>(picture(6, 6), picture(0, 5), [[256]], new Uint8Array(3), {
    data: new Uint8Array(3),
    shape: [2, 2],
  }),
  flags: fc.constantFrom<unknown>(2, 'yes', [[true]]),
  vectors: fc.constantFrom<unknown>([[1]], 'v', new DataView(new ArrayBuffer(8))),
};
const plain: Row = {
  labels: 'cat',
  boxes: [[1, 2, 3, 4]],
  packed: [1, 2],
  grids: [[1, 2]],
  flags: true,
  vectors: [0.5],
};
const plainRow = fc.record(plainCells);
const oddRow = fc.oneof(
  fc
    .record({ row: plainRow, odd: fc.record(oddCells, { requiredKeys: [] }) })
    .map(({ row, odd }) => ({ ...row, ...odd })),
  fc.constantFrom<unknown>(null, 7, [], {}, { ...plain, other: 1 }, { labels: 0 }),
);
const rows = fc
  .record({
    decided: fc.boolean(),
    list: fc.array(fc.oneof({ weight: 12, arbitrary: plainRow }, { weight: 1, arbitrary: oddRow }), {
      maxLength: 60,
      size: 'max',
    }),
  })
  .map(({ decided, list }) => (decided ? [plain, ...list] : list) as Row[]);

describe('rows of plain numbers', () => {
  it('are stored, and refused, as rows that are written one by one', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), fc.boolean(), async (list, ignoreErrors, closed) => {
        const single = await write(oneByOne(list), ignoreErrors, closed);
        expect(await write(list, ignoreErrors, closed)).toEqual(single);
      }),
      { numRuns: 60 },
    );
    expect(placed).toBeGreaterThan(200);
  }, 60_000);

  it('are read together, but for the first one and those that need more', async () => {
    const list = Array.from({ length: 2000 }, (_, i) => (i === 1500 ? { ...plain, labels: 'bird' } : plain));
    const { stored } = await write(oneByOne(list), false);
    expect(placed).toBe(0);
    const many = await write(list, false);
    expect(placed).toBe(1998);
    expect(many).toMatchObject({ end: 2000, length: 2000, done: 2000, stored });
  });

  it('may come from a generator that reuses one object', async () => {
    function* reused() {
      const one = { ...plain, packed: [0] };
      for (let i = 0; i < 40; i++) {
        one.packed[0] = i;
        yield one;
      }
    }
    const ds = await createDataset(memoryStore(), schema(), noFlush);
    await ds.extend(reused() as never);
    expect(placed).toBe(39);
    for (const i of [0, 1, 39]) expect((await ds.at(i)).packed.data).toEqual(new BigInt64Array([BigInt(i)]));
  });
});

describe('a batch of rows', () => {
  const simple = { labels: classLabel(['cat', 'dog']), boxes: bbox() };
  const good = { labels: 'cat', boxes: [[1, 2, 3, 4]] } as const;
  const bad = { labels: 'dog', boxes: [[1, 2, 3]] } as never;

  it('keeps the rows before one that fails, in all tensors', async () => {
    const ds = await createDataset(memoryStore(), simple, noFlush);
    const error = await ds.extend([...Array(30).fill(good), bad, good]).catch((caught: unknown) => caught);
    expect(isDatasetError(error, 'sample-mismatch')).toBe(true);
    expect(error).toMatchObject({ data: { tensor: 'boxes', index: 30, got: 'shape (1, 3)' } });
    expect([ds.length, ds.tensor('labels').length, ds.tensor('boxes').length, placed]).toEqual([30, 30, 30, 29]);
  });

  it('keeps the rows that an iterable gave before it failed', async () => {
    const ds = await createDataset(memoryStore(), simple, noFlush);
    const failing = function* () {
      for (let i = 0; i < 30; i++) yield good;
      throw new Error('no more');
    };
    await expect(ds.extend(failing())).rejects.toThrow('no more');
    expect([ds.length, placed]).toEqual([30, 29]);
  });

  it('lets events run, reports progress and can be given up', async () => {
    const ds = await createDataset(memoryStore(), simple, noFlush);
    const abort = new AbortController();
    let seen = 0;
    const endless = function* () {
      for (;;) yield good;
    };
    const onProgress = ({ done }: Progress) => {
      seen = done;
    };
    setTimeout(() => abort.abort(new Error('enough')), 200);
    await expect(ds.extend(endless(), { signal: abort.signal, onProgress })).rejects.toThrow('enough');
    expect(seen).toBeGreaterThan(512);
    expect(ds.length).toBeGreaterThanOrEqual(seen);
    expect(ds.tensor('labels').length).toBe(ds.tensor('boxes').length);
  });

  it('gives events a turn when rows are only left out', async () => {
    const ds = await createDataset(memoryStore(), simple, noFlush);
    const abort = new AbortController();
    const many = function* () {
      yield good;
      for (let i = 0; i < 1e6; i++) yield { ...good, labels: 9 };
    };
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(ds.extend(many(), { signal: abort.signal, ignoreErrors: true })).rejects.toThrow('enough');
    expect(ds.length).toBe(1);
  }, 60_000);

  it('is placed before it holds much: a draft that has grown is stored meanwhile', async () => {
    const store = memoryStore();
    const list = { labels: classLabel(), vectors: embedding() };
    const ds = await createDataset(store, list, { autoFlush: { bytes: 1_000_000, milliseconds: 1_000_000 } });
    const write = vi.spyOn(store, 'write');
    const vector = new Float32Array(1000);
    await ds.extend(Array.from({ length: 1000 }, () => ({ labels: 0, vectors: vector })));
    expect(placed).toBe(999);
    expect(largest).toBeLessThan(270_000);
    expect(write.mock.calls.length).toBeGreaterThanOrEqual(2); // of 4 MB
    await ds.close();
  });

  it('takes rows with instance labels, of one object or of each pixel', async () => {
    const ds = await createDataset(memoryStore(), { labels: classLabel(), ids: instanceLabel() }, noFlush);
    await ds.extend(
      Array.from({ length: 40 }, (_, i) => ({
        labels: 0,
        ids: [
          [i, 2],
          [3, 4],
        ],
      })),
    );
    expect(placed).toBe(39);
    expect((await ds.at(39)).ids).toMatchObject({ shape: [2, 2], data: Uint32Array.of(39, 2, 3, 4) });
    await expect(ds.append({ labels: 0, ids: [-1] })).rejects.toMatchObject({ code: 'sample-mismatch' });
    await ds.close();
  });

  it.each([
    ['text', { labels: classLabel(), x: text() }, { labels: 0, x: 'a' }],
    ['files', { labels: classLabel(), x: image({ sampleCompression: 'png' }) }, { labels: 0, x: null }],
    ['samples of their own compression', { labels: classLabel([], { sampleCompression: 'lz4' }) }, { labels: 0 }],
    ['numbers of 16 bits', { labels: classLabel(), x: generic({ dtype: 'float16' }) }, { labels: 0, x: [0.1] }],
    ['complex numbers', { labels: classLabel(), x: generic({ dtype: 'complex64' }) }, { labels: 0, x: [0.1] }],
    ['large samples', { labels: classLabel(), x: generic() }, { labels: 0, x: new Uint8Array(70_000) }],
  ])('does not take rows with %s', async (_, tensors, one) => {
    const ds = await createDataset(memoryStore(), tensors as never, noFlush);
    await ds.extend(Array(20).fill(one) as never);
    expect([ds.length, placed]).toEqual([20, 0]);
  });
});

describe('RowBatch', () => {
  const labels = { htype: 'class_label', dtype: 'uint32', minShape: [1], maxShape: [1] } as const;

  async function columnOf(name: string, fields: Partial<TensorMeta>): Promise<Column> {
    await loadHtypes(fields.htype ?? null, name);
    return { name, draft: newDraft(memoryStore(), fields, name), closedNames: false, encode: {}, tiles: true };
  }

  it('holds rows back until they are placed, and marks infos as class labels do', async () => {
    const column = await columnOf('labels', labels);
    const touch = vi.spyOn(column.draft, 'touchInfo');
    const batch = new RowBatch(new Map([['labels', column]]));
    expect(batch.place()).toBe(0);
    expect([1, [2, 3], null].map((one) => batch.add({ labels: one }))).toEqual([true, true, true]);
    expect([batch.rows, column.draft.length, touch.mock.calls.length]).toEqual([3, 0, 0]);
    expect([batch.place(), batch.rows, column.draft.length, touch.mock.calls.length]).toEqual([12, 0, 3, 1]);
    expect(column.draft.meta).toMatchObject({ length: 3, minShape: [0], maxShape: [2] });
  });

  it('refuses what is no row of all its columns', async () => {
    const batch = new RowBatch(new Map([['labels', await columnOf('labels', labels)]]));
    const inherited: unknown = Object.create({ labels: 1 });
    const failing = {
      get labels(): number {
        throw new Error('no label');
      },
    };
    for (const row of [null, 1, [], {}, { labels: 1, more: 2 }, { other: 1 }, inherited, failing])
      expect(batch.add(row)).toBe(false);
    expect([batch.add({ labels: 1 }), batch.rows, batch.place()]).toEqual([true, 1, 4]);
  });

  it('refuses rows of tensors of uneven lengths', async () => {
    const [a, b] = [await columnOf('a', labels), await columnOf('b', labels)];
    b.draft.append({ bytes: new Uint8Array(4), shape: [1], dtype: 'uint32' });
    const columns = new Map([
      ['a', a],
      ['b', b],
    ]);
    expect(new RowBatch(columns).add({ a: 1, b: 1 })).toBe(false);
  });

  it('reads anew what depends on the info when that has changed', async () => {
    const column = await columnOf('labels', labels);
    const batch = new RowBatch(new Map([['labels', column]]));
    expect(batch.add({ labels: 'cat' })).toBe(false);
    column.draft.setInfo({ class_names: ['cat'] });
    expect([batch.add({ labels: 'cat' }), batch.add({ labels: 1 })]).toEqual([true, false]);
  });
});
