import { describe, expect, it } from 'vitest';
import { classLabel, createDataset, generic, image, json, openDataset, sequence, text } from '../index.js';
import { memoryStore } from '../stores.js';

const noFlush = { autoFlush: false } as const;
const schema = {
  ints: sequence(generic({ dtype: 'int32', maxChunkSize: 64 })),
  labels: sequence(classLabel()),
  words: sequence(text()),
  packed: sequence(generic({ dtype: 'int16', sampleCompression: 'lz4' })),
  notes: sequence(json()),
};
const rows = [
  { ints: [1, 2, 3], labels: ['a', ['b', 'a']], words: ['x', ''], packed: [[1, 2], [3]], notes: [{ a: 1 }] },
  { ints: [], labels: null, words: [], packed: [], notes: [] },
  { ints: [[4, 5][0] ?? 0, null], labels: [0], words: ['ü'], packed: [[7]], notes: [[1], 'two', null] },
];

/** The values of a read, for comparison. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('names' in value) return value.names;
  return 'data' in value && ArrayBuffer.isView(value.data) ? [...(value.data as Int32Array)] : value;
};

describe('sequences', () => {
  it('are written and read as wholes and item by item', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, schema, noFlush);
    await ds.extend(rows);
    const check = async (from: typeof ds): Promise<void> => {
      expect(from.length).toBe(3);
      expect(plain(await from.tensor('ints').toArray())).toEqual([[[1], [2], [3]], [], [[4], []]]);
      expect(plain(await from.tensor('labels').toArray())).toEqual([[['a'], ['b', 'a']], [], [['a']]]);
      expect(plain(await from.tensor('words').toArray())).toEqual([['x', ''], [], ['ü']]);
      expect(plain(await from.tensor('packed').toArray())).toEqual([[[1, 2], [3]], [], [[7]]]);
      expect(plain(await from.tensor('notes').toArray())).toEqual([[{ a: 1 }], [], [[1], 'two', {}]]);
      expect(plain(await from.tensor('ints').at(0, 1))).toEqual([2]);
      expect(plain(await from.tensor('words').at(-1, -1))).toBe('ü');
      await expect(from.tensor('words').at(1, 0)).rejects.toThrow('has 0 items');
      expect(from.tensor('ints').shape).toEqual([3, null, null]);
      const walked: unknown[] = [];
      for await (const { words } of from) walked.push(words);
      expect(walked).toEqual([['x', ''], [], ['ü']]);
    };
    await check(ds);
    await ds.close();
    const again = await openDataset(store, { schema, mode: 'rw', autoFlush: false });
    await check(again);
    await again.append({ ints: [9], labels: ['c'], words: ['z'], packed: [], notes: [{}] });
    expect(plain(await again.at(3))).toMatchObject({});
    expect(plain(await again.tensor('ints').at(3))).toEqual([[9]]);
    const meta = (key: string) => JSON.parse(new TextDecoder().decode(store.get(key) as Uint8Array));
    await again.close();
    expect(meta('ints/tensor_meta.json')).toMatchObject({ is_sequence: true, length: 6, htype: 'generic' });
    expect(meta('_ints_id/tensor_meta.json')).toMatchObject({ length: 4 });
    expect(meta('_ints_shape/tensor_meta.json')).toMatchObject({ length: 6 });
  });

  it('are replaced by sequences of the same or another length', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, schema, noFlush);
    await ds.extend(rows);
    await ds.flush();
    await ds.tensor('ints').set(0, [7, [8, 9], 10]);
    await ds.tensor('words').set(2, ['longer than before']);
    await ds.tensor('packed').set(0, [[5]]);
    await ds.tensor('packed').set(1, [[6], [7, 8]]);
    await ds.tensor('ints').set(0, 1, 11);
    await expect(ds.tensor('ints').set(0, 3, 11)).rejects.toThrow('has 3 samples; there is none at 3');
    await expect(ds.tensor('packed').set(0, [[1], [[2]]] as never)).rejects.toMatchObject({
      code: 'sample-mismatch',
      data: { tensor: 'packed', index: 0 },
    });
    await ds.close();
    const again = await openDataset(store, { schema });
    expect(plain(await again.tensor('ints').toArray())).toEqual([[[7], [11], [10]], [], [[4], []]]);
    expect(plain(await again.tensor('packed').toArray())).toEqual([[[5]], [[6], [7, 8]], [[7]]]);
    expect((await again.loadTensor('_packed_shape')).length).toBe(4);
    expect((await again.loadTensor('_packed_id')).length).toBe(3);
    expect(await again.tensor('words').at(2)).toEqual(['longer than before']);
  });

  it('take their type from the first items', async () => {
    const ds = await createDataset(memoryStore(), {}, noFlush);
    const tensor = await ds.createTensor('seq', { htype: 'sequence[generic]' });
    await tensor.append([1, 2, 3]);
    await tensor.append([4, 5, 6]);
    expect(tensor.dtype).toBe('int64');
    expect(tensor.htype).toBe('sequence[generic]');
    expect(tensor.shape).toEqual([2, 3, 1]);
    await expect(tensor.append([[1], [[2]]])).rejects.toMatchObject({ code: 'sample-mismatch' });
    await expect(tensor.append(5 as never)).rejects.toMatchObject({ code: 'sample-mismatch' });
    expect(tensor.length).toBe(2);
    const rowsOf = { data: new Float64Array([1, 2, 3, 4]), shape: [2, 2] };
    await tensor.append(rowsOf as never);
    expect(plain(await tensor.at(2))).toEqual([
      [1n, 2n],
      [3n, 4n],
    ]);
    await expect(ds.createTensor('bad', { htype: 'sequence[sequence[text]]' } as never)).rejects.toThrow(TypeError);
  });

  it('of images keep files', async () => {
    const ds = await createDataset(memoryStore(), { frames: sequence(image({ sampleCompression: 'png' })) }, noFlush);
    await ds.append({
      frames: [{ data: new Uint8Array(12), shape: [2, 2, 3] }, null, { data: new Uint8Array(4), shape: [2, 2] }],
    });
    const [frames] = await ds.tensor('frames').toArray();
    expect(frames?.map(({ shape }) => shape)).toEqual([
      [2, 2, 3],
      [0, 0, 0],
      [2, 2, 1],
    ]);
    expect((await (await ds.tensor('frames').at(0, 2)).array()).data.length).toBe(4);
    await ds.close();
  });
});
