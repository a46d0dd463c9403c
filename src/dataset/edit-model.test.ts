import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  classLabel,
  createDataset,
  type Dataset,
  generic,
  type ImageSample,
  image,
  json,
  openDataset,
  sequence,
  text,
} from '../index.js';
import { folderStore } from '../node.js';
import type { WritableStore } from '../store/types.js';
import { memoryStore } from '../stores.js';

// Chunks of 40 to 60 bytes, so that a few samples fill several.
const small = { maxChunkSize: 100 } as const;
const schema = {
  labels: classLabel(undefined, small),
  packed: generic({ dtype: 'int16', sampleCompression: 'lz4', ...small }),
  chunked: generic({ dtype: 'uint8', chunkCompression: 'lz4', ...small }),
  big: generic({ dtype: 'uint8', tilingThreshold: 40, ...small }),
  words: text(small),
  notes: json(),
  pictures: image({ chunkCompression: 'png', maxChunkSize: 60 }),
  seqs: sequence(generic({ dtype: 'uint8', ...small })),
  texts: sequence(text({ chunkCompression: 'lz4' })),
};
type Name = keyof typeof schema;
const names = Object.keys(schema) as Name[];

const bytes = fc.array(fc.nat(255), { minLength: 1, maxLength: 30 });
const cell = {
  labels: fc.oneof(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }), fc.constant(null)),
  packed: fc.oneof(bytes, fc.constant(null)),
  chunked: fc.oneof(bytes, fc.constant(null)),
  big: fc.array(fc.nat(255), { minLength: 1, maxLength: 120 }),
  words: fc.string({ maxLength: 30 }),
  notes: fc.record({ id: fc.nat(), tag: fc.string({ maxLength: 5 }) }),
  pictures: fc.array(fc.tuple(fc.nat(255), fc.nat(255)), { minLength: 1, maxLength: 5 }),
  seqs: fc.array(bytes, { maxLength: 4 }),
  texts: fc.array(fc.string({ maxLength: 10 }), { maxLength: 3 }),
};
type Cells = Record<Name, unknown>;
const row = fc.record(cell) as fc.Arbitrary<Cells>;
const rows = fc.array(row, { minLength: 1, maxLength: 6 });
const at = fc.nat();
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('extend' as const), rows }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pop' as const), at: fc.array(at, { maxLength: 5 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('insert' as const), at, rows }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), at, name: fc.constantFrom(...names), row }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('update' as const), at: fc.array(at, { maxLength: 8 }), row }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('item' as const), at, item: at, text: fc.string() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('beyond' as const), gap: fc.nat(3), row }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('clear' as const, 'rechunk' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('flush' as const, 'reopen' as const, 'commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('checkout' as const), at }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const input = (name: Name, value: unknown): unknown => {
  if (name !== 'pictures' || value === null) return value;
  const columns = value as [number, number][];
  return { data: Uint8Array.from(columns.flat()), shape: [columns.length, 2, 1], dtype: 'uint8' };
};
const inputs = (cells: Cells) => Object.fromEntries(names.map((name) => [name, input(name, cells[name])])) as never;

const empty: Cells = {
  ...{ labels: null, packed: null, chunked: null, big: null, words: '', notes: {} },
  ...{ pictures: null, seqs: [], texts: [] },
};

