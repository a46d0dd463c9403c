import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { checkRuns, RunTable } from './runs.js';

type Step =
  | { readonly op: 'append'; readonly value: number; readonly count: number }
  | { readonly op: 'update'; readonly at: number; readonly value: number }
  | { readonly op: 'pop' | 'truncate'; readonly at: number };

const value = fc.integer({ min: 0, max: 2 }); // few values: neighbours are often equal
const at = fc.nat(1000);
const appendStep = fc.record({ op: fc.constant('append' as const), value, count: fc.integer({ min: 1, max: 4 }) });
const updateStep = fc.record({ op: fc.constant('update' as const), at, value });
const cutStep = fc.record({ op: fc.constantFrom('pop' as const, 'truncate' as const), at });

/** Applies a step to the table and to a plain array. */
function apply(table: RunTable, model: number[], step: Step, row: (value: number) => number[]): void {
  if (step.op === 'append') {
    table.append(row(step.value), step.count);
    for (let i = 0; i < step.count; i++) model.push(step.value);
  } else if (model.length > 0) {
    const item = step.at % model.length;
    if (step.op === 'update') {
      table.update(item, row(step.value));
      model[item] = step.value;
    } else if (step.op === 'pop') {
      table.pop(item);
      model.splice(item, 1);
    } else {
      const items = model.length - (step.at % 3 === 0 ? Math.min(3, item) : 0);
      table.truncate(items);
      model.length = items;
    }
  }
}

/** Run-length rows of a plain array; `row` makes the value columns from value and running sum. */
function encode(model: readonly number[], row: (value: number, start: number) => number[]): number[] {
  const rows: number[] = [];
  let sum = 0;
  let start = 0;
  model.forEach((item, index) => {
    if (index === 0 || model[index - 1] !== item) start = sum;
    sum += item;
    if (model[index + 1] !== item) rows.push(...row(item, start), index);
  });
  return rows;
}

const kinds = [
  ['one column', () => new RunTable(1), (v: number) => [v]],
  ['two columns', () => new RunTable(2), (v: number) => [7, v]],
  ['compared by the first column', () => new RunTable(2, { compared: 1 }), (v: number) => [v, 9]],
] as const;

describe('RunTable', () => {
  test.each(kinds)('%s: holds what a plain array holds, canonically', (_, make, row) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(appendStep, updateStep)), (steps) => {
        const table = make();
        const model: number[] = [];
        for (const step of steps) apply(table, model, step, row);
        expect([...table.toArray()]).toEqual(encode(model, row));
      }),
    );
  });

  test('with offsets: the starts are kept right, canonically', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(appendStep, updateStep)), (steps) => {
        const table = new RunTable(2, { offsets: true });
        const model: number[] = [];
        for (const step of steps) apply(table, model, step, (v) => [v]);
        expect([...table.toArray()]).toEqual(encode(model, (v, start) => [v, start]));
        expect(table.total).toBe(model.reduce((sum, v) => sum + v, 0));
      }),
    );
  });

  test.each([false, true])('holds what a plain array holds after pops and cuts (offsets: %s)', (offsets) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(appendStep, updateStep, cutStep)), (steps) => {
        let table = new RunTable(2, { offsets });
        const model: number[] = [];
        for (const step of steps) {
          apply(table, model, step, (v) => [v, v]);
          if (step.op === 'pop') table = table.clone();
        }
        checkRuns(table, 'key', 'table');
        expect(table.items).toBe(model.length);
        expect(model.map((_, item) => table.value(table.find(item), 0))).toEqual(model);
        for (let row = 0; row < table.rows; row++) expect(table.find(table.first(row))).toBe(row);
      }),
    );
  });

  test('rows that were not merged are read, and stay apart when other items change', () => {
    const table = new RunTable(1, { rows: Uint32Array.of(5, 0, 5, 1, 5, 2, 6, 3) });
    table.update(3, [8]);
    expect([...table.toArray()]).toEqual([5, 0, 5, 1, 5, 2, 8, 3]);
    table.pop(1);
    expect([...table.toArray()]).toEqual([5, 0, 5, 1, 8, 2]);
    table.append([8]);
    expect([...table.toArray()]).toEqual([5, 0, 5, 1, 8, 3]);
  });

  test('a clone is independent', () => {
    const table = new RunTable(1);
    table.append([1]);
    const copy = table.clone();
    copy.append([2]);
    copy.update(0, [3]);
    expect([...table.toArray()]).toEqual([1, 0]);
  });

  test('refuses what does not fit, and stays as it was', () => {
    const table = new RunTable(2, { offsets: true });
    table.append([2 ** 31], 1);
    for (const wrong of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => table.append([wrong])).toThrow(RangeError);
    expect(() => table.append([2 ** 31])).toThrow(RangeError);
    expect(() => table.append([0], 2 ** 32)).toThrow(RangeError);
    expect(() => table.append([0], -1)).toThrow(RangeError);
    expect(() => table.update(0, [2 ** 32])).toThrow(RangeError);
    expect(() => table.find(1)).toThrow(RangeError);
    expect(() => table.find(-1)).toThrow(RangeError);
    expect(() => table.pop(1)).toThrow(RangeError);
    expect(() => new RunTable(2, { rows: new Uint32Array(4) })).toThrow(RangeError);
    expect([...table.toArray()]).toEqual([2 ** 31, 0, 0]);
  });

  test('holds 100,000 rows', () => {
    const table = new RunTable(1);
    for (let i = 0; i < 100_000; i++) table.append([i % 2]);
    expect(table.rows).toBe(100_000);
    expect(table.find(77_777)).toBe(77_777);
  });
});

describe('checkRuns', () => {
  const code = (rows: number[], columns: number, offsets: boolean): string => {
    try {
      checkRuns(new RunTable(columns, { offsets, rows: Uint32Array.from(rows) }), 'k', 'table');
      return 'fine';
    } catch (error) {
      return isDatasetError(error) ? error.code : 'other';
    }
  };

  test('accepts rising last indices and right starts only', () => {
    expect(code([1, 0, 2, 5], 1, false)).toBe('fine');
    expect(code([1, 0, 2, 0], 1, false)).toBe('corrupt');
    expect(code([1, 5, 2, 3], 1, false)).toBe('corrupt');
    expect(code([4, 0, 1, 3, 8, 2], 2, true)).toBe('fine');
    expect(code([4, 0, 1, 3, 9, 2], 2, true)).toBe('corrupt');
    expect(code([4, 1, 1], 2, true)).toBe('corrupt');
  });
});
