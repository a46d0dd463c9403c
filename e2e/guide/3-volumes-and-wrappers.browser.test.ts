/**
 * The guide to htypes of Deep Lake 3.9.52, executed: its examples in its order, in TypeScript, each with what it says
 * comes back. Where the guide is wrong, the title says so, and the test shows what happens here.
 *
 * Part 3: text, volumes, point clouds, meshes, embeddings, sequences, links.
 */
import { describe, expect, it } from 'vitest';
import { createDataset, type ImageSample, link, type NdArray, openDataset, read } from '../../src/index.js';
import { memoryStore } from '../../src/stores.js';
import { bytesOf, codecs, dataset, file, photo, photoBytes, values, zeros } from './fixtures.js';

describe('Text, JSON and list htypes (rows of the table)', () => {
  it('keep what they are given', async () => {
    const ds = await dataset();
    const text = await ds.createTensor('text', { htype: 'text' });
    const json = await ds.createTensor('json', { htype: 'json' });
    const list = await ds.createTensor('list', { htype: 'list' });
    await text.append('grüße');
    await json.append({ a: [1, null, 'x'], b: { c: true } });
    await list.append([1, 'two', { three: 3 }]);
    expect(await text.at(0)).toBe('grüße');
    expect(await json.at(0)).toEqual({ a: [1, null, 'x'], b: { c: true } });
    expect(await list.at(0)).toEqual([1, 'two', { three: 3 }]);
    await ds.close();
  });

  it('dicom files are kept, and their pixels have three axes', async () => {
    const ds = await dataset();
    const dicom = await ds.createTensor('dicom', { htype: 'dicom' });
    await dicom.append(await file('gray16.dcm'));
    expect([dicom.sampleCompression, dicom.dtype, dicom.shape]).toEqual(['dcm', 'uint16', [1, 24, 32, 1]]);
    expect((await (await dicom.at(0)).encoded())?.bytes).toEqual(await bytesOf('gray16.dcm'));
    await ds.close();
  });

  it('instance labels are numbers without names', async () => {
    const ds = await dataset();
    const tensor = await ds.createTensor('instances', { htype: 'instance_label' });
    await tensor.append([
      [0, 1],
      [1, 2],
    ]);
    expect(await tensor.at(0)).toEqual({ dtype: 'uint32', shape: [2, 2], data: new Uint32Array([0, 1, 1, 2]) });
    await ds.close();
  });
});

describe('Nifti htype', () => {
  it('create_tensor(htype="nifti", sample_compression="nii.gz"), append(read(…)), extend', async () => {
    const ds = await dataset();
    const patients = await ds.createTensor('patients', { htype: 'nifti', sampleCompression: 'nii.gz' });
    await patients.append(await file('vol.nii.gz'));
    await patients.extend([await file('vol.nii.gz'), await file('vol.nii.gz')]);
    expect([patients.dtype, patients.shape]).toEqual(['int16', [3, 6, 5, 4]]);
    expect((await (await patients.at(0)).encoded())?.bytes).toEqual(await bytesOf('vol.nii.gz'));
    const series = await ds.createTensor('series', { htype: 'nifti', sampleCompression: 'nii.gz' });
    await series.append(await file('vol4d.nii.gz'));
    expect(series.shape).toEqual([1, 3, 4, 5, 2]);
    await ds.close();
  });

  it('supported compressions; arrays go only into tensors without one', async () => {
    const ds = await dataset();
    const plain = await ds.createTensor('nii', { htype: 'nifti', sampleCompression: 'nii' });
    await plain.append(await file('vol.nii'));
    expect([plain.dtype, plain.shape]).toEqual(['float32', [1, 4, 7, 3]]);
    await expect(plain.append(zeros(4, 5, 6))).rejects.toMatchObject({ code: 'sample-mismatch' });
    const raw = await ds.createTensor('raw', { htype: 'nifti', sampleCompression: null });
    await raw.append(zeros(4, 5, 6));
    expect((await (await raw.at(0)).array()).shape).toEqual([4, 5, 6]);
    await ds.close();
  });
});

