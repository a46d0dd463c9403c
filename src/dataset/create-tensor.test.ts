import { describe, expect, expectTypeOf, it } from 'vitest';
import { bbox, createDataset, generic, type LabelSample, openDataset } from '../index.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;
const dataset = () => createDataset(memoryStore(), {}, noFlush);

describe('createTensor with existOk', () => {
  const labels = { htype: 'class_label', classNames: ['cat', 'dog'], chunkCompression: 'lz4' } as const;

  it('gives the tensor that is there, with its samples', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, noFlush);
    const first = await ds.createTensor('labels', labels, { existOk: true });
    await first.append('dog');
    const again = await ds.createTensor('/labels/', labels, { existOk: true });
    expectTypeOf(again.toArray).returns.resolves.toEqualTypeOf<LabelSample<'cat' | 'dog'>[]>();
    expect((await again.at(0)).names).toEqual(['dog']);
    await ds.close();
    const later = await openDataset(store, { mode: 'rw' });
    expect((await later.createTensor('labels', labels, { existOk: true })).length).toBe(1);
    expect(later.tensors).toEqual(['labels']);
    await later.close();
  });

  it('takes what the first sample has decided', async () => {
    const ds = await dataset();
    await (await ds.createTensor('numbers')).append(1.5);
    await (await ds.createTensor('items', { htype: 'sequence' })).append([1]);
    expect((await ds.createTensor('numbers', {}, { existOk: true })).dtype).toBe('float64');
    expect((await ds.createTensor('numbers', generic(), { existOk: true })).length).toBe(1);
    expect((await ds.createTensor('items', { htype: 'sequence' }, { existOk: true })).length).toBe(1);
  });

  it('says what differs', async () => {
    const ds = await dataset();
    await ds.createTensor('labels', labels);
    await ds.createTensor('boxes', bbox());
    await ds.createTensor('frames', { htype: 'sequence[image]', sampleCompression: 'jpg' });
    const wrong: [string, object, string][] = [
      ['labels', { ...labels, dtype: 'uint8' }, 'dtype uint32 instead of uint8'],
      ['labels', { htype: 'class_label' }, 'chunkCompression lz4 instead of none'],
      ['labels', { ...labels, classNames: ['dog'] }, 'classNames cat, dog instead of dog'],
      ['labels', { ...labels, hidden: true }, 'hidden false instead of true'],
      ['labels', { htype: 'text', chunkCompression: 'lz4' }, 'htype class_label instead of text, and dtype'],
      ['boxes', { htype: 'bbox', sampleCompression: 'lz4' }, 'sampleCompression none instead of lz4'],
      ['boxes', { htype: 'sequence[bbox]' }, 'htype bbox instead of sequence[bbox]'],
      ['frames', { htype: 'link[sequence[image]]', sampleCompression: 'jpg' }, 'instead of link[sequence[image]]'],
    ];
    for (const [name, options, message] of wrong) {
      const creating = ds.createTensor(name, options as never, { existOk: true });
      await expect(creating).rejects.toMatchObject({ code: 'exists', data: { what: 'tensor', name } });
      await expect(creating).rejects.toThrow(message);
    }
    const misspelt = ds.createTensor('labels', { htype: 'imgae' } as never, { existOk: true });
    await expect(misspelt).rejects.toThrow(TypeError);
    await expect(ds.createTensor('labels', labels)).rejects.toMatchObject({ code: 'exists' });
  });
});

describe('names', () => {
  it('are not given twice, to companions neither', async () => {
    const ds = await dataset();
    await ds.createTensor('train/images', { htype: 'image', sampleCompression: 'png' });
    expect(ds.groups).toEqual(['train']);
    await ds.createTensor('_x_id');
    const taken: [string, object][] = [
      ['train', { what: 'group', name: 'train' }],
      ['train/images', { what: 'tensor', name: 'train/images' }],
      ['train/images/small', { what: 'tensor', name: 'train/images' }],
      ['train/_images_info', { what: 'tensor', name: 'train/_images_info' }],
      ['x', { what: 'tensor', name: '_x_id' }],
    ];
    for (const [name, data] of taken)
      await expect(ds.createTensor(name)).rejects.toMatchObject({ code: 'exists', data });
    expect(ds.tensors).toEqual(['train/images', '_x_id']);
  });

  it('that exclude each other make no dataset', async () => {
    const store = memoryStore();
    const schema = { a: generic(), 'a/b': generic() };
    await expect(createDataset(store, schema)).rejects.toMatchObject({ code: 'exists', data: { name: 'a' } });
    await expect(createDataset(store, { a: generic(), '/a/': generic() })).rejects.toMatchObject({ code: 'exists' });
    await (await createDataset(store, { a: generic() })).close(); // nothing was left behind
  });

  it('are refused where the format or Deep Lake could not hold them', async () => {
    const ds = await dataset();
    for (const name of ['', '/', '..', 'a/./b', 'versions', 'a\\b', 'line\nbreak', 'info', 'a/append', 'a,b'])
      await expect(ds.createTensor(name)).rejects.toThrow(RangeError);
    for (const name of ['two words', 'ä.ö', '_hidden', 'chunks', '3d_boxes'])
      expect((await ds.createTensor(name)).name).toBe(name);
  });
});

describe('createGroup', () => {
  it('creates a group with those that it lies in, and keeps it', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { a: generic() }, noFlush);
    await ds.createGroup('/train//raw/');
    await ds.createGroup('train/raw', { existOk: true });
    await ds.createTensor('train/raw/images');
    expect(ds.groups).toEqual(['train', 'train/raw']);
    await expect(ds.createGroup('train')).rejects.toMatchObject({ code: 'exists', data: { what: 'group' } });
    for (const name of ['a', 'a/b', 'train/raw/images'])
      await expect(ds.createGroup(name, { existOk: true })).rejects.toMatchObject({
        code: 'exists',
        data: { what: 'tensor' },
      });
    await expect(ds.createGroup('versions')).rejects.toThrow(RangeError);
    await ds.close();
    const again = await openDataset(store);
    expect(again.groups).toEqual(['train', 'train/raw']);
    await expect(again.createGroup('other')).rejects.toMatchObject({ code: 'read-only' });
  });
});

describe('aliases of compressions', () => {
  it('are stored by their full name', async () => {
    const ds = await dataset();
    for (const [alias, name] of [
      ['jpg', 'jpeg'],
      ['tif', 'tiff'],
      ['jp2', 'jpeg2000'],
    ] as const) {
      const tensor = await ds.createTensor(alias, { htype: 'image', sampleCompression: alias });
      expect(tensor.sampleCompression).toBe(name);
      const packed = { htype: 'image', chunkCompression: alias } as const;
      expect((await ds.createTensor(`${alias}_chunks`, packed)).chunkCompression).toBe(name);
    }
  });
});
