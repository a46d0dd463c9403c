import * as nodeFs from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isDatasetError } from '../errors.js';
import type { FolderFs } from './folder.js';
import { folderStore, journalName, stagingName } from './folder.js';
import { keysOf, snapshot, storeContract, sumOf, testBytes } from './store.contract.js';
import type { Put } from './types.js';

const made: string[] = [];

async function freshFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lakelet-folder-'));
  made.push(path);
  return path;
}

afterAll(async () => {
  for (const path of made) await rm(path, { recursive: true, force: true });
});

storeContract('folder', async () => folderStore(await freshFolder()), { list: true, write: true });

const before: readonly Put[] = [
  { key: 'dataset_meta.json', bytes: testBytes(20, 1) },
  { key: 'images/chunks/1', bytes: testBytes(3000, 2) },
  { key: 'images/chunks/2', bytes: testBytes(3000, 3) },
  { key: 'old/only/file', bytes: testBytes(5, 4) },
];

const changes: readonly Put[] = [
  { key: 'images/chunks/3', bytes: [testBytes(2000, 5), testBytes(2000, 6)] },
  { key: 'labels/chunks/1', bytes: testBytes(100, 7) },
  { key: 'images/chunks/1', bytes: testBytes(3500, 8) },
  { key: 'dataset_meta.json', bytes: testBytes(30, 9) },
  { key: 'images/chunks/2', bytes: null },
  { key: 'old/only/file', bytes: null },
];

