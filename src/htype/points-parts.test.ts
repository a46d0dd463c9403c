/** Which bytes of a file are read for a part of it, and what is refused. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readRuns, sliceRuns } from '../codec/nii-runs.js';
import { createCodecPool } from '../codec/pool.js';
import type { NdArray } from '../format/dtypes.js';
import type { Bytes } from '../util/bytes.js';
import { meshSample } from './mesh-sample.js';
import { niftiSample } from './nifti-sample.js';
import { pointCloudSample } from './point-cloud-sample.js';
import { countedSource, diskName, storedFile } from './points.contract.js';
import type { StoredMedia } from './types.js';

const folder = new URL('../../e2e/fixtures/media/points/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(diskName(name), folder)));

/** A stored array without a file. */
function rawArray(array: NdArray): StoredMedia {
  return { key: 'raw', shape: array.shape, dtype: array.dtype, codecs: pool, file: undefined, array: () => array };
}

async function openCloud(name: string) {
  const source = countedSource(await load(name));
  return { source, sample: pointCloudSample(storedFile(name, source, pool, [40, 15]), 2) };
}

async function openVolume(name: string) {
  const source = countedSource(await load(name));
  return { source, sample: niftiSample(storedFile(name, source, pool), 3) };
}

describe('point clouds', () => {
  test('of a LAS file the header and the points that are asked for are read', async () => {
    const { source, sample } = await openCloud('format-0.las');
    await sample.columns(['intensity'], { start: 5, end: 9 });
    expect(source.reads).toEqual([
      [0, 375],
      [227 + 5 * 20, 227 + 9 * 20],
    ]);
    await sample.coordinates({ start: 39 });
    await sample.bounds();
    await sample.names();
    expect(source.reads.slice(2)).toEqual([[227 + 39 * 20, 227 + 40 * 20]]);
  });

  test('extra numbers are described before the points, which takes one read more', async () => {
    const { source, sample } = await openCloud('extra.las');
    expect(await sample.names()).toContain('mass');
    expect(source.reads).toEqual([
      [0, 375],
      [0, 375 + 54 + 1920],
    ]);
  });

  test('parts are cut to what there is', async () => {
    const { sample } = await openCloud('format-6.las');
    expect((await sample.columns(['Z'], { start: 38, end: 99 })).Z).toHaveLength(2);
    expect((await sample.columns(['Z'], { start: 50 })).Z).toHaveLength(0);
    expect((await sample.coordinates({ start: 40 })).shape).toEqual([0, 3]);
  });

  test('of a LAZ file points are given from anywhere', async () => {
    const { sample } = await openCloud('plain.laz');
    const { X: all } = await sample.columns(['X']);
    expect(all).toHaveLength(300);
    // The file has chunks of 128 points.
    for (const [start, end] of [
      [0, 1],
      [100, 130],
      [128, 256],
      [299, 300],
      [300, 300],
    ] as const) {
      expect((await sample.columns(['X'], { start, end })).X).toEqual(all?.slice(start, end));
    }
  });

  test('wrong names and parts are refused', async () => {
    const { sample } = await openCloud('format-0.las');
    await expect(sample.columns(['gps_time'])).rejects.toThrow(/no "gps_time", only X, Y, Z, intensity/);
    for (const [start, end] of [
      [-1, 2],
      [0.5, 2],
      [3, 2],
      [0, Number.NaN],
    ] as const) {
      await expect(sample.columns(['X'], { start, end })).rejects.toThrow(RangeError);
    }
  });

  test('a call can be stopped', async () => {
    const { source, sample } = await openCloud('format-0.las');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(sample.columns(['X'], { signal })).rejects.toThrow('enough');
    expect(source.reads).toEqual([]);
    expect((await sample.columns(['X'])).X).toHaveLength(40);
  });

  test('raw arrays have coordinates and bounds, but no names', async () => {
    const data = new Float32Array([1, 2, 3, 9, -4, 5, 0.5, 9]);
    const sample = pointCloudSample(rawArray({ dtype: 'float32', shape: [2, 4], data }), 2);
    expect(await sample.coordinates()).toEqual({
      dtype: 'float64',
      shape: [2, 3],
      data: new Float64Array([1, 2, 3, -4, 5, 0.5]),
    });
    expect(await sample.coordinates({ start: 1 })).toMatchObject({ shape: [1, 3] });
    expect(await sample.bounds()).toEqual({ min: [-4, 2, 0.5], max: [1, 5, 3] });
    await expect(sample.names()).rejects.toMatchObject({ code: 'unsupported' });
    const none = pointCloudSample(rawArray({ dtype: 'float32', shape: [0], data: new Float32Array(0) }), 2);
    expect([none.points, await none.bounds(), (await none.coordinates()).shape]).toEqual([0, undefined, [0, 3]]);
  });
});

