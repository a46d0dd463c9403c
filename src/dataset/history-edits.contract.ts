/** Random edits of samples, on a dataset and on its model. */
import { expect } from 'vitest';
import type { Tensor } from '../index.js';
import {
  drawFrom,
  drawInt,
  emptyValue,
  kindOf,
  type Numbers,
  type Random,
  type Value,
} from './history-kinds.contract.js';
import {
  append,
  type Column,
  clear,
  insert,
  lengthOf,
  remove,
  replace,
  type State,
  visible,
  withColumn,
} from './history-model.contract.js';
import { here, refused, type World } from './history-world.contract.js';

/** A change of both; gives what it did, for messages, and undefined where there was nothing to do. */
export type Step = (world: World, random: Random) => Promise<string | undefined>;

type Cells = Readonly<Record<string, Value>>;

/** Draws a sample for each visible tensor. */
export const drawRow = (state: State, random: Random): Cells =>
  Object.fromEntries(visible(state).map(([name, { kind }]) => [name, kindOf(kind).draw(random)]));

/** What a dataset is given for samples of the model. */
export const inputs = (state: State, cells: Cells): Record<string, never> =>
  Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, inputOf(state.columns.get(name), value)]));

// Which types a tensor takes is only known when the history runs.
const inputOf = (column: Column | undefined, value: Value): never =>
  (column && kindOf(column.kind).input(value)) as never;

/** Draws some of something. */
export const drawMany = <T>(random: Random, most: number, draw: () => T): T[] =>
  Array.from({ length: 1 + drawInt(random, most) }, draw);

/** Changes all visible tensors of a state, or some. */
export function change(state: State, to: (column: Column, name: string) => Column, names?: Iterable<string>): State {
  const chosen = new Set(names ?? visible(state).map(([name]) => name));
  return [...state.columns].reduce(
    (next, [name, column]) => (chosen.has(name) ? withColumn(next, name, to(column, name)) : next),
    state,
  );
}

/** Whether all visible tensors have the same length. */
export const isEven = (state: State): boolean => new Set(visible(state).map(([, { cells }]) => cells.length)).size <= 1;

/** Draws a tensor, hidden ones included. */
function drawColumn(state: State, random: Random, fits: (column: Column) => boolean = () => true) {
  const columns = [...state.columns].filter(([, column]) => fits(column));
  return columns.length === 0 ? undefined : drawFrom(random, columns);
}

const isFilled = ({ cells }: Column): boolean => cells.length > 0;

function drawRows(random: Random, length: number): number[] {
  const density = random();
  const start = drawInt(random, length);
  if (density < 0.3) return [start];
  if (density < 0.5) return Array.from({ length: Math.min(4, length - start) }, (_, i) => start + i);
  return Array.from({ length }, (_, row) => row).filter(() => random() < density * 0.5);
}

const extend: Step = async (world, random) => {
  const { head } = here(world);
  if (visible(head).length === 0) return undefined;
  const rows = drawMany(random, 6, () => drawRow(head, random));
  if (!isEven(head)) {
    await refused(world.ds.extend(rows.map((row) => inputs(head, row))), 'sample-mismatch');
    return even(world, random);
  }
  const left = random() < 0.2 ? drawFrom(random, visible(head))[0] : undefined;
  const given = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== left)));
  const count = await world.ds.extend(
    given.map((row) => inputs(head, row)),
    { appendEmpty: left !== undefined },
  );
  expect(count).toBe(rows.length);
  here(world).head = change(head, (column, name) =>
    append(
      column,
      given.map((row) => (name === left ? emptyValue(column.kind) : row[name])),
    ),
  );
  return `extend by ${rows.length} rows${left === undefined ? '' : ` without ${left}`}`;
};

/** Makes all tensors as long as the longest one. */
const even: Step = async (world, random) => {
  const { head } = here(world);
  const length = Math.max(0, ...visible(head).map(([, { cells }]) => cells.length));
  let next = head;
  for (const [name, column] of visible(head)) {
    if (column.cells.length === length) continue;
    const value = kindOf(column.kind).draw(random);
    await (await world.ds.loadTensor(name)).set(length - 1, inputOf(column, value));
    next = withColumn(next, name, replace(column, length - 1, value));
  }
  here(world).head = next;
  return `make all ${length} long`;
};

