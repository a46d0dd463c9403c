import fc from 'fast-check';
import { expect } from 'vitest';
import { classLabel, createDataset, type Dataset, generic, openDataset, sequence, text } from '../index.js';
import { verify } from '../repair.js';
import type { Store, WritableStore } from '../store/types.js';
import { type Bytes, equalBytes } from '../util/bytes.js';

/** Bytes of all keys of a dataset, without what is kept for undoing, and locks. */
export async function stateOf(store: Store): Promise<Map<string, Bytes>> {
  const state = new Map<string, Bytes>();
  for await (const key of store.list?.('') ?? []) {
    if (key.startsWith('.lakelet/') || key.endsWith('.lock')) continue;
    state.set(key, (await store.get(key)) ?? new Uint8Array());
  }
  return state;
}

/** Keys that two states hold different bytes of. */
function differences(a: ReadonlyMap<string, Bytes>, b: ReadonlyMap<string, Bytes>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => {
    const [one, other] = [a.get(key), b.get(key)];
    return !one || !other || !equalBytes(one, other);
  });
}

/** Asserts that a store holds what it held. */
export async function expectState(store: Store, state: ReadonlyMap<string, Bytes> | undefined): Promise<void> {
  expect(differences(await stateOf(store), state ?? new Map())).toEqual([]);
}

/** Keys of what is kept for undoing. */
export function undoKeys(store: Store): Promise<string[]> {
  return keysUnder(store, '.lakelet/');
}

async function keysUnder(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list?.(prefix) ?? []) keys.push(key);
  return keys;
}

// Chunks of 40 to 60 bytes, so that a few samples fill several.
const small = { maxChunkSize: 100 } as const;
const schema = {
  labels: classLabel(undefined, small),
  packed: generic({ dtype: 'int16', sampleCompression: 'lz4', ...small }),
  chunked: generic({ dtype: 'uint8', chunkCompression: 'lz4', ...small }),
  big: generic({ dtype: 'uint8', tilingThreshold: 40, ...small }),
  words: text(small),
  seqs: sequence(generic({ dtype: 'uint8', ...small })),
};
type Name = keyof typeof schema;
const names = Object.keys(schema) as Name[];
const bytes = fc.array(fc.nat(255), { minLength: 1, maxLength: 30 });
const row = fc.record({
  labels: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }),
  packed: bytes,
  chunked: bytes,
  big: fc.array(fc.nat(255), { minLength: 1, maxLength: 120 }),
  words: fc.string({ maxLength: 30 }),
  seqs: fc.array(bytes, { maxLength: 4 }),
});
const rows = fc.array(row, { minLength: 1, maxLength: 5 });
const at = fc.nat();
const edit = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('extend' as const), rows }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pop' as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('insert' as const), at, rows }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), at, name: fc.constantFrom(...names), row }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('region' as const), at, value: fc.nat(255) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update' as const), at, row }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('info' as const), at, name: fc.constantFrom(...names) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('create' as const, 'delete' as const, 'rename' as const, 'creds' as const),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'rechunk' as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** Arbitrary walks of edits, groups of them, undoing, redoing and opening again. */
export const undoWalks = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), edit }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('group' as const), edits: fc.array(edit, { maxLength: 4 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('undo' as const), times: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('redo' as const), times: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('reopen' as const, 'kill' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('commit' as const) }) },
  ),
  { minLength: 6, maxLength: 20 },
);
type Walk = typeof undoWalks extends fc.Arbitrary<(infer T)[]> ? T : never;

/** Where a walk takes place. */
export interface UndoPlace {
  /** Opens the store, as each page does anew. */
  open(): WritableStore;
  /** Whether a page can be left without closing, its lock being gone. */
  readonly canDie: boolean;
}

