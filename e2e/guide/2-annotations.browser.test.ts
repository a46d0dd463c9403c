/**
 * The guide to htypes of Deep Lake 3.9.52, executed: its examples in its order, in TypeScript, each with what it says
 * comes back. Where the guide is wrong, the title says so, and the test shows what happens here.
 *
 * Part 2: labels, tags, boxes, masks, key points, points, polygons.
 */
import { describe, expect, it } from 'vitest';
import { dataset, values, zeros } from './fixtures.js';

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
    await labels.append(new BigInt64Array([9n])); // what numpy makes of whole numbers
    expect([labels.dtype, labels.shape]).toEqual(['uint32', [6, null]]);
    expect((await labels.toArray()).map(({ names }) => names)).toEqual([
      ['airplanes'],
      new Array(5).fill('airplanes'),
      ['airplanes', 'cars', 'birds'],
      ['cars', 'cats'],
      ['cars', 'airplanes'],
      ['trucks'],
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
  it('create_tensor(htype="bbox", coords=…), coords set later, append of one box, of three, and of a list of arrays', async () => {
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
    await boxes.append([new Float32Array([1, 2, 3, 4]), new Uint8Array([5, 6, 7, 8])]); // a list of arrays
    expect(values(await boxes.at(2))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([boxes.dtype, boxes.shape]).toEqual(['float32', [3, null, 4]]);
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
