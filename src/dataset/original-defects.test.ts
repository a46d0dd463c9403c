/** Defects of Deep Lake 3.9.52 that a careful reader of its behaviour would copy, and that are not copied. */
import { describe, expect, test } from 'vitest';
import {
  createDataset,
  dicom,
  generic,
  type ImageSample,
  image,
  imageGray,
  imageRgb,
  type LinkSample,
  link,
  type NdArray,
  openDataset,
  polygon,
  sequence,
  tag,
  video,
} from '../index.js';
import { memoryStore } from '../stores.js';

// One red pixel.
const picture = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC'),
  (letter) => letter.charCodeAt(0),
);

const pixels = (shape: readonly number[], value: number): NdArray<'uint8'> => ({
  dtype: 'uint8',
  shape,
  data: new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

describe('appending', () => {
  test('rows that fail leave nothing behind: no bytes, no dtype, no class names', async () => {
    const store = memoryStore();
    const ds = await createDataset(store);
    const numbers = await ds.createTensor('numbers');
    await expect(numbers.extend([[1.5], [[1], [2, 3]]])).rejects.toMatchObject({ code: 'sample-mismatch' });
    const labels = await ds.createTensor('labels', { htype: 'class_label' });
    await expect(labels.extend(['cat', ['dog', -1]])).rejects.toThrow();
    await numbers.append('a text after all');
    await labels.append('bird');
    await ds.close();
    const again = await openDataset(store);
    expect(await again.tensor('numbers').toArray()).toEqual(['a text after all']);
    expect(await again.tensor('labels').info.get()).toMatchObject({ class_names: ['bird'] });
    expect(again.length).toBe(1);
  });

  test('null and [] of tags and media are empty samples, and can be read', async () => {
    const store = memoryStore();
    const schema = {
      words: tag(),
      clips: video({ sampleCompression: 'mp4' }),
      scans: dicom(),
    };
    const ds = await createDataset(store, schema);
    await ds.append({ words: null, clips: null, scans: null });
    await ds.append({ words: [], clips: null, scans: null });
    await ds.close();
    const again = await openDataset(store, { schema });
    expect(await again.tensor('words').toArray()).toEqual([[], []]);
    for (const name of ['clips', 'scans'] as const) {
      const sample = await again.tensor(name).at(1);
      expect(sample.shape.reduce((a, b) => a * b, 1)).toBe(0);
      expect((await sample.array()).data).toHaveLength(0);
    }
  });

  test('pictures that the format would drop channels of are refused', async () => {
    const ds = await createDataset(memoryStore(), {
      photos: image({ sampleCompression: 'jpeg' }),
      icons: image({ sampleCompression: 'bmp' }),
    });
    for (const name of ['photos', 'icons'] as const)
      await expect(ds.tensor(name).append(pixels([2, 2, 2], 1))).rejects.toMatchObject({ code: 'codec' });
    await expect(ds.tensor('photos').append(pixels([2, 2, 5], 1))).rejects.toThrow();
    expect(ds.length).toBe(0);
  });

  test('masks of more than 16 bits are refused by png, not clipped', async () => {
    const ds = await createDataset(memoryStore());
    const masks = await ds.createTensor('masks', { htype: 'segment_mask', sampleCompression: 'png' });
    const mask = { dtype: 'uint32', shape: [1, 2], data: Uint32Array.of(1, 70_000) } as const;
    await expect(masks.append(mask)).rejects.toMatchObject({ code: 'codec' });
    expect(masks.length).toBe(0);
  });
});

describe('editing', () => {
  test('an empty sequence can be removed', async () => {
    const ds = await createDataset(memoryStore(), { s: sequence(generic({ dtype: 'int32' })) });
    await ds.extend([{ s: [1, 2] }, { s: [] }, { s: [3] }]);
    await ds.pop(1);
    expect((await ds.tensor('s').toArray()).map((items) => items.length)).toEqual([2, 1]);
  });

  test('small chunks are joined in gray and coloured pictures, packed polygons and tags', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {
      gray: imageGray({ sampleCompression: 'png' }),
      rgb: imageRgb({ chunkCompression: 'png' }),
      shapes: polygon({ chunkCompression: 'lz4' }),
      words: tag({ chunkCompression: 'lz4' }),
    });
    const ring = (i: number) => [
      [
        [i, 0],
        [0, i],
        [i, i],
      ],
    ];
    for (let i = 0; i < 5; i++) {
      await ds.append({
        gray: pixels([3, 3], i),
        rgb: pixels([2, 2, 3], i),
        shapes: ring(i),
        words: [`w${i}`, 'x'],
      });
      await ds.commit(`row ${i}`); // each commit begins a chunk
    }
    await ds.update(1, { rgb: pixels([2, 2, 3], 9), words: ['new'], shapes: ring(7) });
    await ds.pop(3);
    await ds.rechunk();
    await ds.close();
    const again = await openDataset(store);
    const first = async (name: 'gray' | 'rgb') =>
      Promise.all(
        (await again.tensor(name).toArray()).map(
          async (sample) => (await (sample as typeof sample & { array(): Promise<NdArray> }).array()).data[0],
        ),
      );
    expect(await first('gray')).toEqual([0, 1, 2, 4]);
    expect(await first('rgb')).toEqual([0, 9, 2, 4]);
    expect(await again.tensor('words').toArray()).toEqual([['w0', 'x'], ['new'], ['w2', 'x'], ['w4', 'x']]);
    const shapes = (await again.tensor('shapes').toArray()) as NdArray[][];
    expect(shapes.map(([one]) => one?.data[0])).toEqual([0, 7, 2, 4]);
    const graph = JSON.parse(new TextDecoder().decode(await store.get('version_control_info.json')));
    for (const name of ['gray', 'shapes', 'words']) {
      const chunks: string[] = [];
      for await (const key of store.list(`versions/${graph.branches.main}/${name}/chunks/`)) chunks.push(key);
      expect(chunks, name).toHaveLength(1);
    }
  });

  test('a tensor that becomes class_label has class names', async () => {
    const ds = await createDataset(memoryStore(), { labels: generic({ dtype: 'uint32' }) });
    await ds.append({ labels: [0] });
    await ds.tensor('labels').changeHtype('class_label');
    expect(await ds.tensor('labels').info.get()).toEqual({ class_names: [] });
  });

  test('what an info gave out can be changed, and changes nothing until it is stored', async () => {
    const ds = await createDataset(memoryStore(), { n: generic() });
    await ds.info.update({ nested: { a: [1] } });
    const given = (await ds.info.get()) as { nested: { a: number[] } };
    try {
      given.nested.a.push(2);
    } catch {
      // it may be frozen
    }
    await ds.info.update({ nested: { a: [1, 3] } });
    expect(await ds.info.get()).toEqual({ nested: { a: [1, 3] } });
  });

  test('clearing a tensor keeps its class names', async () => {
    const ds = await createDataset(memoryStore());
    const labels = await ds.createTensor('labels', { htype: 'class_label', classNames: ['cat'] });
    await labels.append('cat');
    await labels.clear();
    expect(await labels.info.get()).toEqual({ class_names: ['cat'] });
  });
});

