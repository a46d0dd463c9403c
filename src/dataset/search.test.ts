import { describe, expect, it } from 'vitest';
import { readColumnParts } from '../chunk/read-column.js';
import type { Unpacked } from '../chunk/unpack.js';
import { createCodecPool } from '../codec/pool.js';
import { bbox, classLabel, createDataset, generic } from '../index.js';
import { memoryStore } from '../stores.js';
import { Lru } from '../util/lru.js';

const names = ['cat', 'dog', 'emu', 'fox'];
const schema = {
  labels: classLabel(names, { maxChunkSize: 400 }),
  packed: generic({ dtype: 'int16', chunkCompression: 'lz4', maxChunkSize: 400 }),
  boxes: bbox(),
};

/** Rows whose samples have none to three items: shapes of neighbours are the same here and there. */
async function dataset(rows: number) {
  const ds = await createDataset(memoryStore(), schema, { autoFlush: false });
  const sizeOf = (i: number): number => ((i * 2654435761) >>> 13) % 4;
  const list = (i: number): number[] => Array.from({ length: sizeOf(i >> 1) }, (_, j) => (i + j) % 4);
  await ds.extend(
    Array.from({ length: rows }, (_, i) => ({
      labels: list(i),
      packed: list(i + 1),
      boxes: Array.from({ length: sizeOf(i) }, (_, j) => [i % 9, j, 3, 4] as const),
    })),
  );
  return ds;
}

describe('expressions over numbers', () => {
  it('find what a function finds, in samples of changing shapes, stored or not, in any order of rows', async () => {
    const ds = await dataset(1000);
    await ds.flush();
    await ds.update(999, { labels: [2, 2, 2], packed: [3] });
    await ds.update(17, { labels: ['emu'], packed: [] });
    const odd = Array.from({ length: 400 }, (_, i) => (i * 37) % 1000);
    for (const view of [ds.view(), ds.slice(311, 977, 3), ds.view().reverse(), ds.pick([...odd, ...odd.slice(0, 9)])]) {
      const byLabel = await view.filter(({ labels }) => labels.names.includes('emu'));
      expect([...(await view.filter("labels == 'emu'")).indices]).toEqual([...byLabel.indices]);
      const mixed = await view.filter(
        ({ labels, packed, boxes }) =>
          labels.shape[0] === 2 && [...packed.data].includes(1 as never) && boxes.shape[0] !== 1,
      );
      const expression = 'labels.shape[0] == 2 and packed == 1 and boxes.shape[0] != 1';
      expect([...(await view.filter(expression)).indices]).toEqual([...mixed.indices]);
      expect(byLabel.length * mixed.length).toBeGreaterThan(0);
    }
  });

  it('see the samples of a chunk as they were when it was read', async () => {
    const ds = await dataset(12);
    const tensor = ds.tensor('boxes');
    const before = (await tensor.toArray()).map(({ shape, data }) => ({ shape, data: [...data] }));
    const { source, length } = await tensor.open();
    const env = { codecs: createCodecPool(), unpacked: new Lru<string, Unpacked>(0) };
    const seen: typeof before = [];
    for await (const { runs, data, end } of readColumnParts(source, 0, length, env)) {
      expect(end).toBe(12);
      for (const { first, count, start, size, shape } of runs) {
        expect(first).toBe(seen.length);
        for (let i = 0; i < count; i++)
          seen.push({
            shape: [...shape],
            data: Array.from(data.slice(start + i * size, start + (i + 1) * size), Number),
          });
        if (seen.length < 6)
          await ds.update(7, { boxes: Array.from({ length: seen.length + 4 }, () => [1, 1, 1, 1] as const) });
      }
    }
    expect(seen.map(({ data }) => data)).toEqual(before.map(({ data }) => data));
    expect(seen.map(({ shape }) => shape.reduce((a, b) => a * b))).toEqual(before.map(({ data }) => data.length));
    expect((await tensor.at(7)).data.length).not.toBe(before[7]?.data.length);
  });
});
