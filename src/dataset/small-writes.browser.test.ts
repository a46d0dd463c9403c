import { afterEach, describe, expect, it } from 'vitest';
import { type Box, bbox, classLabel, createDataset, generic, openDataset } from '../index.js';
import type { IdbStore } from '../store/idb.js';
import { deleteIdb, idbStore, memoryStore } from '../stores.js';
import type { Bytes } from '../util/bytes.js';
import { randomOf } from '../util/random.js';

const NAMES = ['bird', 'car', 'cat', 'dog'];
const schema = { labels: classLabel(NAMES), boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }) };
const used: string[] = [];

/** A name that no other test uses, deleted afterwards. */
function fresh(): string {
  const name = `small-writes-${crypto.randomUUID()}`;
  used.push(name);
  return name;
}

afterEach(async () => {
  for (const name of used.splice(0)) await deleteIdb(name);
});

interface Row {
  labels: number;
  boxes: Box[];
}

const row = (i: number, count = 1 + (i % 3)): Row => ({
  labels: i % NAMES.length,
  boxes: Array.from({ length: count }, (_, k): Box => [i % 1000, k, 5, 5.5]),
});

/** Makes a dataset of many rows, closes it, and opens it for changes. */
async function opened(rows: readonly Row[], name = fresh()) {
  const made = await createDataset(`idb://${name}`, schema);
  await made.extend(rows);
  await made.close();
  const store = idbStore(name);
  const ds = await openDataset(store, { schema, mode: 'rw', autoFlush: false });
  return { name, store, ds, stored: bytesOf(store, () => ds.flush()) };
}

/** Measures what a change stores. */
const bytesOf =
  (store: IdbStore, flush: () => Promise<void>) =>
  async (change: () => Promise<unknown>): Promise<number> => {
    const before = store.bytesStored;
    await change();
    await flush();
    return store.bytesStored - before;
  };

describe('small changes of a large dataset in IndexedDB', () => {
  it('store little, whatever the size of the chunks', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => row(i));
    const { ds, store, name, stored } = await opened(rows);
    for (const index of [50_000, 0, 99_999, 77]) {
      expect(await stored(() => ds.tensor('labels').set(index, 3))).toBeLessThan(1000);
      expect(await stored(() => ds.tensor('boxes').set(index, row(index + 3).boxes))).toBeLessThan(1000);
    }
    expect(await stored(() => ds.append(row(100_000)))).toBeLessThan(100_000);
    expect(await stored(() => ds.append(row(100_001)))).toBeLessThan(20_000);
    expect(await stored(() => ds.tensor('boxes').set(99_000, row(9, 7).boxes))).toBeLessThan(100_000);
    await ds.close();
    await store.close?.();
    const again = await openDataset(`idb://${name}`, { schema });
    expect(again.length).toBe(100_002);
    const got = await Promise.all([50_000, 0, 99_999, 77, 76, 100_001].map((i) => again.at(i)));
    expect(got.map(({ labels }) => Number(labels.data[0]))).toEqual([3, 3, 3, 3, 0, 1]);
    expect((await again.at(99_000)).boxes.shape).toEqual([7, 4]);
    expect([...(await again.at(50_000)).boxes.data]).toEqual(row(50_003).boxes.flat());
    await again.close();
  });

  it('store a large sample without the chunk that it is added to', async () => {
    const name = fresh();
    const store = idbStore(name);
    const ds = await createDataset(store, { data: generic({ dtype: 'uint8' }) }, { autoFlush: false });
    const sample = (i: number): Bytes => new Uint8Array(100_000).fill(i);
    await ds.extend(Array.from({ length: 70 }, (_, i) => ({ data: sample(i) })));
    await ds.flush();
    const stored = bytesOf(store, () => ds.flush());
    for (let i = 70; i < 75; i++) expect(await stored(() => ds.append({ data: sample(i) }))).toBeLessThan(120_000);
    // Another tab reads it meanwhile.
    const other = await openDataset(`idb://${name}`);
    for (const i of [0, 69, 70, 74]) {
      const { data } = (await other.at(i)) as { data: { data: Uint8Array } };
      expect([data.data.length, data.data[0], data.data.at(-1)]).toEqual([100_000, i, i]);
    }
    await other.close();
    await ds.close();
    await store.close?.();
  });

  it('are the same as in a store that writes all of it', async () => {
    for (const seed of [1, 2]) {
      const random = randomOf(seed);
      const below = (bound: number): number => Math.floor(random() * bound);
      const model = Array.from({ length: 30_000 }, (_, i) => row(i, 1));
      const { name, store, ds: first } = await opened(model);
      let ds = first;
      for (let step = 0; step < 60; step++) {
        const at = below(model.length);
        const labels = below(NAMES.length);
        const { boxes } = row(below(1000), below(4));
        const change = below(10);
        if (change === 0) {
          await ds.append({ labels, boxes });
          model.push({ labels, boxes });
        } else if (change === 1) {
          await ds.pop(at);
          model.splice(at, 1);
        } else if (change === 2) await ds.commit(`step ${step}`);
        else if (change === 3) {
          await ds.close();
          ds = await openDataset(store, { schema, mode: 'rw', autoFlush: false });
        } else if (change < 7) {
          await ds.tensor('labels').set(at, labels);
          model[at] = { labels, boxes: model[at]?.boxes ?? [] };
        } else {
          await ds.tensor('boxes').set(at, boxes);
          model[at] = { labels: model[at]?.labels ?? 0, boxes };
        }
        if (random() < 0.7) await ds.flush();
      }
      await ds.close();
      await store.close?.();
      // The raw keys, as an export or another program sees them.
      const copy = memoryStore();
      const source = idbStore(name);
      for await (const key of source.list('')) {
        const bytes = await source.get(key);
        if (bytes) await copy.write([{ key, bytes }]);
      }
      const read = await openDataset(copy, { schema });
      expect(read.length).toBe(model.length);
      let index = 0;
      for await (const { labels, boxes } of read) {
        const { labels: label, boxes: all } = model[index] ?? { labels: -1, boxes: [] };
        if (Number(labels.data[0]) !== label || String([...boxes.data]) !== String(all.flat()))
          expect([index, labels.data, boxes.data]).toEqual([index, label, all.flat()]);
        index++;
      }
      expect(index).toBe(model.length);
      await read.close();
    }
  });
});
