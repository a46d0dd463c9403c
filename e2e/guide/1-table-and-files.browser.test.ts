/**
 * The guide to htypes of Deep Lake 3.9.52, executed: its examples in its order, in TypeScript, each with what it says
 * comes back. Where the guide is wrong, the title says so, and the test shows what happens here.
 *
 * Part 1: the table, images, video, audio.
 */
import { describe, expect, it } from 'vitest';
import { type ImageCompression, type NdArray, read } from '../../src/index.js';
import { bytesOf, dataset, file, photo, photoBytes, values, zeros } from './fixtures.js';

describe('Htypes', () => {
  it('create_tensor("my_tensor", htype="..."): all htypes of the table, with the dtypes that Deep Lake gives them', async () => {
    const ds = await dataset();
    const generic = await ds.createTensor('my_tensor', { htype: 'generic' });
    expect([generic.htype, generic.dtype]).toEqual(['generic', null]);
    const none = { sampleCompression: null };
    const created = [
      await ds.createTensor('image', { htype: 'image', ...none }),
      await ds.createTensor('image.rgb', { htype: 'image.rgb', ...none }),
      await ds.createTensor('image.gray', { htype: 'image.gray', ...none }),
      await ds.createTensor('video', { htype: 'video', ...none }),
      await ds.createTensor('audio', { htype: 'audio', ...none }),
      await ds.createTensor('class_label', { htype: 'class_label' }),
      await ds.createTensor('tag', { htype: 'tag' }),
      await ds.createTensor('bbox', { htype: 'bbox' }),
      await ds.createTensor('bbox.3d', { htype: 'bbox.3d' }),
      await ds.createTensor('camera', { htype: 'intrinsics' }),
      await ds.createTensor('segment_mask', { htype: 'segment_mask' }),
      await ds.createTensor('binary_mask', { htype: 'binary_mask' }),
      await ds.createTensor('keypoints_coco', { htype: 'keypoints_coco' }),
      await ds.createTensor('point', { htype: 'point' }),
      await ds.createTensor('polygon', { htype: 'polygon' }),
      await ds.createTensor('text', { htype: 'text' }),
      await ds.createTensor('json', { htype: 'json' }),
      await ds.createTensor('list', { htype: 'list' }),
      await ds.createTensor('dicom', { htype: 'dicom' }),
      await ds.createTensor('nifti', { htype: 'nifti', ...none }),
      await ds.createTensor('point_cloud', { htype: 'point_cloud', ...none }),
      await ds.createTensor('mesh', { htype: 'mesh', sampleCompression: 'ply' }),
      await ds.createTensor('instance_label', { htype: 'instance_label' }),
      await ds.createTensor('embedding', { htype: 'embedding' }),
      await ds.createTensor('link', { htype: 'link[image]', ...none }),
      await ds.createTensor('sequence', { htype: 'sequence' }),
    ];
    expect(Object.fromEntries(created.map(({ htype, dtype }) => [htype, dtype]))).toEqual({
      image: null, // that of the first sample, where the guide says uint8
      'image.rgb': 'uint8',
      'image.gray': 'uint8',
      video: 'uint8',
      audio: 'float64',
      class_label: 'uint32',
      tag: 'List', // the guide says str
      bbox: 'float32',
      'bbox.3d': 'float32',
      intrinsics: 'float32',
      segment_mask: 'uint32',
      binary_mask: 'bool',
      keypoints_coco: 'int32',
      point: 'int32',
      polygon: 'float32',
      text: 'str',
      json: 'Any',
      list: 'List',
      dicom: null,
      nifti: null,
      point_cloud: 'float32', // the guide says None
      mesh: null,
      instance_label: 'uint32',
      embedding: 'float32', // the guide says None
      'link[image]': null,
      'sequence[None]': null,
    });
    await ds.close();
  });
});

