import { describe, expect, it } from 'vitest';
import { classLabel, createDataset, type DatasetError, generic, image, openDataset, read, text } from '../index.js';
import { memoryStore } from '../stores.js';

const schema = {
  numbers: generic({ dtype: 'int32' }),
  labels: classLabel(),
  pictures: image({ sampleCompression: 'png' }),
  captions: text({ sampleCompression: 'lz4' }),
};
const open = (store = memoryStore()) => createDataset(store, schema, { autoFlush: false });
const picture = { data: new Uint8Array(12), shape: [2, 2, 3] };
const row = (numbers: unknown, labels: unknown = 'a', pictures: unknown = picture, captions: unknown = 'c') =>
  ({ numbers, labels, pictures, captions }) as never;
const broken = () => read(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]));
const message = (error: unknown): string => (error as Error).message;

describe('Dataset.extend with ignoreErrors', () => {
  const rows = () => [
    row(1),
    row('no number', 'b'),
    row(2, 'c'),
    row(3, 'd', broken()), // fails later than the rows around it
    row(4, { no: 'label' }),
    row(5, 'e', picture, 7),
    'no row',
    { numbers: 6 },
    { ...(row(7) as object), other: 1 },
    row(8, 'f'),
  ];

  it('leaves out bad rows, each as a whole, and reports them', async () => {
    const store = memoryStore();
    const ds = await open(store);
    const skipped: [number, unknown][] = [];
    const onSkip = (error: unknown, index: number) => skipped.push([index, error]);
    const done: number[] = [];
    const appended = await ds.extend(rows() as never, {
      ignoreErrors: true,
      onSkip,
      onProgress: (progress) => done.push(progress.done),
    });
    expect(appended).toBe(3);
    expect(done.at(-1)).toBe(3);
    expect(skipped.map(([index]) => index)).toEqual([1, 3, 4, 5, 6, 7, 8]);
    expect(skipped.map(([, error]) => (error as DatasetError).code)).toEqual([
      'sample-mismatch',
      'codec',
      'sample-mismatch',
      'sample-mismatch',
      undefined, // a TypeError
      'sample-mismatch',
      'not-found',
    ]);
    expect(message(skipped[0]?.[1])).toMatch(/"numbers".*row 1/);
    await ds.close();
    const again = await openDataset(store, { schema });
    expect(again.tensors.map((name) => again.tensor(name as 'numbers').length)).toEqual([3, 3, 3, 3]);
    expect((await again.tensor('numbers').toArray()).map(({ data }) => data[0])).toEqual([1, 2, 8]);
    expect((await again.tensor('labels').toArray()).flatMap(({ names }) => names)).toEqual(['a', 'c', 'f']);
    expect(await again.tensor('labels').info.get()).toEqual({ class_names: ['a', 'c', 'f'] }); // none of a row left out
  });

  it('works without a report, with generators, and on tensors of undecided type', async () => {
    const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
    await ds.createTensor('x');
    async function* given() {
      for (const x of [1, 'text', 2.5, [3, 4], -4]) yield { x };
    }
    expect(await ds.extend(given() as never, { ignoreErrors: true })).toBe(3);
    const x = ds.tensor('x' as never) as unknown as AsyncIterable<{ data: BigInt64Array }>;
    const values: bigint[] = [];
    for await (const { data } of x) values.push(...data);
    expect(values).toEqual([1n, 3n, 4n, -4n]);
  });

  it('counts positions among the rows given', async () => {
    const ds = await open();
    await ds.extend([row(0), row(0)]);
    const at: number[] = [];
    await ds.extend([row(1), row('x'), row(2)], { ignoreErrors: true, onSkip: (_, index) => at.push(index) });
    expect(at).toEqual([1]);
    expect(ds.length).toBe(4);
  });

  it('still stops when it is given up, when the rows end in an error, and when the report throws', async () => {
    const ds = await open();
    const stop = new AbortController();
    const aborting = function* () {
      yield row(1);
      yield row('x');
      stop.abort();
      yield row(2);
    };
    const options = { ignoreErrors: true, signal: stop.signal };
    await expect(ds.extend(aborting(), options)).rejects.toMatchObject({ name: 'AbortError' });
    const failing = function* () {
      yield row(3);
      throw new Error('source');
    };
    await expect(ds.extend(failing(), { ignoreErrors: true })).rejects.toThrow('source');
    const onSkip = () => {
      throw new Error('enough');
    };
    await expect(ds.extend([row('x'), row(4)], { ignoreErrors: true, onSkip })).rejects.toThrow('enough');
    const lengths = ds.tensors.map((name) => ds.tensor(name as 'numbers').length);
    expect(new Set(lengths).size).toBe(1);
  });

  it('without it, the first bad row is an error', async () => {
    const ds = await open();
    await expect(ds.extend(rows() as never, { onSkip: () => expect.fail() })).rejects.toThrow(/row 1/);
    expect(ds.length).toBe(1);
  });
});

describe('Tensor.extend with ignoreErrors', () => {
  it('leaves out bad samples', async () => {
    const ds = await open();
    const at: number[] = [];
    const options = { ignoreErrors: true, onSkip: (_: unknown, index: number) => at.push(index) };
    const given = [picture, broken(), 'text', picture] as never;
    expect(await ds.tensor('pictures').extend(given, options)).toBe(2);
    expect(at).toEqual([1, 2]);
    expect(await ds.tensor('numbers').extend([1, 1.5, 2 ** 40, 2], { ...options })).toBe(2);
    await expect(ds.tensor('numbers').extend([1, 1.5])).rejects.toMatchObject({ code: 'sample-mismatch' });
    expect(ds.tensor('numbers').length).toBe(2);
  });
});
