import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDataset, openDataset, text } from '../index.js';
import { folderStore } from '../node.js';
import { checkFormat } from './check-format.contract.js';

test('a folder is locked while a branch that is not open is committed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
  try {
    const ds = await createDataset(folderStore(join(folder, 'ds')), { n: text() }, { autoFlush: false });
    await ds.append({ n: 'a' });
    await ds.checkout('side', { create: true });
    await ds.append({ n: 'b' });
    await ds.checkout('main');
    const other = await openDataset(folderStore(join(folder, 'ds')), { at: 'side', mode: 'rw' });
    await expect(ds.merge('side')).rejects.toMatchObject({ code: 'read-only', data: { reason: 'locked' } });
    await other.close();
    expect(await ds.merge('side')).toMatchObject({ added: 1 });
    await ds.checkout('side');
    await ds.append({ n: 'c' });
    await ds.close();
    await checkFormat(folderStore(join(folder, 'ds')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);

test('a folder stays locked while a commit is looked at, and is released at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
  try {
    const at = () => folderStore(join(folder, 'ds'));
    const ds = await createDataset(at(), { n: text() });
    await ds.append({ n: 'a' });
    const first = await ds.commit('one');
    await ds.append({ n: 'b' });
    await ds.checkout(first);
    expect(ds.length).toBe(1);
    await expect(openDataset(at(), { mode: 'rw' })).rejects.toMatchObject({ data: { reason: 'locked' } });
    await ds.checkout('main');
    expect(ds.length).toBe(2);
    await ds.append({ n: 'c' });
    await ds.checkout(first);
    await ds.checkout('side', { create: true });
    await ds.append({ n: 'd' });
    const other = await openDataset(at(), { mode: 'rw' }); // main is free now
    await other.close();
    await ds.close();
    const again = await openDataset(at(), { mode: 'rw', at: 'side' });
    expect(await again.tensor('n').toArray()).toEqual(['a', 'd']);
    await again.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);
