/** Merges that Deep Lake 3.9.52 made, made again from the same states: the rows have to be the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { openDataset, type Tensor } from '../index.js';
import type { WritableStore } from '../store/types.js';
import { zipStore } from '../store/zip-read.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';
import type { MergeOptions } from './merge.js';

async function copyOf(name: string, to: WritableStore): Promise<void> {
  const zip = new Blob([readFileSync(new URL(`../../e2e/fixtures/golden/${name}.zip`, import.meta.url))]);
  const from = await zipStore(zip);
  for await (const key of from.list?.('') ?? []) {
    const bytes = await from.get(key);
    if (bytes && !key.endsWith('.lock')) await to.write([{ key, bytes: bytes.slice() }]);
  }
}

/** Ids and samples of every tensor, by name. */
async function rowsOf(store: WritableStore, at: string): Promise<Record<string, unknown>> {
  const ds = await openDataset(store, { at });
  const rows: Record<string, unknown> = {};
  for (const name of ds.tensors) {
    const ids = await (await ds.loadTensor(`_${name}_id`)).toArray();
    rows[name] = {
      ids: ids.map((one) => String((one as { data: BigUint64Array }).data[0])),
      samples: await Promise.all(
        (await ds.tensor(name).toArray()).map(async (one) => {
          const sample = one as { array?: () => Promise<{ data: ArrayLike<number> }>; data?: ArrayLike<number> };
          const data = (await sample.array?.())?.data ?? sample.data;
          return data ? Array.from(data) : one;
        }),
      ),
      info: await ds.tensor(name).info.get(),
    };
  }
  await ds.close();
  return rows;
}

interface Case {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  readonly result: string;
  readonly options?: MergeOptions;
  readonly done: object;
}

const cases: readonly Case[] = [
  {
    name: 'versions',
    ours: '3d384b4ec495f8cd75f84117709f50acccf35527',
    theirs: 'fe1d478ca0f2a35bfcec564425c3647fc460b48d',
    result: '8f53503da27a76b62cf8d1246513d0a7a09308b3',
    done: { added: 1, updated: 1, conflicts: [], tensors: { created: ['dev_only'], deleted: [] } },
  },
  {
    name: 'versions_conflict',
    ours: '01ef3da441ab49e83e0093ba554bd0e5287479d5',
    theirs: '8dcfecb82e4404bb1315384ff1fff6a672d1e934',
    result: '665094bc3d3d42101a192da8dfc98bde758bbb3d',
    options: { onConflict: 'theirs', deleteRemovedTensors: true },
    done: { added: 1, updated: 2, tensors: { created: [], deleted: ['gone'] } },
  },
  {
    name: 'versions_conflict',
    ours: '84f47b95cbde4bde20b6e9634aaced175d94d50f',
    theirs: 'd62fcdece9e07941ba2129d76afca8db27c1362f',
    result: '528701f9d06808ddc206c8ebb5127a7726286cb4',
    options: { onConflict: 'ours' },
    done: { added: 0, updated: 0, tensors: { created: [], deleted: [] } },
  },
];

vi.setConfig({ testTimeout: 30_000 }); // with a checker of the format

describe.each(cases)('$name: $theirs into $ours', ({ name, ours, theirs, result, options, done }) => {
  test('gives the rows that Deep Lake gave', async () => {
    const store = memoryStore();
    await copyOf(name, store);
    const ds = await openDataset(store, { mode: 'rw', autoFlush: false });
    await ds.checkout(ours);
    await ds.checkout('again', { create: true });
    expect(await ds.merge(theirs, options)).toMatchObject(done);
    expect((await ds.log())[0]?.message).toBe(`Merge ${theirs} into again`);
    expect(await ds.hasChanges()).toBe(false);
    await ds.close();
    expect(await rowsOf(store, 'again')).toEqual(await rowsOf(store, result));
    await checkFormat(store);
  });
});

