import { expect, test } from 'vitest';
import { parseChunk } from '../format/chunk.js';
import { classLabel, createDataset, generic, type ImageSample, image, openDataset, sequence } from '../index.js';
import { verify } from '../repair.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;

test('an empty sequence in the place of an empty one counts as updated, as any other sample does', async () => {
  const store = memoryStore();
  const ds = await createDataset(store, { seqs: sequence(generic({ dtype: 'uint8' })) }, noFlush);
  await ds.extend([{ seqs: [] }, { seqs: [1] }]);
  await ds.commit();
  await ds.tensor('seqs').set(0, []);
  await ds.flush();
  expect((await ds.diff()).tensors.seqs?.updated).toEqual([0]);
});

test('empty samples before the first one of a sequence count in the lowest shape', async () => {
  const store = memoryStore();
  const ds = await createDataset(store, { seqs: sequence(generic({ dtype: 'uint8' })) }, noFlush);
  await ds.append({ seqs: [] });
  await ds.tensor('seqs').set(0, [null, [1, 2, 3]]);
  expect(ds.tensor('seqs').shapeInterval).toMatchObject({ lower: [1, 2, 0], upper: [1, 2, 3] });
  await ds.flush();
  expect((await verify(store, { deep: true })).findings).toEqual([]);
});

test('a chunk of pictures that holds only empty samples is read again', async () => {
  const store = memoryStore();
  const schema = { pictures: image({ chunkCompression: 'png' }) };
  const ds = await createDataset(store, schema, noFlush);
  await ds.extend([{ pictures: null }, { pictures: null }]);
  await ds.close();
  const again = await openDataset(store, { schema, mode: 'rw', autoFlush: false });
  const shapes = async () => (await again.tensor('pictures').toArray()).map((one: ImageSample) => one.shape.length);
  expect(await shapes()).toHaveLength(2);
  await again.append({ pictures: { data: new Uint8Array(12).fill(9), shape: [2, 2, 3] } });
  await again.close();
  const last = await openDataset(store, { schema });
  expect([...(await (await last.tensor('pictures').at(2)).array()).data]).toEqual(new Array(12).fill(9));
  expect((await (await last.tensor('pictures').at(0)).array()).data.length).toBe(0);
});

test('pictures without pixels have three zeros as shapes, until a sample tells how many dimensions there are', async () => {
  const store = memoryStore();
  const schema = { pictures: image({ chunkCompression: 'png' }) };
  const ds = await createDataset(store, schema, noFlush);
  await ds.extend([{ pictures: null }, { pictures: null }]);
  await ds.close();
  const [key = ''] = await keysUnder(store, 'pictures/chunks/');
  const { shapes } = parseChunk((await store.get(key)) ?? new Uint8Array(), key);
  expect([...shapes.toArray()]).toEqual([0, 0, 0, 1]);
  const again = await openDataset(store, { schema, mode: 'rw', autoFlush: false });
  await again.append({ pictures: { data: new Uint8Array(4).fill(9), shape: [2, 2] } });
  await again.close();
  const last = (await openDataset(store, { schema })).tensor('pictures');
  expect((await last.toArray()).map((one: ImageSample) => one.shape)).toEqual([
    [0, 0],
    [0, 0],
    [2, 2],
  ]);
});

test('rechunking ends where a sample larger than a chunk lies beside empty ones', async () => {
  const ds = await createDataset(memoryStore(), { bytes: generic({ dtype: 'uint8', maxChunkSize: 100 }) }, noFlush);
  await ds.extend([{ bytes: new Uint8Array(1) }, { bytes: null }, { bytes: null }]);
  await ds.tensor('bytes').set(2, new Uint8Array(90).fill(7));
  await ds.tensor('bytes').pop(0);
  await ds.rechunk();
  expect((await ds.tensor('bytes').toArray()).map(({ data }) => data.length)).toEqual([0, 90]);
});

test('the stored form of a tile goes when its sample is replaced after a part of it was', async () => {
  const store = memoryStore();
  const ds = await createDataset(store, { big: generic({ dtype: 'uint8', tilingThreshold: 40 }) }, noFlush);
  await ds.append({ big: { data: new Uint8Array(100).fill(1), shape: [10, 10] } });
  await ds.flush();
  await ds.tensor('big').setRegion(0, [[0, 2]], 5);
  await ds.tensor('big').set(0, { data: new Uint8Array(4), shape: [2, 2] });
  await ds.flush();
  expect((await verify(store, { deep: true })).findings.filter(({ code }) => code === 'orphan')).toEqual([]);
});

test('rows that come slowly stop when the call is aborted', async () => {
  const ds = await createDataset(memoryStore(), { n: generic({ dtype: 'int32' }) }, noFlush);
  const controller = new AbortController();
  let given = 0;
  async function* slow() {
    for (let i = 0; i < 100; i++) {
      if (i === 3) controller.abort();
      given++;
      yield { n: i };
    }
  }
  await expect(ds.extend(slow(), { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect([given, ds.length]).toEqual([4, 3]);
});

test('class names in another order on both sides of a merge are no change of the info', async () => {
  const ds = await createDataset(memoryStore(), { labels: classLabel() }, noFlush);
  await ds.commit('begin');
  await ds.checkout('side', { create: true });
  await ds.extend([{ labels: 'b' }, { labels: 'a' }]);
  await ds.checkout('main');
  await ds.extend([{ labels: 'a' }, { labels: 'b' }]);
  const { commit } = await ds.merge('side');
  await ds.checkout(commit ?? '');
  expect((await ds.diff()).tensors.labels).toMatchObject({ added: [2, 4], infoUpdated: false });
  expect((await ds.tensor('labels').toArray()).map(({ names }) => names[0])).toEqual(['a', 'b', 'b', 'a']);
});

async function keysUnder(store: ReturnType<typeof memoryStore>, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}
