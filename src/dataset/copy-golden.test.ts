import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareDescriptions } from '../../e2e/conformance/compare.mjs';
import { type Description, describeDataset } from '../../e2e/conformance/describe-dataset.mjs';
import { createCodecPool } from '../codec/pool.js';
import { library } from '../golden.contract.js';
import { openDataset } from '../index.js';
import { memoryStore, zipStore } from '../stores.js';
import { loadSnapshot } from '../version/snapshot.js';
import { copyRows, visibleTensors } from './copy-rows.js';

const golden = async (name: string) =>
  zipStore(new Blob([readFileSync(new URL(`../../e2e/fixtures/golden/${name}.zip`, import.meta.url))]));

// All chunk kinds: plain, LZ4, pictures, tiles, sequences, links, renamed tensors, older commits, companions of companions.
const names = [
  'annotations',
  'dtypes',
  'groups',
  'images_chunk',
  'links',
  'sequences',
  'text_json',
  'tiled',
  'versions',
];

/** Samples in chunks that are one lossy picture are encoded again; the others stay as they are, byte for byte. */
const lossy = new Set(['k_jpeg', 'k_webp']);

describe.each(names)('copies of %s of Deep Lake', (name) => {
  test('are the same, tensor by tensor', { timeout: 30_000 }, async () => {
    const source = await golden(name);
    const ds = await openDataset(source);
    const target = memoryStore();
    await ds.copyTo(target);
    await ds.close();
    const [original, copy] = await Promise.all(
      [source, target].map((store) => describeDataset(library, store, { name })),
    );
    if (!original || !copy) throw new Error('two were described');
    expect(compareDescriptions(original, copy, { copy: true }).differences).toEqual([]);
  });

  test('have rows in another order', { timeout: 30_000 }, async () => {
    const source = await golden(name);
    const original = await describeDataset(library, source, { name });
    const snapshot = await loadSnapshot(source, 'main');
    const codecs = createCodecPool();
    for (const [tensor, { length }] of visibleTensors(snapshot)) {
      if (length < 2 || lossy.has(tensor)) continue;
      const rows = Array.from({ length }, (_, i) => length - 1 - i);
      const target = memoryStore();
      await copyRows(target, { snapshot, tensors: [tensor], groups: [], rows, info: {}, codecs });
      const copy = await describeDataset(library, target, { name });
      const differences = compareDescriptions(reversed(original, tensor), copy, { copy: true }).differences;
      // The range of shapes of a tensor does not shrink when rows are replaced; a copy has it anew.
      const isRange = (line: string) => name === 'sequences' && /^main tensor images_png (min_)?shape:/.test(line);
      expect(differences.filter((line) => !isRange(line))).toEqual([]);
    }
    codecs.close();
  });
});

/** What is expected of one tensor whose rows are in the other direction. */
function reversed(description: Description, name: string): Description {
  const state = description.states['branch:main'];
  const tensor = state?.tensors[name];
  if (!state || !tensor) throw new Error(`no tensor ${name}`);
  const { tiles, ...fields } = tensor;
  const last = tensor.samples.length - 1;
  const moved = tiles && Object.fromEntries(Object.entries(tiles).map(([row, tiling]) => [last - Number(row), tiling]));
  const own = { ...fields, samples: tensor.samples.toReversed(), ...(moved ? { tiles: moved } : {}) };
  return { ...description, states: { 'branch:main': { ...state, info: {}, tensors: { [name]: own } } } };
}