describe('Point Cloud htype', () => {
  it('append of arrays: shape (2, None, 3)', async () => {
    const ds = await dataset();
    const clouds = await ds.createTensor('point_clouds', { htype: 'point_cloud', sampleCompression: null });
    const integers = (points: number) => Array.from({ length: points }, (_, i) => [i, i % 10, 9]);
    await clouds.append({ data: new BigInt64Array(integers(5).flat().map(BigInt)), shape: [5, 3] });
    await clouds.append(integers(15));
    expect([clouds.dtype, clouds.shape]).toEqual(['float32', [2, null, 3]]);
    expect(values(await (await clouds.at(1)).array())).toEqual(integers(15).flat());
    await ds.close();
  });

  it('append(read("example.las")): all dimensions of its points, not the three that the guide says; arrays do not go in', async () => {
    const ds = await dataset();
    const clouds = await ds.createTensor('point_cloud', { htype: 'point_cloud', sampleCompression: 'las' });
    await clouds.append(await file('cloud.las'));
    expect(clouds.shape).toEqual([1, 50, 15]);
    expect((await (await clouds.at(0)).encoded())?.bytes).toEqual(await bytesOf('cloud.las'));
    await expect(clouds.append(zeros(5, 3))).rejects.toMatchObject({ code: 'sample-mismatch' });
    await ds.close();
  });
});

describe('Mesh htype', () => {
  it('append(read("example.ply")): shape (1, vertices, 3)', async () => {
    const ds = await dataset();
    const mesh = await ds.createTensor('mesh', { htype: 'mesh', sampleCompression: 'ply' });
    await mesh.append(await file('mesh_ascii.ply'));
    expect(mesh.shape).toEqual([1, 8, 3]);
    expect((await (await mesh.at(0)).encoded())?.bytes).toEqual(await bytesOf('mesh_ascii.ply'));
    await ds.close();
  });

  it('sample_compression has to be named, where the guide says that it is ply', async () => {
    const ds = await dataset();
    await expect(ds.createTensor('mesh', { htype: 'mesh' })).rejects.toThrow(/ply, stl/);
    const stl = await ds.createTensor('mesh', { htype: 'mesh', sampleCompression: 'stl' }); // not in the guide
    await stl.append(await file('box_freecad_binary.stl'));
    expect(stl.shape).toEqual([1, 12, 3, 3]);
    await ds.close();
  });
});

describe('Embedding htype', () => {
  it('append(np.random.uniform(low=1, high=1, size=1024)), extend of ten', async () => {
    const ds = await dataset();
    const embedding = await ds.createTensor('embedding', { htype: 'embedding' });
    const uniform = () => new Float64Array(1024).fill(1);
    await embedding.append(uniform());
    await embedding.extend(Array.from({ length: 10 }, uniform));
    expect([embedding.dtype, embedding.shape]).toEqual(['float32', [11, 1024]]);
    expect((await embedding.at(10)).data).toEqual(new Float32Array(1024).fill(1));
    await ds.close();
  });
});

describe('Sequence htype', () => {
  it('create_tensor(htype="sequence"), append([1, 2, 3]), append([4, 5, 6]): shape (2, 3, 1)', async () => {
    const ds = await dataset();
    const seq = await ds.createTensor('seq', { htype: 'sequence' });
    await seq.append([1, 2, 3]);
    await seq.append([4, 5, 6]);
    expect([seq.htype, seq.shape]).toEqual(['sequence[generic]', [2, 3, 1]]);
    const all = (await seq.toArray()) as NdArray[][];
    expect(all.map((items) => items.map(values))).toEqual([
      [[1], [2], [3]],
      [[4], [5], [6]],
    ]);
    expect(values((await seq.at(1, 2)) as NdArray)).toEqual([6]);
    await ds.close();
  });

  it('create_tensor(htype="sequence[image]", sample_compression="jpg"), append([read(…), read(…)])', async () => {
    const ds = await dataset();
    const frames = await ds.createTensor('image_seq', { htype: 'sequence[image]', sampleCompression: 'jpg' });
    await frames.append([read(photo), read('/e2e/fixtures/media/rgb-444.jpg')]);
    expect(frames.shape).toEqual([1, 2, 37, 53, 3]);
    const [first] = await frames.at(0);
    expect(first?.encoded()?.bytes).toEqual(await photoBytes());
    await ds.close();
  });
});