/** Makes one edit; those for which there is nothing are left out. */
async function change(ds: Dataset, one: Edit): Promise<void> {
  const extra = ds.tensors.filter((name) => !(names as string[]).includes(name));
  const { length } = ds;
  const full = (cells: object) => ({ ...Object.fromEntries(extra.map((name) => [name, null])), ...cells });
  if (one.do === 'flush') return ds.flush();
  if (one.do === 'extend') return void (await ds.extend(one.rows.map(full)));
  if (one.do === 'insert') return ds.insert(one.at % (length + 1), one.rows.map(full));
  const tensor = extra[one.at % Math.max(1, extra.length)];
  if (one.do === 'info') return ds.tensor(one.name).info.update({ [`k${one.at % 3}`]: one.at });
  if (one.do === 'creds') return ds.addCredsKey(`KEY_${(await ds.credsKeys()).length}`);
  if (one.do === 'rechunk') return ds.rechunk();
  if (one.do === 'clear') return void (await Promise.all(ds.tensors.map((name) => ds.tensor(name).clear())));
  if (one.do === 'delete' && tensor !== undefined) return ds.deleteTensor(tensor);
  if (one.do === 'rename' && tensor !== undefined) return ds.renameTensor(tensor, fresh(ds, tensor));
  if (one.do === 'create') {
    const created = await ds.createTensor(fresh(ds, one.at % 2 ? 'g/x' : 'x'), { htype: 'generic', dtype: 'uint8' });
    if (length > 0) await created.extend(Array.from({ length }, () => null));
    return;
  }
  if (length === 0) return;
  const index = one.at % length;
  if (one.do === 'pop') return ds.pop(index);
  if (one.do === 'set') return ds.update(index, { [one.name]: one.row[one.name] });
  if (one.do === 'update') return ds.update(index, one.row);
  if (one.do === 'region') return ds.tensor('big').setRegion(index, [[0, 1]], [one.value]);
}

/** A name in the group of another one that nothing has. */
function fresh(ds: Dataset, like: string): string {
  const group = like.slice(0, like.lastIndexOf('/') + 1);
  for (let n = 0; ; n++) if (!ds.tensors.includes(`${group}x${n}`)) return `${group}x${n}`;
}

/** Walks, comparing the bytes of all files with those of each earlier step, and what handles read with what is stored. */
export async function walkUndo(place: UndoPlace, walk: readonly Walk[]): Promise<void> {
  let ds = (await createDataset(place.open(), schema, { autoFlush: false })) as unknown as Dataset;
  let undo = await ds.undoStack();
  let states = [await stateOf(ds.store)];
  let position = 0;
  /** Takes note of a step, where one was made. */
  const note = async (): Promise<void> => {
    const state = await stateOf(ds.store);
    const isSame = differences(state, states[position] ?? new Map()).length === 0;
    const made = undo.done.length - position;
    expect(made === 1 || (made === 0 && isSame)).toBe(true); // a group may have changed something and back
    if (made === 0) return;
    states = [...states.slice(0, ++position), state];
    expect(undo.undone).toEqual([]);
  };
  const isBack = async (): Promise<void> => {
    await expectState(ds.store, states[position]);
    expect([undo.done.length, undo.undone.length]).toEqual([position, states.length - 1 - position]);
    const stored = await openDataset(ds.store);
    expect([stored.tensors, stored.groups]).toEqual([ds.tensors, ds.groups]);
    for (const name of ds.tensors)
      expect(JSON.stringify(await ds.tensor(name).toArray())).toBe(JSON.stringify(await stored.tensor(name).toArray()));
    await stored.close();
  };
  for (const one of walk) {
    if (one.do === 'edit') {
      if ('at' in one.edit) await ds.flush(); // many of these are stored at once, after what was pending
      await note();
      await change(ds, one.edit);
      await note();
    } else if (one.do === 'group') {
      await ds.flush();
      await note();
      await undo.group('group', async () => {
        for (const each of one.edits) await change(ds, each);
      });
      await note();
    } else if (one.do === 'undo' || one.do === 'redo') {
      await ds.flush();
      await note();
      for (let n = 0; n < one.times; n++) {
        const to = position + (one.do === 'undo' ? -1 : 1);
        const step = await undo[one.do]();
        expect(step === undefined).toBe(states[to] === undefined);
        if (step) position = to;
        await isBack();
      }
    } else if (one.do === 'commit') {
      if (!(await ds.hasChanges())) continue;
      await ds.commit();
      states = [await stateOf(ds.store)];
      position = 0;
      expect(await undoKeys(ds.store)).toEqual([]);
    } else {
      if (one.do === 'reopen' || !place.canDie) {
        await ds.flush();
        await note();
        await ds.close();
      }
      const store = place.open();
      const locks = (await keysUnder(store, '')).filter((key) => key.endsWith('.lock'));
      await store.write(locks.map((key) => ({ key, bytes: null }))); // those of the page that is gone
      ds = await openDataset(store, { mode: 'rw', autoFlush: false });
      undo = await ds.undoStack();
      expect(undo.damage).toBeUndefined();
      await isBack();
    }
  }
  await ds.close();
  const { findings } = await verify(place.open(), { deep: true });
  expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
}
