/** A dataset beside its model, and comparing the two. */
import { expect } from 'vitest';
import { type Dataset, isDatasetError, openDataset } from '../index.js';
import type { WritableStore } from '../store/types.js';
import { memoryStore, storeToZip, zipStore } from '../stores.js';
import type { Awaitable } from '../util/bytes.js';
import type { CommitChanges } from '../version/changes.js';
import { drawInt, kindOf, type Numbers, type Random, shown, type Value } from './history-kinds.contract.js';
import {
  type Column,
  changes,
  headAfter,
  isChanged,
  lengthOf,
  lineage,
  type Node,
  type State,
  visible,
} from './history-model.contract.js';
import type { Tensor } from './tensor.js';

/** A branch of the model. */
export interface Branch {
  /** The commit before its head. */
  parent: Node | undefined;
  head: State;
  /** The head as it is stored. */
  stored: State;
}

/** A dataset and its model. */
export interface World {
  ds: Dataset;
  /** Gives the store, each time that the dataset is opened. */
  readonly store: () => Awaitable<WritableStore>;
  readonly branches: Map<string, Branch>;
  /** The open one. */
  branch: string;
  readonly nodes: Node[];
  /** Ids of samples by those of the model. */
  readonly ids: Map<number, bigint>;
  /** How many tensors, groups and branches were named. */
  named: number;
}

/** The open branch. */
export function here({ branches, branch }: World): Branch {
  const found = branches.get(branch);
  if (!found) throw new TypeError(`the model has no branch ${branch}`);
  return found;
}

/** Whether the open head differs from the commit before it. */
export function hasChanged(branch: Branch): boolean {
  return isChanged(branch.head, branch.parent === undefined);
}

/** Tells the model that everything is stored. */
export function markStored(world: World): void {
  const branch = here(world);
  branch.stored = branch.head;
}

/** Makes a commit of a head of the model. */
export function sign(world: World, name: string, message: string | null, more: Partial<Node> = {}): Node {
  const branch = world.branches.get(name);
  if (!branch) throw new TypeError(`the model has no branch ${name}`);
  const node: Node = { id: undefined, branch: name, parent: branch.parent, message, state: branch.head, ...more };
  world.nodes.push(node);
  branch.parent = node;
  branch.head = headAfter(node.state);
  branch.stored = branch.head;
  return node;
}

/** Opens the dataset for writing on the open branch of the model. */
export async function open(world: World): Promise<void> {
  world.ds = await openDataset(await world.store(), { mode: 'rw', at: world.branch, autoFlush: false });
}

/** A promise that must fail with one of some codes of errors; others are thrown on. */
export async function refused(work: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason ?? 'nothing',
  );
  if (error === undefined) throw new Error(`this was to be refused: ${codes.join(' or ')}`);
  const code = isDatasetError(error) ? error.code : error instanceof Error ? error.name : String(error);
  if (!codes.includes(code)) throw error;
}

/** Compares tensors and their samples with a state of the model. @param before - whose columns were compared already */
export async function checkState(world: World, ds: Dataset, state: State, before?: State): Promise<void> {
  expect([...ds.tensors].sort()).toEqual(
    visible(state)
      .map(([name]) => name)
      .sort(),
  );
  expect([...ds.groups].sort()).toEqual([...state.groups].sort());
  expect(ds.length).toBe(lengthOf(state));
  expect(await ds.info.get()).toEqual(state.info);
  for (const [name, column] of state.columns) {
    const tensor = await ds.loadTensor(name);
    expect(tensor.length, name).toBe(column.cells.length);
    if (before?.columns.get(name) === column) continue;
    await checkColumn(world, ds, name, tensor, column);
  }
}

async function checkColumn(world: World, ds: Dataset, name: string, tensor: Tensor, column: Column): Promise<void> {
  const { kind, cells } = column;
  const { plain, hasIds, hasShapes, items, info } = kindOf(kind);
  const read = await Promise.all((await tensor.toArray()).map(plain));
  expect(read.map(shown), `samples of ${name}`).toEqual(cells.map(({ value }) => shown(value)));
  const names = 'class_names' in info ? { class_names: column.names } : {};
  expect(await tensor.info.get(), `info of ${name}`).toEqual({ ...column.info, ...names });
  const companion = async (suffix: string): Promise<unknown[]> =>
    (await ds.loadTensor(name.replace(/[^/]*$/, (own) => `_${own}_${suffix}`))).toArray();
  if (hasIds) {
    const ids = ((await companion('id')) as { data: BigUint64Array }[]).map(({ data }) => data[0] ?? 0n);
    expect(ids.length, `ids of ${name}`).toBe(cells.length);
    for (const [i, { id }] of cells.entries()) if (!world.ids.has(id)) world.ids.set(id, ids[i] ?? 0n);
    expect(ids, `ids of ${name}`).toEqual(cells.map(({ id }) => world.ids.get(id)));
    expect(new Set(ids).size, `ids of ${name}`).toBe(ids.length);
  }
  if (hasShapes) {
    const shapes = ((await companion('shape')) as { data: BigInt64Array }[]).map(({ data }) => [...data].map(Number));
    const samples = (items ? read.flat(1) : read) as Numbers[];
    expect(shapes.length, `shapes of ${name}`).toBe(samples.length);
    for (const [i, { shape, data }] of samples.entries()) {
      // Zeros, or one zero, for empty ones.
      if (data.length === 0)
        expect(
          shapes[i]?.reduce((a, b) => a * b, 1),
          `shapes of ${name}`,
        ).toBe(0);
      else expect(shapes[i], `shapes of ${name}`).toEqual(shape);
    }
  }
}

