import { expect, it } from 'vitest';
import { RowSelection } from './row-selection.js';

it('selects rows one by one, and all between two places', () => {
  const selection = new RowSelection();
  let calls = 0;
  selection.onChange = () => calls++;
  const rowAt = (place: number): number => 10 * place;
  selection.startAt(1);
  selection.extend(3, rowAt);
  expect(selection.rows).toEqual([10, 20, 30]);
  selection.toggle(20, 2);
  expect(selection.rows).toEqual([10, 30]);
  selection.extend(0, rowAt); // back from the place of the last row that was touched
  expect(selection.rows).toEqual([0, 10, 20, 30]);
  selection.startAt(9); // something is selected: ranges begin where they began
  expect(selection.clear()).toBe(true);
  expect(selection.clear()).toBe(false);
  expect(selection.has(10)).toBe(false);
  expect(calls).toBe(4);
});
