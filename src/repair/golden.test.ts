import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { verify } from '../repair.js';
import { zipStore } from '../stores.js';

const folder = new URL('../../e2e/fixtures/golden/', import.meta.url);
const names = readdirSync(folder).flatMap((file) => (/^(?!assets).*\.zip$/.test(file) ? file.slice(0, -4) : []));
const open = async (name: string) =>
  zipStore(new Blob([new Uint8Array(await readFile(new URL(`${name}.zip`, folder)))]));

// Habits of Deep Lake 3.9.52 that are worth a word, by dataset. Files without an entry have no warnings.
const warnings: Readonly<Record<string, readonly string[]>> = {
  sequences: ['shape-range images_png/tensor_meta.json'],
  tiled: [
    'shape-range empty_tiled/tensor_meta.json',
    'companion _arr_shape/tensor_meta.json',
    'companion _empty_tiled_shape/tensor_meta.json',
  ],
  versions_conflict: ['665094bc3d3d42101a192da8dfc98bde758bbb3d', '8dcfecb82e4404bb1315384ff1fff6a672d1e934'].flatMap(
    (commit) => ['_gone_id', '_gone_shape', 'gone'].map((tensor) => `orphan versions/${commit}/${tensor}/chunk_set`),
  ),
};

describe.each(names)('%s of Deep Lake', (name) => {
  test('has no errors', async () => {
    const report = await verify(await open(name));
    expect(report.findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.findings.map(({ code, key }) => `${code} ${key}`)).toEqual(warnings[name] ?? []);
  });
});