/** What a read gives, as plain values like those of the model. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('names' in value) return value.names;
  return 'data' in value && ArrayBuffer.isView(value.data) ? [...(value.data as Uint8Array)] : value;
}

const expected = (name: Name, value: unknown): unknown => {
  if (name === 'pictures') return value === null ? [] : (value as number[][]).flat();
  return value ?? [];
};

async function check(ds: Dataset<typeof schema>, model: readonly Cells[]): Promise<void> {
  expect(ds.length).toBe(model.length);
  const wholes = new Map<Name, unknown[]>();
  for (const name of names) {
    const read = (await ds.tensor(name).toArray()) as unknown[];
    const whole =
      name === 'pictures' ? await Promise.all((read as ImageSample[]).map((picture) => picture.array())) : read;
    wholes.set(name, whole);
    expect(whole.map(plain)).toEqual(model.map((cells) => expected(name, cells[name])));
    const ids = (await (await ds.loadTensor(`_${name}_id`)).toArray()) as { data: BigUint64Array }[];
    expect(new Set(ids.map(({ data }) => data[0])).size).toBe(model.length);
  }
  // The companion of shapes has those of the samples, or of the items; zeros, or one zero, for empty ones.
  for (const name of ['packed', 'big', 'pictures', 'seqs'] as const) {
    const shapes = (await (await ds.loadTensor(`_${name}_shape`)).toArray()) as { data: BigInt64Array }[];
    const samples = (wholes.get(name) ?? []).flat() as { shape: readonly number[]; data: Uint8Array }[];
    expect(shapes.length).toBe(samples.length);
    for (const [i, { shape, data }] of samples.entries()) {
      const got = [...(shapes[i]?.data ?? [])].map(Number);
      if (data.length === 0) expect(new Set(got)).toEqual(new Set([0]));
      else expect(got).toEqual([...shape]);
    }
  }
}

async function run(store: () => WritableStore, steps: readonly Step[]): Promise<void> {
  let model: Cells[] = [];
  const commits = new Map<string, readonly Cells[]>();
  let ds = await createDataset(store(), schema, { autoFlush: false });
  const pick = (n: number): number => n % Math.max(1, model.length);
  for (const one of steps) {
    if (one.do === 'extend') {
      await ds.extend(one.rows.map(inputs));
      model.push(...one.rows);
    } else if (one.do === 'pop' && model.length > 0) {
      const gone = new Set(one.at.map(pick));
      await ds.pop(one.at.length === 0 ? undefined : [...gone]);
      model = one.at.length === 0 ? model.slice(0, -1) : model.filter((_, i) => !gone.has(i));
    } else if (one.do === 'insert') {
      const index = one.at % (model.length + 1);
      await ds.insert(index, one.rows.map(inputs));
      model.splice(index, 0, ...one.rows);
    } else if (one.do === 'set' && model.length > 0) {
      const index = pick(one.at);
      await ds.tensor(one.name).set(index, input(one.name, one.row[one.name]) as never);
      model[index] = { ...(model[index] as Cells), [one.name]: one.row[one.name] };
    } else if (one.do === 'update' && model.length > 0) {
      const changed = [...new Set(one.at.map(pick))];
      await ds.update(changed.map((index) => [index, inputs(one.row)] as const));
      for (const index of changed) model[index] = one.row;
    } else if (one.do === 'item' && model.length > 0) {
      const index = pick(one.at);
      const texts = (model[index] as Cells).texts as string[];
      if (texts.length === 0) continue;
      const item = one.item % texts.length;
      await ds.tensor('texts').set(index, item, one.text);
      model[index] = { ...(model[index] as Cells), texts: texts.with(item, one.text) };
    } else if (one.do === 'beyond') {
      const index = model.length + one.gap;
      for (const name of names) await ds.tensor(name).set(index, input(name, one.row[name]) as never);
      while (model.length < index) model.push(empty);
      model.push(one.row);
    } else if (one.do === 'clear') {
      for (const name of names) await ds.tensor(name).clear();
      model = [];
    } else if (one.do === 'rechunk') {
      await ds.rechunk();
    } else if (one.do === 'flush') {
      await ds.flush();
    } else if (one.do === 'commit' && (await ds.hasChanges())) {
      commits.set(await ds.commit(), [...model]);
    } else if (one.do === 'checkout' && commits.size > 0) {
      const [commit, rowsThen] = [...commits][one.at % commits.size] as [string, readonly Cells[]];
      await ds.flush();
      await ds.checkout(commit);
      await check(ds, rowsThen);
      await ds.checkout('main');
      await check(ds, model);
    } else if (one.do === 'reopen') {
      await ds.close();
      ds = await openDataset(store(), { schema, mode: 'rw', autoFlush: false });
    }
    if (one.do === 'reopen' || one.do === 'rechunk' || one.do === 'insert') await check(ds, model);
  }
  await check(ds, model);
  await ds.close();
  ds = await openDataset(store(), { schema });
  await check(ds, model);
  for (const [commit, rowsThen] of commits) {
    await ds.checkout(commit);
    await check(ds, rowsThen);
  }
  await ds.close();
}

describe('random edits compared with a plain model', () => {
  it('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const store = memoryStore();
        await run(() => store, steps);
      }),
      { endOnFailure: true, numRuns: Number(process.env.LAKELET_EDIT_RUNS ?? 25) },
    );
  }, 60_000);

  it('in a folder, in bytes as the format has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
        try {
          const stays = steps.filter((one) => one.do !== 'checkout'); // locks of folders are tested elsewhere
          await run(() => folderStore(join(folder, 'ds')), stays);
          const checker = process.env.LAKELET_CHECK_FORMAT; // a strict checker of the format, where there is one
          if (checker) execFileSync('python3', [checker, join(folder, 'ds')], { stdio: 'pipe' });
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { endOnFailure: true, numRuns: Number(process.env.LAKELET_EDIT_RUNS ?? 12) },
    );
  }, 60_000);
});