describe('rows that were deleted', () => {
  const ids = async (store: WritableStore, at: string, name: string) =>
    ((await rowsOf(store, at))[name] as { ids: string[] }).ids;

  test('do not come back, not even of earlier commits', async () => {
    const store = memoryStore();
    await copyOf('versions_conflict', store);
    const ds = await openDataset(store, { mode: 'rw', at: 'b2' });
    const before = await ids(store, 'b2', 'a');
    const main = '84f47b95cbde4bde20b6e9634aaced175d94d50f'; // still has the first row
    expect(await ds.merge(main, { onConflict: 'theirs' })).toMatchObject({ added: 0, updated: 1 });
    expect(await ids(store, 'b2', 'a')).toEqual(before);
    await ds.close();
    await checkFormat(store);
  });

  test('come back as whole rows when the other side has changed them', async () => {
    const store = memoryStore();
    await copyOf('versions', store);
    const branch = 'auto_5c67b98c3706cfe9ed3745f742c67297db29b449';
    const ds = await openDataset(store, { mode: 'rw', at: branch });
    await (ds.tensor('a') as unknown as Tensor).set(1, [555]);
    await ds.checkout('main');
    const names = ['a', 'img', 'lab', 'text2'];
    const before = await rowsOf(store, 'main');
    expect(await ds.merge(branch)).toMatchObject({ added: 2, updated: 0, tensors: { created: [] } });
    const [after, theirs] = [await rowsOf(store, 'main'), await rowsOf(store, branch)];
    for (const name of names) {
      const old = (before[name] as { ids: string[] }).ids;
      const their = (theirs[name === 'text2' ? 'txt' : name] as { ids: string[] }).ids;
      expect((after[name] as { ids: string[] }).ids).toEqual([...old, their[1], their[4]]);
    }
    await ds.close();
    await checkFormat(store);
  });
});

test('names that the other side has changed are taken over, with the rows', async () => {
  const store = memoryStore();
  await copyOf('versions', store);
  const ds = await openDataset(store, { mode: 'rw', at: 'auto_5c67b98c3706cfe9ed3745f742c67297db29b449' });
  const done = await ds.merge('main');
  expect(done).toMatchObject({ tensors: { created: ['dev_only', 'late'], deleted: [] }, conflicts: [] });
  expect([...ds.tensors].sort()).toEqual(['a', 'dev_only', 'img', 'lab', 'late', 'text2']);
  expect((await ds.diff('81b6346a415fc991ed6f09f8a0e982f7e808a785')).right[1]?.renamed).toEqual({ txt: 'text2' });
  expect(await (ds.tensor('text2') as unknown as Tensor).toArray()).toEqual([
    ...['a', 'b', 'changed', 'd', 'from old'],
    ...['main row', 'dev row'],
  ]);
  await (ds.tensor('text2') as unknown as Tensor).append('more');
  await ds.close();
  await checkFormat(store);
});

describe('a merge that Deep Lake made', () => {
  test('is known: the same commit has nothing more to give', async () => {
    const store = memoryStore();
    await copyOf('versions', store);
    const ds = await openDataset(store, { mode: 'rw' });
    await ds.checkout('81b6346a415fc991ed6f09f8a0e982f7e808a785');
    await ds.checkout('later', { create: true });
    expect(await ds.merge('dev')).toMatchObject({ commit: undefined, added: 0 });
    await ds.close();
  });

  test('conflicts are listed, and nothing changes', async () => {
    const store = memoryStore();
    await copyOf('versions_conflict', store);
    const ds = await openDataset(store, { mode: 'rw' });
    await ds.checkout('01ef3da441ab49e83e0093ba554bd0e5287479d5');
    await ds.checkout('again', { create: true });
    await expect(ds.merge('b1')).rejects.toMatchObject({
      code: 'history',
      data: { reason: 'conflict', conflicts: [{ tensor: 'a', ours: 2, theirs: 2 }] },
    });
    expect([await ds.hasChanges(), ds.tensor('a').length]).toEqual([false, 21]);
    await ds.close();
  });
});