describe('reading', () => {
  test('an index stays inside its slice', async () => {
    const ds = await createDataset(memoryStore(), { n: generic({ dtype: 'int32' }) });
    await ds.extend(Array.from({ length: 20 }, (_, n) => ({ n })));
    await expect(ds.slice(2, 4).at(10)).rejects.toThrow(RangeError);
    await expect(ds.slice(2, 4).at(-3)).rejects.toThrow(RangeError);
  });

  test('empty links are read, and a key without a secret blocks no other link', async () => {
    const asked: string[] = [];
    const resolveLink = ({ path, creds }: { path: string; creds: unknown }) => {
      asked.push(path);
      if (path.startsWith('s3:') && creds === undefined) throw new Error('no secret');
      return picture;
    };
    const store = memoryStore();
    const ds = await createDataset(store, undefined, { resolveLink });
    await ds.addCredsKey('BUCKET');
    const photos = await ds.createTensor('photos', { htype: 'link[image]', sampleCompression: 'png', verify: false });
    await photos.extend([null, null, link('s3://a/1.png', { credsKey: 'BUCKET' }), link('own:2.png')]);
    await ds.close();
    const again = (await openDataset(store, { resolveLink })).tensor('photos');
    const samples = (await again.toArray()) as LinkSample<ImageSample>[];
    expect(samples.map(({ path }) => path)).toEqual(['', '', 's3://a/1.png', 'own:2.png']);
    await expect(samples[2]?.resolve()).rejects.toThrow();
    expect((await samples[3]?.resolve())?.shape).toEqual([1, 1, 3]);
    expect(asked).toEqual(['s3://a/1.png', 'own:2.png']);
  });
});
