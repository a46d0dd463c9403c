/**
 * Reads STL files, of which the header tells little: the facts that are recorded come from the triangles.
 *
 * Binary: 80 bytes of text, u32 triangles, for each 12 f32 (normal, three corners) and u16. Text: `solid name`, for each
 * `facet normal x y z, outer loop, three times vertex x y z, endloop, endfacet`, then `endsolid`.
 * Source: StereoLithography Interface Specification (3D Systems, 1989).
 */
import { encodeTagged } from '../format/json.js';
import type { Bytes } from '../util/bytes.js';
import { FileView } from './file-view.js';
import type { SampleHeader } from './types.js';

/** Triangles of a file. */
export interface StlTriangles {
  readonly name: string;
  /** Nine numbers for each triangle: three corners. */
  readonly corners: Float32Array<ArrayBuffer>;
  /** Three for each triangle, as the file tells them, which is not always true. */
  readonly normals: Float32Array<ArrayBuffer>;
}

const HEAD = 84;
const TRIANGLE = 50;
const CORNERS = 9;
// Shorter ones cannot be written: nine keywords and twelve numbers.
const LEAST_TEXT = 80;

/** Settings of {@link readStl}. */
export interface StlOptions {
  /** Whether the solids behind the first one are read, too, of text. Default false, as numpy-stl does. */
  readonly allSolids?: boolean;
}

/** Reads the triangles. @throws {DatasetError} `codec` when the file is cut off or neither form. */
export function readStl(bytes: Bytes, options: StlOptions = {}): StlTriangles {
  const file = new FileView(bytes, 'stl');
  const promised = bytes.length >= HEAD ? file.u32(80) : -1;
  // Binary files may begin with "solid", too; their length tells them from text.
  const fits = promised >= 0 && HEAD + promised * TRIANGLE === bytes.length;
  if (!fits && /^\s*solid[\s\0]/.test(file.text(0, Math.min(bytes.length, 64))) && isText(bytes))
    return readText(file, options);
  if (promised < 0) file.expect(false, 'an STL file');
  file.need(HEAD + promised * TRIANGLE);
  const corners = new Float32Array(promised * CORNERS);
  const normals = new Float32Array(promised * 3);
  for (let i = 0, at = HEAD; i < promised; i++, at += TRIANGLE) {
    for (let k = 0; k < 3; k++) normals[i * 3 + k] = file.f32(at + 4 * k);
    for (let k = 0; k < CORNERS; k++) corners[i * CORNERS + k] = file.f32(at + 12 + 4 * k);
  }
  return { name: file.cString(0, 80).trim(), corners, normals };
}

function isText(bytes: Bytes): boolean {
  return !bytes.subarray(0, 1024).includes(0);
}

// Digits can be taken apart in one way only: a file of nothing else must not be tried in all of them.
const number = '([-+]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:e[-+]?\\d+)?|nan)';
const triple = `\\s+${number}\\s+${number}\\s+${number}\\s+`;

// A name goes to the end of its line, or to the first triangle where all stands in one line.
const head = /\s*solid([^\n]{0,1024}?)(?:\n|(?=\sfacet\s+normal\s|\sendsolid))/iy;
const tail = /\s*endsolid[^\n]{0,1024}?(?:\n|(?=\ssolid\s)|$)/iy;

function readText(file: FileView, { allSolids = false }: StlOptions): StlTriangles {
  const text = new TextDecoder('latin1').decode(file.bytes);
  const corner = `vertex${triple}`;
  const facet = new RegExp(
    `\\s*facet\\s+normal${triple}outer\\s+loop\\s+${corner.repeat(3)}endloop\\s+endfacet\\b`,
    'iy',
  );
  const most = Math.floor(text.length / LEAST_TEXT);
  const corners = new Float32Array(most * CORNERS);
  const normals = new Float32Array(most * 3);
  let count = 0;
  let name: string | undefined;
  for (let at = 0; ; ) {
    const solid = match(head, text, at);
    if (!solid) {
      if (name === undefined) throw file.error('its first line does not end');
      if (/\S/.test(text.slice(at))) throw file.error(`expected another solid or the end at byte ${at}`);
      break;
    }
    name ??= (solid[1] ?? '').trim();
    at += solid[0].length;
    for (let found = match(facet, text, at); found; found = match(facet, text, at)) {
      for (let k = 0; k < 3; k++) normals[count * 3 + k] = Number(found[k + 1]);
      for (let k = 0; k < CORNERS; k++) corners[count * CORNERS + k] = Number(found[k + 4]);
      count++;
      at += found[0].length;
    }
    const end = match(tail, text, at);
    if (!end) throw file.error(`expected a triangle or the end at byte ${at}`);
    at += end[0].length;
    if (!allSolids) break;
  }
  return { name: name ?? '', corners: corners.slice(0, count * CORNERS), normals: normals.slice(0, count * 3) };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Reads shape and facts of an STL file: `[triangles, 3, 3]`, the three corners of each. */
export function readStlHeader(bytes: Bytes): SampleHeader {
  const { name, corners } = readStl(bytes);
  const triangles = corners.length / CORNERS;
  const normals = new Float32Array(triangles * 3);
  const centroids = new Float32Array(triangles * 3);
  const min = new Float32Array(3).fill(triangles > 0 ? Infinity : 0);
  const max = new Float32Array(3).fill(triangles > 0 ? -Infinity : 0);
  const at = (i: number): number => corners[i] ?? 0;
  for (let i = 0; i < triangles; i++) {
    const a = i * CORNERS;
    for (let k = 0; k < 3; k++) {
      const [u, v] = [(k + 1) % 3, (k + 2) % 3];
      // The cross product of two edges, as long as twice the area: numpy-stl does not trust the normals of files.
      normals[i * 3 + k] =
        (at(a + 3 + u) - at(a + u)) * (at(a + 6 + v) - at(a + v)) -
        (at(a + 3 + v) - at(a + v)) * (at(a + 6 + u) - at(a + u));
      centroids[i * 3 + k] = (at(a + k) + at(a + 3 + k) + at(a + 6 + k)) / 3;
      for (let corner = k; corner < CORNERS; corner += 3) {
        min[k] = Math.min(min[k] ?? 0, at(a + corner));
        max[k] = Math.max(max[k] ?? 0, at(a + corner));
      }
    }
  }
  const array = (data: Float32Array<ArrayBuffer>, ...shape: number[]) =>
    encodeTagged({ dtype: 'float32', shape, data });
  return {
    shape: [triangles, 3, 3],
    dtype: 'float32',
    info: {
      name,
      min_: array(min, 3),
      max_: array(max, 3),
      normals: array(normals, triangles, 3),
      centroids: array(centroids, triangles, 3),
      extension: 'stl',
    },
  };
}
