/** Makes positions, normals and triangles of a PLY file. */
import type { Bytes } from '../util/bytes.js';
import { fileError } from './file-view.js';
import { type MeshElements, type PlyElementData, readPlyElements } from './ply-elements.js';
import type { MeshGeometry } from './stl-mesh.js';

/** Reads the geometry of a PLY file. @throws {DatasetError} `codec` when it is damaged, or has no vertices in space */
export function plyGeometry(bytes: Bytes, verticesOnly: boolean): MeshGeometry {
  const elements = readPlyElements({ bytes, names: ['vertex', 'face'] });
  const positions = sideBySide(elements, 'x', 'y', 'z');
  if (!positions) throw fileError('ply', 'its vertices have no x, y and z');
  const { vertex, face } = elements;
  const normals = sideBySide(elements, 'nx', 'ny', 'nz');
  return {
    positions,
    ...trianglesOf(verticesOnly ? undefined : face, vertex?.count ?? 0),
    ...(normals && { normals }),
  };
}

/** Three properties of the vertices, `[vertices, 3]`: float64 where float32 would round them. */
function sideBySide({ vertex }: MeshElements, ...names: readonly string[]): MeshGeometry['positions'] | undefined {
  const columns = names.map((name) => vertex?.properties[name]);
  const numbers = columns.filter((column) => ArrayBuffer.isView(column));
  if (!vertex || numbers.length < 3) return undefined;
  const isWide = numbers.some((column) => column.BYTES_PER_ELEMENT > 2 && !(column instanceof Float32Array));
  const data = new (isWide ? Float64Array : Float32Array)(3 * vertex.count);
  for (const [axis, column] of numbers.entries()) {
    for (let i = 0, to = axis; i < vertex.count; i++, to += 3) data[to] = Number(column[i]);
  }
  const shape = [vertex.count, 3];
  return data instanceof Float32Array ? { dtype: 'float32', shape, data } : { dtype: 'float64', shape, data };
}

/**
 * Triangles `[triangles, 3]` of polygons: a fan around the first corner of each. Lines and points have none.
 *
 * Files of which someone has cut vertices away are common: their faces that name one are left out, and counted.
 */
function trianglesOf(
  face: PlyElementData | undefined,
  vertices: number,
): Pick<MeshGeometry, 'triangles' | 'brokenFaces'> {
  const lists = face?.properties.vertex_indices ?? face?.properties.vertex_index;
  const { values, offsets } = lists && !ArrayBuffer.isView(lists) ? lists : { values: [], offsets: [] };
  // Each corner but the first two of a face makes a triangle.
  const data = new Uint32Array(3 * values.length);
  let used = 0;
  let brokenFaces = 0;
  for (let i = 0; i + 1 < offsets.length; i++) {
    const [start = 0, end = 0] = [offsets[i], offsets[i + 1]];
    const corners = Array.from(values.slice(start, end), Number);
    if (!corners.every((vertex) => Number.isInteger(vertex) && vertex >= 0 && vertex < vertices)) {
      brokenFaces++;
      continue;
    }
    const [first = 0] = corners;
    for (let k = 2; k < corners.length; k++, used += 3) data.set([first, corners[k - 1] ?? 0, corners[k] ?? 0], used);
  }
  return { triangles: { dtype: 'uint32', shape: [used / 3, 3], data: data.slice(0, used) }, brokenFaces };
}
