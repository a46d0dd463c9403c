import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type CommonTensorOptions,
  createDataset,
  DatasetError,
  type InputOf,
  type NdArray,
  type NumericInput,
  type OutputOf,
  openDataset,
  registerHtype,
} from '../index.js';
import { memoryStore } from '../stores.js';

/** Rotations with their unit. */
interface Turn extends NdArray<'float32'> {
  readonly unit: 'radians' | 'degrees';
}

// What a module outside does with `declare module 'lakelet'`.
declare module '../index.js' {
  interface HtypeMap<O> {
    test_quaternion: { in: NumericInput; out: NdArray<'float32'> };
    test_turn: { in: number | readonly number[]; out: Turn };
  }
  interface HtypeOptions {
    test_quaternion: CommonTensorOptions;
    test_turn: CommonTensorOptions & { readonly unit?: 'radians' | 'degrees' };
  }
}

registerHtype({
  htype: 'test_quaternion',
  dtype: 'float32',
  checkShape(shape) {
    const [expected, got] = ['four numbers', `shape (${shape})`];
    if (shape.join() === '4') return;
    throw new DatasetError('sample-mismatch', `Pass ${expected}, not ${got}.`, { expected, got });
  },
});

registerHtype({
  htype: 'test_turn',
  dtype: 'float32',
  metaFields: { unit: null, _info: ['unit'] },
  initialInfo({ unit = 'radians', ...others }) {
    if (Object.keys(others).length > 0 || (unit !== 'radians' && unit !== 'degrees'))
      throw new TypeError('A turn has the option "unit": "radians" or "degrees".');
    return { unit };
  },
  async output(sample, { info }) {
    return { ...(await sample.array()), unit: info.unit };
  },
});

describe('an htype from outside', () => {
  it('is created, written and read like the others', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, { pose: { htype: 'test_quaternion' } }, { autoFlush: false });
    await ds.append({ pose: [1, 0, 0, 0] });
    await expect(ds.append({ pose: [1, 0, 0] })).rejects.toMatchObject({
      code: 'sample-mismatch',
      message: 'Tensor "pose", row 1: Pass four numbers, not shape (3).',
    });
    const turns = await ds.createTensor('turns', { htype: 'test_turn', unit: 'degrees', sampleCompression: 'lz4' });
    await turns.extend([90, [180, 270]]);
    expectTypeOf(turns.toArray).returns.resolves.toEqualTypeOf<Turn[]>();
    await ds.close();

    const again = await openDataset(store, { schema: { pose: { htype: 'test_quaternion' } } });
    expect((await again.at(0)).pose).toEqual({ dtype: 'float32', shape: [4], data: new Float32Array([1, 0, 0, 0]) });
    const untyped = (await openDataset(store)).tensor('turns');
    if (untyped.htype !== 'test_turn') throw new Error(untyped.htype);
    const turn = await untyped.at(1);
    expect({ ...turn, data: [...turn.data] }).toMatchObject({ shape: [2], data: [180, 270], unit: 'degrees' });
    expect(JSON.parse(new TextDecoder().decode(await store.get('turns/tensor_meta.json')))).toMatchObject({
      htype: 'test_turn',
      dtype: 'float32',
      unit: null,
      _info: ['unit'],
    });
  });

  it('works in sequences', async () => {
    const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
    const walk = await ds.createTensor('walk', { htype: 'sequence[test_quaternion]' });
    await walk.append([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
    expect(walk.shape).toEqual([1, 2, 4]);
    await expect(walk.append([[1]])).rejects.toMatchObject({ code: 'sample-mismatch' });
  });

  it('has types by declaration merging', async () => {
    expectTypeOf<InputOf<{ htype: 'test_turn' }>>().toEqualTypeOf<number | readonly number[]>();
    expectTypeOf<OutputOf<{ htype: 'sequence[test_turn]' }>>().toEqualTypeOf<readonly Turn[]>();
    const ds = await createDataset(memoryStore(), {}, { autoFlush: false });
    // @ts-expect-error not an option of this htype
    await expect(ds.createTensor('a', { htype: 'test_turn', classNames: ['a'] })).rejects.toThrow('"unit"');
    // @ts-expect-error not one of the units
    await expect(ds.createTensor('b', { htype: 'test_turn', unit: 'turns' })).rejects.toThrow('"degrees"');
  });
});

describe('registerHtype', () => {
  it('refuses names that are taken or impossible', () => {
    for (const htype of ['image', 'test_turn']) expect(() => registerHtype({ htype, dtype: null })).toThrow(/already/);
    for (const htype of ['', 'sequence', 'link', 'a[b]', 'Turn', 'with space', '__proto__', 5 as never])
      expect(() => registerHtype({ htype, dtype: null })).toThrow(/small letters/);
    expect(() => registerHtype({ htype: 'fresh', dtype: undefined as never })).toThrow(/needs a dtype/);
  });

  it('is the only way to make an htype known', async () => {
    const store = memoryStore();
    await (await createDataset(store, { pose: { htype: 'test_quaternion' } }, { autoFlush: false })).close();
    const key = 'pose/tensor_meta.json';
    const meta = new TextDecoder().decode(await store.get(key)).replaceAll('test_quaternion', 'unheard_of');
    await store.write?.([{ key, bytes: new TextEncoder().encode(meta) }]);
    const ds = await openDataset(store);
    await expect(ds.tensor('pose').toArray()).rejects.toMatchObject({ code: 'unsupported', data: { tensor: 'pose' } });
    const writer = await openDataset(store, { mode: 'rw' });
    await expect(writer.append({ pose: [1, 2, 3, 4] })).rejects.toThrow(/unheard_of.*registerHtype/s);
  });
});
