import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classLabel, createDataset, generic, openDataset, text } from '../index.js';
import { memoryStore } from '../stores.js';
import { checkFormat } from './check-format.contract.js';

// Chunks of 100 bytes at most, so that a few samples fill several.
const small = { maxChunkSize: 200 } as const;
const schema = {
  notes: text(small),
  labels: classLabel(undefined, small),
  packed: generic({ dtype: 'int32', chunkCompression: 'lz4', ...small }),
};
const names = ['notes', 'labels', 'packed'] as const;
type Name = (typeof names)[number];

/** A cell: which edit made it, and which edits that one has replaced or was chosen over. */
interface Cell {
  readonly edit: number;
  readonly past: ReadonlySet<number>;
}
type ModelRow = { readonly id: number; readonly cells: Record<Name, Cell> };

const branch = fc.constantFrom('main', 'side');
const choice = fc.constantFrom('ours' as const, 'theirs' as const);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('append' as const), branch, count: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('set' as const), branch, at: fc.nat(), name: fc.constantFrom(...names) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const), branch }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('merge' as const), branch, choice }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What an edit writes: no two are the same, and labels are numbered differently on both branches. */
const written = (name: Name, edit: number) =>
  name === 'notes' ? `edit ${edit}`.repeat(1 + (edit % 4)) : name === 'labels' ? `class ${edit}` : [edit, edit % 7];

/** The rows of `ours` after a merge, and which cells were decided. */
function mergeModel(ours: ModelRow[], theirs: ModelRow[], taken: 'ours' | 'theirs') {
  let conflicts = 0;
  const others = new Map(theirs.map((row) => [row.id, row]));
  const merged = ours.map((row) => {
    const other = others.get(row.id);
    if (!other) return row;
    const cells = Object.fromEntries(
      names.map((name) => {
        const [a, b] = [row.cells[name], other.cells[name]];
        const past = new Set([...a.past, ...b.past]);
        if (a.edit === b.edit || a.past.has(b.edit)) return [name, { edit: a.edit, past }];
        if (b.past.has(a.edit)) return [name, { edit: b.edit, past }];
        conflicts++;
        return [name, { edit: taken === 'ours' ? a.edit : b.edit, past: new Set([...past, a.edit, b.edit]) }];
      }),
    );
    return { id: row.id, cells: cells as unknown as Record<Name, Cell> };
  });
  const known = new Set(ours.map(({ id }) => id));
  return { rows: [...merged, ...theirs.filter(({ id }) => !known.has(id))], conflicts };
}

async function run(steps: readonly Step[]): Promise<void> {
  const store = memoryStore();
  const ds = await createDataset(store, schema, { autoFlush: false });
  let edits = 0;
  const rowOf = (): ModelRow => {
    const id = edits++;
    const cells = Object.fromEntries(names.map((name) => [name, { edit: id, past: new Set<number>() }]));
    return { id, cells: cells as unknown as Record<Name, Cell> };
  };
  const inputOf = ({ cells }: ModelRow) =>
    Object.fromEntries(names.map((name) => [name, written(name, cells[name].edit)])) as never;
  const first = [rowOf(), rowOf(), rowOf()];
  const model: Record<string, ModelRow[]> = { main: first, side: first };
  await ds.extend(first.map(inputOf));
  await ds.checkout('side', { create: true });
  const check = async (from: Pick<typeof ds, 'tensor' | 'length'>, rows: readonly ModelRow[]) => {
    const [notes, labels, packed] = await Promise.all([
      from.tensor('notes').toArray(),
      from.tensor('labels').toArray(),
      from.tensor('packed').toArray(),
    ]);
    const got = notes.map((note, i) => [note, labels[i]?.names[0], Array.from(packed[i]?.data ?? [])]);
    expect(got).toEqual(rows.map(({ cells }) => names.map((name) => written(name, cells[name].edit))));
  };
  for (const one of steps) {
    if (ds.branch !== one.branch) await ds.checkout(one.branch);
    const rows = model[one.branch] ?? [];
    const other = one.branch === 'main' ? 'side' : 'main';
    if (one.do === 'append') {
      const added = Array.from({ length: one.count }, rowOf);
      await ds.extend(added.map(inputOf));
      model[one.branch] = [...rows, ...added];
    } else if (one.do === 'set') {
      const at = one.at % rows.length;
      const edit = edits++;
      await ds.tensor(one.name).set(at, written(one.name, edit) as never);
      model[one.branch] = rows.map((row, i) => {
        const old = row.cells[one.name];
        const cell = { edit, past: new Set([...old.past, old.edit]) };
        return i === at ? { ...row, cells: { ...row.cells, [one.name]: cell } } : row;
      });
    } else if (one.do === 'commit') {
      await ds.commit(undefined, { allowEmpty: true });
    } else {
      const expected = mergeModel(rows, model[other] ?? [], one.choice);
      const { conflicts } = await ds.merge(other, { onConflict: one.choice });
      expect(conflicts.length).toBe(expected.conflicts);
      model[one.branch] = expected.rows;
      await check(ds, expected.rows);
    }
  }
  await ds.close();
  for (const at of ['main', 'side']) await check(await openDataset(store, { schema, at }), model[at] ?? []);
  await checkFormat(store);
}

test('random changes of two branches and merges both ways give what a plain model gives', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 16 }), run), { numRuns: 60 });
}, 120_000);
