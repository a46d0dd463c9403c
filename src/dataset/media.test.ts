/** Tensors of media files: what they take, keep and give. */
import { readFile } from 'node:fs/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type AudioSample,
  audio,
  createDataset,
  dicom,
  type FileInput,
  type InputOf,
  isDatasetError,
  type MediaInput,
  MediaSample,
  mesh,
  type NiftiSample,
  nifti,
  type OutputOf,
  openDataset,
  pointCloud,
  read,
  sequence,
  type Tensor,
  type VideoSample,
  video,
} from '../index.js';
import { memoryStore } from '../stores.js';
import type { TensorOptions } from './plan-tensor.js';

const load = async (name: string) =>
  new Uint8Array(await readFile(new URL(`../../e2e/fixtures/media/${name}`, import.meta.url)));
const file = async (name: string) => read(await load(name), { filename: name });

async function tensorOf(options: TensorOptions) {
  const store = memoryStore();
  const ds = await createDataset(store, {}, { autoFlush: false });
  const tensor = (await ds.createTensor('t', options as never)) as Tensor<string, unknown, MediaSample>;
  return { store, ds, tensor };
}

/** Htype, compression, a file, and what is recorded of it. */
const kinds: readonly (readonly [string, string, string, readonly number[], string])[] = [
  ['video', 'mp4', 'h264-b-frames.mp4', [9, 48, 64, 3], 'uint8'],
  ['video', 'mkv', 'h264.mkv', [6, 48, 64, 3], 'uint8'],
  ['video', 'avi', 'mpeg4.avi', [6, 48, 64, 3], 'uint8'],
  ['audio', 'mp3', 'cbr-info.mp3', [4608, 1], 'float64'],
  ['audio', 'wav', 's24-stereo.wav', [1103, 2], 'float64'],
  ['audio', 'flac', 's16-mono.flac', [400, 1], 'float64'],
  ['dicom', 'dcm', 'implicit.dcm', [4, 6, 1], 'int16'],
  ['nifti', 'nii', 'int16.nii', [5, 4, 3], 'int16'],
  ['nifti', 'nii.gz', 'uint8-4d.nii.gz', [3, 2, 2, 2], 'uint8'],
  ['point_cloud', 'las', 'format3.las', [6, 19], 'float32'],
  ['mesh', 'ply', 'little.ply', [4, 4], 'float32'],
  ['mesh', 'stl', 'binary.stl', [4, 3, 3], 'float32'],
];

describe.each(kinds)('%s of %s', (htype, compression, name, shape, dtype) => {
  const options = { htype, sampleCompression: compression };

  test('keeps files byte for byte, with shape and facts, by three ways of reading', async () => {
    const bytes = await load(name);
    const { store, ds, tensor } = await tensorOf(options);
    await tensor.extend([await file(name), null, new File([bytes], name), { bytes, compression }]);
    await ds.close();
    const again = await openDataset(store);
    const t = again.tensor('t') as Tensor<string, unknown, MediaSample>;
    expect([t.htype, t.dtype, t.length]).toEqual([htype, dtype, 4]);
    const all = await t.toArray();
    const iterated: MediaSample[] = [];
    for await (const sample of t) iterated.push(sample);
    for (const sample of [await t.at(0), all[0], iterated[0], all[2], all[3]]) {
      expect(sample).toBeInstanceOf(MediaSample);
      expect([sample?.shape, sample?.dtype]).toEqual([shape, dtype]);
      expect(await sample?.encoded()).toEqual({ bytes, compression });
    }
    const infos = (await (await again.loadTensor('_t_info')).toArray()) as Record<string, unknown>[];
    expect(infos[0]).toMatchObject({ shape: [...shape], format: compression, filename: name, modified: false });
    expect(infos[1]).toEqual({});
    const blob = await all[0]?.toBlob();
    expect(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))).toEqual(bytes);
    expect(blob?.type).toMatch(/^[a-z]+\/[\w.-]+$/);
    await again.close();
  });

  test('gives an empty array for null, and decodes files or says that it cannot', async () => {
    const { ds, tensor } = await tensorOf(options);
    await tensor.append(null);
    const dims = shape.length > 3 && htype === 'nifti' ? 3 : shape.length > 2 && htype === 'mesh' ? 2 : shape.length;
    expect((await tensor.at(0)).shape).toEqual(new Array(dims).fill(0));
    await tensor.append(await file(name));
    const [empty, full] = await tensor.toArray();
    expect(empty?.shape).toEqual(shape.map(() => 0));
    expect(await empty?.array()).toMatchObject({ shape: shape.map(() => 0), data: { length: 0 } });
    expect(await empty?.encoded()).toBeUndefined();
    await expect(empty?.toBlob()).rejects.toThrow(/array\(\)/);
    if (htype === 'video') {
      const failure = await full?.array().catch((error: unknown) => error);
      expect(isDatasetError(failure, 'unsupported') && failure.message).toMatch(/encoded\(\)/);
    } else {
      const array = await full?.array();
      expect([array?.shape, array?.dtype]).toEqual([shape, dtype]);
      expect(array?.data).toHaveLength(shape.reduce((a, b) => a * b, 1));
    }
    await ds.close();
  });

  test('refuses other files, arrays, texts and damaged files', async () => {
    const { ds, tensor } = await tensorOf(options);
    await tensor.append(await file(name));
    const other = name.endsWith('.wav') ? 'cbr-info.mp3' : 's16-mono.wav';
    const cases: [unknown, RegExp][] = [
      [
        await file(other),
        new RegExp(
          `got a ${other.slice(-3)} file \\(${other}\\).*Pass a File, Blob or read.* of a ${compression} file`,
        ),
      ],
      [new Uint8Array(8), /got a Uint8Array of 8 bytes\. Pass a File/],
      ['clip', /got the string "clip"\. Pass a File/],
      [{ a: 1 }, /got a Object\. Pass a File/],
    ];
    for (const [input, message] of cases) {
      const failure = await tensor.append(input).catch((error: unknown) => error);
      expect(isDatasetError(failure, 'sample-mismatch') && failure.message).toMatch(message);
      expect(isDatasetError(failure) && failure.data).toMatchObject({ tensor: 't', index: 1 });
    }
    const cut = read((await load(name)).slice(0, 20), { compression });
    await expect(tensor.append(cut)).rejects.toMatchObject({ code: 'codec', data: { tensor: 't', compression } });
    expect(tensor.length).toBe(1);
    await ds.close();
  });

  test('never cuts a file into tiles', async () => {
    const { ds, tensor } = await tensorOf({ ...options, tilingThreshold: 50, maxChunkSize: 100 });
    await tensor.extend([await file(name), await file(name)]);
    expect((await (await tensor.at(1)).encoded())?.bytes).toEqual(await load(name));
    await ds.close();
  });
});

