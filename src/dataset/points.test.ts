/** Point clouds, meshes and volumes as samples of tensors. */
import { readFile } from 'node:fs/promises';
import { expect, expectTypeOf, test } from 'vitest';
import {
  createDataset,
  type MeshSample,
  mesh,
  type NiftiSample,
  nifti,
  openDataset,
  type PointCloudSample,
  pointCloud,
  read,
} from '../index.js';
import { memoryStore } from '../stores.js';

const load = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/points/${name}`, import.meta.url)));

test('files are kept byte for byte, LAZ under the compression las, and read in parts', async () => {
  const store = memoryStore();
  const names = { cloud: 'extra.laz', shape: 'sorts-little.ply', scan: 'times.nii' };
  const bytes = { cloud: await load(names.cloud), shape: await load(names.shape), scan: await load(names.scan) };
  const schema = {
    cloud: pointCloud({ sampleCompression: 'las' }),
    shape: mesh({ sampleCompression: 'ply' }),
    scan: nifti({ sampleCompression: 'nii' }),
  };
  const written = await createDataset(store, schema);
  // Without a name the first bytes tell what a file is.
  await written.append({ cloud: read(bytes.cloud), shape: read(bytes.shape), scan: read(bytes.scan) });
  await written.append({ cloud: null, shape: null, scan: null });
  await written.close();

  const ds = await openDataset(store, { schema });
  const { cloud, shape, scan } = await ds.at(0);
  expectTypeOf(cloud).toEqualTypeOf<PointCloudSample>();
  expectTypeOf(shape).toEqualTypeOf<MeshSample>();
  expectTypeOf(scan).toEqualTypeOf<NiftiSample>();
  expect(await cloud.encoded()).toEqual({ bytes: bytes.cloud, compression: 'las' });
  expect([cloud.points, cloud.shape]).toEqual([90, [90, 21]]);
  expect((await cloud.columns(['slope'], { start: 80 })).slope).toBeInstanceOf(Int32Array);
  expect((await cloud.array({ start: 88 })).shape).toEqual([2, 21]);
  expect((await shape.geometry()).triangles.shape).toEqual([6, 3]);
  expect((await scan.slice({ axis: 1, index: 0, time: 5 })).shape).toEqual([4, 5]);

  const empty = await ds.at(1);
  expect([empty.cloud.points, await empty.cloud.bounds()]).toEqual([0, undefined]);
  await expect(empty.shape.positions()).rejects.toMatchObject({ code: 'unsupported' });
  await expect(empty.scan.header()).rejects.toMatchObject({ code: 'unsupported' });
  await ds.close();
});
