/**
 * The guide to htypes of Deep Lake 3.9.52, executed: its examples in its order, in TypeScript, each with what it says
 * comes back. Where the guide is wrong, the title says so, and the test shows what happens here.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CodecPool,
  createCodecPool,
  createDataset,
  type Dataset,
  type FileSample,
  type ImageCompression,
  type ImageSample,
  LinkSample,
  link,
  memoryStore,
  type NdArray,
  openDataset,
  read,
  type Store,
} from '../src/index.js';
import { zipStore } from '../src/stores.js';

let codecs: CodecPool;
let assets: Store;

beforeAll(async () => {
  codecs = createCodecPool({ size: 2 });
  assets = await zipStore(await (await fetch('/e2e/fixtures/golden/assets.zip')).blob(), { root: '' });
});
afterAll(() => codecs.close());

const dataset = (): Promise<Dataset> => createDataset(memoryStore(), {}, { codecs, autoFlush: false }) as never;
const bytesOf = async (name: string) => (await assets.get(`assets/${name}`)) ?? expect.fail(`no asset ${name}`);
const file = async (filename: string): Promise<FileSample> => read(await bytesOf(filename), { filename });
const photo = '/e2e/fixtures/media/rgb-420.jpg'; // 53 x 37 pixels
const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((a, b) => a * b)), shape });
const values = ({ data }: NdArray): number[] => Array.from(data as Uint8Array, Number);

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
    const original = new Uint8Array(await (await fetch(photo)).arrayBuffer());
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
    expect(sample.encoded()?.bytes).toEqual(await bytesOf('clip_h264.mp4'));
    expect(sample.toBlob().type).toBe('video/mp4');
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
    expect((await audios.at(1)).encoded()?.bytes).toEqual(await bytesOf('tone_stereo.mp3'));
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

describe('Class Label htype', () => {
  const classes = ['airplanes', 'cars', 'birds', 'cats', 'deer', 'dogs', 'frogs', 'horses', 'ships', 'trucks'] as const;

  it('create_tensor(class_names=…, chunk_compression="lz4"), append(0), append(np.zeros(5)), extend, append of names', async () => {
    const ds = await dataset();
    const options = { htype: 'class_label', classNames: classes, chunkCompression: 'lz4' } as const;
    const labels = await ds.createTensor('labels', options);
    expect(await labels.info.get()).toEqual({ class_names: classes });
    await labels.append(0);
    await labels.append(new Uint32Array(5));
    await labels.extend([
      [0, 1, 2],
      [1, 3],
    ]);
    await labels.append(['cars', 'airplanes']);
    expect([labels.dtype, labels.shape]).toEqual(['uint32', [5, null]]);
    expect((await labels.toArray()).map(({ names }) => names)).toEqual([
      ['airplanes'],
      new Array(5).fill('airplanes'),
      ['airplanes', 'cars', 'birds'],
      ['cars', 'cats'],
      ['cars', 'airplanes'],
    ]);
    expect(values(await labels.at(4))).toEqual([1, 0]);
    await ds.close();
  });

  it('names set after creation, and names that strings add', async () => {
    const ds = await dataset();
    const labels = await ds.createTensor('labels', { htype: 'class_label' });
    await labels.info.update({ class_names: classes });
    await labels.append(['trucks', 'zeppelins']);
    expect(values(await labels.at(0))).toEqual([9, 10]);
    expect(await labels.info.get()).toEqual({ class_names: [...classes, 'zeppelins'] });
    await ds.close();
  });
});

describe('Tag htype', () => {
  it('create_tensor(htype="tag", chunk_compression="lz4"), append("verified"), extend', async () => {
    const ds = await dataset();
    const tags = await ds.createTensor('tags', { htype: 'tag', chunkCompression: 'lz4' });
    await tags.append('verified');
    await tags.extend(['verified', 'unverified']);
    await tags.append(['verified', 'blurred']);
    expect(await tags.toArray()).toEqual([['verified'], ['verified'], ['unverified'], ['verified', 'blurred']]);
    await ds.close();
  });
});

describe('Bounding Box htype', () => {
  it('create_tensor(htype="bbox", coords=…), coords set later, append of one box and of three', async () => {
    const ds = await dataset();
    const boxes = await ds.createTensor('boxes', { htype: 'bbox', coords: { type: 'fractional', mode: 'CCWH' } });
    expect(await boxes.info.get()).toEqual({ coords: { type: 'fractional', mode: 'CCWH' } });
    await boxes.info.update({ coords: { type: 'pixel', mode: 'LTRB' } });
    const box = { data: new Int32Array([462, 123, 238, 98]), shape: [1, 4] };
    await boxes.append(box);
    await boxes.append([
      [965, 110, 262, 77],
      [462, 123, 238, 98],
      [688, 108, 279, 116],
    ]);
    expect([boxes.dtype, boxes.shape]).toEqual(['float32', [2, null, 4]]);
    const three = await boxes.at(1);
    expect(three.shape).toEqual([3, 4]);
    expect(three.coords).toEqual({ type: 'pixel', mode: 'LTRB' });
    expect(values(three)).toEqual([965, 110, 262, 77, 462, 123, 238, 98, 688, 108, 279, 116]);
    await ds.close();
  });
});

describe('3D Bounding Box htype', () => {
  it('create_tensor(htype="bbox.3d", coords={"mode": "center"}) takes nine numbers to a box; the guide’s eleven, and its shape (9, 4), are wrong', async () => {
    const ds = await dataset();
    const boxes = await ds.createTensor('3d_boxes', { htype: 'bbox.3d', coords: { mode: 'center' } });
    const eleven = [[462, 123, 238, 98, 22, 36, 44, 18, 0, 36, 0]];
    await expect(boxes.append(eleven)).rejects.toThrow(/nine numbers/);
    await boxes.append(eleven.map((box) => box.slice(0, 9)));
    await boxes.append([
      [965, 110, 262, 77, 22, 36, 44, 18, 0],
      [462, 123, 238, 98, 26, 34, 24, 19, 0],
      [688, 108, 279, 116, 12, 32, 14, 38, 0],
    ]);
    expect((await boxes.at(1)).shape).toEqual([3, 9]);
    expect((await boxes.at(1)).coords).toEqual({ mode: 'center' });
    expect([boxes.dtype, boxes.shape]).toEqual(['float32', [2, null, 9]]);
    await ds.close();
  });

  it('coords={"mode": "vertex"} takes eight corners to a box', async () => {
    const ds = await dataset();
    const boxes = await ds.createTensor('boxes', { htype: 'bbox.3d', coords: { mode: 'vertex' } });
    await boxes.append(zeros(2, 8, 3));
    expect((await boxes.at(0)).shape).toEqual([2, 8, 3]);
    await expect(boxes.append(zeros(2, 9))).rejects.toThrow(/eight corners/);
    await ds.close();
  });
});

describe('Intrinsics htype', () => {
  it('create_tensor(htype="intrinsics"), append(np.zeros((3, 3)))', async () => {
    const ds = await dataset();
    const intrinsics = await ds.createTensor('intrinsics', { htype: 'intrinsics' });
    await intrinsics.append(zeros(3, 3));
    expect(await intrinsics.at(0)).toEqual({ dtype: 'float32', shape: [3, 3], data: new Float32Array(9) });
    await ds.close();
  });
});

describe('Segmentation Mask htype', () => {
  const classes = ['background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle'];

  it('create_tensor(htype="segment_mask", class_names=…, sample_compression="lz4"), append(np.zeros((512, 512)))', async () => {
    const ds = await dataset();
    const options = { htype: 'segment_mask', classNames: classes, sampleCompression: 'lz4' } as const;
    const masks = await ds.createTensor('masks', options);
    await masks.append(zeros(512, 512));
    const mask = await masks.at(0);
    expect([mask.dtype, mask.shape]).toEqual(['uint32', [512, 512]]);
    expect(mask.labels().map((label) => mask.names[label])).toEqual(['background']);
    expect(mask.area('background')).toBe(512 * 512);
    await ds.close();
  });

  it('names set after creation are in the info of the masks; the guide’s ds.labels is a slip', async () => {
    const ds = await dataset();
    const masks = await ds.createTensor('masks', { htype: 'segment_mask' });
    await masks.info.update({ class_names: classes });
    await masks.append([[0, 5]]);
    expect((await masks.at(0)).area('bottle')).toBe(1);
    await ds.close();
  });
});

describe('Binary Mask htype', () => {
  it('create_tensor(htype="binary_mask", sample_compression="lz4"), append of a mask of five objects and of their labels', async () => {
    const ds = await dataset();
    const masks = await ds.createTensor('masks', { htype: 'binary_mask', sampleCompression: 'lz4' });
    const labels = await ds.createTensor('labels', { htype: 'class_label' });
    const data = new Uint8Array(512 * 512 * 5);
    data[4] = 1;
    await masks.append({ data, shape: [512, 512, 5], dtype: 'bool' });
    await labels.append(['aeroplane', 'aeroplane', 'bottle', 'bottle', 'bird']);
    const mask = await masks.at(0);
    expect([mask.dtype, mask.shape, mask.objects]).toEqual(['bool', [512, 512, 5], 5]);
    expect([mask.area(0), mask.area(4)]).toEqual([0, 1]);
    expect(mask.bounds(4)).toEqual({ left: 0, top: 0, width: 1, height: 1 });
    expect((await labels.at(0)).names).toEqual(['aeroplane', 'aeroplane', 'bottle', 'bottle', 'bird']);
    expect(await labels.info.get()).toEqual({ class_names: ['aeroplane', 'bottle', 'bird'] });
    await ds.close();
  });
});

describe('COCO Keypoints htype', () => {
  it('create_tensor(htype="keypoints_coco", keypoints=…, connections=…): connections are pairs, not the strings that the guide says', async () => {
    const ds = await dataset();
    const keypoints = ['knee', 'elbow', 'head'];
    const connections = [
      [0, 1],
      [1, 2],
    ] as const;
    const tensor = await ds.createTensor('keypoints', { htype: 'keypoints_coco', keypoints, connections });
    expect([tensor.dtype, await tensor.info.get()]).toEqual(['int32', { keypoints, connections }]);
    const strings = { htype: 'keypoints_coco', keypoints, connections: ['knee-elbow'] };
    await expect(ds.createTensor('strings', strings as never)).rejects.toThrow(/pairs/);
    await ds.close();
  });

  it('append of three key points of four objects; ds.keypoints.update of the guide is info.update', async () => {
    const ds = await dataset();
    const keypoints = await ds.createTensor('keypoints', { htype: 'keypoints_coco' });
    await keypoints.info.update({ keypoints: ['left ear', 'right ear', 'nose'] });
    await keypoints.info.update({
      connections: [
        [0, 2],
        [1, 2],
      ],
    });
    await keypoints.append([
      [465, 398, 684, 469],
      [178, 363, 177, 177],
      [2, 2, 2, 1],
      [454, 387, 646, 478],
      [177, 322, 137, 161],
      [2, 2, 2, 2],
      [407, 379, 536, 492],
      [271, 335, 150, 143],
      [2, 1, 2, 2],
    ]);
    const sample = await keypoints.at(0);
    expect([sample.dtype, sample.shape]).toEqual(['int32', [9, 4]]);
    expect(sample.objects[3]?.points).toEqual([
      { name: 'left ear', x: 469, y: 177, visibility: 1 },
      { name: 'right ear', x: 478, y: 161, visibility: 2 },
      { name: 'nose', x: 492, y: 143, visibility: 2 },
    ]);
    expect(sample.connections).toEqual([
      [0, 2],
      [1, 2],
    ]);
    await ds.close();
  });
});

describe('Point htype', () => {
  it('create_tensor(htype="point", sample_compression=None), append of two 2D points, append(np.zeros((2, 3)))', async () => {
    const ds = await dataset();
    const points = await ds.createTensor('points', { htype: 'point', sampleCompression: null });
    await points.append([
      [0, 1],
      [1, 3],
    ]);
    await points.append(zeros(2, 3));
    expect(await points.at(0)).toEqual({ dtype: 'int32', shape: [2, 2], data: new Int32Array([0, 1, 1, 3]) });
    expect(points.shape).toEqual([2, 2, null]);
    await ds.close();
  });
});

describe('Polygon htype', () => {
  const random = (count: number) => Array.from({ length: count }, (_, i) => (i * 7) % 10);

  it('append of polygons with 2D points, and with 3D points', async () => {
    const ds = await dataset();
    const polygons = await ds.createTensor('polygons', { htype: 'polygon', sampleCompression: null });
    const flat = [
      [
        [1, 2],
        [2, 3],
        [3, 4],
      ],
      [
        [10, 12],
        [14, 19],
      ],
      [
        [33, 32],
        [54, 67],
        [67, 43],
        [56, 98],
      ],
    ];
    const solid = [
      [
        [10, 2, 9],
        [12, 3, 8],
        [12, 10, 4],
      ],
      [
        [10, 1, 8],
        [5, 17, 11],
      ],
      [
        [33, 33, 31],
        [45, 76, 13],
        [60, 24, 17],
        [67, 87, 83],
      ],
    ];
    await polygons.append(flat);
    await polygons.append(solid);
    for (const [row, sample] of [flat, solid].entries()) {
      const got = await polygons.at(row);
      expect(got.map(({ shape }) => shape)).toEqual(sample.map((points) => [points.length, points[0]?.length]));
      expect(got.map(values)).toEqual(sample.map((points) => points.flat()));
    }
    expect([polygons.dtype, polygons.shape]).toEqual(['float32', [2, 3, 4, null]]);
    await ds.close();
  });

  it('append of numpy arrays: one for all polygons, and one for each', async () => {
    const ds = await dataset();
    const polygons = await ds.createTensor('polygons', { htype: 'polygon' });
    await polygons.append({ data: new BigInt64Array(random(70).map(BigInt)), shape: [5, 7, 2] });
    const each = [5, 8, 3].map((points) => ({ data: new Int32Array(random(points * 2)), shape: [points, 2] }));
    await polygons.append(each);
    expect((await polygons.at(0)).map(({ shape }) => shape)).toEqual(new Array(5).fill([7, 2]));
    expect((await polygons.at(0)).flatMap(values)).toEqual(random(70));
    expect((await polygons.at(1)).map(values)).toEqual(each.map(({ data }) => [...data]));
    await ds.close();
  });
});

describe('Text, JSON and list htypes (rows of the table)', () => {
  it('keep what they are given', async () => {
    const ds = await dataset();
    const text = await ds.createTensor('text', { htype: 'text' });
    const json = await ds.createTensor('json', { htype: 'json' });
    const list = await ds.createTensor('list', { htype: 'list' });
    await text.append('grüße');
    await json.append({ a: [1, null, 'x'], b: { c: true } });
    await list.append([1, 'two', { three: 3 }]);
    expect(await text.at(0)).toBe('grüße');
    expect(await json.at(0)).toEqual({ a: [1, null, 'x'], b: { c: true } });
    expect(await list.at(0)).toEqual([1, 'two', { three: 3 }]);
    await ds.close();
  });

  it('dicom files are kept, and their pixels have three axes', async () => {
    const ds = await dataset();
    const dicom = await ds.createTensor('dicom', { htype: 'dicom' });
    await dicom.append(await file('gray16.dcm'));
    expect([dicom.sampleCompression, dicom.dtype, dicom.shape]).toEqual(['dcm', 'uint16', [1, 24, 32, 1]]);
    expect((await dicom.at(0)).encoded()?.bytes).toEqual(await bytesOf('gray16.dcm'));
    await ds.close();
  });

  it('instance labels are numbers without names', async () => {
    const ds = await dataset();
    const tensor = await ds.createTensor('instances', { htype: 'instance_label' });
    await tensor.append([
      [0, 1],
      [1, 2],
    ]);
    expect(await tensor.at(0)).toEqual({ dtype: 'uint32', shape: [2, 2], data: new Uint32Array([0, 1, 1, 2]) });
    await ds.close();
  });
});

describe('Nifti htype', () => {
  it('create_tensor(htype="nifti", sample_compression="nii.gz"), append(read(…)), extend', async () => {
    const ds = await dataset();
    const patients = await ds.createTensor('patients', { htype: 'nifti', sampleCompression: 'nii.gz' });
    await patients.append(await file('vol.nii.gz'));
    await patients.extend([await file('vol.nii.gz'), await file('vol.nii.gz')]);
    expect([patients.dtype, patients.shape]).toEqual(['int16', [3, 6, 5, 4]]);
    expect((await patients.at(0)).encoded()?.bytes).toEqual(await bytesOf('vol.nii.gz'));
    const series = await ds.createTensor('series', { htype: 'nifti', sampleCompression: 'nii.gz' });
    await series.append(await file('vol4d.nii.gz'));
    expect(series.shape).toEqual([1, 3, 4, 5, 2]);
    await ds.close();
  });

  it('supported compressions; arrays go only into tensors without one', async () => {
    const ds = await dataset();
    const plain = await ds.createTensor('nii', { htype: 'nifti', sampleCompression: 'nii' });
    await plain.append(await file('vol.nii'));
    expect([plain.dtype, plain.shape]).toEqual(['float32', [1, 4, 7, 3]]);
    await expect(plain.append(zeros(4, 5, 6))).rejects.toMatchObject({ code: 'sample-mismatch' });
    const raw = await ds.createTensor('raw', { htype: 'nifti', sampleCompression: null });
    await raw.append(zeros(4, 5, 6));
    expect((await (await raw.at(0)).array()).shape).toEqual([4, 5, 6]);
    await ds.close();
  });
});

describe('Point Cloud htype', () => {
  it('append of arrays: shape (2, None, 3)', async () => {
    const ds = await dataset();
    const clouds = await ds.createTensor('point_clouds', { htype: 'point_cloud', sampleCompression: null });
    const integers = (points: number) => Array.from({ length: points }, (_, i) => [i, i % 10, 9]);
    await clouds.append({ data: new BigInt64Array(integers(5).flat().map(BigInt)), shape: [5, 3] });
    await clouds.append(integers(15));
    expect([clouds.dtype, clouds.shape]).toEqual(['float32', [2, null, 3]]);
    expect(values(await (await clouds.at(1)).array())).toEqual(integers(15).flat());
    await ds.close();
  });

  it('append(read("example.las")): all dimensions of its points, not the three that the guide says; arrays do not go in', async () => {
    const ds = await dataset();
    const clouds = await ds.createTensor('point_cloud', { htype: 'point_cloud', sampleCompression: 'las' });
    await clouds.append(await file('cloud.las'));
    expect(clouds.shape).toEqual([1, 50, 15]);
    expect((await clouds.at(0)).encoded()?.bytes).toEqual(await bytesOf('cloud.las'));
    await expect(clouds.append(zeros(5, 3))).rejects.toMatchObject({ code: 'sample-mismatch' });
    await ds.close();
  });
});

describe('Mesh htype', () => {
  it('append(read("example.ply")): shape (1, vertices, 3)', async () => {
    const ds = await dataset();
    const mesh = await ds.createTensor('mesh', { htype: 'mesh', sampleCompression: 'ply' });
    await mesh.append(await file('mesh_ascii.ply'));
    expect(mesh.shape).toEqual([1, 8, 3]);
    expect((await mesh.at(0)).encoded()?.bytes).toEqual(await bytesOf('mesh_ascii.ply'));
    await ds.close();
  });

  it('sample_compression has to be named, where the guide says that it is ply', async () => {
    const ds = await dataset();
    await expect(ds.createTensor('mesh', { htype: 'mesh' })).rejects.toThrow(/ply, stl/);
    const stl = await ds.createTensor('mesh', { htype: 'mesh', sampleCompression: 'stl' }); // not in the guide
    await stl.append(await file('box_freecad_binary.stl'));
    expect(stl.shape).toEqual([1, 12, 3, 3]);
    await ds.close();
  });
});

describe('Embedding htype', () => {
  it('append(np.random.uniform(low=1, high=1, size=1024)), extend of ten', async () => {
    const ds = await dataset();
    const embedding = await ds.createTensor('embedding', { htype: 'embedding' });
    const uniform = () => new Float64Array(1024).fill(1);
    await embedding.append(uniform());
    await embedding.extend(Array.from({ length: 10 }, uniform));
    expect([embedding.dtype, embedding.shape]).toEqual(['float32', [11, 1024]]);
    expect((await embedding.at(10)).data).toEqual(new Float32Array(1024).fill(1));
    await ds.close();
  });
});

describe('Sequence htype', () => {
  it('create_tensor(htype="sequence"), append([1, 2, 3]), append([4, 5, 6]): shape (2, 3, 1)', async () => {
    const ds = await dataset();
    const seq = await ds.createTensor('seq', { htype: 'sequence' });
    await seq.append([1, 2, 3]);
    await seq.append([4, 5, 6]);
    expect([seq.htype, seq.shape]).toEqual(['sequence[generic]', [2, 3, 1]]);
    const all = (await seq.toArray()) as NdArray[][];
    expect(all.map((items) => items.map(values))).toEqual([
      [[1], [2], [3]],
      [[4], [5], [6]],
    ]);
    expect(values((await seq.at(1, 2)) as NdArray)).toEqual([6]);
    await ds.close();
  });

  it('create_tensor(htype="sequence[image]", sample_compression="jpg"), append([read(…), read(…)])', async () => {
    const ds = await dataset();
    const frames = await ds.createTensor('image_seq', { htype: 'sequence[image]', sampleCompression: 'jpg' });
    await frames.append([read(photo), read('/e2e/fixtures/media/rgb-444.jpg')]);
    expect(frames.shape).toEqual([1, 2, 37, 53, 3]);
    const [first] = await frames.at(0);
    expect(first?.encoded()?.bytes).toEqual(new Uint8Array(await (await fetch(photo)).arrayBuffer()));
    await ds.close();
  });
});

describe('Link htype', () => {
  const cat = 'data/cat.jpeg';
  const photoBytes = async () => new Uint8Array(await (await fetch(photo)).arrayBuffer());

  it('add_creds_key and populate_creds; managed keys are of the vendor’s platform and do not exist here', async () => {
    const store = memoryStore();
    const ds = await createDataset(store, {}, { codecs });
    await ds.addCredsKey('MY_S3_KEY');
    await ds.addCredsKey('GCS_KEY');
    await ds.populateCreds('MY_S3_KEY', {});
    await ds.populateCreds('GCS_KEY', { token: 'a secret' });
    expect(await ds.credsKeys()).toEqual(['MY_S3_KEY', 'GCS_KEY']);
    await ds.close();
    const stored = new TextDecoder().decode(await store.get('linked_creds.json'));
    expect(stored).not.toContain('secret');
    expect(JSON.parse(stored).managed_creds_keys).toEqual([]);
  });

  it('append(link(…)) of s3, gcs, https and relative paths; a cloud path without a key throws', async () => {
    const asked: string[] = [];
    const store = memoryStore();
    const ds = await createDataset(
      store,
      {},
      {
        codecs,
        resolveLink: ({ path, creds }) => {
          asked.push(`${path} ${JSON.stringify(creds)}`);
          return photoBytes();
        },
      },
    );
    await ds.addCredsKey('MY_S3_KEY');
    await ds.addCredsKey('GCS_KEY');
    await ds.populateCreds('MY_S3_KEY', { key: 1 });
    await ds.populateCreds('GCS_KEY', { key: 2 });
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    // The guide writes "my_s3_key" here; names of keys are case sensitive.
    const wrongCase = link('s3://abc/def.jpeg', { credsKey: 'my_s3_key' });
    await expect(img.append(wrongCase)).rejects.toMatchObject({ code: 'not-found' });
    await img.append(link('s3://abc/def.jpeg', { credsKey: 'MY_S3_KEY' }));
    await img.append(link('gcs://ghi/jkl.png', { credsKey: 'GCS_KEY' }));
    await img.append(link('https://picsum.photos/200/300'));
    await img.append(link('./path/to/cat.jpeg'));
    await expect(img.append(link('s3://abc/def.jpeg'))).rejects.toThrow(/without a credentials key/);
    expect(asked).toEqual([
      's3://abc/def.jpeg {"key":1}',
      'gcs://ghi/jkl.png {"key":2}',
      'https://picsum.photos/200/300 undefined',
      './path/to/cat.jpeg undefined',
    ]);
    expect([img.length, img.dtype, img.shape]).toEqual([4, 'uint8', [4, 37, 53, 3]]);

    // Accessing the data; the guide's loop runs to 5, but the fifth append threw.
    for (let i = 0; i < 4; i++) {
      const picture: ImageSample = await (await img.at(i)).resolve();
      expect((await picture.array()).shape).toEqual([37, 53, 3]);
    }
    await img.set(0, link(`./${cat}`));
    expect((await img.at(0)).path).toBe(`./${cat}`);
    await ds.close();

    // Secrets have to be given again.
    const again = await openDataset(store, { codecs });
    expect(await again.credsKeys()).toEqual(['MY_S3_KEY', 'GCS_KEY']);
    const gcs = await again.tensor('img').at(1);
    expect(gcs).toBeInstanceOf(LinkSample);
    expect(gcs).toMatchObject({ path: 'gcs://ghi/jkl.png', credsKey: 'GCS_KEY' });
    await again.close();
  });

  it('nothing is loaded until the sample is read, with verify=False', async () => {
    let loads = 0;
    const resolveLink = () => {
      loads++;
      return photoBytes();
    };
    const ds = await createDataset(memoryStore(), {}, { codecs, resolveLink });
    const off = { verify: false, createShapeTensor: false, createSampleInfoTensor: false };
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg', ...off });
    await img.append(link(cat));
    const sample = await img.at(0);
    expect(loads).toBe(0);
    expect((await sample.resolve()).shape).toEqual([37, 53, 3]);
    expect(loads).toBe(1);
    await ds.close();
  });

  it('a relative path is one of the page', async () => {
    const ds = await dataset();
    const img = await ds.createTensor('img', { htype: 'link[image]', sampleCompression: 'jpg' });
    await img.append(link(photo));
    expect((await (await img.at(0)).encoded()).bytes).toEqual(await photoBytes());
    await ds.close();
  });
});
