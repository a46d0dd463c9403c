/** Random changes of tensors and of history, on a dataset and on its model. */
import { expect } from 'vitest';
import { isDatasetError, openDataset } from '../index.js';
import type { Step } from './history-edits.contract.js';
import { drawFrom, type KindName, kindOf, type Random } from './history-kinds.contract.js';
import { isMerged, isRenamedSinceMerge, mergeStates } from './history-merge.contract.js';
import {
  create,
  drop,
  dropGroup,
  emptyState,
  groupsOf,
  headAfter,
  type Node,
  newColumn,
  rename,
  type State,
  visible,
  withColumn,
} from './history-model.contract.js';
import {
  checkCommit,
  checkLog,
  checkReads,
  checkState,
  checkStored,
  hasChanged,
  here,
  markStored,
  open,
  refused,
  sign,
  type World,
} from './history-world.contract.js';
import type { MergeChoice } from './merge.js';

// Only these two are merged with each other: the model knows nothing of what third branches bring.
const partners = ['main', 'side'];

/** Creates a tensor of each of some kinds, under their names. */
export async function createAll(world: World, names: readonly KindName[]): Promise<void> {
  for (const name of names) {
    await world.ds.createTensor(name, kindOf(name).def as never);
    here(world).head = create(here(world).head, name, newColumn(name));
  }
  markStored(world);
}

/** A name that is free; one of few, so that they come again, while there is nothing to merge. */
function freeName(world: World, random: Random, prefix = ''): string {
  const { head } = here(world);
  const few = world.branches.has('side') ? [] : ['a', 'b', 'c'].map((name) => prefix + name);
  const free = few.filter((name) => !head.columns.has(name) && !head.groups.includes(name));
  return free.length > 0 ? drawFrom(random, free) : `${prefix}n${world.named++}`;
}

/** Draws a tensor that may be renamed or deleted: one that was created on the way. */
function drawExtra(state: State, random: Random) {
  const extras = visible(state).filter(([name, { kind }]) => name !== kind);
  return extras.length === 0 ? undefined : drawFrom(random, extras);
}

const isFirst = (world: World): boolean => here(world).parent === undefined;

const createTensor: Step = async (world, random) => {
  const { head } = here(world);
  if (head.columns.size > 8) return undefined;
  const kinds = ['fixed', 'labels', 'words', 'packed', 'tiles', 'texts', 'bare'] as const;
  const kind = drawFrom(random, kinds);
  const group = drawFrom(random, ['', 'g/', 'g/h/']);
  if (groupsOf(`${group}x`).some((name) => head.columns.has(name))) return undefined;
  const name = freeName(world, random, group);
  await world.ds.createTensor(name, kindOf(kind).def as never);
  here(world).head = create(head, name, newColumn(kind));
  markStored(world);
  await refused(world.ds.createTensor(name, kindOf(kind).def as never), 'exists');
  return `create ${name} of ${kind}`;
};

const renameTensor: Step = async (world, random) => {
  const { head } = here(world);
  const [name] = drawExtra(head, random) ?? [];
  if (name === undefined) return undefined;
  const to = freeName(world, random, name.slice(0, name.lastIndexOf('/') + 1));
  const taken = drawFrom(random, [...head.columns.keys()]);
  if (taken !== name) await refused(world.ds.renameTensor(name, taken), 'exists', 'RangeError');
  await world.ds.renameTensor(name, to);
  here(world).head = rename(head, name, to, isFirst(world));
  markStored(world);
  return `rename ${name} to ${to}`;
};

const deleteTensor: Step = async (world, random) => {
  const [name] = drawExtra(here(world).head, random) ?? [];
  if (name === undefined) return undefined;
  await world.ds.deleteTensor(name);
  here(world).head = drop(here(world).head, name, isFirst(world));
  markStored(world);
  return `delete ${name}`;
};

const hideTensor: Step = async (world, random) => {
  const { head } = here(world);
  if (world.branches.has('side')) return undefined;
  const extras = [...head.columns].filter(([name, { kind }]) => name !== kind);
  if (extras.length === 0) return undefined;
  const [name, column] = drawFrom(random, extras);
  await world.ds.setHidden(name, !column.hidden);
  here(world).head = withColumn(head, name, { ...column, hidden: !column.hidden, touched: true });
  markStored(world);
  return `${column.hidden ? 'show' : 'hide'} ${name}`;
};