describe('volumes', () => {
  test('a slice across the last axis is one read, others are read in lines that lie together', async () => {
    const { source, sample } = await openVolume('times.nii'); // int16, [4, 3, 5, 6]
    await sample.header();
    expect(source.reads.splice(0)).toEqual([[0, 540]]);
    const at = 352 + 2 * 120;
    await sample.slice({ axis: 2, index: 1, time: 2 });
    expect(source.reads.splice(0)).toEqual([[at + 24, at + 48]]);
    await sample.slice({ axis: 1, index: 2, time: 2 });
    expect(source.reads.splice(0)).toEqual([[at + 16, at + 4 * 24 + 24]]);
    await sample.slice({ axis: 0, index: 3, time: 2 });
    expect(source.reads.splice(0)).toEqual([[at + 6, at + 120]]);
    await sample.volume({ time: 5 });
    expect(source.reads.splice(0)).toEqual([[352 + 600, 352 + 720]]);
  });

  test('long gaps are stepped over, in at most 32 reads of at most 4 MiB', async () => {
    const read = async (shape: readonly [number, number, number], size: number, axis: 0 | 1) => {
      const reads: number[] = [];
      const length = shape[0] * shape[1] * shape[2] * size;
      const bytes = new Uint8Array(length).map((_, i) => i * 7);
      const source = {
        size: length,
        read: (start: number, end: number) => {
          reads.push(end - start);
          return bytes.subarray(start, end);
        },
      };
      const runs = sliceRuns(0, shape, size, axis, 1);
      const result = await readRuns(source, runs);
      const expected = new Uint8Array(runs.count * runs.length).map((_, i) => {
        return (runs.start + Math.floor(i / runs.length) * runs.stride + (i % runs.length)) * 7;
      });
      expect(result).toEqual(expected);
      return reads;
    };
    // Planes of 250 kB: eight lines of 500 bytes by themselves.
    expect(await read([250, 500, 8], 2, 1)).toEqual(new Array(8).fill(500));
    // 80 planes of 70 kB: no more than 32 reads, of three lines each.
    const lines = await read([100, 700, 80], 1, 1);
    expect([lines.length, Math.max(...lines)]).toEqual([27, 140_100]);
    // Short gaps: all of it, in parts of 4 MiB.
    const parts = await read([1000, 10, 1000], 1, 0);
    expect(parts).toHaveLength(3);
    expect(Math.max(...parts)).toBeLessThanOrEqual(4 * 2 ** 20);
  });

  test('of a packed file no more is read than the slice needs', async () => {
    // Numbers of little order, so that the file is not much smaller than they are: 4 volumes of 2 MB.
    const head = (await load('times.nii')).slice(0, 352);
    const view = new DataView(head.buffer);
    for (const [i, size] of [4, 128, 128, 64, 4].entries()) view.setInt16(40 + 2 * i, size, true);
    const numbers = new Uint8Array(8 * 2 ** 20);
    for (let i = 0, seed = 5; i < numbers.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      numbers[i] = seed >>> 24;
    }
    const stream = new Blob([head, numbers]).stream().pipeThrough(new CompressionStream('gzip'));
    const source = countedSource(new Uint8Array(await new Response(stream).arrayBuffer()));
    const sample = niftiSample(storedFile('x.nii.gz', source, pool), 3);
    const slice = await sample.slice({ axis: 2, index: 3 });
    const expected = new Int16Array(numbers.slice(3 * 32_768, 4 * 32_768).buffer);
    expect([slice.shape, slice.data[1], slice.data[128]]).toEqual([[128, 128], expected[128], expected[1]]);
    expect(Math.max(...source.reads.map(([, end]) => end))).toBeLessThan(source.size / 3);
    const { data } = await sample.volume({ time: 3 });
    expect(data.at(-1)).toBe(new Int16Array(numbers.buffer).at(-1));
  });

  test('wrong axes, indices and times are refused', async () => {
    const { sample } = await openVolume('times.nii.gz'); // [6, 5, 4, 7]
    await expect(sample.slice({ axis: 1, index: 5 })).rejects.toThrow(
      'The index of a volume is a whole number from 0 to 4',
    );
    await expect(sample.slice({ axis: 1, index: 0, time: 7 })).rejects.toThrow(/time .* from 0 to 6 here, got 7/);
    await expect(sample.volume({ time: -1 })).rejects.toThrow(RangeError);
    // @ts-expect-error no such axis
    await expect(sample.slice({ axis: 3, index: 0 })).rejects.toThrow(RangeError);
  });

  test('a call can be stopped', async () => {
    const { sample } = await openVolume('times.nii.gz');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(sample.volume({ signal })).rejects.toThrow('enough');
    expect((await sample.volume()).shape).toEqual([6, 5, 4]);
  });

  test('raw arrays have slices and volumes as files have, but no header', async () => {
    const { sample: file } = await openVolume('two.nii'); // [4, 3, 2, 3, 2]
    const raw = niftiSample(rawArray(await file.array()), 3);
    for (const time of [0, 1, 3, 5]) {
      expect(await raw.volume({ time })).toEqual(await file.volume({ time }));
      for (const axis of [0, 1, 2] as const)
        expect(await raw.slice({ axis, index: 1, time })).toEqual(await file.slice({ axis, index: 1, time }));
    }
    await expect(raw.header()).rejects.toMatchObject({ code: 'unsupported' });
    await expect(raw.affine()).rejects.toMatchObject({ code: 'unsupported' });
  });
});

describe('meshes', () => {
  test('elements can be asked for by name', async () => {
    const sample = meshSample(storedFile('sorts-big.ply', countedSource(await load('sorts-big.ply')), pool), 2);
    expect(Object.keys(await sample.elements(['edge', 'nowhere']))).toEqual(['edge']);
  });

  test('an empty sample has no mesh', async () => {
    const sample = meshSample(rawArray({ dtype: 'float32', shape: [0, 0], data: new Float32Array(0) }), 2);
    await expect(sample.geometry()).rejects.toMatchObject({ code: 'unsupported' });
    await expect(sample.elements()).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('errors name where the mesh is stored', async () => {
    const bytes = (await load('binary.stl')).slice(0, 200);
    const sample = meshSample(storedFile('x.stl', countedSource(bytes), pool), 2);
    await expect(sample.positions()).rejects.toMatchObject({ code: 'codec', data: { key: 'chunk of x.stl' } });
  });
});

test('Node has no bitmaps of slices, and says what there is', async () => {
  const { sample } = await openVolume('u1.nii');
  await expect(sample.toBitmap({ axis: 0, index: 0 })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/bitmaps.*Use slice/),
  });
});
