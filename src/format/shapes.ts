import { RunTable } from '../util/runs.js';

/** An empty shape table of samples with `dimensions` axes. */
export function newShapes(dimensions: number): RunTable {
  return new RunTable(dimensions);
}

/** The shape of a sample in its chunk; zeros where the table ends early, as the format wants it. */
export function shapeAt(shapes: RunTable, index: number): number[] {
  const row = index < shapes.items ? shapes.find(index) : -1;
  return Array.from({ length: shapes.columns }, (_, axis) => (row < 0 ? 0 : shapes.value(row, axis)));
}
