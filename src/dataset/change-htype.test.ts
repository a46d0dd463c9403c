import { describe, expect, test } from 'vitest';
import { createDataset, generic, image, openDataset } from '../index.js';
import { memoryStore } from '../stores.js';

describe('changeHtype', () => {
  test('gives a tensor what the htype has', async () => {
    const store = memoryStore();
    const ds = await createDataset(
      store,
      { labels: generic(), boxes: generic({ dtype: 'float32' }) },
      { autoFlush: false },
    );
    await ds.extend([
      { labels: [1], boxes: [[1, 2, 3, 4]] },
      { labels: null, boxes: null },
    ]);
    await ds.tensor('labels').info.update({ mine: 1 });
    await ds.commit('one');
    await ds.tensor('labels').changeHtype('class_label', { classNames: ['cat', 'dog'] });
    await ds.tensor('boxes').changeHtype('bbox');
    expect((await ds.diff()).tensors.labels).toMatchObject({ infoUpdated: true });
    const labels = await ds.loadTensor('labels');
    await labels.append('bird');
    expect(await labels.info.get()).toEqual({ class_names: ['cat', 'dog', 'bird'], mine: 1 });
    await ds.tensor('boxes').append([[1, 1, 1, 1]]);
    await ds.close();
    const again = await openDataset(store);
    expect([again.tensor('labels').htype, again.tensor('boxes').htype]).toEqual(['class_label', 'bbox']);
    expect(await again.tensor('labels').at(0)).toMatchObject({ names: ['dog'] });
    expect(await again.tensor('boxes').info.get()).toEqual({ coords: {} });
    expect(JSON.parse(new TextDecoder().decode(await store.get('labels/tensor_meta.json')))).not.toHaveProperty(
      'class_names',
    );
  });

  test('refuses samples that do not fit, naming the row', async () => {
    const ds = await createDataset(memoryStore(), {
      a: generic({ dtype: 'float32' }),
      b: generic({ dtype: 'float64' }),
      empty: generic(),
      pictures: image({ sampleCompression: null }),
    });
    const rows = (shape: number[]) => ({
      dtype: 'float32' as const,
      shape,
      data: new Float32Array(shape.reduce((x, y) => x * y, 1)),
    });
    await ds.tensor('a').extend([rows([3, 9]), rows([1, 9]), null]);
    await ds.tensor('b').extend([[1], [2]]);
    await ds.tensor('pictures').append({ dtype: 'uint8', shape: [2, 2, 2], data: new Uint8Array(8) });
    await expect(ds.tensor('a').changeHtype('bbox')).rejects.toMatchObject({
      code: 'sample-mismatch',
      data: { index: 0 },
    });
    await expect(ds.tensor('b').changeHtype('embedding')).rejects.toThrow('float32');
    await expect(ds.tensor('b').changeHtype('tag')).rejects.toMatchObject({ code: 'sample-mismatch' });
    await expect(ds.tensor('a').changeHtype('text' as 'image')).rejects.toThrow(TypeError);
    await expect(ds.tensor('a').changeHtype('bbox.3d', { names: [] })).rejects.toThrow(TypeError);
    await expect(ds.tensor('pictures').changeHtype('segment_mask')).rejects.toMatchObject({ code: 'sample-mismatch' });
    await ds.tensor('a').changeHtype('bbox.3d', { coords: { mode: 'center' } }); // nine columns, where Deep Lake asks for eight
    await expect(ds.tensor('a').changeHtype('point')).rejects.toThrow('cannot become');
    await ds.tensor('empty').changeHtype('tag');
    await (await ds.loadTensor('empty')).append(['x', 'y']);
    expect(await ds.tensor('empty').at(0)).toEqual(['x', 'y']);
    await ds.tensor('pictures').changeHtype('binary_mask');
    expect(await ds.tensor('pictures').info.get()).toEqual({});
    await ds.close();
  });
});

describe('info', () => {
  test('is replaced as a whole, and keys are removed, but not those that the htype needs', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, { autoFlush: false });
    const labels = await ds.createTensor('labels', { htype: 'class_label', classNames: ['a'] });
    await labels.info.update({ x: 1, y: 2 });
    await labels.info.remove('x', 'class_names', 'nothing');
    expect(await labels.info.get()).toEqual({ class_names: [], y: 2 });
    await labels.info.replace({ z: [3] });
    await ds.info.replace({ a: 1, b: 2 });
    await ds.info.remove('a');
    await expect(ds.info.replace([] as never)).rejects.toThrow(TypeError);
    await expect(ds.info.remove(1 as never)).rejects.toThrow(TypeError);
    await ds.close();
    const again = await openDataset(store);
    expect(await again.tensor('labels').info.get()).toEqual({ class_names: [], z: [3] });
    expect(await again.info.get()).toEqual({ b: 2 });
  });
});