const groups: Step = async (world, random) => {
  const { head, parent } = here(world);
  const drawn = random();
  if (drawn < 0.5 || head.groups.length === 0) {
    const name = freeName(world, random, drawFrom(random, ['', 'g/']));
    if (groupsOf(name).some((one) => head.columns.has(one))) return undefined;
    await world.ds.createGroup(name);
    here(world).head = { ...head, groups: [...new Set([...head.groups, ...groupsOf(name), name])] };
    markStored(world);
    return `create the group ${name}`;
  }
  const name = drawFrom(random, head.groups);
  const isWithin = (path: string): boolean => path === name || path.startsWith(`${name}/`);
  if (drawn < 0.8) {
    if ([...head.columns.values()].some(({ hidden }) => hidden)) return undefined;
    await world.ds.deleteGroup(name);
    const isOld = parent?.state.groups.includes(name) ?? false;
    here(world).head = dropGroup(head, name, isOld);
    markStored(world);
    return `delete the group ${name}`;
  }
  const to = freeName(world, random, name.slice(0, name.lastIndexOf('/') + 1));
  await world.ds.renameGroup(name, to);
  const moved = (path: string): string => (isWithin(path) ? to + path.slice(name.length) : path);
  const renamed = [...head.columns.keys()].reduce((next, one) => rename(next, one, moved(one), isFirst(world)), head);
  here(world).head = { ...renamed, groups: head.groups.map(moved) };
  markStored(world);
  return `rename the group ${name} to ${to}`;
};

/** Rechunks; whether it changed anything, only the dataset can tell. */
const rechunk: Step = async (world, random) => {
  const branch = here(world);
  const columns = visible(branch.head);
  if (columns.length === 0) return undefined;
  if (columns.every(([, { touched }]) => touched)) {
    await world.ds.rechunk();
    return 'rechunk';
  }
  const [name, column] = drawFrom(random, columns);
  if (hasChanged(branch) && !column.touched && !isFirst(world)) return undefined;
  await world.ds.tensor(name).rechunk();
  const touched = column.touched || isFirst(world) || (await world.ds.hasChanges());
  here(world).head = withColumn(branch.head, name, { ...column, touched });
  return `rechunk ${name}`;
};

const flush: Step = async (world) => {
  await world.ds.flush();
  markStored(world);
  return 'flush';
};

const commit: Step = async (world, random) => {
  const message = drawFrom(random, [null, 'one', 'zwei\nlines']);
  const isEmpty = !hasChanged(here(world));
  if (isEmpty) await refused(world.ds.commit(), 'history');
  if (isEmpty && random() < 0.5) return undefined;
  const id = await world.ds.commit(message ?? undefined, { allowEmpty: isEmpty });
  sign(world, world.branch, message, { id });
  return `commit ${id.slice(0, 6)}`;
};

const branch: Step = async (world, random) => {
  if (world.branches.size > 3) return undefined;
  const isSide = world.branch === 'main' && !world.branches.has('side');
  const name = isSide ? 'side' : `b${world.named++}`;
  await refused(world.ds.checkout(world.branch, { create: true }), 'exists');
  const from = here(world);
  const old = isSide ? undefined : drawOld(world, random);
  if (old && random() < 0.5) {
    await world.ds.checkout(old.id ?? '');
    markStored(world);
    await world.ds.checkout(name, { create: true });
    addBranch(world, name, old);
    return `begin ${name} at ${old.id?.slice(0, 6)}`;
  }
  const changed = hasChanged(from);
  await world.ds.checkout(name, { create: true });
  markStored(world);
  if (changed) sign(world, world.branch, `auto commit before checkout to ${name}`);
  addBranch(world, name, from.parent);
  return `begin ${name}`;
};

function addBranch(world: World, name: string, parent: Node | undefined): void {
  const head = parent ? headAfter(parent.state) : emptyState;
  world.branches.set(name, { parent, head, stored: head });
  world.branch = name;
}

const drawOld = ({ nodes }: World, random: Random): Node | undefined => {
  const known = nodes.filter(({ id }) => id !== undefined);
  return known.length === 0 ? undefined : drawFrom(random, known);
};

const checkout: Step = async (world, random) => {
  const others = [...world.branches.keys()].filter((name) => name !== world.branch);
  await refused(world.ds.checkout('nowhere'), 'not-found');
  markStored(world);
  if (others.length === 0) return undefined;
  const name = drawFrom(random, others);
  await world.ds.checkout(name);
  world.branch = name;
  await checkState(world, world.ds, here(world).head);
  return `check out ${name}`;
};

/** Looks at a commit, in this dataset or in another one beside it. */
const look: Step = async (world, random) => {
  const old = drawOld(world, random);
  if (!old?.id) return undefined;
  if (random() < 0.5) {
    const ds = await openDataset(await world.store(), { at: old.id });
    await checkCommit(world, ds, old);
    await ds.close();
    return `look at ${old.id.slice(0, 6)} beside it`;
  }
  await world.ds.checkout(old.id);
  markStored(world);
  await checkCommit(world, world.ds, old);
  await world.ds.checkout(world.branch);
  await checkState(world, world.ds, here(world).head);
  return `look at ${old.id.slice(0, 6)}`;
};

const reset: Step = async (world) => {
  const at = here(world);
  await world.ds.reset();
  const kinds = [...at.head.columns].flatMap(([name, { kind }]) => (name === kind ? [kind] : []));
  at.head = at.parent ? headAfter(at.parent.state) : emptyState;
  at.stored = at.head;
  await checkState(world, world.ds, at.head);
  if (!at.parent) await createAll(world, kinds);
  return 'reset';
};

