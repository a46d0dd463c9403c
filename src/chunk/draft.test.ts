import { describe, expect, test } from 'vitest';
import { parseCommitDiff } from '../format/commit-diff.js';
import { emptyDatasetMeta } from '../format/dataset-meta.js';
import { withStats } from '../store/counted.js';
import { memoryStore } from '../store/memory.js';
import type { Put, Store } from '../store/types.js';
import { bytesSample, codecs, newDraft, reopened, reopenedDraft } from './chunk.contract.js';
import { draftOf, store, stored, u8, values, withCompanions, wrap } from './draft.contract.js';
import { readSamples } from './read.js';

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