/** An edit of one tensor: what to do, and what the model makes of it. */
const onTensor =
  (
    what: string,
    work: (tensor: Tensor, column: Column, random: Random) => Promise<readonly [string, Column] | undefined>,
    fits?: (column: Column) => boolean,
  ): Step =>
  async (world, random) => {
    const { head } = here(world);
    const drawn = drawColumn(head, random, fits);
    if (!drawn) return undefined;
    const [name, column] = drawn;
    const done = await work(await world.ds.loadTensor(name), column, random);
    if (!done) return undefined;
    here(world).head = withColumn(head, name, done[1]);
    return `${what} ${name}${done[0]}`;
  };

const tensorExtend = onTensor('extend', async (tensor, column, random) => {
  const values = drawMany(random, 5, () => kindOf(column.kind).draw(random));
  await tensor.extend(values.map((value) => inputOf(column, value)));
  return [` by ${values.length}`, append(column, values)];
});

const set = onTensor(
  'set',
  async (tensor, column, random) => {
    const row = drawInt(random, column.cells.length);
    const value = kindOf(column.kind).draw(random);
    await tensor.set(random() < 0.3 ? row - column.cells.length : row, inputOf(column, value));
    return [` at ${row}`, replace(column, row, value)];
  },
  isFilled,
);

const beyond = onTensor('set', async (tensor, column, random) => {
  const row = column.cells.length + drawInt(random, 4);
  const value = kindOf(column.kind).draw(random);
  await tensor.set(row, inputOf(column, value));
  return [` beyond the end at ${row}`, replace(column, row, value)];
});

const setItem = onTensor(
  'set',
  async (tensor, column, random) => {
    const row = drawInt(random, column.cells.length);
    const { items } = kindOf(column.kind);
    const value = column.cells[row]?.value as Value[];
    if (!items || value.length === 0) return undefined;
    const item = drawInt(random, value.length);
    const one = items.draw(random);
    await tensor.set(row, item, items.input(one) as never);
    return [` at ${row}, item ${item}`, replace(column, row, value.with(item, one))];
  },
  ({ kind, cells }) => kindOf(kind).items !== undefined && cells.length > 0,
);

const setRegion = onTensor(
  'set a region of',
  async (tensor, column, random) => {
    const row = drawInt(random, column.cells.length);
    const value = column.cells[row]?.value as Numbers | null;
    if (!value || value.data.length === 0) return undefined;
    const box = value.shape.map((size) => {
      const start = drawInt(random, size);
      return [start, start + 1 + drawInt(random, size - start)] as const;
    });
    const fill = drawInt(random, 100);
    await tensor.setRegion(row, box, fill);
    const data = value.data.map((number, i) => {
      let rest = i;
      for (let axis = value.shape.length - 1; axis >= 0; axis--) {
        const size = value.shape[axis] ?? 1;
        const [start, end] = box[axis] ?? [0, 0];
        if (rest % size < start || rest % size >= end) return number;
        rest = Math.floor(rest / size);
      }
      return fill;
    });
    return [` at ${row}`, replace(column, row, { shape: value.shape, data })];
  },
  ({ kind, cells }) => kindOf(kind).hasRegions && cells.length > 0,
);

const update: Step = async (world, random) => {
  const { head } = here(world);
  const chosen = visible(head).filter(([, { cells }]) => cells.length > 0 && random() < 0.6);
  if (chosen.length === 0) return undefined;
  const rows = drawRows(random, Math.min(...chosen.map(([, { cells }]) => cells.length)));
  const draw = (): Cells => Object.fromEntries(chosen.map(([name, { kind }]) => [name, kindOf(kind).draw(random)]));
  const news = rows.map((row) => [row, draw()] as const);
  const [first] = news;
  if (first && news.length === 1) await world.ds.update(first[0], inputs(head, first[1]));
  else await world.ds.update(news.map(([row, cells]) => [row, inputs(head, cells)] as const));
  here(world).head = change(
    head,
    (column, name) => news.reduce((next, [row, cells]) => replace(next, row, cells[name]), column),
    chosen.map(([name]) => name),
  );
  return `update ${chosen.map(([name]) => name)} at ${rows}`;
};