describe('Image htype', () => {
  it('create_tensor(htype="image") with sample_compression or chunk_compression, and one of the two it must be', async () => {
    const ds = await dataset();
    const images = await ds.createTensor('images', { htype: 'image', sampleCompression: 'jpg' });
    const packed = await ds.createTensor('packed', { htype: 'image', chunkCompression: 'jpg' });
    expect([images.sampleCompression, images.chunkCompression]).toEqual(['jpeg', null]);
    expect([packed.sampleCompression, packed.chunkCompression]).toEqual([null, 'jpeg']);
    await expect(ds.createTensor('none', { htype: 'image' })).rejects.toThrow(/needs sampleCompression/);
    await ds.close();
  });

  it('supported compressions', async () => {
    const ds = await dataset();
    const names = 'bmp dib gif ico jpeg jpeg2000 pcx png ppm sgi tga tiff webp wmf xbm eps fli im msp mpo'.split(' ');
    for (const name of [null, ...names] as (ImageCompression | null)[]) {
      const tensor = await ds.createTensor(`as_${name}`, { htype: 'image', sampleCompression: name });
      expect(tensor.sampleCompression).toBe(name);
    }
    await ds.close();
  });

  it('append(np.zeros((5, 5, 3), uint8)), append(read(…)), extend of ten read(…)', async () => {
    const ds = await dataset();
    const images = await ds.createTensor('images', { htype: 'image', sampleCompression: 'jpg' });
    await images.append({ data: new Uint8Array(75), shape: [5, 5, 3] });
    await images.append(read(photo));
    await images.extend(Array.from({ length: 10 }, () => read(photo)));
    expect(images.shape).toEqual([12, null, null, 3]);
    expect(images.dtype).toBe('uint8');
    const [black, stored] = await images.toArray({ end: 2 });
    expect(black?.shape).toEqual([5, 5, 3]);
    expect(values((await black?.array()) as NdArray)).toEqual(new Array(75).fill(0));
    expect(stored?.shape).toEqual([37, 53, 3]);
    const original = await photoBytes();
    expect(stored?.encoded()?.bytes).toEqual(original);
    await ds.close();
  });

  it('files of another format are decoded and encoded again', async () => {
    const ds = await dataset();
    const images = await ds.createTensor('images', { htype: 'image', sampleCompression: 'png' });
    await images.append(read(photo));
    const png = await images.at(0);
    expect(png.encoded()?.compression).toBe('png');
    const jpegs = await ds.createTensor('jpegs', { htype: 'image', sampleCompression: 'jpeg' });
    await jpegs.append(read(photo));
    expect((await png.array()).data).toEqual((await (await jpegs.at(0)).array()).data);
    await ds.close();
  });

  it('image.rgb and image.gray convert gray to RGB and RGB to gray', async () => {
    const ds = await dataset();
    const rgb = await ds.createTensor('rgb_images', { htype: 'image.rgb', sampleCompression: 'png' });
    const gray = await ds.createTensor('gray_images', { htype: 'image.gray', sampleCompression: 'png' });
    const red = { data: new Uint8Array([255, 0, 0]), shape: [1, 1, 3] };
    const dark = { data: new Uint8Array([7]), shape: [1, 1] };
    await rgb.extend([dark, read('/e2e/fixtures/media/gray-8.png')]);
    await gray.extend([red, read('/e2e/fixtures/media/rgb-8.png')]);
    expect(values(await (await rgb.at(0)).array())).toEqual([7, 7, 7]);
    expect((await rgb.at(1)).shape).toEqual([37, 53, 3]);
    expect(values(await (await gray.at(0)).array())).toEqual([76]);
    expect((await gray.at(1)).shape).toEqual([37, 53, 1]);
    await ds.close();
  });
});

describe('Video htype', () => {
  it('create_tensor(htype="video", sample_compression="mp4"), append(read(…)), extend of several', async () => {
    const ds = await dataset();
    const videos = await ds.createTensor('videos', { htype: 'video', sampleCompression: 'mp4' });
    await videos.append(await file('clip_h264.mp4'));
    await videos.extend([await file('clip_h264_nob.mp4'), await file('clip_h264.mp4')]);
    expect([videos.dtype, videos.shape]).toEqual(['uint8', [3, 12, 48, 64, 3]]);
    const sample = await videos.at(0);
    expect(sample.shape).toEqual([12, 48, 64, 3]);
    expect((await sample.encoded())?.bytes).toEqual(await bytesOf('clip_h264.mp4'));
    expect((await sample.toBlob()).type).toBe('video/mp4');
    await ds.close();
  });

  it('supported compressions; frames go only into tensors without one', async () => {
    const ds = await dataset();
    const frames = { data: new Uint8Array(2 * 3 * 4 * 3).fill(9), shape: [2, 3, 4, 3] };
    for (const name of ['mp4', 'mkv', 'avi'] as const) {
      const tensor = await ds.createTensor(name, { htype: 'video', sampleCompression: name });
      await expect(tensor.append(frames)).rejects.toMatchObject({ code: 'sample-mismatch' });
      const other = file(name === 'avi' ? 'clip_h264.mp4' : 'clip_mpeg4.avi');
      await expect(tensor.append(await other)).rejects.toThrow(/not converted/);
      await tensor.append(await file(name === 'avi' ? 'clip_mpeg4.avi' : `clip_h264.${name}`));
      expect((await tensor.at(0)).shape).toEqual([12, 48, 64, 3]);
    }
    const raw = await ds.createTensor('raw', { htype: 'video', sampleCompression: null });
    await raw.append(frames);
    expect(await (await raw.at(0)).array()).toEqual({ ...frames, dtype: 'uint8' });
    await ds.close();
  });
});

describe('Audio htype', () => {
  it('create_tensor(htype="audio", sample_compression="mp3"), append(read(…)), extend', async () => {
    const ds = await dataset();
    const audios = await ds.createTensor('audios', { htype: 'audio', sampleCompression: 'mp3' });
    await audios.append(await file('tone_mono.mp3'));
    await audios.extend([await file('tone_stereo.mp3'), await file('tone_mono.mp3')]);
    expect([audios.dtype, audios.shape]).toEqual(['float64', [3, null, null]]);
    expect((await audios.toArray()).map(({ shape }) => shape)).toEqual([
      [4032, 1],
      [2880, 2],
      [4032, 1],
    ]);
    expect((await (await audios.at(1)).encoded())?.bytes).toEqual(await bytesOf('tone_stereo.mp3'));
    await ds.close();
  });

  it('supported compressions; numbers go only into tensors without one', async () => {
    const ds = await dataset();
    for (const name of ['mp3', 'wav', 'flac'] as const) {
      const tensor = await ds.createTensor(name, { htype: 'audio', sampleCompression: name });
      await expect(tensor.append(zeros(30, 2))).rejects.toMatchObject({ code: 'sample-mismatch' });
      await tensor.append(await file(`tone_mono.${name}`));
      expect((await tensor.at(0)).shape).toEqual([name === 'mp3' ? 4032 : 2400, 1]);
    }
    const raw = await ds.createTensor('raw', { htype: 'audio', sampleCompression: null });
    await raw.append(zeros(30, 2));
    expect(await (await raw.at(0)).array()).toEqual({ ...zeros(30, 2), dtype: 'float64' });
    await ds.close();
  });
});
