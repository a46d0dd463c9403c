import type { MeshElements } from '../codec/ply-elements.js';
import type { MeshGeometry } from '../codec/stl-mesh.js';
import { DatasetError, errorAt } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { MediaSample } from './media-sample.js';
import type { EncodedSample, StoredMedia } from './types.js';

export type { MeshElements, MeshGeometry };

/** A mesh that was read but not decoded yet. */
export interface MeshSample extends MediaSample {
  /**
   * All elements of a PLY file with all their properties, lists included, each in the type of the file.
   *
   * @param names - elements to give, such as `vertex`; default: all. Those that the file does not have are left out.
   * @throws {DatasetError} `codec` when the file is damaged, `unsupported` for STL, which has no elements
   */
  elements(names?: readonly string[], options?: CallOptions): Promise<MeshElements>;
  /**
   * What is drawn, from one pass through the file. Polygons are cut into a fan of triangles; each triangle of STL has
   * three vertices of its own, with the normal that the file tells.
   * Faces that name vertices which are not there are left out, and counted in `brokenFaces`.
   * @throws {DatasetError} `codec` when the file is damaged
   */
  geometry(options?: CallOptions): Promise<MeshGeometry>;
  /** The `positions` of {@link geometry}: `[vertices, 3]`, float64 where float32 would round them. */
  positions(options?: CallOptions): Promise<NdArray<'float32' | 'float64'>>;
  /** The `triangles` of {@link geometry}: `[triangles, 3]`, three vertices each; none for a cloud of points. */
  triangles(options?: CallOptions): Promise<NdArray<'uint32'>>;
  /** The `normals` of {@link geometry}: `[vertices, 3]`; undefined where the file has none. */
  normals(options?: CallOptions): Promise<NdArray<'float32' | 'float64'> | undefined>;
}

/** Makes the sample of a mesh. @param dims - axes of an empty sample. */
export function meshSample(stored: StoredMedia, dims: number): MeshSample {
  const media = new MediaSample(stored, dims);
  const { codecs, key } = stored;
  const read = async <T>(options: CallOptions | undefined, work: (file: EncodedSample) => Promise<T>): Promise<T> => {
    try {
      const file = await media.encoded(options);
      if (file) return await work(file);
    } catch (error) {
      throw errorAt(error, { key });
    }
    throw new DatasetError('unsupported', 'The sample is empty and holds no mesh. Check shape first.', {
      feature: 'meshes of empty samples',
    });
  };
  const geometry = (options?: CallOptions, verticesOnly = false): Promise<MeshGeometry> =>
    read(options, (file) => codecs.run('mesh-geometry', { ...file, verticesOnly }, options));
  return Object.assign(media, {
    geometry: (options?: CallOptions) => geometry(options),
    elements: (names?: readonly string[], options?: CallOptions) =>
      read(options, ({ bytes, compression }) => {
        if (compression !== 'ply') throw noElements();
        return codecs.run('ply-elements', { bytes, ...(names && { names }) }, options);
      }),
    positions: async (options?: CallOptions) => (await geometry(options, true)).positions,
    triangles: async (options?: CallOptions) => (await geometry(options)).triangles,
    normals: async (options?: CallOptions) => (await geometry(options, true)).normals,
  });
}

function noElements(): DatasetError<'unsupported'> {
  return new DatasetError('unsupported', 'STL files have no elements. Use positions(), triangles() and normals().', {
    feature: 'elements of stl',
  });
}
