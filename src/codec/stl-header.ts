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
}

const HEAD = 84;
const TRIANGLE = 50;
const CORNERS = 9;
// Shorter ones cannot be written: nine keywords and twelve numbers.
const LEAST_TEXT = 80;

/** Reads all triangles. @throws {DatasetError} `codec` when the file is cut off or neither form. */
export function readStl(bytes: Bytes): StlTriangles {
  const file = new FileView(bytes, 'stl');
  const promised = bytes.length >= HEAD ? file.u32(80) : -1;
  // Binary files may begin with "solid", too; their length tells them from text.
  const fits = promised >= 0 && HEAD + promised * TRIANGLE === bytes.length;
  if (!fits && /^\s*solid[\s\0]/.test(file.text(0, Math.min(bytes.length, 64))) && isText(bytes)) return readText(file);
  if (promised < 0) file.expect(false, 'an STL file');
  file.need(HEAD + promised * TRIANGLE);
  const corners = new Float32Array(promised * CORNERS);
  for (let i = 0, at = HEAD + 12; i < promised; i++, at += TRIANGLE) {
    for (let k = 0; k < CORNERS; k++) corners[i * CORNERS + k] = file.f32(at + 4 * k);
  }
  return { name: file.cString(0, 80).trim(), corners };
}

function isText(bytes: Bytes): boolean {
  return !bytes.subarray(0, 1024).includes(0);
}

// Digits can be taken apart in one way only: a file of nothing else must not be tried in all of them.
const number = '([-+]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:e[-+]?\\d+)?|nan)';
const triple = `\\s+${number}\\s+${number}\\s+${number}\\s+`;

function readText(file: FileView): StlTriangles {
  const text = new TextDecoder('latin1').decode(file.bytes);
  const corner = `vertex${triple}`;
  const facet = new RegExp(
    `\\s*facet\\s+normal${triple}outer\\s+loop\\s+${corner.repeat(3)}endloop\\s+endfacet\\b`,
    'iy',
  );
  const head = /^\s*solid([^\n]*)\n/.exec(text);
  if (!head) throw file.error('its first line does not end');
  facet.lastIndex = head[0].length;
  let at = facet.lastIndex;
  const corners = new Float32Array(Math.floor(text.length / LEAST_TEXT) * CORNERS);
  let count = 0;
  for (let found = facet.exec(text); found; found = facet.exec(text)) {
    for (let k = 0; k < CORNERS; k++) corners[count++] = Number(found[k + 4]);
    at = facet.lastIndex;
  }
  if (!/^\s*endsolid/i.test(text.slice(at, at + 1024)))
    throw file.error(`expected a triangle or the end at byte ${at}`);
  return { name: (head[1] ?? '').trim(), corners: corners.slice(0, count) };
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
