/** Random edits that fail or are given up, on a dataset and on its model. */
import { expect } from 'vitest';
import { change, drawMany, drawRow, inputs, isEven, type Step } from './history-edits.contract.js';
import { drawFrom, drawInt, kindOf } from './history-kinds.contract.js';
import { append, lengthOf, visible } from './history-model.contract.js';
import { here, refused } from './history-world.contract.js';

/** Rows of which one cannot be stored. */
const bad: Step = async (world, random) => {
  const { head } = here(world);
  if (visible(head).length === 0 || !isEven(head)) return undefined;
  const rows = drawMany(random, 3, () => drawRow(head, random));
  const [name, column] = drawFrom(random, visible(head));
  const broken: Record<string, never> = {
    ...inputs(head, drawRow(head, random)),
    [name]: kindOf(column.kind).bad as never,
  };
  const good = rows.map((row) => inputs(head, row));
  const given = [...good, broken, ...good];
  const codes = ['sample-mismatch', 'codec', 'TypeError', 'RangeError'];
  const length = lengthOf(head);
  const appended = change(head, (one, own) =>
    append(
      one,
      rows.map((row) => row[own]),
    ),
  );
  const how = drawInt(random, 5);
  if (how === 0) {
    await refused(world.ds.extend(given), ...codes);
    here(world).head = appended; // rows before it stay
  } else if (how === 1) {
    const skipped: number[] = [];
    const options = { ignoreErrors: true, onSkip: (_: unknown, index: number) => skipped.push(index) };
    expect(await world.ds.extend([...good, broken], options)).toBe(good.length);
    expect(skipped).toEqual([good.length]);
    here(world).head = appended;
  } else if (how === 2) {
    await refused(world.ds.insert(drawInt(random, length + 1), given), ...codes);
  } else if (how === 3) {
    await refused((await world.ds.loadTensor(name)).extend([good[0]?.[name], kindOf(column.kind).bad]), ...codes);
  } else if (length > 0) {
    const changed = { ...good[0], [name]: kindOf(column.kind).bad as never };
    await refused(
      world.ds.update([
        [0, good[0] ?? {}],
        [length - 1, changed],
      ]),
      ...codes,
    );
  }
  return `a bad sample of ${name} in ${['extend', 'extend, skipped', 'insert', 'tensor.extend', 'update'][how]}`;
};

/** Calls that are given up in the middle. */
const abort: Step = async (world, random) => {
  const { head } = here(world);
  if (visible(head).length === 0 || !isEven(head)) return undefined;
  const { ds } = world;
  const controller = new AbortController();
  const { signal } = controller;
  const rows = drawMany(random, 5, () => drawRow(head, random));
  const stop = drawInt(random, rows.length);
  async function* stopping<T>(list: readonly T[]): AsyncGenerator<T> {
    for (const [i, one] of list.entries()) {
      if (i === stop) controller.abort();
      yield one;
    }
  }
  const given = rows.map((row) => inputs(head, row));
  const how = drawInt(random, 4);
  const [name] = drawFrom(random, visible(head));
  const tensor = await ds.loadTensor(name);
  if (how === 0)
    await refused(ds.insert(drawInt(random, lengthOf(head) + 1), stopping(given), { signal }), 'AbortError');
  else if (how === 1) await refused(tensor.extend(stopping(given.map((row) => row[name])), { signal }), 'AbortError');
  else if (how === 2) {
    controller.abort();
    if (lengthOf(head) > 0) await refused(ds.update(0, given[0] ?? {}, { signal }), 'AbortError');
    await refused(ds.flush({ signal }), 'AbortError');
  } else {
    await refused(ds.extend(stopping(given), { signal }), 'AbortError');
    // Rows before that may stay, whole ones only.
    const stayed = rows.slice(0, ds.length - lengthOf(head));
    expect(stayed.length).toBeLessThanOrEqual(stop);
    here(world).head = change(head, (column, own) =>
      append(
        column,
        stayed.map((row) => row[own]),
      ),
    );
  }
  return `abort ${['insert', 'tensor.extend', 'update and flush', 'extend'][how]} at ${stop}`;
};

/** Edits that fail by name, with how often they are drawn. */
export const failures: Readonly<Record<string, readonly [weight: number, step: Step]>> = {
  bad: [2, bad],
  abort: [2, abort],
};