/** Compares single reads: a sample, an item and a region of it, and rows of views. */
export async function checkReads(world: World, random: Random): Promise<void> {
  const { ds } = world;
  const { head } = here(world);
  for (const [name, { kind, cells }] of head.columns) {
    if (cells.length === 0) continue;
    const row = drawInt(random, cells.length);
    const tensor = await ds.loadTensor(name);
    const { plain, items, hasRegions } = kindOf(kind);
    const value: Value = cells[row]?.value;
    expect(shown(await plain(await tensor.at(random() < 0.5 ? row : row - cells.length))), name).toBe(shown(value));
    const list = items ? (value as Value[]) : [];
    if (items && list.length > 0) {
      const item = drawInt(random, list.length);
      expect(shown(await items.plain(await tensor.at(row, item))), name).toBe(shown(list[item]));
    }
    const numbers = value as Numbers;
    if (!hasRegions || value === null || numbers.data.length === 0) continue;
    const width = numbers.data.length / (numbers.shape[0] ?? 1);
    const start = drawInt(random, numbers.shape[0] ?? 1);
    const part = await tensor.at(row, { region: [[start, start + 1]] });
    expect(Array.from(part.data as ArrayLike<number>), `region of ${name}`).toEqual(
      numbers.data.slice(start * width, (start + 1) * width),
    );
  }
  const rows = lengthOf(head);
  const shownRow = async (values: Readonly<Record<string, unknown>>, row: number): Promise<void> => {
    for (const [name, { kind, cells }] of visible(head))
      expect(shown(await kindOf(kind).plain(values[name])), `${name} of a view`).toBe(shown(cells[row]?.value));
  };
  if (rows === 0) return;
  const step = 1 + drawInt(random, 3);
  const found = await ds.slice(drawInt(random, rows)).filter((_, row) => row % step === 0);
  for (const [i, row] of [...found.indices].entries()) if (i < 3) await shownRow(await found.at(i), row);
  const picked = drawInt(random, rows);
  await shownRow(await ds.pick([picked, 0]).reverse().at(1), picked);
}

const withoutSignature = ({ infoUpdated, renamed, deleted, tensors }: CommitChanges) => ({
  ...{ infoUpdated, renamed, tensors },
  deleted: [...deleted].sort(),
});

/** Compares commits, and what has changed since the last one. */
export async function checkHistory(world: World): Promise<void> {
  const { ds } = world;
  const { head, parent } = here(world);
  expect([...ds.branches].sort()).toEqual([...world.branches.keys()].sort());
  expect(ds.branch).toBe(world.branch);
  await checkLog(ds, parent);
  expect(ds.commitId).toBe(parent?.id);
  expect(await ds.hasChanges()).toBe(hasChanged(here(world)));
  markStored(world);
  expect(withoutSignature(await ds.diff())).toEqual(changes(head));
  if (world.branches.size < 2) return;
  const other = [...world.branches.keys()].find((name) => name !== world.branch) ?? '';
  const { ancestor, left, right } = await ds.diff(other, world.branch);
  const theirs = world.branches.get(other);
  const [a, b] = [lineage(theirs?.parent), lineage(parent)];
  const base = a.find((node) => b.includes(node));
  expect(ancestor).toBe(base?.id);
  const side = (path: readonly Node[], at: State | undefined) =>
    [...(at ? [at] : []), ...path.slice(0, base ? path.indexOf(base) : 0).map(({ state }) => state)].map(changes);
  expect(left.map(withoutSignature)).toEqual(side(a, theirs?.stored));
  expect(right.map(withoutSignature)).toEqual(side(b, head));
}

/** Compares the commits that lead to one with the log, which tells the ids of those that have none yet. */
export async function checkLog(ds: Dataset, at: Node | undefined): Promise<void> {
  const log = await ds.log();
  const path = lineage(at);
  for (const [i, node] of path.entries()) node.id ??= log[i]?.id;
  expect(log.map(({ id, branch, message, parent }) => ({ id, branch, message, parent }))).toEqual(
    path.map(({ id, branch, message, parent }) => ({ id, branch, message, parent: parent?.id })),
  );
}

/** Compares a commit, which nothing may have changed, and that nothing can change. */
export async function checkCommit(world: World, ds: Dataset, node: Node): Promise<void> {
  expect(ds.readOnly).toBe(true);
  expect(ds.commitId).toBe(node.id);
  await checkState(world, ds, node.state);
  await checkLog(ds, node);
  expect(withoutSignature(await ds.diff())).toEqual(changes(node.state));
  await refused(ds.info.update({ no: 1 }), 'read-only');
  await refused(ds.commit(), 'read-only');
}

/** Opens what is stored now as another program would after a killed tab, from a copy or a zip, and compares it. */
export async function checkStored(world: World, asZip: boolean): Promise<void> {
  const { store } = world.ds;
  let copy = memoryStore();
  if (asZip) copy = (await zipStore(await new Response(await storeToZip(store)).blob())) as WritableStore;
  else {
    for await (const key of store.list?.('') ?? []) {
      const bytes = await store.get(key);
      if (bytes) await copy.write([{ key, bytes }]);
    }
  }
  for (const [name, branch] of world.branches) {
    const ds = await openDataset(copy, { at: name });
    await checkState(world, ds, branch.stored);
    await checkLog(ds, branch.parent);
    await ds.close();
  }
}
