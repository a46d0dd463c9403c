import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type BoxSample,
  bbox,
  classLabel,
  createDataset,
  type Dataset,
  generic,
  type ImageSample,
  image,
  json,
  type LabelSample,
  openDataset,
  type Row,
  sequence,
  type Tensor,
  text,
  type View,
} from '../index.js';
import { memoryStore } from '../stores.js';

const schema = {
  images: image({ sampleCompression: 'jpeg' }),
  labels: classLabel(['cat', 'dog']),
  free: classLabel(),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
  score: generic({ dtype: 'float64' }),
  caption: text(),
  notes: json(),
};
type S = typeof schema;

const open = async () => {
  const store = memoryStore();
  return createDataset(store, schema, { autoFlush: false });
};

describe('builders', () => {
  it('give plain objects with a literal htype', () => {
    expect(classLabel(['cat', 'dog'])).toEqual({ htype: 'class_label', classNames: ['cat', 'dog'] });
    expect(classLabel()).toEqual({ htype: 'class_label' });
    expect(sequence(image({ sampleCompression: 'png' }))).toEqual({
      htype: 'sequence[image]',
      sampleCompression: 'png',
    });
    expectTypeOf(classLabel(['cat', 'dog'])).toExtend<{
      readonly htype: 'class_label';
      readonly classNames: readonly ['cat', 'dog'];
    }>();
    expectTypeOf(sequence(text()).htype).toEqualTypeOf<'sequence[text]'>();
  });

  it('refuse options that the htype does not have', () => {
    // @ts-expect-error misspelt
    image({ sampleCompresion: 'jpeg' });
    // @ts-expect-error not a format of images
    image({ sampleCompression: 'mp3' });
    // @ts-expect-error text has no class names
    text({ classNames: ['a'] });
    // @ts-expect-error unknown order
    bbox({ coords: { mode: 'XYZW' } });
    // @ts-expect-error no number type
    generic({ dtype: 'float8' });
  });
});

describe('rows', () => {
  it('are checked as a whole', async () => {
    const ds = await open();
    const row = {
      images: null,
      labels: 'cat',
      free: 'x',
      boxes: [[1, 2, 3, 4]],
      score: 1,
      caption: 'c',
      notes: { a: [1] },
    } as const;
    await ds.append(row);
    const missing = { labels: 'cat' } as const;
    // @ts-expect-error the other tensors are missing
    await expect(ds.append(missing)).rejects.toThrow('has no sample');
    // @ts-expect-error misspelt label
    await expect(ds.append({ ...row, labels: 'cta' })).rejects.toThrow('cta');
    // @ts-expect-error a box of three numbers
    await expect(ds.append({ ...row, boxes: [[1, 2, 3]] })).rejects.toThrow('four');
    // @ts-expect-error a number is no string
    await expect(ds.append({ ...row, caption: 1 })).rejects.toThrow('string');
    await ds.close();
  });

  it('come back typed', async () => {
    const ds = await open();
    expectTypeOf(ds).toEqualTypeOf<Dataset<S>>();
    expectTypeOf(ds.at).returns.resolves.toEqualTypeOf<Row<S>>();
    expectTypeOf<Row<S>['images']>().toEqualTypeOf<ImageSample>();
    expectTypeOf<Row<S>['labels']>().toEqualTypeOf<LabelSample<'cat' | 'dog'>>();
    expectTypeOf<Row<S>['free']>().toEqualTypeOf<LabelSample<string>>();
    expectTypeOf<Row<S>['boxes']>().toEqualTypeOf<BoxSample<'float32'>>();
    expectTypeOf<Row<S>['score']['data']>().toEqualTypeOf<Float64Array<ArrayBuffer>>();
    expectTypeOf<Row<S>['caption']>().toEqualTypeOf<string>();
    expectTypeOf(ds.select('labels', 'boxes')).toEqualTypeOf<View<Pick<S, 'labels' | 'boxes'>>>();
    expectTypeOf(ds.slice(0, 1)).toEqualTypeOf<View<S>>();
    // @ts-expect-error no such tensor
    expect(() => ds.select('nope')).toThrow('nope');
    // @ts-expect-error no such tensor
    expect(() => ds.tensor('nope')).toThrow('nope');
    await ds.close();
  });
});

describe('tensors', () => {
  it('created one by one have the type of their options', async () => {
    const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
    const labels = await ds.createTensor('labels', { htype: 'class_label', classNames: ['a', 'b'] });
    expectTypeOf(labels.htype).toEqualTypeOf<'class_label'>();
    expectTypeOf(labels.toArray).returns.resolves.toEqualTypeOf<LabelSample<'a' | 'b'>[]>();
    // @ts-expect-error not one of the names
    await expect(labels.append('c')).rejects.toThrow('"c"');
    const built = await ds.createTensor('built', classLabel(['a']));
    expectTypeOf(built.append).parameter(0).toExtend<unknown>();
    // @ts-expect-error no such htype
    await expect(ds.createTensor('x', { htype: 'imgae' })).rejects.toThrow('imgae');
    // @ts-expect-error not an option of this htype
    await expect(ds.createTensor('x', { htype: 'text', classNames: ['a'] })).rejects.toThrow('classNames');
    await ds.close();
  });

  it('of an unknown dataset are a union that htype tells apart', async () => {
    const store = memoryStore();
    await (await createDataset(store, schema, { autoFlush: false })).close();
    const ds = await openDataset(store);
    const tensor = ds.tensor('caption');
    if (tensor.htype === 'text') expectTypeOf(tensor.toArray).returns.resolves.toEqualTypeOf<string[]>();
    if (tensor.htype === 'image') expectTypeOf(tensor.toArray).returns.resolves.toEqualTypeOf<ImageSample[]>();
    expect(tensor.htype).toBe('text');
    expectTypeOf<Tensor<'text', string | null, string>>().toExtend<AsyncIterable<string>>();
  });
});