/** File system calls of a process that dies at step `last`: that step is not done (a write half), nor any later one. */
function dyingFs(last: number): { readonly fs: FolderFs; readonly steps: () => number } {
  let steps = 0;
  const step = async <T>(work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> => {
    if (steps === last && half) await half();
    if (steps++ >= last) throw new Error('process died');
    return work();
  };
  const open = async (...args: Parameters<typeof nodeFs.open>) => {
    const file = await step(() => nodeFs.open(...args));
    return new Proxy(file, {
      get(target, name) {
        if (name === 'writeFile') {
          return (bytes: Uint8Array) =>
            step(
              () => target.writeFile(bytes),
              () => target.writeFile(bytes.subarray(0, bytes.length >> 1)),
            );
        }
        if (name === 'sync') return () => step(() => target.sync());
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const names = ['mkdir', 'readdir', 'readFile', 'rename', 'rm', 'rmdir', 'stat'] as const;
  const dying = names.map((name) => {
    const call = Reflect.get(nodeFs, name) as (...args: unknown[]) => Promise<unknown>;
    return [name, (...args: unknown[]) => step(() => call(...args))] as const;
  });
  return { fs: { ...Object.fromEntries(dying), open } as unknown as FolderFs, steps: () => steps };
}

async function filled(): Promise<string> {
  const path = await freshFolder();
  await folderStore(path).write(before);
  return path;
}

async function expectClean(path: string): Promise<void> {
  const files = await readdir(path, { recursive: true });
  expect(files.filter((name) => name.includes('.lakelet'))).toEqual([]);
}

describe('folderStore and crashes', () => {
  it('has all of a write or nothing of it, whenever the process dies', async () => {
    const path = await filled();
    const oldState = await snapshot(folderStore(path));
    await folderStore(path).write(changes);
    const newState = await snapshot(folderStore(path));
    const seen = new Set<string>();
    let finished = false;
    for (let last = 0; !finished; last++) {
      const here = await filled();
      const dying = dyingFs(last);
      finished = await folderStore(here, { fs: dying.fs })
        .write(changes)
        .then(
          () => true,
          () => false,
        );
      const left = await snapshot(folderStore(here));
      const isNew = left.has('labels/chunks/1');
      seen.add(isNew ? 'new' : 'old');
      expect(left, `read after ${last} steps`).toEqual(isNew ? newState : oldState);
      if (finished) expect(isNew).toBe(true);
      // The recovery itself may die, too.
      if (last % 3 === 0) {
        for (let again = 0; again < 12; again += 2) {
          await folderStore(here, { fs: dyingFs(again).fs })
            .write([])
            .catch(() => {});
          expect(await snapshot(folderStore(here)), `read after ${last} and ${again} steps`).toEqual(left);
        }
      }
      const next = folderStore(here);
      await next.write([]);
      expect(await snapshot(next), `recovered after ${last} steps`).toEqual(left);
      await expectClean(here);
    }
    expect([...seen].sort()).toEqual(['new', 'old']);
  });

  it('goes on after a write that failed, in the same store', async () => {
    const path = await filled();
    let fail = true;
    const store = folderStore(path, {
      fs: {
        ...nodeFs,
        rename: async (from, to) => {
          if (fail && String(to).endsWith('labels/chunks/1'))
            throw Object.assign(new Error('full'), { code: 'ENOSPC' });
          return nodeFs.rename(from, to);
        },
      },
    });
    await expect(store.write(changes)).rejects.toMatchObject({ code: 'storage', data: { reason: 'quota' } });
    expect(sumOf(await store.get('dataset_meta.json'))).toBe(sumOf(testBytes(30, 9))); // the journal was complete
    fail = false;
    await store.write([{ key: 'more', bytes: testBytes(1) }]);
    await expectClean(path);
    expect(await keysOf(store, '')).toEqual([
      'dataset_meta.json',
      'images/chunks/1',
      'images/chunks/3',
      'labels/chunks/1',
      'more',
    ]);
  });

  it('refuses a journal that is none, and names the file', async () => {
    const path = await filled();
    for (const text of [
      '{"version": 1, "chan',
      '{"version":1,"changes":[["../x",null]]}',
      '{"version":1,"changes":[["a","../b"]]}',
    ]) {
      await writeFile(join(path, journalName), text);
      const error = await snapshot(folderStore(path)).catch((caught: unknown) => caught);
      expect(isDatasetError(error, 'corrupt') && error.message).toContain(journalName);
    }
  });

  it('drops staged files of a write that never was', async () => {
    const path = await filled();
    await mkdir(join(path, stagingName));
    await writeFile(join(path, stagingName, '0-abc'), 'half');
    const store = folderStore(path);
    expect(await keysOf(store, '.')).toEqual([]);
    expect(await store.get(`${stagingName}/0-abc`)).toBeUndefined();
    await store.write([]);
    await expectClean(path);
  });
});

describe('folderStore', () => {
  it('removes folders that became empty, and no others', async () => {
    const path = await filled();
    await folderStore(path).write([
      { key: 'old/only/file', bytes: null },
      { key: 'images/chunks/1', bytes: null },
    ]);
    expect((await readdir(path)).sort()).toEqual(['dataset_meta.json', 'images']);
  });

  it('writes plain files that others can read', async () => {
    const path = await filled();
    expect(sumOf(new Uint8Array(await readFile(join(path, 'images', 'chunks', '1'))))).toBe(sumOf(testBytes(3000, 2)));
  });

  it('fails before it changes anything when a file stands where a folder is needed, or the other way round', async () => {
    const path = await filled();
    const store = folderStore(path);
    const state = await snapshot(store);
    for (const key of ['dataset_meta.json/x', 'images/chunks']) {
      const puts = [
        { key: 'aa', bytes: testBytes(1) },
        { key, bytes: testBytes(1) },
      ];
      await expect(store.write(puts)).rejects.toMatchObject({ code: 'storage' });
      expect(await snapshot(store)).toEqual(state);
    }
    await store.write([{ key: 'images/chunks', bytes: null }]); // no such key: nothing to delete
    expect(await snapshot(store)).toEqual(state);
  });

  it('keeps the names of its journal to itself', async () => {
    const store = folderStore(await filled());
    for (const key of [journalName, stagingName, `${stagingName}/x`]) {
      await expect(store.write([{ key, bytes: testBytes(1) }])).rejects.toThrow(RangeError);
    }
  });

  it('reads a folder that does not exist as empty, and does not make it', async () => {
    const path = join(await freshFolder(), 'none');
    const store = folderStore(path);
    expect(await store.get('a')).toBeUndefined();
    expect(await keysOf(store, '')).toEqual([]);
    await expect(readdir(path)).rejects.toThrow('ENOENT');
  });

  it('stops a write that is aborted before it is complete', async () => {
    const path = await filled();
    const state = await snapshot(folderStore(path));
    const controller = new AbortController();
    const store = folderStore(path, {
      fs: {
        ...nodeFs,
        open: async (...args) => {
          if (String(args[0]).endsWith('journal')) controller.abort('enough');
          return nodeFs.open(...args);
        },
      },
    });
    await expect(store.write(changes, { signal: controller.signal })).rejects.toBe('enough');
    expect(await snapshot(store)).toEqual(state);
  });
});
