import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bbox, classLabel, createDataset, generic, json, openDataset, text } from '../index.js';
import { folderStore } from '../node.js';
import type { WritableStore } from '../store/types.js';
import { memoryStore } from '../stores.js';

// Chunks of 200 bytes at most, so that a few samples fill several.
const small = { maxChunkSize: 400 } as const;
const schema = {
  labels: classLabel(undefined, small),
  boxes: bbox(small),
  packed: generic({ dtype: 'int16', sampleCompression: 'lz4', ...small }),
  chunked: generic({ dtype: 'float64', chunkCompression: 'lz4', ...small }),
  big: generic({ dtype: 'uint8', tilingThreshold: 60, ...small }),
  words: text(small),
  squeezed: text({ chunkCompression: 'lz4', ...small }),
  notes: json(small),
};

const cell = {
  labels: fc.oneof(
    fc.constantFrom('a', 'b', 'c'),
    fc.array(fc.constantFrom('a', 'd', ''), { maxLength: 4 }),
    fc.constant(null),
  ),
  boxes: fc.oneof(
    fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }), fc.float(), fc.float()), { maxLength: 5 }),
    fc.constant(null),
  ),
  packed: fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 60 }),
  chunked: fc.array(fc.double(), { minLength: 1, maxLength: 30 }),
  big: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat(255)),
  words: fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.constant(null)),
  squeezed: fc.string({ maxLength: 80 }),
  notes: fc.dictionary(
    fc.string({ maxLength: 5 }),
    fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null)),
    { maxKeys: 3 },
  ),
};
type Cells = { [K in keyof typeof cell]: (typeof cell)[K] extends fc.Arbitrary<infer T> ? T : never };
const row = fc.record(cell) as fc.Arbitrary<Cells>;
const names = Object.keys(cell) as (keyof Cells)[];
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('extend' as const), rows: fc.array(row, { maxLength: 12 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('set' as const), at: fc.nat(), name: fc.constantFrom(...names), row }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The input of a cell: `big` stands for a filled rectangle. */
function input(name: keyof Cells, value: Cells[keyof Cells]) {
  if (name !== 'big') return value;
  const [height, width, fill] = value as Cells['big'];
  return { data: new Uint8Array(height * width).fill(fill), shape: [height, width], dtype: 'uint8' };
}

const inputs = (cells: Cells) => Object.fromEntries(names.map((name) => [name, input(name, cells[name])])) as never;

/** What a read of a cell must give, in a form that `toEqual` compares. */
function expected(name: keyof Cells, cells: Cells): unknown {
  const value = cells[name];
  if (name === 'labels') return value === null ? [] : [value].flat();
  if (name === 'boxes') return (value as Cells['boxes'] | null)?.map((box) => box.map(Math.fround)) ?? [];
  if (name === 'words') return value ?? '';
  if (name === 'notes')
    return JSON.parse(
      JSON.stringify(value, (_, item) =>
        typeof item === 'number' && !Number.isFinite(item) ? String(item) : Object.is(item, -0) ? '-0' : item,
      ),
    );
  if (name === 'big') {
    const [height, width, fill] = value as Cells['big'];
    return { shape: [height, width], data: new Array(height * width).fill(fill) };
  }
  return value;
}

function got(name: keyof Cells, value: unknown): unknown {
  if (name === 'labels') return (value as { names: string[] }).names;
  if (name === 'words' || name === 'squeezed') return value;
  if (name === 'notes')
    return JSON.parse(
      JSON.stringify(value, (_, item) =>
        typeof item === 'number' && !Number.isFinite(item) ? String(item) : Object.is(item, -0) ? '-0' : item,
      ),
    );
  const { data, shape } = value as { data: Float32Array; shape: number[] };
  if (name === 'big') return { shape, data: [...data] };
  if (name === 'boxes') return Array.from({ length: shape[0] ?? 0 }, (_, i) => [...data.slice(i * 4, i * 4 + 4)]);
  return [...data];
}

async function run(store: () => WritableStore, steps: readonly Step[]): Promise<void> {
  const model: Cells[] = [];
  let ds = await createDataset(store(), schema, { autoFlush: false });
  const check = async (): Promise<void> => {
    expect(ds.length).toBe(model.length);
    for (const name of names) {
      const tensor = ds.tensor(name);
      const whole = await tensor.toArray();
      expect(whole.map((value) => got(name, value))).toEqual(model.map((cells) => expected(name, cells)));
      const walked: unknown[] = [];
      for await (const value of tensor) walked.push(got(name, value));
      expect(walked).toEqual(model.map((cells) => expected(name, cells)));
      const at = model.length - 1;
      if (at >= 0) expect(got(name, await tensor.at(at))).toEqual(expected(name, model[at] as Cells));
    }
  };
  for (const one of steps) {
    if (one.do === 'extend') {
      await ds.extend(one.rows.map(inputs));
      model.push(...one.rows);
    } else if (one.do === 'set' && model.length > 0) {
      const at = one.at % model.length;
      const old = model[at] as Cells;
      await ds.tensor(one.name).set(at, input(one.name, one.row[one.name]) as never);
      model[at] = { ...old, [one.name]: one.row[one.name] };
    } else if (one.do === 'flush') {
      await ds.flush();
    } else if (one.do === 'reopen') {
      await ds.close();
      ds = await openDataset(store(), { schema, mode: 'rw', autoFlush: false });
      await check();
    }
  }
  await check();
  await ds.close();
  ds = await openDataset(store(), { schema });
  await check();
}

describe('random changes compared with a plain model', () => {
  it('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const store = memoryStore();
        await run(() => store, steps);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('in a folder', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const folder = mkdtempSync(join(tmpdir(), 'lakelet-'));
        try {
          await run(() => folderStore(join(folder, 'ds')), steps);
          const checker = process.env.LAKELET_CHECK_FORMAT; // a strict checker of the format, where there is one
          if (checker) execFileSync('python3', [checker, join(folder, 'ds')], { stdio: 'pipe' });
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