describe('Link htype', () => {
  const cat = 'data/cat.jpeg';

  it('add_creds_key and populate_creds; managed keys are of the vendor’s platform and do not exist here', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, { codecs: codecs() });
    await ds.addCredsKey('MY_S3_KEY');
    await ds.addCredsKey('GCS_KEY');
    await ds.populateCreds('MY_S3_KEY', {});
    await ds.populateCreds('GCS_KEY', { token: 'a secret' });
    expect(await ds.credsKeys()).toEqual(['MY_S3_KEY', 'GCS_KEY']);
    await ds.close();
    const stored = new TextDecoder().decode(await store.get('linked_creds.json'));
    expect(stored).not.toContain('secret');
    expect(JSON.parse(stored).managed_creds_keys).toEqual([]);
  });

  it('append(link(…)) of s3, gcs, https and relative paths; a cloud path without a key throws', async () => {
    const asked: string[] = [];
    const store = memoryStore();
    const ds = await createDataset(
      store,
      {},
      {
        codecs: codecs(),
        resolveLink: ({ path, creds }) => {
          asked.push(`${path} ${JSON.stringify(creds)}`);
          return photoBytes();
        },
      },
    );
    await ds.addCredsKey('MY_S3_KEY');
    await ds.addCredsKey('GCS_KEY');
    await ds.populateCreds('MY_S3_KEY', { key: 1 });
    await ds.populateCreds('GCS_KEY', { key: 2 });
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    // The guide writes "my_s3_key" here; names of keys are case sensitive.
    const wrongCase = link('s3://abc/def.jpeg', { credsKey: 'my_s3_key' });
    await expect(img.append(wrongCase)).rejects.toMatchObject({ code: 'not-found' });
    await img.append(link('s3://abc/def.jpeg', { credsKey: 'MY_S3_KEY' }));
    await img.append(link('gcs://ghi/jkl.png', { credsKey: 'GCS_KEY' }));
    await img.append(link('https://picsum.photos/200/300'));
    await img.append(link('./path/to/cat.jpeg'));
    await expect(img.append(link('s3://abc/def.jpeg'))).rejects.toThrow(/without a credentials key/);
    expect(asked).toEqual([
      's3://abc/def.jpeg {"key":1}',
      'gcs://ghi/jkl.png {"key":2}',
      'https://picsum.photos/200/300 undefined',
      './path/to/cat.jpeg undefined',
    ]);
    expect([img.length, img.dtype, img.shape]).toEqual([4, 'uint8', [4, 37, 53, 3]]);

    // Accessing the data; the guide's loop runs to 5, but the fifth append threw.
    for (let i = 0; i < 4; i++) {
      const picture: ImageSample = await (await img.at(i)).resolve();
      expect((await picture.array()).shape).toEqual([37, 53, 3]);
    }
    await img.set(0, link(`./${cat}`));
    expect((await img.at(0)).path).toBe(`./${cat}`);
    await ds.close();

    // Secrets have to be given again.
    const again = await openDataset(store, { codecs: codecs() });
    expect(await again.credsKeys()).toEqual(['MY_S3_KEY', 'GCS_KEY']);
    const gcs = await again.tensor('img').at(1);
    expect(gcs).toMatchObject({ path: 'gcs://ghi/jkl.png', credsKey: 'GCS_KEY' });
    await again.close();
  });

  it('nothing is loaded until the sample is read, with verify=False', async () => {
    let loads = 0;
    const resolveLink = () => {
      loads++;
      return photoBytes();
    };
    const ds = await createDataset(memoryStore(), {}, { codecs: codecs(), resolveLink });
    const off = { verify: false, createShapeTensor: false, createSampleInfoTensor: false };
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg', ...off });
    await img.append(link(cat));
    const sample = await img.at(0);
    expect(loads).toBe(0);
    expect((await sample.resolve()).shape).toEqual([37, 53, 3]);
    expect(loads).toBe(1);
    await ds.close();
  });

  it('a relative path is one of the page', async () => {
    const ds = await dataset();
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    await img.append(link(photo));
    expect((await (await img.at(0)).encoded()).bytes).toEqual(await photoBytes());
    await ds.close();
  });
});