const reopen: Step = async (world) => {
  await world.ds.close();
  markStored(world);
  await open(world);
  await checkState(world, world.ds, here(world).head);
  return 'reopen';
};

const crash: Step = async (world, random) => {
  const asZip = random() < 0.3;
  await checkStored(world, asZip);
  return `look at what is stored, in ${asZip ? 'a zip' : 'a copy'}`;
};

const read: Step = async (world, random) => {
  await checkReads(world, random);
  return 'read parts and views';
};

const deleteBranch: Step = async (world, random) => {
  await refused(world.ds.deleteBranch(world.branch), 'history');
  const names = [...world.branches.keys()].filter((name) => !partners.includes(name) && name !== world.branch);
  markStored(world);
  if (names.length === 0) return undefined;
  const name = drawFrom(random, names);
  const parents = [...world.nodes, ...[...world.branches].map(([branch, { parent }]) => ({ branch, parent }))];
  if (parents.some((node) => node.branch !== name && node.parent?.branch === name)) {
    await refused(world.ds.deleteBranch(name), 'history');
    return `keep ${name}, on which another begins`;
  }
  await world.ds.deleteBranch(name);
  world.branches.delete(name);
  world.nodes.splice(0, Infinity, ...world.nodes.filter((node) => node.branch !== name));
  return `delete ${name}`;
};

const merge: Step = async (world, random) => {
  const other = partners.find((name) => name !== world.branch) ?? '';
  const theirs = world.branches.get(other);
  if (!partners.includes(world.branch) || !theirs) return undefined;
  const { ds, branch: name } = world;
  const ours = here(world);
  const choice = drawFrom(random, ['ours', 'theirs', undefined] as const);
  const message = `Auto commit before merging into ${name}`;
  const open = hasChanged(theirs)
    ? { id: undefined, branch: other, parent: theirs.parent, message, state: theirs.head }
    : theirs.parent;
  if (!open) throw new TypeError('the first head of a branch has changes');
  const from = { branches: ds.branches, log: await ds.log() };
  const run = () => ds.merge(other, choice ? { onConflict: choice } : {});
  if (isMerged(ours.parent, open)) {
    expect(await run()).toMatchObject({ commit: undefined, added: 0, updated: 0, conflicts: [] });
    markStored(world);
    expect(await ds.log()).toEqual(from.log);
    return `merge nothing of ${other}`;
  }
  if (isRenamedSinceMerge(ours.head, ours.parent, open)) return undefined; // names tell tensors apart there
  const plan = mergeStates(ours.head, ours.parent, open, choice ?? 'ours');
  const codes: string[] = plan.refusals.map((why) => (why === 'ids' ? 'unsupported' : 'history'));
  if (choice === undefined && plan.conflicts.length > 0) codes.push('history');
  const result = await run().catch((error: unknown) => {
    const code = isDatasetError(error) ? error.code : '';
    if (codes.includes(code)) return undefined;
    throw error;
  });
  if (!result) {
    markStored(world);
    await checkState(world, ds, ours.head);
    expect(await ds.log()).toEqual(from.log);
    return `merge ${other}: refused (${codes})`;
  }
  expect(codes, 'a merge that was to be refused').toEqual([]);
  const rows = result.conflicts.map(({ tensor, ours: a, theirs: b }) => ({ tensor, ours: a, theirs: b }));
  expect(new Set(rows.map((row) => JSON.stringify(row)))).toEqual(
    new Set(plan.conflicts.map((row) => JSON.stringify(row))),
  );
  const { added, updated, created } = plan;
  expect({ added: result.added, updated: result.updated }).toEqual({ added, updated });
  expect([...result.tensors.created].sort()).toEqual([...created].sort());
  if (hasChanged(ours)) sign(world, name, message);
  const target = hasChanged(theirs) ? sign(world, other, message) : open;
  const log = await ds.log();
  const id = /^Merge (\S{40}) into (\S+)$/.exec(log[0]?.message ?? '');
  target.id ??= id?.[1];
  ours.head = plan.state;
  sign(world, name, `Merge ${target.id} into ${name}`, { id: result.commit, merged: target });
  await checkLog(ds, ours.parent);
  await checkState(world, ds, ours.head);
  return `merge ${target.id?.slice(0, 6)} of ${other}: ${rows.length} conflicts, ${choice satisfies MergeChoice | undefined}`;
};

/** Changes by name, with how often they are drawn. */
export const changesOfHistory: Readonly<Record<string, readonly [weight: number, step: Step]>> = {
  createTensor: [2, createTensor],
  renameTensor: [1, renameTensor],
  deleteTensor: [1, deleteTensor],
  hideTensor: [1, hideTensor],
  groups: [1, groups],
  rechunk: [2, rechunk],
  flush: [4, flush],
  commit: [5, commit],
  branch: [2, branch],
  checkout: [5, checkout],
  look: [2, look],
  reset: [1, reset],
  reopen: [3, reopen],
  crash: [1, crash],
  read: [3, read],
  deleteBranch: [1, deleteBranch],
  merge: [4, merge],
};