const pop: Step = async (world, random) => {
  const { head } = here(world);
  const longest = Math.max(0, ...visible(head).map(([, { cells }]) => cells.length));
  if (longest === 0) return undefined;
  const rows = random() < 0.3 ? undefined : drawRows(random, longest);
  await world.ds.pop(rows?.length === 1 && rows[0] !== undefined ? rows[0] : rows);
  const gone = rows ?? [longest - 1];
  here(world).head = change(head, (column) =>
    remove(
      column,
      gone.filter((row) => row < column.cells.length),
    ),
  );
  return `pop rows ${rows ?? ''}`;
};

const tensorPop = onTensor(
  'pop of',
  async (tensor, column, random) => {
    const rows = drawRows(random, column.cells.length);
    await tensor.pop(random() < 0.3 ? rows.map((row) => row - column.cells.length).reverse() : rows);
    return [` ${rows}`, remove(column, rows)];
  },
  isFilled,
);

const insertRows: Step = async (world, random) => {
  const { head } = here(world);
  if (visible(head).length === 0) return undefined;
  const at = drawInt(random, lengthOf(head) + 1);
  const rows = drawMany(random, 4, () => drawRow(head, random));
  if (!isEven(head)) {
    const given = rows.map((row) => inputs(head, row));
    await refused(world.ds.insert(at, given), 'sample-mismatch');
    return 'insert into tensors of several lengths';
  }
  await world.ds.insert(
    at,
    rows.map((row) => inputs(head, row)),
  );
  here(world).head = change(head, (column, name) =>
    insert(
      column,
      at,
      rows.map((row) => row[name]),
    ),
  );
  return `insert ${rows.length} rows at ${at}`;
};

const tensorInsert = onTensor('insert into', async (tensor, column, random) => {
  const at = drawInt(random, column.cells.length + 1);
  const values = drawMany(random, 4, () => kindOf(column.kind).draw(random));
  await tensor.insert(
    at,
    values.map((value) => inputOf(column, value)),
  );
  return [` ${values.length} at ${at}`, insert(column, at, values)];
});

const clearOne = onTensor('clear', async (tensor, column) => {
  await tensor.clear();
  return ['', clear(column)];
});

const tensorInfo = onTensor('info of', async (tensor, column, random) => {
  const { class_names: _, ...initial } = kindOf(column.kind).info;
  const key = `k${drawInt(random, 3)}`;
  const value = { at: drawInt(random, 100), list: ['é', null] };
  const drawn = random();
  let { info } = column;
  if (drawn < 0.6) {
    await tensor.info.update({ [key]: value });
    info = { ...info, [key]: value };
  } else if (drawn < 0.8 || column.kind === 'labels') {
    await tensor.info.remove(key);
    info = Object.fromEntries(Object.entries(info).filter(([name]) => name !== key));
  } else {
    await tensor.info.replace({ [key]: value });
    info = { ...initial, [key]: value };
  }
  return [`, ${key}`, { ...column, info, infoUpdated: true, touched: true }];
});

const datasetInfo: Step = async (world, random) => {
  const { head } = here(world);
  const key = `k${drawInt(random, 3)}`;
  const value = [drawInt(random, 100), { deep: { er: key } }];
  await world.ds.info.update({ [key]: value });
  here(world).head = { ...head, info: { ...head.info, [key]: value }, infoUpdated: true };
  return `info of the dataset, ${key}`;
};

/** Edits by name, with how often they are drawn. */
export const edits: Readonly<Record<string, readonly [weight: number, step: Step]>> = {
  extend: [9, extend],
  tensorExtend: [2, tensorExtend],
  set: [5, set],
  beyond: [1, beyond],
  setItem: [2, setItem],
  setRegion: [3, setRegion],
  update: [5, update],
  pop: [4, pop],
  tensorPop: [2, tensorPop],
  insertRows: [4, insertRows],
  tensorInsert: [2, tensorInsert],
  clear: [1, clearOne],
  tensorInfo: [1, tensorInfo],
  datasetInfo: [1, datasetInfo],
};
