import { describe, expect, it } from 'vitest';
import { classLabel, createDataset, generic, image, isDatasetError, openDataset, text } from '../index.js';
import type { Store } from '../store/types.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;
const utf8 = (value: string) => new TextEncoder().encode(value);

async function sample(): Promise<ReturnType<typeof memoryStore>> {
  const store = memoryStore();
  await using ds = await createDataset(
    store,
    { a: generic({ dtype: 'int32' }), labels: classLabel(['x', 'y']), 'g/t': text() },
    noFlush,
  );
  await ds.extend([1, 2, 3].map((n) => ({ a: [n, n], labels: n % 2, 'g/t': `row ${n}` })));
  return store;
}

/** The store with some of its values changed. */
function changed(store: Store, changes: Record<string, (bytes: Uint8Array) => Uint8Array | undefined>): Store {
  const find = async (key: string) => {
    const bytes = await store.get(key);
    const change = Object.entries(changes).find(([part]) => key.includes(part))?.[1];
    return bytes && change ? (change(bytes) as Uint8Array<ArrayBuffer> | undefined) : bytes;
  };
  return { address: 'memory://changed', get: find };
}

describe('createDataset', () => {
  it('does not overwrite unless asked to', async () => {
    const store = await sample();
    await expect(createDataset(store, {})).rejects.toMatchObject({ code: 'exists' });
    const ds = await createDataset(store, { b: text() }, { overwrite: true });
    expect(ds.tensors).toEqual(['b']);
    await ds.close();
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    expect(keys.some((key) => key.startsWith('a/'))).toBe(false);
  });

  it('leaves a place alone that holds something else', async () => {
    const store = memoryStore();
    await store.write([{ key: 'holiday.txt', bytes: utf8('sun') }]);
    await expect(createDataset(store, {}, { overwrite: true })).rejects.toMatchObject({
      code: 'exists',
      data: { key: 'holiday.txt' },
    });
  });

  it('creates nothing when an option is wrong', async () => {
    const store = memoryStore();
    await expect(createDataset(store, { a: text(), i: image({}) })).rejects.toThrow(/needs sampleCompression/);
    await expect(createDataset(store, { i: { htype: 'image', sampleCompression: 'mp3' } as never })).rejects.toThrow(
      TypeError,
    );
    await expect(createDataset(store, { i: { htype: 'imgae' } as never })).rejects.toThrow(TypeError);
    await expect(createDataset(store, { i: { htype: 'text', classNames: [] } as never })).rejects.toThrow(
      /not an option/,
    );
    await expect(
      createDataset(store, { i: { htype: 'image', sampleCompression: 'png', chunkCompression: 'png' } as never }),
    ).rejects.toThrow(/exclude/);
    await expect(createDataset(store, { commit: text() })).rejects.toThrow(RangeError);
    expect(await store.get('dataset_meta.json')).toBeUndefined();
  });

  it('creates groups and companions as the format wants them', async () => {
    const store = memoryStore();
    await (
      await createDataset(store, { 'train/images': image({ sampleCompression: 'jpg' }), 'train/labels': classLabel() })
    ).close();
    const meta = JSON.parse(new TextDecoder().decode(await store.get('dataset_meta.json')));
    expect(meta.groups).toEqual(['train']);
    expect(meta.tensors.slice(0, 4)).toEqual([
      'train/images',
      'train/_images_info',
      'train/_images_shape',
      'train/_images_id',
    ]);
    expect(meta.hidden_tensors).not.toContain('train/images');
    const tensor = JSON.parse(new TextDecoder().decode(await store.get('train/images/tensor_meta.json')));
    expect(tensor.sample_compression).toBe('jpeg');
    expect(Object.keys(tensor.links)).toEqual(['train/_images_id', 'train/_images_info', 'train/_images_shape']);
  });
});

