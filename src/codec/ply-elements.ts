/** Reads all elements of PLY files with all their properties, lists included. */
import { type Dtype, type DtypeMap, newTypedArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import { type PlyElement, readPlyLayout } from './ply-header.js';
import { type NextNumber, plyNumbers } from './ply-numbers.js';

/** Lists of numbers, one for each item of an element: that of item `i` is `values[offsets[i]]` to `values[offsets[i + 1]]`. */
export interface PlyLists {
  /** The numbers of all lists, one after another. */
  readonly values: DtypeMap[Dtype];
  /** Where the lists begin, and at last where the last one ends. */
  readonly offsets: Uint32Array<ArrayBuffer>;
}

/** An element, such as `vertex` or `face`. */
export interface PlyElementData {
  /** How many items it has. */
  readonly count: number;
  /** Its properties by name, in the type of the file: a number for each item, or a list. */
  readonly properties: Readonly<Record<string, DtypeMap[Dtype] | PlyLists>>;
}

/** Elements by name. */
export type MeshElements = Readonly<Record<string, PlyElementData>>;

/** What {@link readPlyElements} works on. */
export interface PlyJob {
  readonly bytes: Bytes;
  /** Elements that are asked for; absent: all. */
  readonly names?: readonly string[];
}

/**
 * Reads elements of a PLY file. Names that it does not have are left out.
 *
 * @throws {DatasetError} `codec` when the file is damaged
 */
export function readPlyElements({ bytes, names }: PlyJob): MeshElements {
  const layout = readPlyLayout(bytes);
  const file = new FileView(bytes, 'ply');
  const next = plyNumbers(bytes, layout);
  const found: [string, PlyElementData][] = [];
  for (const element of layout.elements) {
    const data = readElement(element, next, file);
    if (!names || names.includes(element.name)) found.push([element.name, data]);
  }
  return Object.fromEntries(found);
}

/** Numbers of one property as they come. */
interface Column {
  readonly type: Dtype;
  /** Type of the lists' lengths; undefined for single numbers. */
  readonly count: Dtype | undefined;
  values: DtypeMap[Dtype];
  used: number;
  readonly offsets: Uint32Array<ArrayBuffer>;
}

function readElement(
  { name: element, count, properties }: PlyElement,
  next: NextNumber,
  file: FileView,
): PlyElementData {
  // The header's check has seen that the file has at least a byte for each number, so this is bounded by its length.
  const columns = properties.map(
    ({ type, count: lengths }): Column => ({
      type,
      count: lengths,
      values: newTypedArray(type, lengths ? 0 : count),
      used: 0,
      offsets: new Uint32Array(lengths ? count + 1 : 0),
    }),
  );
  for (let i = 0; i < count; i++) {
    for (const column of columns) {
      const { type, count: lengths } = column;
      if (!lengths) {
        column.values[i] = next(type);
        continue;
      }
      const items = next(lengths);
      if (!Number.isInteger(items) || items < 0 || items > file.length)
        throw file.error(`a list of ${element} ${i} promises ${items} numbers`);
      if (column.used + items > column.values.length) grow(column, column.used + items);
      for (let k = 0; k < items; k++) column.values[column.used++] = next(type);
      column.offsets[i + 1] = column.used;
    }
  }
  const data = columns.map(({ count: lengths, values, used, offsets }, i): [string, DtypeMap[Dtype] | PlyLists] => [
    properties[i]?.name ?? '',
    lengths ? { values: used === values.length ? values : values.slice(0, used), offsets } : values,
  ]);
  return { count, properties: Object.fromEntries(data) };
}

function grow(column: Column, least: number): void {
  const old = column.values;
  const room = newTypedArray(column.type, Math.max(least, 2 * old.length, 64));
  for (let i = 0; i < column.used; i++) room[i] = old[i] ?? 0;
  column.values = room;
}
