import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bbox, classLabel, createDataset, generic, image, isDatasetError, openDataset, read, text } from '../index.js';
import { memoryStore } from '../stores.js';

const media = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
const schema = {
  images: image({ sampleCompression: 'jpeg' }),
  labels: classLabel(['cat', 'dog']),
  boxes: bbox({ coords: { type: 'pixel', mode: 'LTWH' } }),
};

const noFlush = { autoFlush: false } as const;

describe('append', () => {
  it('keeps a JPEG file byte for byte and reads everything back after a reopening', async () => {
    const store = memoryStore();
    const bytes = media('rgb-420.jpg');
    await using ds = await createDataset(store, schema, noFlush);
    await ds.append({ images: read(bytes, { filename: 'a.jpg' }), labels: 'dog', boxes: [[1, 2, 3, 4]] });
    await ds.flush();
    const again = await openDataset(store, { schema });
    const row = await again.at(0);
    expect(row.images.encoded()).toEqual({ bytes, compression: 'jpeg' });
    expect(row.labels.names).toEqual(['dog']);
    expect([...row.boxes.data]).toEqual([1, 2, 3, 4]);
    expect((await row.images.array()).shape).toEqual(row.images.shape);
  });

  it('shows rows that are not stored yet', async () => {
    await using ds = await createDataset(memoryStore(), schema, noFlush);
    await ds.append({ images: null, labels: 1, boxes: [] });
    expect(ds.length).toBe(1);
    expect((await ds.at(-1)).labels.names).toEqual(['dog']);
    expect((await ds.at(0)).boxes.shape).toEqual([0]);
  });

  const bad = [
    ['a box of three numbers', { images: null, labels: 0, boxes: [[1, 2, 3]] as never }, 'sample-mismatch', 'boxes'],
    ['a label beyond the names', { images: null, labels: 2, boxes: null }, 'sample-mismatch', 'labels'],
    ['a name that is not listed', { images: null, labels: 'cta' as never, boxes: null }, 'sample-mismatch', 'labels'],
    ['a cut-off JPEG', { images: read(media('rgb-420.jpg').slice(0, 900)), labels: 0, boxes: null }, 'codec', 'images'],
    [
      'a text file named .jpg',
      { images: read(new TextEncoder().encode('hello'), { filename: 'a.jpg' }), labels: 0, boxes: null },
      'codec',
      'images',
    ],
    [
      'an empty file',
      { images: read(new Uint8Array(0), { filename: 'a.jpg' }), labels: 0, boxes: null },
      'codec',
      'images',
    ],
    [
      'a number that a float32 cannot hold',
      { images: null, labels: 0, boxes: [[1, 2, 3, 1e39]] as const },
      'sample-mismatch',
      'boxes',
    ],
  ] as const;

  for (const [what, row, code, tensor] of bad) {
    it(`refuses ${what}, and leaves the dataset as it was`, async () => {
      await using ds = await createDataset(memoryStore(), schema, noFlush);
      await ds.append({ images: null, labels: 'cat', boxes: null });
      const error = await ds.append(row).catch((caught: unknown) => caught);
      expect(isDatasetError(error, code)).toBe(true);
      expect(error).toMatchObject({ data: { tensor, index: 1 } });
      expect(String(error)).toContain(`"${tensor}"`);
      expect(ds.tensors.map((name) => ds.tensor(name as 'labels').length)).toEqual([1, 1, 1]);
      await ds.append({ images: null, labels: 'dog', boxes: null });
      expect(ds.length).toBe(2);
      await ds.flush();
    });
  }

  it('refuses rows that miss a tensor or name an unknown one', async () => {
    await using ds = await createDataset(memoryStore(), schema, noFlush);
    await expect(ds.append({ images: null, labels: 0 } as never)).rejects.toMatchObject({
      code: 'sample-mismatch',
      data: { tensor: 'boxes' },
    });
    await expect(ds.append({ images: null, labels: 0, boxes: null, extra: 1 } as never)).rejects.toMatchObject({
      code: 'not-found',
    });
    await ds.append({ images: null, labels: 0 } as never, { appendEmpty: true });
    expect(ds.length).toBe(1);
    await ds.append({ labels: 0 } as never, { skipOk: true });
    expect(ds.tensor('labels').length).toBe(2);
    expect(ds.length).toBe(1);
    await expect(ds.append({ images: null, labels: 0, boxes: null })).rejects.toThrow(/Even them out/);
  });
});