describe('tensors without a compression', () => {
  test.each<[string, object, readonly number[], string]>([
    ['video', { data: new Uint8Array(2 * 3 * 4 * 3), shape: [2, 3, 4, 3] }, [2, 3, 4, 3], 'uint8'],
    ['video', { data: new Uint8Array(2 * 3 * 4), shape: [2, 3, 4] }, [2, 3, 4], 'uint8'],
    [
      'audio',
      [
        [0.5, -0.5],
        [1, 2],
      ],
      [2, 2],
      'float64',
    ],
    ['audio', new Float32Array([1, 2, 3]), [3], 'float64'],
    ['dicom', { data: new Uint16Array(6), shape: [2, 3, 1] }, [2, 3, 1], 'uint16'],
    ['nifti', { data: new Int16Array(24), shape: [2, 3, 4] }, [2, 3, 4], 'int16'],
    [
      'point_cloud',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      'float32',
    ],
  ])('%s keeps raw arrays', async (htype, input, shape, dtype) => {
    const { ds, tensor } = await tensorOf({ htype, sampleCompression: null });
    await tensor.append(input);
    const sample = await tensor.at(0);
    expect([sample.shape, sample.dtype, tensor.dtype]).toEqual([shape, dtype, dtype]);
    expect(await sample.encoded()).toBeUndefined();
    const array = await sample.array();
    expect([array.shape, array.dtype]).toEqual([shape, dtype]);
    await tensor.append(sample); // what was read is taken again
    expect(await (await tensor.at(1)).array()).toEqual(array);
    await ds.close();
  });

  test('take files of their kind only, which are decoded', async () => {
    const { ds, tensor } = await tensorOf({ htype: 'audio', sampleCompression: null });
    await expect(tensor.append(await file('int16.nii'))).rejects.toThrow(
      /got a nii file \(int16\.nii\)\. Pass sound of shape \(samples, channels\).*read\(…\) of mp3, wav, flac/,
    );
    await tensor.extend([await file('u8.wav'), await file('id3.mp3')]);
    expect((await tensor.at(1)).shape).toEqual([14976, 2]);
    const { dtype, data } = await (await tensor.at(0)).array();
    expect(dtype).toBe('float64');
    expect(Math.max(...[...data].map(Number))).toBeGreaterThan(128); // as stored, not normalised
    await expect(tensor.append({ data: new Float32Array(8), shape: [2, 2, 2] })).rejects.toThrow(/\(2, 2, 2\)/);
    await ds.close();
  });
});

