/** A plain model of a dataset with its history: immutable states, to compare a real one with. */
import type { CommitChanges, TensorChanges } from '../version/changes.js';
import { emptyValue, type KindName, kindOf, type Value } from './history-kinds.contract.js';

/** A sample. */
export interface Cell {
  /** Which sample it is, over all states. */
  readonly id: number;
  readonly value: Value;
  /** The edit that made it what it is. */
  readonly edit: number;
  /** Edits that this one replaced, or was chosen over. */
  readonly past: ReadonlySet<number>;
  /** Whether it counts as updated since the last commit. */
  readonly updated: boolean;
  /** Whether it fills a gap before a sample that was assigned beyond the end: since the last commit, or before it. */
  readonly pad: false | 'now' | 'before';
}

/** A tensor, with what happened to it since the last commit. */
export interface Column {
  /** Which tensor it is, over all states and names. */
  readonly uid: number;
  readonly kind: KindName;
  readonly hidden: boolean;
  /** Names of its classes. */
  readonly names: readonly string[];
  /** What its info has beside them. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly cells: readonly Cell[];
  /** For each place its number at the last commit, undefined behind those. Inserted samples make places at the end. */
  readonly places: readonly (number | undefined)[];
  /** Numbers at the last commit of what was removed. */
  readonly removed: ReadonlySet<number>;
  /** Samples that this branch has removed, as they were. */
  readonly dead: ReadonlyMap<number, Cell>;
  readonly created: boolean;
  readonly cleared: boolean;
  readonly infoUpdated: boolean;
  /** Whether anything is recorded, were it that nothing is different. */
  readonly touched: boolean;
}

/** A state of a dataset. */
export interface State {
  readonly columns: ReadonlyMap<string, Column>;
  readonly groups: readonly string[];
  readonly info: Readonly<Record<string, unknown>>;
  readonly infoUpdated: boolean;
  readonly renamed: ReadonlyMap<string, string>;
  readonly deleted: readonly string[];
}

/** A commit. */
export interface Node {
  /** Its id, once a log has told it. */
  id: string | undefined;
  readonly branch: string;
  readonly parent: Node | undefined;
  readonly message: string | null;
  readonly state: State;
  /** The commit that was merged. */
  readonly merged?: Node;
}

let last = 0;
const fresh = (): number => ++last;

/** A dataset of nothing. */
export const emptyState: State = {
  columns: new Map(),
  groups: [],
  info: {},
  infoUpdated: false,
  renamed: new Map(),
  deleted: [],
};

/** A new tensor. */
export function newColumn(kind: KindName): Column {
  const { class_names: names, ...info } = kindOf(kind).info;
  return {
    uid: fresh(),
    kind,
    hidden: kind === 'hidden',
    names: [],
    info,
    cells: [],
    places: [],
    removed: new Set(),
    dead: new Map(),
    created: true,
    cleared: false,
    infoUpdated: names !== undefined || Object.keys(info).length > 0,
    touched: true,
  };
}

const newCell = (value: Value, pad: Cell['pad'] = false): Cell => ({
  ...{ id: fresh(), value, edit: fresh(), past: new Set<number>() },
  ...{ updated: false, pad },
});

/** Number of places that were there at the last commit. */
const oldPlaces = ({ places }: Column): number => places.filter((place) => place !== undefined).length;

/** Class names that samples add, and whether the info counts as touched by them. */
function withNames(column: Column, values: readonly Value[]): Column {
  const { names } = kindOf(column.kind);
  if (!names || values.length === 0) return column;
  const all = new Set([...column.names, ...values.flatMap((value) => names(value))]);
  return { ...column, names: [...all], infoUpdated: true };
}

/** Samples at the end. */
export function append(column: Column, values: readonly Value[]): Column {
  if (values.length === 0) return column;
  return {
    ...withNames(column, values),
    cells: [...column.cells, ...values.map((value) => newCell(value))],
    places: [...column.places, ...values.map(() => undefined)],
    touched: true,
  };
}

