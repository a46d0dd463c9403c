import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { image, openDataset } from '../index.js';
import { memoryStore, zipStore } from '../stores.js';

// The tensor "down" of this dataset was created in Python with downsampling=(2, 2).
async function golden() {
  const zip = await readFile(new URL('../../e2e/fixtures/golden/groups.zip', import.meta.url));
  const from = await zipStore(new Blob([new Uint8Array(zip)]));
  const store = memoryStore();
  for await (const key of from.list?.('') ?? []) {
    const bytes = await from.get(key);
    if (bytes) await store.write?.([{ key, bytes }]);
  }
  return store;
}

test('downsampled copies are read', async () => {
  const ds = await openDataset(await golden(), { schema: { down: image() } });
  const half = await ds.loadTensor('_down_downsampled_2');
  expect(half.htype).toBe('image');
  expect(half.length).toBe(ds.tensor('down').length);
  // Deep Lake keeps no copies of pictures as small as this one.
  expect((await ds.tensor('down').at(0)).shape).toEqual([24, 16, 3]);
  expect(((await half.at(0)) as { shape: number[] }).shape).toEqual([0, 0, 0]);
});

test('what would leave them behind is refused with the reason', async () => {
  const store = await golden();
  const ds = await openDataset(store, { schema: { down: image() }, mode: 'rw' });
  const down = ds.tensor('down');
  const picture = { data: new Uint8Array(12), shape: [2, 2, 3] };
  const before = down.length;
  const refused = { code: 'unsupported', data: { tensor: 'down', feature: 'companion extend_downsample' } };
  await expect(down.append(picture)).rejects.toMatchObject(refused);
  await expect(down.append(picture)).rejects.toThrow(/_down_downsampled_2.*Python/);
  await expect(down.set(0, picture)).rejects.toMatchObject(refused);
  expect(down.length).toBe(before);
  await ds.close();
});

test('a new tensor cannot have them', async () => {
  const ds = await openDataset(await golden(), { mode: 'rw' });
  const options = { htype: 'image', sampleCompression: 'png', downsampling: [2, 1] } as never;
  await expect(ds.createTensor('more', options)).rejects.toThrow(/"downsampling" is not an option/);
  await ds.close();
});

test('they follow their tensor when it is renamed or deleted', async () => {
  const store = await golden();
  const ds = await openDataset(store, { mode: 'rw' });
  const keys = async () => {
    const found: string[] = [];
    for await (const key of store.list('')) if (key.includes('_down_')) found.push(key);
    return found.length;
  };
  await ds.renameTensor('down', 'small');
  expect((await ds.loadTensor('_small_downsampled_2')).length).toBe(ds.tensor('small').length);
  expect((await ds.loadTensor('_small_downsampled_4')).length).toBe(ds.tensor('small').length);
  await expect(ds.deleteTensor('_small_downsampled_4')).rejects.toThrow('companion of "_small_downsampled_2"');
  expect(await keys()).toBeGreaterThan(0);
  await ds.deleteTensor('small');
  expect(await keys()).toBe(0);
  await ds.close();
});
