/** Tests of the samples of point clouds, meshes and volumes, against what was written or what nibabel reads. */
import { describe, expect, test } from 'vitest';
import expected from '../../e2e/fixtures/media/points/expected.json' with { type: 'json' };
import { sha256 } from '../codec/media.contract.js';
import type { MeshElements } from '../codec/ply-elements.js';
import { requireCodec } from '../codec/table.js';
import type { Codecs } from '../codec/types.js';
import { bytesFromNdArray, type Dtype, dtypes, type NdArray } from '../format/dtypes.js';
import type { ByteSource } from '../util/byte-source.js';
import { type Bytes, concatBytes } from '../util/bytes.js';
import { meshSample } from './mesh-sample.js';
import { niftiSample } from './nifti-sample.js';
import { pointCloudSample } from './point-cloud-sample.js';
import type { StoredMedia } from './types.js';

/** What e2e/fixtures/make_points_media.py tells of an array. */
interface Told {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

/** Name on disk: servers, and so browsers, unpack what ends in .gz on its way. */
export function diskName(name: string): string {
  return name.endsWith('.gz') ? `${name}.bin` : name;
}

/** A source that counts what is read of it. */
export interface CountedSource extends ByteSource {
  readonly reads: [start: number, end: number][];
}

/** Counts the reads of bytes in memory. @param size - what it claims to have; default: what it has. */
export function countedSource(bytes: Bytes, size = bytes.length): CountedSource {
  const reads: [number, number][] = [];
  return {
    reads,
    size,
    async read(start, end, options) {
      options?.signal?.throwIfAborted();
      if (start > end || end > size) throw new RangeError(`reads ${start} to ${end} of ${size}`);
      reads.push([start, end]);
      return bytes.subarray(start, end);
    },
  };
}

/** A stored file as samples take it. LAZ is kept under the compression `las`. */
export function storedFile(
  name: string,
  source: ByteSource,
  codecs: Codecs,
  shape: readonly number[] = [],
): StoredMedia {
  const compression = name.replace(/^[^.]*\./, '').replace('laz', 'las');
  return {
    key: `chunk of ${name}`,
    shape,
    dtype: 'float32',
    codecs,
    file: { compression, source },
    array: async () => codecs.decode(compression, await source.read(0, source.size), {}),
  };
}

/** Dtype, shape and hash of an array. */
export async function tell(array: NdArray): Promise<Told> {
  return { dtype: array.dtype, shape: array.shape, sha256: await sha256(bytesFromNdArray(array)) };
}

const kinds: Readonly<Record<string, Dtype>> = {
  Int8Array: 'int8',
  Uint8Array: 'uint8',
  Int16Array: 'int16',
  Uint16Array: 'uint16',
  Int32Array: 'int32',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
  Float32Array: 'float32',
  Float64Array: 'float64',
};

function arrayOf(data: NdArray['data']): NdArray {
  const dtype = dtypes.find((name) => name === kinds[data.constructor.name]);
  if (!dtype) throw new Error(`no dtype has a ${data.constructor.name}`);
  return { dtype, shape: [data.length], data };
}

async function tellElements(elements: MeshElements): Promise<unknown> {
  const rows = Object.entries(elements).map(async ([name, { count, properties }]) => {
    const columns = Object.entries(properties).map(async ([key, column]) => {
      if (ArrayBuffer.isView(column)) return [key, await tell(arrayOf(column))];
      const { values, offsets } = column;
      return [key, { values: await tell(arrayOf(values)), offsets: await tell(arrayOf(offsets)) }];
    });
    return [name, { count, properties: Object.fromEntries(await Promise.all(columns)) }];
  });
  return Object.fromEntries(await Promise.all(rows));
}

/** Tests that every file of media/points gives what it holds. */
export function pointsContract(title: string, load: (name: string) => Promise<Bytes>, codecs: () => Codecs): void {
  describe(title, () => {
    test.each(Object.entries(expected.clouds))('%s', async (name, cloud) => {
      const bytes = await load(name);
      const header = (await requireCodec('las').loadHeader?.())?.(bytes);
      expect(header?.shape).toEqual([cloud.points, Object.keys(cloud.columns).length]);
      expect(header?.info.dimension_names).toEqual(Object.keys(cloud.columns));
      const sample = pointCloudSample(storedFile(name, countedSource(bytes), codecs(), header?.shape), 2);
      expect(sample.points).toBe(cloud.points);
      expect(await sample.names()).toEqual(Object.keys(cloud.columns));
      const columns = await sample.columns();
      const told = Object.entries(columns).map(([key, data]) => [key, arrayOf(data).dtype]);
      expect(Object.fromEntries(told)).toEqual(cloud.columns);
      const whole = concatBytes(Object.values(columns).map((data) => bytesFromNdArray(arrayOf(data))));
      expect(await sha256(whole)).toBe(cloud.sha256);
      expect(await tell(await sample.coordinates())).toEqual(cloud.coordinates);
      expect(await sample.bounds()).toEqual({ min: [10, 20, 30], max: [11, 22, 33] });
      const part = await sample.columns(['intensity', 'Z'], { start: 7, end: 19 });
      expect(part).toEqual({ Z: columns.Z?.slice(7, 19), intensity: columns.intensity?.slice(7, 19) });
      const array = await sample.array();
      const rounded = Object.values(columns).map((data) =>
        Float32Array.from({ length: data.length }, (_, i) => Number(data[i])),
      );
      expect(array.shape).toEqual(header?.shape);
      const rows = Array.from({ length: array.data.length }, (_, i) => {
        return rounded[i % rounded.length]?.[Math.floor(i / rounded.length)];
      });
      expect([...array.data]).toEqual(rows);
    });

    test.each(Object.entries(expected.meshes))('%s', async (name, mesh) => {
      const sample = meshSample(storedFile(name, countedSource(await load(name)), codecs()), 2);
      const { positions, triangles, normals, brokenFaces } = await sample.geometry();
      expect(brokenFaces).toBe(0);
      expect(await tell(positions)).toEqual(mesh.positions);
      expect(await tell(triangles)).toEqual(mesh.triangles);
      expect(normals ? await tell(normals) : null).toEqual(mesh.normals);
      expect(await sample.positions()).toEqual(positions);
      expect(await sample.triangles()).toEqual(triangles);
      expect(await sample.normals()).toEqual(normals);
      if (mesh.elements) expect(await tellElements(await sample.elements())).toEqual(mesh.elements);
      else await expect(sample.elements()).rejects.toMatchObject({ code: 'unsupported' });
    });

    test.each(Object.entries(expected.volumes))('%s', async (name, volume) => {
      const sample = niftiSample(storedFile(name, countedSource(await load(name)), codecs()), 3);
      expect(await tell(await sample.array())).toEqual(volume.array);
      expect(await sample.header()).toMatchObject(volume.fields);
      const affine = await sample.affine();
      expect(affine.shape).toEqual([4, 4]);
      // nibabel computes in long doubles.
      for (const [i, number] of volume.affine.entries()) expect(affine.data[i]).toBeCloseTo(number, 13);
      const { time, ...whole } = volume.volume;
      expect(await tell(await sample.volume({ time }))).toEqual(whole);
      for (const { axis, index, time, ...slice } of volume.slices) {
        if (axis !== 0 && axis !== 1 && axis !== 2) throw new Error(`axis ${axis}`);
        expect(await tell(await sample.slice({ axis, index, time }))).toEqual(slice);
      }
    });
  });
}
