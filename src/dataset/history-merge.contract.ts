/** What a merge makes of two states of the model: tensors are matched by what they are, samples by their ids. */
import { kindOf, type Value } from './history-kinds.contract.js';
import {
  type Cell,
  type Column,
  changesOf,
  groupsOf,
  headAfter,
  isChange,
  lineage,
  type Node,
  type State,
  visible,
} from './history-model.contract.js';
import type { MergeChoice } from './merge.js';

/** What a merge does. */
export interface ModelMerge {
  /** The state of the merge commit. */
  readonly state: State;
  readonly conflicts: readonly { readonly tensor: string; readonly ours: number; readonly theirs: number }[];
  readonly added: number;
  readonly updated: number;
  readonly created: readonly string[];
  /** Why it cannot be made, for one of which it is refused. */
  readonly refusals: readonly ('clash' | 'ids')[];
}

interface Rows {
  readonly added: number[];
  readonly removed: number[];
  readonly returning: number[];
  readonly pairs: [mine: number, their: number][];
  readonly conflicts: [mine: number, their: number][];
}

/** The commit of theirs that ours has merged last. */
export function lastMerged(ours: Node | undefined, theirs: Node): Node | undefined {
  const merged = new Set(lineage(ours).flatMap(({ merged: one }) => one ?? []));
  return lineage(theirs).find((node) => merged.has(node));
}

/** Whether a merge of a commit would bring nothing. */
export function isMerged(ours: Node | undefined, theirs: Node): boolean {
  return lineage(ours).includes(theirs) || lastMerged(ours, theirs) === theirs;
}

/** Whether a tensor that one side has got from the other since they parted has another name there now. */
export function isRenamedSinceMerge(head: State, parent: Node | undefined, theirs: Node): boolean {
  const path = lineage(theirs);
  const base = lineage(parent).find((node) => path.includes(node));
  const old = new Set(base && visible(base.state).map(([, { uid }]) => uid));
  const mine = new Map(visible(head).map(([name, { uid }]) => [uid, name]));
  return visible(theirs.state).some(([name, { uid }]) => !old.has(uid) && (mine.get(uid) ?? name) !== name);
}

