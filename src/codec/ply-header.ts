/**
 * Reads PLY headers.
 *
 * A file begins with lines of text: `ply`, `format ascii|binary_little_endian|binary_big_endian 1.0`, then `element name
 * count`, each followed by its `property type name` or `property list type type name`, and `end_header`. The elements
 * follow in that order, one to a line in ascii files. Source: G. Turk, The PLY Polygon File Format (1994).
 */
import type { Dtype } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** A property of an element; lists have the type of their count, too. */
export interface PlyProperty {
  readonly name: string;
  readonly type: Dtype;
  readonly count?: Dtype;
}

/** An element, such as `vertex`, and how many of it there are. */
export interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: PlyProperty[];
}

/** The header of a PLY file. */
export interface PlyLayout {
  readonly format: 'ascii' | 'binary_little_endian' | 'binary_big_endian';
  readonly elements: readonly PlyElement[];
  readonly comments: readonly string[];
  /** Position after the header. */
  readonly start: number;
}

// Dtype, bytes, and the name that 3.9.52 records.
const types: Readonly<Record<string, readonly [Dtype, number, string]>> = {
  char: ['int8', 1, 'i1'],
  uchar: ['uint8', 1, 'u1'],
  short: ['int16', 2, 'i2'],
  ushort: ['uint16', 2, 'u2'],
  int: ['int32', 4, 'i4'],
  uint: ['uint32', 4, 'u4'],
  float: ['float32', 4, 'f4'],
  double: ['float64', 8, 'f8'],
};
const byDtype = new Map(Object.values(types).map((row) => [row[0], row]));

const MAX_HEADER = 65_536;
const MAX_COUNT = 2 ** 32;

function typeOf(file: FileView, name = ''): Dtype {
  const dtype = Object.hasOwn(types, name) ? types[name]?.[0] : [...byDtype.keys()].find((known) => known === name);
  if (!dtype) throw file.error(`its header names the type "${name.slice(0, 20)}"`);
  return dtype;
}

/** Reads the header. @throws {DatasetError} `codec` when it is damaged, or promises more than the file can hold. */
export function readPlyLayout(bytes: Bytes): PlyLayout {
  const file = new FileView(bytes, 'ply');
  const head = file.text(0, Math.min(bytes.length, MAX_HEADER / 8)).includes('end_header')
    ? MAX_HEADER / 8
    : MAX_HEADER;
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, head));
  file.expect(/^ply\r?\n/.test(text), 'a PLY file');
  const end = /\nend_header(\r\n|\n|\r)/.exec(text);
  if (!end) throw file.error(`its header does not end in its first ${Math.min(bytes.length, MAX_HEADER)} bytes`);
  const elements: PlyElement[] = [];
  const comments: string[] = [];
  let format: PlyLayout['format'] | undefined;
  for (const line of text.slice(0, end.index).split(/\r?\n/).slice(1)) {
    const [keyword, a = '', b = '', c = '', d = ''] = line.trim().split(/\s+/);
    if (keyword === 'comment') comments.push(line.slice(8).trimEnd());
    else if (keyword === 'format') {
      if (a !== 'ascii' && a !== 'binary_little_endian' && a !== 'binary_big_endian')
        throw file.error(`its format is "${a.slice(0, 20)}"`);
      format = a;
    } else if (keyword === 'element') {
      const count = Number(b);
      if (!/^\d+$/.test(b) || count >= MAX_COUNT)
        throw file.error(`it promises "${b.slice(0, 20)}" elements "${a.slice(0, 20)}"`);
      elements.push({ name: a, count, properties: [] });
    } else if (keyword === 'property') {
      const properties = elements.at(-1)?.properties;
      if (!properties) throw file.error('a property stands before the first element');
      if (a === 'list') properties.push({ name: d, type: typeOf(file, c), count: typeOf(file, b) });
      else properties.push({ name: b, type: typeOf(file, a) });
    }
  }
  if (!format) throw file.error('its header names no format');
  const layout = { format, elements, comments, start: end.index + end[0].length };
  checkLength(bytes, layout);
  return layout;
}

/** Checks that the file reaches the end of its last element. */
function checkLength(bytes: Bytes, { format, elements, start }: PlyLayout): void {
  const file = new FileView(bytes, 'ply', { bigEndian: format === 'binary_big_endian' });
  if (format === 'ascii') {
    // Each number has a digit and a space or line end, but for the last one of the file; lists may be empty.
    const least = elements.reduce((sum, { count, properties }) => sum + 2 * count * properties.length, 0);
    file.need(start + Math.max(0, least - 1));
    return;
  }
  let at = start;
  for (const { count, properties } of elements) {
    if (properties.every((property) => !property.count)) {
      at = file.need(at + count * properties.reduce((sum, { type }) => sum + bytesOf(type), 0));
      continue;
    }
    for (let i = 0; i < count; i++) {
      for (const { type, count: lengthType } of properties) {
        const size = lengthType ? bytesOf(lengthType) : 0;
        const items = size === 0 ? 1 : size === 1 ? file.u8(at) : size === 2 ? file.u16(at) : file.u32(at);
        at = file.need(at + size + items * bytesOf(type));
      }
    }
  }
}

function bytesOf(type: Dtype): number {
  return byDtype.get(type)?.[1] ?? 1;
}

/** Reads shape and facts of a PLY file: `[vertices, properties of a vertex]`, dtype that of `x`. */
export function readPlyHeader(bytes: Bytes): SampleHeader {
  const layout = readPlyLayout(bytes);
  const { elements } = layout;
  const vertex = elements.find(({ name }) => name === 'vertex');
  if (!vertex) throw new FileView(bytes, 'ply').error('it has no vertices');
  const first = vertex.properties.find(({ name }) => name === 'x') ?? vertex.properties[0];
  return {
    shape: [vertex.count, vertex.properties.length],
    dtype: first?.type ?? 'float32',
    info: infoOf(layout),
  };
}

/** What 3.9.52 records, with its names for the numbers of a triangle. */
function infoOf({ format, elements, comments }: PlyLayout): Record<string, unknown> {
  const order = format === 'ascii' ? '' : format === 'binary_big_endian' ? '>' : '<';
  const normals =
    format === 'ascii' && elements.some(({ properties }) => properties.some(({ name }) => /^n[xyz]$/.test(name)));
  const names: string[] = [];
  const all: Record<string, string> = {};
  const byElement: Record<string, Record<string, string>> = {};
  for (const { name: element, properties } of elements) {
    const own: Record<string, string> = {};
    byElement[element] = own;
    const add = (name: string, type: Dtype): void => {
      names.push(name);
      all[name] = own[name] = order + (byDtype.get(type)?.[2] ?? '');
    };
    for (const { name, type, count } of properties) {
      if (!count) add(name, type);
      else if (/^vertex_(index|indices)$/.test(name)) {
        add('n_points', count);
        for (const corner of ['v1', 'v2', 'v3']) add(corner, type);
      } else {
        add('n_coords', count);
        for (const corner of ['v1_u', 'v1_v', 'v2_u', 'v2_v', 'v3_u', 'v3_v']) add(corner, type);
      }
    }
  }
  return {
    dimensions_names: names,
    element_name_to_property_dtypes: byElement,
    dimensions_names_to_dtype: all,
    comments: [...comments],
    fmt: normals ? 'ascii_with_normals' : format,
    extension: 'ply',
    ...Object.fromEntries(elements.map(({ name, count }) => [name, count])),
  };
}