describe('creation', () => {
  test.each<[TensorOptions, RegExp]>([
    [{ htype: 'video' }, /"video" needs sampleCompression: one of mp4, mkv, avi; null keeps raw numbers/],
    [{ htype: 'nifti' }, /needs sampleCompression: one of nii, nii\.gz/],
    [{ htype: 'mesh' }, /needs sampleCompression: one of ply, stl\.$/],
    [{ htype: 'mesh', sampleCompression: null }, /needs sampleCompression: one of ply, stl\.$/],
    [{ htype: 'audio', sampleCompression: 'mp4' }, /"mp4" is not one that htype "audio" takes: mp3, wav, flac/],
    [{ htype: 'point_cloud', chunkCompression: 'lz4' }, /"lz4" is not one that htype "point_cloud" takes: none/],
    [{ htype: 'dicom', fps: 3 }, /"fps" is not an option/],
  ])('%o is refused', async (options, message) => {
    await expect(tensorOf(options)).rejects.toThrow(message);
  });

  test('dicom names its compression itself', async () => {
    const { ds, tensor } = await tensorOf({ htype: 'dicom' });
    expect(tensor.sampleCompression).toBe('dcm');
    await tensor.extend([await file('explicit.dcm'), await file('big-endian.dcm')]); // of other dtypes, as the original
    expect([tensor.dtype, tensor.shape]).toEqual(['uint16', [2, 4, 6, null]]);
    const arrays = await Promise.all((await tensor.toArray()).map((sample) => sample.array()));
    expect(arrays.map(({ dtype, shape }) => [dtype, ...shape])).toEqual([
      ['uint16', 4, 6, 1],
      ['uint8', 4, 6, 3],
    ]);
    await ds.close();
  });

  test('scaled and complex volumes are read in the dtype of the tensor, as numpy casts them', async () => {
    const arrayOf = async (dtype: string, name: string) => {
      const { tensor } = await tensorOf({ htype: 'nifti', sampleCompression: 'nii', dtype } as TensorOptions);
      await tensor.append(await file(name));
      return [...(await (await tensor.at(0)).array()).data];
    };
    const float = await arrayOf('float64', 'volumes/scaled-big.nii');
    const whole = await arrayOf('int64', 'volumes/scaled-big.nii');
    expect(whole).toEqual(float.map((value) => BigInt(Math.trunc(Number(value)))));
    const real = await arrayOf('float32', 'volumes/complex64-big.nii');
    const complex = await arrayOf('complex128', 'volumes/complex64-big.nii');
    expect(real).toEqual(complex.filter((_, i) => i % 2 === 0));
    expect(complex.slice(0, 4)).toEqual([0, 1, 6, 7]);
  });

  test('a flac file without a length has none until it is decoded', async () => {
    const { ds, tensor } = await tensorOf({ htype: 'audio', sampleCompression: 'flac' });
    await tensor.append(await file('piped.flac'));
    const sample = await tensor.at(0);
    expect(sample.shape).toEqual([0, 2]);
    expect((await sample.encoded())?.bytes).toEqual(await load('piped.flac'));
    expect((await sample.array()).shape).toEqual([400, 2]);
    await ds.close();
  });

  test('sequences hold files', async () => {
    const ds = await createDataset(
      memoryStore(),
      { clips: sequence(video({ sampleCompression: 'mp4' })) },
      { autoFlush: false },
    );
    await ds.append({ clips: [await file('h264-b-frames.mp4'), await file('aac-first.mp4')] });
    const [first, second] = (await ds.at(0)).clips;
    expect([first?.shape, second?.shape]).toEqual([
      [9, 48, 64, 3],
      [5, 48, 64, 3],
    ]);
    await ds.close();
  });
});

describe('types', () => {
  test('of inputs and outputs follow the htype', () => {
    const clips = video({ sampleCompression: 'mp4' });
    expect(clips).toEqual({ htype: 'video', sampleCompression: 'mp4' });
    expectTypeOf<InputOf<typeof clips>>().toEqualTypeOf<MediaInput>();
    expectTypeOf<OutputOf<typeof clips>>().toEqualTypeOf<VideoSample>();
    const scans = dicom();
    expectTypeOf<InputOf<typeof scans>>().toEqualTypeOf<MediaInput>();
    const brains = nifti({ sampleCompression: 'nii.gz' });
    expectTypeOf<OutputOf<typeof brains>>().toEqualTypeOf<NiftiSample>();
    const lidar = pointCloud({ sampleCompression: 'las' });
    expectTypeOf<InputOf<typeof lidar>>().toEqualTypeOf<MediaInput>();
    const shapes = mesh({ sampleCompression: 'ply' });
    expectTypeOf<InputOf<typeof shapes>>().toEqualTypeOf<FileInput>();
    const voice = audio({ sampleCompression: null });
    expectTypeOf<Float32Array<ArrayBuffer>>().toExtend<InputOf<typeof voice>>();
    expectTypeOf<OutputOf<typeof voice>>().toEqualTypeOf<AudioSample>();
    // @ts-expect-error meshes are always files
    mesh({ sampleCompression: null });
    // @ts-expect-error not a format of sounds
    audio({ sampleCompression: 'mp4' });
    // @ts-expect-error videos are not compressed together
    video({ sampleCompression: null, chunkCompression: 'lz4' });
    // @ts-expect-error a text is no file
    ((_input: InputOf<typeof shapes>) => undefined)('cat.ply');
  });
});