/** Merges a commit into a head. @param parent - of the head. @param taken - which side counts where both changed */
export function mergeStates(head: State, parent: Node | undefined, theirs: Node, taken: MergeChoice): ModelMerge {
  const path = lineage(theirs);
  const base = lineage(parent).find((node) => path.includes(node));
  if (!base) throw new TypeError('branches have a commit in common');
  const settled = lastMerged(parent, theirs);
  const lent = parent && lastMerged(theirs, parent);
  const news = path.slice(0, path.indexOf(settled ?? base));
  const mine = new Map(visible(head).map(([name, column]) => [column.uid, { name, column }]));
  const old = new Map(visible(base.state).map(([name, { uid }]) => [uid, name]));
  const before = new Set(settled ? visible(settled.state).map(([, { uid }]) => uid) : []);
  const changed = (uid: number): boolean =>
    news.some(({ state }) => [...state.columns.values()].some((one) => one.uid === uid && isChange(changesOf(one))));
  let state = headAfter(head);
  const refusals = new Set<'clash' | 'ids'>();
  const created: [string, Column][] = [];
  const common: { name: string; final: string; ours: Column; theirs: Column; rows: Rows }[] = [];
  for (const [name, column] of visible(theirs.state)) {
    const own = mine.get(column.uid);
    const first = old.get(column.uid);
    if (!own) {
      const isNew = first === undefined && !before.has(column.uid);
      if (isNew || changed(column.uid)) created.push([name, column]);
      continue;
    }
    if (!kindOf(column.kind).hasIds) refusals.add('ids');
    if (first !== undefined && own.name !== first && name !== first && own.name !== name) refusals.add('clash');
    const final = own.name === first ? name : own.name;
    common.push({
      name: own.name,
      final,
      ours: own.column,
      theirs: column,
      rows: matchRows(
        own.column,
        column,
        columnIn(lent ?? base, base, own.column.uid),
        columnIn(settled ?? base, base, column.uid),
      ),
    });
  }
  const returning = new Set(common.flatMap(({ rows }) => rows.returning));
  const known = new Map(visible(base.state).map(([, one]) => [one.uid, new Set(one.cells.map(({ id }) => id))]));
  // What both have from the start is nothing that their side has padded.
  const isPad = ({ theirs: their, rows }: (typeof common)[number], row: number): boolean => {
    const cell = their.cells[row];
    const isNew = rows.added.includes(row) || rows.removed.includes(row);
    return isNew && cell !== undefined && cell.pad !== false && !known.get(their.uid)?.has(cell.id);
  };
  const isPadding = (row: number): boolean => common.every((one) => row >= one.theirs.cells.length || isPad(one, row));
  const added = new Set<number>();
  const conflicts = [];
  let updated = 0;
  const columns = new Map(state.columns);
  for (const one of common) {
    const { name, ours, theirs: their, rows } = one;
    const own = columns.get(name) ?? ours;
    const cells = [...own.cells];
    for (const [at, row] of [...rows.pairs, ...rows.conflicts]) {
      const [a, b] = [ours.cells[at], their.cells[row]];
      if (!a || !b) continue;
      const isConflict = rows.conflicts.some(([other]) => other === at);
      const past = new Set([...a.past, ...b.past, ...(isConflict ? [a.edit, b.edit] : [])]);
      if (isConflict) conflicts.push({ tensor: name, ours: at, theirs: row });
      const takes = !isConflict || taken === 'theirs';
      if (takes) {
        updated++;
      }
      const winner = takes ? b : a;
      const merged = { id: a.id, value: winner.value, edit: winner.edit, past, pad: false as const };
      cells[at] = { ...merged, updated: takes };
    }
    for (const [at, cell] of cells.entries()) {
      // Both have the same: neither is news to the other from now on.
      const other = their.cells.find(({ id }) => id === cell.id);
      if (other && !cell.updated) cells[at] = { ...cell, past: new Set([...cell.past, ...other.past, other.edit]) };
    }
    const back = rows.removed.filter((row) => returning.has(row));
    const more = [...rows.added, ...back].filter((row) => !isPadding(row)).sort((a, b) => a - b);
    for (const row of more) {
      added.add(row);
      const cell = their.cells[row];
      if (cell) cells.push({ ...cell, updated: false, pad: isPad(one, row) && 'now' });
    }
    const dead = new Map([...own.dead].filter(([id]) => !cells.some((cell) => cell.id === id)));
    const names = [...ours.names, ...their.names.filter((one) => !ours.names.includes(one))];
    const grown = names.length > ours.names.length;
    columns.set(name, {
      ...{ ...own, cells, dead, names, infoUpdated: grown },
      places: [...own.places, ...more.map(() => undefined)],
      touched: grown || rows.pairs.length + more.length > 0 || cells.some((cell) => cell.updated),
    });
  }
  const finals = new Map(common.map(({ name, final }) => [name, final]));
  const renamed = new Map([...finals].filter(([from, to]) => from !== to));
  state = { ...state, columns: new Map([...columns].map(([name, one]) => [finals.get(name) ?? name, one])), renamed };
  for (const [name, column] of created) {
    if (state.columns.has(name)) refusals.add('clash');
    const copied = { ...column, created: true, cleared: false, infoUpdated: false, removed: new Set<number>() };
    const cells = column.cells.map((cell): Cell => ({ ...cell, updated: false, pad: false }));
    const copy: Column = { ...copied, cells, places: cells.map(() => undefined), touched: true };
    state = { ...state, columns: new Map(state.columns).set(name, copy) };
  }
  const groups = [...state.columns.keys()].flatMap(groupsOf);
  state = { ...state, groups: [...new Set([...state.groups, ...groups])] };
  const names = created.map(([name]) => name);
  return { state, conflicts, added: added.size, updated, created: names, refusals: [...refusals] };
}

/** A column as it was in a state, or, when it was not there, in another one. */
function columnIn(node: Node, other: Node, uid: number): Column | undefined {
  for (const { state } of [node, other]) for (const [, column] of visible(state)) if (column.uid === uid) return column;
  return undefined;
}

/** @param before - what each side had when they last agreed: what has the same content since has not changed. */
function matchRows(ours: Column, theirs: Column, oursBefore?: Column, theirsBefore?: Column): Rows {
  const rows: Rows = { added: [], removed: [], returning: [], pairs: [], conflicts: [] };
  const at = new Map(ours.cells.map(({ id }, row) => [id, row]));
  for (const [row, cell] of theirs.cells.entries()) {
    const place = at.get(cell.id);
    const own = place === undefined ? ours.dead.get(cell.id) : ours.cells[place];
    const isNews = !own || (own.edit !== cell.edit && !own.past.has(cell.edit));
    if (place === undefined) {
      if (!own) rows.added.push(row);
      else rows.removed.push(row);
      if (own && isNews && differs(cell, theirsBefore)) rows.returning.push(row);
    } else if (own && isNews) {
      if (cell.past.has(own.edit)) rows.pairs.push([place, row]);
      else if (!differs(cell, theirsBefore)) continue;
      else if (!differs(ours.cells[place] ?? cell, oursBefore)) rows.pairs.push([place, row]);
      else if (content(own.value) !== content(cell.value)) rows.conflicts.push([place, row]);
    }
  }
  return rows;
}

function differs({ id, value }: Cell, before: Column | undefined): boolean {
  const was = before?.cells.find((cell) => cell.id === id);
  return !was || content(was.value) !== content(value);
}

/** A value as text: empty arrays have their shapes, but for those of zeros alone, which stand for no value. */
function content(value: Value): string {
  return JSON.stringify(value, (_, part: unknown) => {
    const shape = typeof part === 'object' && part !== null && 'shape' in part ? part.shape : undefined;
    return Array.isArray(shape) && shape.every((size) => size === 0) ? null : part;
  });
}
