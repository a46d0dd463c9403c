/** The geometry of meshes, and that of STL files. */
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { readStl } from './stl-header.js';

/** What is drawn of a mesh. */
export interface MeshGeometry {
  /** `[vertices, 3]`: x, y and z. */
  readonly positions: NdArray<'float32' | 'float64'>;
  /** `[triangles, 3]`: three vertices each. */
  readonly triangles: NdArray<'uint32'>;
  /** Faces that name vertices which the file does not have: they are left out. */
  readonly brokenFaces: number;
  /** `[vertices, 3]`, as long as the file has them; absent where it has none. */
  readonly normals?: NdArray<'float32' | 'float64'>;
}

/** What {@link readMeshGeometry} works on. */
export interface MeshJob {
  readonly bytes: Bytes;
  /** `ply` or `stl`. */
  readonly compression: string;
  /** Whether triangles are left out. Default false. */
  readonly verticesOnly?: boolean;
}

/** Reads the geometry of a mesh file. @throws {DatasetError} `codec` when it is damaged */
export async function readMeshGeometry({ bytes, compression, verticesOnly = false }: MeshJob): Promise<MeshGeometry> {
  if (compression !== 'ply') return stlGeometry(bytes);
  const { plyGeometry } = await import('./ply-mesh.js');
  return plyGeometry(bytes, verticesOnly);
}

/** Each triangle of an STL file has three vertices of its own, with its normal as the file tells it. */
function stlGeometry(bytes: Bytes): MeshGeometry {
  const { corners, normals } = readStl(bytes, { allSolids: true });
  const shape = [corners.length / 3, 3];
  const repeated = new Float32Array(corners.length);
  for (let i = 0; i < repeated.length; i++) repeated[i] = normals[3 * Math.floor(i / 9) + (i % 3)] ?? 0;
  const data = Uint32Array.from({ length: corners.length / 3 }, (_, i) => i);
  return {
    positions: { dtype: 'float32', shape, data: corners },
    triangles: { dtype: 'uint32', shape: [data.length / 3, 3], data },
    brokenFaces: 0,
    normals: { dtype: 'float32', shape, data: repeated },
  };
}
