import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { library } from '../../src/golden.contract.js';
import { describeDataset } from './describe-dataset.mjs';
import { exactJson, exactValues } from './exact-json.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lakelet-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixture = (file: string) => fileURLToPath(new URL(`../fixtures/golden/${file}`, import.meta.url));

/** Runs a tool, which uses the built package. */
function run(tool: string, ...args: string[]) {
  const script = fileURLToPath(new URL(tool, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the tools on the built package', () => {
  const described = join(folder, 'described.json');
  const copy = join(folder, 'copy');

  test('describe.mjs prints a dataset, and compare.mjs finds it as expected', () => {
    const { status, stdout, stderr } = run('describe.mjs', fixture('updates.zip'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    writeFileSync(described, stdout);
    const compared = run('compare.mjs', fixture('updates.expected.json'), described);
    expect(compared.stdout).toBe('205 samples compared, 0 unsupported, 0 differences\n');
    expect(compared.status).toBe(0);
  });

  test('compare.mjs tells what differs', () => {
    const changed = JSON.parse(readFileSync(described, 'utf8'));
    changed.states['branch:main'].tensors.text.samples[0].text = 'another';
    const file = join(folder, 'changed.json');
    writeFileSync(file, JSON.stringify(changed));
    const compared = run('compare.mjs', described, file);
    expect(compared.stdout).toMatch(/^state branch:main tensor text sample 0 text: expected .*, got "another"\n/);
    expect(compared.status).toBe(1);
  });

  test('copy.mjs writes a folder that describe.mjs finds equal', () => {
    const { status, stderr } = run('copy.mjs', fixture('updates.zip'), copy);
    expect(stderr).toContain('Copied 6 tensors.');
    expect(status).toBe(0);
    const again = join(folder, 'copy.json');
    writeFileSync(again, run('describe.mjs', copy).stdout);
    expect(run('compare.mjs', '--copy', described, again).stdout).toContain(' 0 differences');
  });

  test('copy.mjs makes the same commits', () => {
    const target = join(folder, 'commits');
    expect(run('copy.mjs', fixture('views.zip'), target).status).toBe(0);
    const { commits } = JSON.parse(run('describe.mjs', target).stdout);
    const made = commits.map(({ branch, message, time }: Record<string, unknown>) => [branch, message, time !== null]);
    expect(made).toEqual([
      ['main', 'data', true],
      ['main', 'more data after the views', true],
      ['main', null, false],
    ]);
  });

  test('copy.mjs does not overwrite, and fails with --strict when something was left out', () => {
    expect(run('copy.mjs', fixture('updates.zip'), copy)).toMatchObject({ status: 1 });
    const strict = run('copy.mjs', '--strict', fixture('updates.zip'), join(folder, 'strict'));
    expect(strict.stderr).toContain('facts of 1 files of other formats');
    expect(strict.status).toBe(3);
  });

  test('describe.mjs says why a place cannot be opened', () => {
    const { status, stdout, stderr } = run('describe.mjs', folder);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^There is no dataset at .* dataset_meta\.json is missing/);
  });
});

describe('damage', () => {
  test.each([
    ['a missing chunk', /^a\/chunks\//, null],
    ['a chunk cut off', /^a\/chunks\//, 20],
    ['a chunk index cut off', /^a\/chunks_index\//, 11],
  ])('%s makes samples unreadable, and the rest is described', async (_what, pattern, length) => {
    const store = library.memoryStore();
    const dataset = await library.createDataset(store, { a: library.generic({ dtype: 'int32' }), b: library.text() });
    await dataset.extend([
      { a: [1, 2], b: 'x' },
      { a: [3], b: 'y' },
    ]);
    await dataset.close();
    for await (const key of store.list('')) {
      if (!pattern.test(key)) continue;
      const bytes = length === null ? null : ((await store.get(key))?.slice(0, length) ?? null);
      await store.write([{ key, bytes }]);
    }
    const tensors = (await describeDataset(library, store)).states['branch:main']?.tensors;
    expect(tensors?.a?.samples.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable']);
    expect(tensors?.b?.samples).toEqual([
      { kind: 'text', text: 'x' },
      { kind: 'text', text: 'y' },
    ]);
  });
});

describe('exact numbers', () => {
  test('integers beyond 2^53, and floats that JSON has not', () => {
    expect(exactJson([2n ** 53n, 2n ** 53n + 1n, -0, Number.NaN, Number.POSITIVE_INFINITY, { a: [1.5] }])).toEqual([
      ...[2 ** 53, 'int:9007199254740993', 'float:-0', 'float:nan', 'float:inf'],
      { a: [1.5] },
    ]);
  });

  test('complex numbers as Python prints them', () => {
    const data = new Float64Array([1, 2, -0, -3.5, 0, 1, 1e16, 1e-7, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(exactValues({ dtype: 'complex128', shape: [5], data })).toEqual([
      ...['complex:(1+2j)', 'complex:(-0-3.5j)', 'complex:1j', 'complex:(1e+16+1e-07j)', 'complex:(nan-infj)'],
    ]);
  });
});