describe('openDataset', () => {
  it('tells when there is none, and which branches there are', async () => {
    await expect(openDataset(memoryStore())).rejects.toMatchObject({ code: 'not-found', data: { what: 'dataset' } });
    await expect(openDataset(await sample(), { at: 'nope' })).rejects.toThrow(/Branches are main/);
  });

  it('checks a schema against what is stored', async () => {
    const store = await sample();
    await expect(openDataset(store, { schema: { labels: text() } })).rejects.toMatchObject({
      code: 'schema-mismatch',
      data: { tensor: 'labels', field: 'htype' },
    });
    await expect(openDataset(store, { schema: { labels: classLabel(['y', 'x']) } })).rejects.toMatchObject({
      data: { field: 'classNames' },
    });
    await expect(openDataset(store, { schema: { a: generic({ dtype: 'uint8' }) } })).rejects.toMatchObject({
      data: { field: 'dtype' },
    });
    await expect(openDataset(store, { schema: { z: text() } })).rejects.toMatchObject({ data: { field: 'tensor' } });
    const ds = await openDataset(store, { schema: { labels: classLabel(['x', 'y']) } });
    expect(ds.tensor('labels').length).toBe(3);
  });

  it('lets one writer in at a time, and readers beside it', async () => {
    const store = await sample();
    const writer = await openDataset(store, { mode: 'rw' });
    await expect(openDataset(store, { mode: 'rw' })).rejects.toMatchObject({
      code: 'read-only',
      data: { reason: 'locked' },
    });
    const reader = await openDataset(store);
    await expect(reader.append({} as never)).rejects.toMatchObject({ code: 'read-only', data: { reason: 'mode' } });
    await writer.close();
    await (await openDataset(store, { mode: 'rw' })).close();
    await expect(writer.append({} as never)).rejects.toMatchObject({ code: 'closed' });
  });

  it('reads one sample of a tensor with few requests', async () => {
    const ds = await openDataset(await sample());
    const { requests } = ds.stats;
    // graph, dataset meta and info, one meta for each visible tensor
    expect(requests).toBe(6);
    await ds.tensor('a').at(1);
    expect(ds.stats.requests - requests).toBe(3); // chunk index, chunk, info
    await ds.tensor('a').at(2);
    expect(ds.stats.requests - requests).toBe(3); // the sample came with the chunk's header
  });

  it('reads histories: the graph is rebuilt when its file is damaged or missing', async () => {
    const store = await sample();
    const damaged = await openDataset(changed(store, { 'version_control_info.json': (bytes) => bytes.slice(0, 20) }));
    expect(damaged.length).toBe(3);
    const missing = await openDataset(changed(store, { 'version_control_info.json': () => undefined }));
    expect(missing.branch).toBe('main');
  });
});

describe('damaged datasets', () => {
  const flip = (at: number, value: number) => (bytes: Uint8Array) => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const cases: [string, Record<string, (bytes: Uint8Array) => Uint8Array | undefined>, 'corrupt' | 'not-found'][] = [
    ['a missing chunk', { 'a/chunks/': () => undefined }, 'not-found'],
    ['a chunk that ends in its tables', { 'a/chunks/': (bytes) => bytes.slice(0, 20) }, 'corrupt'],
    ['a chunk that ends in its data', { 'a/chunks/': (bytes) => bytes.slice(0, -5) }, 'corrupt'],
    ['a chunk whose header lies about its rows', { 'a/chunks/': flip(10, 0x7f) }, 'corrupt'],
    ['a chunk whose header lies about the size of its samples', { 'a/chunks/': flip(31, 0xff) }, 'corrupt'],
    ['a truncated chunk index', { 'a/chunks_index': (bytes) => bytes.slice(0, 12) }, 'corrupt'],
    ['a missing chunk index', { 'a/chunks_index': () => undefined }, 'corrupt'],
    ['an empty chunk', { 'a/chunks/': () => new Uint8Array(0) }, 'corrupt'],
  ];
  for (const [what, changes, code] of cases) {
    it(`tell of ${what}, with tensor and key`, async () => {
      const ds = await openDataset(changed(await sample(), changes));
      const error = await ds
        .tensor('a')
        .at(2)
        .catch((caught: unknown) => caught);
      expect(isDatasetError(error)).toBe(true);
      expect(error).toMatchObject({ code, data: { tensor: 'a', key: expect.stringContaining('a/chunks') } });
      expect((await ds.tensor('g/t').at(2)) as string).toBe('row 3'); // the other tensors are usable
    });
  }

  it('do not open with damaged metadata', async () => {
    const store = await sample();
    await expect(
      openDataset(changed(store, { 'a/tensor_meta.json': () => utf8('{"length": "x"}') })),
    ).rejects.toMatchObject({ code: 'corrupt' });
    await expect(openDataset(changed(store, { 'a/tensor_meta.json': () => undefined }))).rejects.toMatchObject({
      code: 'not-found',
      data: { tensor: 'a' },
    });
  });
});

describe('summary', () => {
  it("prints Python's table", async () => {
    const ds = await openDataset(await sample());
    expect((await ds.summary()).split('\n').map((line) => line.trimEnd())).toEqual([
      "Dataset(path='memory://', read_only=True, tensors=['a', 'labels', 'g/t'])",
      '',
      ' tensor      htype      shape    dtype  compression',
      ' -------    -------    -------  -------  -------',
      '    a       generic    (3, 2)    int32    None',
      ' labels   class_label  (3, 1)   uint32    None',
      '   g/t       text      (3, 1)     str     None',
    ]);
  });
});