/** Another sample in a place; beyond the end, with empty ones before it. */
export function replace(column: Column, row: number, value: Value): Column {
  const { cells } = column;
  const old = cells[row];
  if (!old) {
    const gap = Array.from({ length: row - cells.length }, () => newCell(emptyValue(column.kind), 'now'));
    const { places } = column;
    const padded = { ...column, cells: [...cells, ...gap], places: [...places, ...gap.map(() => undefined)] };
    return append(padded, [value]);
  }
  const cell: Cell = {
    ...{ id: old.id, value, edit: fresh(), past: new Set([...old.past, old.edit]) },
    ...{ updated: old.updated || row < oldPlaces(column), pad: false },
  };
  return { ...withNames(column, [value]), cells: cells.with(row, cell), touched: true };
}

/** Samples between others. Old ones that are moved behind the old places count as updated. */
export function insert(column: Column, at: number, values: readonly Value[]): Column {
  const { cells, places } = column;
  if (at === cells.length) return append(column, values);
  if (values.length === 0) return column;
  const end = oldPlaces(column);
  const moved = cells.map((cell, row): Cell => {
    if (row < Math.max(at, end - values.length) || row >= end) return cell;
    const pad = cell.pad === 'now' && cell.pad; // an update of a sample that was padding before
    return { ...cell, pad, updated: true, edit: fresh(), past: new Set([...cell.past, cell.edit]) };
  });
  return {
    ...withNames(column, values),
    cells: [...moved.slice(0, at), ...values.map((value) => newCell(value)), ...moved.slice(at)],
    places: [...places, ...values.map(() => undefined)],
    touched: true,
  };
}

/** Fewer samples. */
export function remove(column: Column, rows: readonly number[]): Column {
  const gone = new Set(rows);
  const { cells, places, removed, dead } = column;
  if (gone.size === 0) return column;
  return {
    ...column,
    cells: cells.filter((_, row) => !gone.has(row)),
    places: places.filter((_, row) => !gone.has(row)),
    removed: new Set([
      ...removed,
      ...places.flatMap((place, row) => (gone.has(row) && place !== undefined ? [place] : [])),
    ]),
    dead: new Map([...dead, ...cells.flatMap((cell, row) => (gone.has(row) ? [[cell.id, cell] as const] : []))]),
    touched: true,
  };
}

/** No samples. */
export function clear(column: Column): Column {
  const { cells, dead } = column;
  return {
    ...column,
    ...{ cells: [], places: [], removed: new Set<number>(), cleared: true, touched: true },
    dead: new Map([...dead, ...cells.map((cell) => [cell.id, cell] as const)]),
  };
}

/** A state with another tensor under a name. */
export function withColumn(state: State, name: string, column: Column): State {
  return { ...state, columns: new Map(state.columns).set(name, column) };
}

/** The groups that a name lies in. */
export function groupsOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

/** A state with a new tensor, and the groups that it lies in. */
export function create(state: State, name: string, column: Column): State {
  return { ...withColumn(state, name, column), groups: [...new Set([...state.groups, ...groupsOf(name)])] };
}

const firstName = ({ renamed }: State, name: string): string =>
  [...renamed].find(([, now]) => now === name)?.[0] ?? name;

/** A tensor under another name. New ones, and those of the first head, have no other name on record. */
export function rename(state: State, from: string, to: string, isFirst: boolean): State {
  const column = state.columns.get(from);
  const columns = new Map([...state.columns].map(([name, one]) => [name === from ? to : name, one]));
  if (!column || column.created || column.hidden || isFirst || from === to) return { ...state, columns };
  const old = firstName(state, from);
  const renamed = new Map([...state.renamed].filter(([name]) => name !== old));
  if (old !== to) renamed.set(old, to);
  return { ...state, columns, renamed };
}