describe('extend', () => {
  it('stops at a row that fails, with the rows before it in and all tensors equally long', async () => {
    await using ds = await createDataset(memoryStore(), schema, noFlush);
    const bytes = media('rgb-420.jpg');
    const rows = Array.from({ length: 40 }, (_, i) => ({
      images: i === 25 ? read(bytes.slice(0, 800)) : read(bytes),
      labels: i % 2,
      boxes: [[i, 0, 1, 1]] as const,
    }));
    const error = await ds.extend(rows).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'codec', data: { tensor: 'images', index: 25 } });
    expect(ds.tensors.map((name) => ds.tensor(name as 'labels').length)).toEqual([25, 25, 25]);
    expect((await ds.at(24)).boxes.data[0]).toBe(24);
  });

  it('takes streams, reports progress, and stops when aborted', async () => {
    await using ds = await createDataset(memoryStore(), { n: generic({ dtype: 'int32' }) }, noFlush);
    const controller = new AbortController();
    const seen: number[] = [];
    async function* rows() {
      for (let i = 0; ; i++) {
        if (i === 2000) controller.abort(new Error('enough'));
        yield { n: i };
      }
    }
    await expect(
      ds.extend(rows(), { signal: controller.signal, onProgress: ({ done }) => seen.push(done) }),
    ).rejects.toThrow('enough');
    expect(ds.length).toBeGreaterThan(1000);
    expect(ds.length).toBeLessThan(2600);
    const { length } = ds;
    expect(
      await ds.extend([{ n: 1 }, { n: 2 }], { onProgress: ({ done, total }) => seen.push(done, total ?? -1) }),
    ).toBe(2);
    expect(seen.slice(-2)).toEqual([2, 2]);
    expect((await ds.tensor('n').at(length)).data[0]).toBe(1);
  });

  it('keeps what a failing generator gave before', async () => {
    await using ds = await createDataset(memoryStore(), schema, noFlush);
    async function* rows() {
      for (let i = 0; i < 5; i++) yield { images: read(media('rgb-420.jpg')), labels: 0, boxes: null };
      throw new Error('disk unplugged');
    }
    await expect(ds.extend(rows())).rejects.toThrow('disk unplugged');
    expect(ds.length).toBe(5);
  });

  it('of one tensor is all or nothing', async () => {
    await using ds = await createDataset(memoryStore(), { labels: classLabel() }, noFlush);
    const labels = ds.tensor('labels');
    await expect(labels.extend(['a', 'b', -1])).rejects.toMatchObject({ data: { tensor: 'labels', index: 2 } });
    expect(labels.length).toBe(0);
    expect(await labels.info.get()).toEqual({ class_names: [] });
    expect(await labels.extend(['a', ['b', 'a'], 'c'])).toBe(3);
    expect(await labels.info.get()).toEqual({ class_names: ['a', 'b', 'c'] });
  });

  it('runs calls one after another in the order in which they were made', async () => {
    await using ds = await createDataset(memoryStore(), { n: generic({ dtype: 'int32' }) }, noFlush);
    await Promise.all([
      ds.extend([{ n: 0 }, { n: 1 }]),
      ds.append({ n: 2 }),
      ds.tensor('n').append(3),
      ds.append({ n: 4 }),
    ]);
    const values = await ds.tensor('n').toArray();
    expect(values.map(({ data }) => data[0])).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('an undecided tensor', () => {
  const cases = [
    ['text', ['a', ''], 'text', 'str', null],
    ['whole numbers', [1, 2], 'generic', 'int64', '<i8'],
    ['a boolean', [true], 'generic', 'int64', '<i8'],
    ['fractions', [1.5], 'generic', 'float64', '<f8'],
    ['typed arrays', [new Uint8Array([1, 2])], 'generic', 'uint8', '|u1'],
    ['objects', [{ a: 1 }], 'json', 'Any', null],
    ['nothing and then numbers', [null, [1, 2]], 'generic', 'int64', '<i8'],
  ] as const;
  for (const [what, samples, htype, dtype, typestr] of cases) {
    it(`is decided by ${what}`, async () => {
      const store = memoryStore();
      const ds = await createDataset(store, {}, noFlush);
      const tensor = await ds.createTensor('x');
      for (const sample of samples) await tensor.append(sample as never);
      await ds.close();
      const bytes = await store.get('x/tensor_meta.json');
      expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({
        htype,
        dtype,
        typestr,
        length: samples.length,
      });
    });
  }

  it('is not poisoned by a first sample that fails', async () => {
    await using ds = await createDataset(memoryStore(), {}, noFlush);
    const tensor = await ds.createTensor('x');
    await expect(tensor.append([[1, 2], [3]] as never)).rejects.toMatchObject({ code: 'sample-mismatch' });
    await tensor.append('fine' as never);
    expect(tensor.htype).toBe('text');
  });

  it('gives shapes to the empty samples before the first one', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { x: generic({ dtype: 'uint8' }), t: text() }, noFlush);
    await ds.extend([
      { x: null, t: null },
      { x: null, t: 'b' },
      { x: [[1, 2]], t: 'c' },
    ]);
    await ds.close();
    const again = await openDataset(store);
    expect((await again.tensor('x').toArray()).map((sample) => (sample as { shape: number[] }).shape)).toEqual([
      [0, 0],
      [0, 0],
      [1, 2],
    ]);
    expect(again.tensor('x').shapeInterval).toEqual({ lower: [3, 0, 0], upper: [3, 1, 2] });
  });
});