/** A state without a tensor. */
export function drop(state: State, name: string, isFirst: boolean): State {
  const column = state.columns.get(name);
  const columns = new Map([...state.columns].filter(([one]) => one !== name));
  if (!column || column.created || column.hidden || isFirst) return { ...state, columns };
  return { ...state, columns, ...forgotten(state, [name]) };
}

function forgotten(state: State, names: readonly string[]): Pick<State, 'renamed' | 'deleted'> {
  const old = names.map((name) => firstName(state, name));
  const renamed = new Map([...state.renamed].filter(([name]) => !old.includes(name)));
  return { renamed, deleted: [...new Set([...state.deleted, ...old])] };
}

/** A state without a group and what lies in it. @param isOld - whether the last commit has the group */
export function dropGroup(state: State, group: string, isOld: boolean): State {
  const within = (name: string): boolean => name === group || name.startsWith(`${group}/`);
  const renames = [...state.renamed.values()].filter(within);
  return {
    ...state,
    columns: new Map([...state.columns].filter(([name]) => !within(name))),
    groups: state.groups.filter((name) => !within(name)),
    ...((isOld || renames.length > 0) && forgotten(state, [...renames, group])),
  };
}

/** The head that follows a commit. */
export function headAfter(state: State): State {
  const columns = [...state.columns].map(([name, column]): [string, Column] => [
    name,
    {
      ...column,
      cells: column.cells.map((cell) => ({ ...cell, updated: false, pad: cell.pad && 'before' })),
      places: column.cells.map((_, row) => row),
      removed: new Set(),
      ...{ created: false, cleared: false, infoUpdated: false, touched: false },
    },
  ]);
  return { ...state, columns: new Map(columns), infoUpdated: false, renamed: new Map(), deleted: [] };
}

/** Whether a head differs from the commit before it, as far as records tell. @param isFirst - no commit is before it */
export function isChanged(state: State, isFirst: boolean): boolean {
  if (isFirst || state.infoUpdated || state.renamed.size > 0 || state.deleted.length > 0) return true;
  return [...state.columns.values()].some(({ touched }) => touched);
}

/** What a tensor was changed by since the last commit. */
export function changesOf(column: Column): TensorChanges {
  const { created, cleared, infoUpdated, cells, removed } = column;
  return {
    ...{ created, cleared, infoUpdated },
    added: [oldPlaces(column), cells.length],
    updated: cells.flatMap(({ updated }, row) => (updated ? [row] : [])),
    removed: [...removed].sort((a, b) => a - b),
  };
}

/** Whether there is anything in it. */
export function isChange({ created, cleared, infoUpdated, added, updated, removed }: TensorChanges): boolean {
  return created || cleared || infoUpdated || added[1] > added[0] || updated.length + removed.length > 0;
}

/** What has changed since the last commit: what `Dataset.diff` gives, without who did it when. */
export function changes(state: State): Pick<CommitChanges, 'infoUpdated' | 'renamed' | 'deleted' | 'tensors'> {
  const tensors = [...state.columns].flatMap(([name, column]) => {
    const own = changesOf(column);
    return column.hidden || !isChange(own) ? [] : [[name, own] as const];
  });
  return {
    infoUpdated: state.infoUpdated,
    renamed: Object.fromEntries(state.renamed),
    deleted: [...state.deleted].sort(),
    tensors: Object.fromEntries(tensors),
  };
}

/** Number of rows: the length of the shortest visible tensor. */
export function lengthOf(state: State): number {
  const lengths = visible(state).map(([, { cells }]) => cells.length);
  return lengths.length === 0 ? 0 : Math.min(...lengths);
}

/** Visible tensors by name. */
export function visible({ columns }: State): [string, Column][] {
  return [...columns].filter(([, { hidden }]) => !hidden);
}

/** Commits from one back to the first, newest first. */
export function lineage(from: Node | undefined): Node[] {
  const path: Node[] = [];
  for (let node = from; node; node = node.parent) path.push(node);
  return path;
}
